from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.routing import (
    SCALES,
    Matcher,
    Route,
    find_contradiction,
    find_covering_route,
    read_matchers,
    takes_every_case,
)


def route(matchers: str, name: str = "a") -> Route:
    read = read_matchers(matchers) if matchers else ()
    return Route(name=name, line=1, matchers=read, destinations=())


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("", 'team="a"'),
        ('team="a"', 'team="a"'),
        ('team="a"', 'team="a", env="dev"'),
        ('team=~"a|b"', 'team="b"'),
        ('team!="a"', 'team="b"'),
        ('severity=~".+"', 'team="b"'),
        ('severity=~"critical|high"', 'severity="high"'),
        ('severity!="info"', 'severity=~"critical|high"'),
        ('source!="pagerduty"', 'source="alertmanager"'),
    ],
)
def test_a_wider_route_covers_what_stands_behind_it(wider: str, narrower: str) -> None:
    before = route(wider, "before")
    assert find_covering_route(route(narrower), [route('x="y"'), before]) == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('team="a"', ""),
        ('team="a"', 'team="b"'),
        ('team="a", env="dev"', 'team="a"'),
        ('team=~"a|b"', 'team=~"b"'),  # regular expressions are not compared
        ('severity="high"', 'severity=~"critical|high"'),
    ],
)
def test_others_do_not(first: str, second: str) -> None:
    assert find_covering_route(route(second), [route(first)]) is None


@pytest.mark.parametrize(
    ("matchers", "is_odd"),
    [
        ('team="a", team="b"', True),
        ('team="a", team!="a"', True),
        ('team="a", team=~"b.*"', True),
        ('severity=~"critical|high", severity!~"critical|high"', True),
        ('team="a", env="b"', False),
        ('team=~"a.*", team!="ab"', False),
        ('severity!="info", severity!="warning"', False),
        ("", False),
    ],
)
def test_matchers_that_never_fit_together(matchers: str, is_odd: bool) -> None:  # noqa: FBT001
    assert (find_contradiction(route(matchers).matchers) is not None) is is_odd


def test_what_takes_all() -> None:
    assert takes_every_case(route(""))
    assert takes_every_case(route('severity=~".*", source=~"alertmanager|pagerduty"'))
    assert not takes_every_case(
        route('team=~".*"')
    )  # true as well; of other labels no scale is known


VALUES = ("", "a", "b", "ab")
MATCHERS = st.builds(
    Matcher,
    label=st.sampled_from(("team", "severity")),
    operator=st.sampled_from(("=", "!=", "=~", "!~")),
    value=st.sampled_from((*VALUES, "a.*", "critical", "critical|high", ".+")),
)
ROUTES = st.lists(MATCHERS, max_size=3).map(
    lambda matchers: Route(name="r", line=1, matchers=tuple(matchers), destinations=())
)
CASES = [
    {"team": team, "severity": severity}
    for team, severity in itertools.product(VALUES, SCALES["severity"])
]


@given(ROUTES, ROUTES)
def test_what_is_said_to_be_out_of_reach_is(first: Route, second: Route) -> None:
    taken = [case for case in CASES if not second.misses(case)]
    if find_contradiction(second.matchers):
        assert not taken
    elif find_covering_route(second, [first]):
        assert not [case for case in taken if first.misses(case)]
    if takes_every_case(first):
        assert not [case for case in CASES if first.misses(case)]
