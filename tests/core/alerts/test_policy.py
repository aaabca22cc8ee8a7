from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.policy import examine_policy, parse_policy
from core.alerts.routing import Matcher, Policy, Route
from core.errors import WrongUsage
from core.places import CaseRoom, Destination

if TYPE_CHECKING:
    from core.alerts.policy import Mistake

INCIDENTS = Destination(platform="slack", channel="#incidents")
WHOLE = """
routes:
  - name: development
    match: env=~"dev|test"
    to: []
  - name: checkout
    match:
      - service="checkout", team!="x"
      - '{severity=~"critical|high"}'
    to:
      - slack: "#checkout-incidents"
        place: channel
      - discord: 0118
otherwise: {slack: C0123ABCD, discord: "#incidents", place: thread}
"""


def mistakes(text: str) -> list[Mistake]:
    return examine_policy(dedent(text))[1]


def only(text: str) -> str:
    """The one mistake of a file, as it is told."""
    (mistake,) = mistakes(text)
    return f"{mistake.line}: {mistake.says}. {mistake.instead}"


def test_a_whole_file() -> None:
    assert parse_policy(WHOLE, name="policy.yaml", room=CaseRoom.CHANNEL) == Policy(
        routes=(
            Route(
                name="development",
                line=3,
                matchers=(Matcher(label="env", operator="=~", value="dev|test"),),
                destinations=(),
            ),
            Route(
                name="checkout",
                line=6,
                matchers=(
                    Matcher(label="service", operator="=", value="checkout"),
                    Matcher(label="team", operator="!=", value="x"),
                    Matcher(label="severity", operator="=~", value="critical|high"),
                ),
                destinations=(
                    Destination(
                        platform="slack", channel="#checkout-incidents", room=CaseRoom.CHANNEL
                    ),
                    Destination(platform="discord", channel="0118", room=CaseRoom.CHANNEL),
                ),
            ),
        ),
        otherwise=(
            Destination(platform="slack", channel="C0123ABCD"),
            Destination(platform="discord", channel="#incidents"),
        ),
    )


def test_what_the_file_leaves_out_the_settings_say() -> None:
    policy = parse_policy("routes: []", name="p", otherwise=(INCIDENTS,))
    assert policy.otherwise == (INCIDENTS,)
    assert parse_policy("otherwise: []", name="p", otherwise=(INCIDENTS,)).otherwise == ()


def test_an_alias_stands_for_what_it_names() -> None:
    text = """
    routes:
      - {name: a, match: team="a", to: &there {slack: "#there"}}
      - {name: b, match: team="b", to: *there}
    """
    policy = parse_policy(dedent(text), name="p")
    assert policy.routes[0].destinations == policy.routes[1].destinations != ()


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = """\
    routes:
      - name: checkout
        machers: severity=critcal
        to: {slack: "#a", plaice: channel}
      - name: checkout
        match: team="b"
    otherwize: {slack: "#b"}
    """
    with pytest.raises(WrongUsage) as caught:
        parse_policy(dedent(text), name="routes.yaml")
    assert str(caught.value).splitlines() == [
        "routes.yaml:3: machers is no key of a route. Did you mean match?",
        'routes.yaml:3: severity="critcal" fits no case. There are critical, high, warning, info,'
        " unknown.",
        "routes.yaml:4: plaice is no key of a destination. Did you mean place?",
        "routes.yaml:5: checkout is the name of the route in line 2 already. Name this one"
        " differently.",
        'routes.yaml:5: the route has no to. Add to: {slack: "#incidents"}, or to: [] for no chat.',
        "routes.yaml:7: otherwize is no key of the file. Did you mean otherwise?",
    ]
    assert "faultmaven routes test" in caught.value.next_step


ROUTE = "routes:\n  - name: a\n    to: []\n    match: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '1: it is empty. Write routes, or at least otherwise: {slack: "#incidents"}.'),
        ("routes: [", "1: no YAML: "),
        ("routes: []\n---\na", "2: no YAML: expected a single document in the stream, but found"),
        ("routes:\n- {name: a, to: {slack: #a}}\n\n- x", "2: without quotes a # begins a comment."),
        ("a: b: c", "1: no YAML: mapping values are not allowed here. Check quotes"),
        ("routes:\n\t- a", "2: no YAML: "),
        ("\0", "1: it holds characters that YAML does not allow. Save it as UTF-8."),
        ("[" * 9999, "1: nested too deeply. "),
        ("- a", "1: the file is made of routes:, otherwise:. Indent them below it, one a line."),
        ("{}", "1: the file is made of routes:, otherwise:. "),
        ("default: {slack: '#a'}", "1: default is no key of the file. Did you mean otherwise?"),
        ("foo: 1", "1: foo is no key of the file. There are routes, otherwise."),
        (
            "routes: [{name: a, to: [], continue: true}]",
            "1: continue is no key of a route. The first",
        ),
        ("? [a]\n: 1", "1: this is no key of the file. There are routes, otherwise."),
        ("otherwise: []\notherwise: []", "2: otherwise is there twice. Keep one of them."),
        ("routes: {name: a}", "1: routes is no list. Begin each route with a dash: - name: …"),
        ("routes: [x]", "1: a route is made of name:, match:, to:. "),
        ("routes: [{}]", "1: a route is made of name:, match:, to:. "),
        ("routes: [{to: []}]", "1: the route has no name. Add name: and a word or two."),
        ("routes: [{name: , to: []}]", "1: the route has no name. "),
        (f"{ROUTE}\n", "4: no matcher. Write one, as in severity="),
        (f"{ROUTE}[]", "4: match is empty. Leave match out for a route that takes every case."),
        (f"{ROUTE}{{team: a}}", '4: no matcher. Write team="a".'),
        (f'{ROUTE}{{team="a"}}', "4: no matcher. Leave the braces out, or put the whole line"),
        (f"{ROUTE}team==a", "4: team==a cannot be read as a matcher. Write one =."),
        (f'{ROUTE}team=~"["', "4: no regular expression: unclosed character class. Write it as"),
        (f"{ROUTE}severity=page", '4: severity="page" fits no case. Write "critical": that is'),
        (f"{ROUTE}severity!=page", '4: severity!="page" keeps nothing out. Write "critical"'),
        (f"{ROUTE}source=datadog", '4: source="datadog" fits no case. There are alertmanager,'),
        ("otherwise: #a", "1: a destination is made of slack:, discord:, place:. "),
        ("otherwise: {slack: #a\n}", "1: slack has no channel; without quotes a # begins a"),
        ("otherwise: {slack: alerts}", "1: alerts is no channel of slack. Write "),
        ("otherwise: {discord: C0123ABCD}", "1: C0123ABCD is no channel of discord. Write "),
        ("otherwise: {discord: [1]}", "1: this is no channel of discord. Write "),
        ("otherwise: {place: thread}", "1: no platform. Write slack: or discord:, as in "),
        ("otherwise: {slack: '#a', place: room}", "1: room is no place. Write thread or channel."),
        ("otherwise:\n- slack: '#a'\n- slack: '#a'", "3: named twice. Name each channel once."),
    ],
)
def test_a_mistake_says_what_to_write(text: str, message: str) -> None:
    assert only(text).startswith(message)


def test_a_route_that_is_never_tried_is_a_mistake() -> None:
    text = """\
    routes:
      - {name: all, match: 'severity=~".*"', to: []}
      - {name: late, match: team=a, to: []}
    """
    message = (
        "3: never tried: all in line 2 takes every case. Move all to the end, or give it a match."
    )
    assert only(text) == message


def test_a_route_behind_a_wider_one_is_a_mistake() -> None:
    text = """\
    routes:
      - {name: grave, match: 'severity=~"critical|high"', to: []}
      - name: checkout
        match: [severity="high", team="checkout"]
        to: []
      - {name: rest, match: team="checkout", to: []}
    """
    message = (
        "3: never tried: grave in line 2 takes every case that fits it."
        " Move it above grave, or take it out."
    )
    assert only(text) == message


def test_a_route_that_is_at_odds_with_itself_is_a_mistake() -> None:
    text = """\
    routes: [{name: a, match: 'team="a", team="b"', to: []}]
    """
    assert only(text) == '1: team="a" and team="b" never fit together. Keep one of them.'


def test_what_is_not_understood_covers_nothing() -> None:
    text = """\
    routes:
      - {name: a, match: [team="a", x], to: []}
      - {name: b, match: team="a", to: []}
    """
    assert only(text).startswith("2: x cannot be read")


def test_a_route_with_faulty_matchers_takes_nothing() -> None:
    text = "routes: [{name: a, match: x, to: []}, {name: b, match: y=1, to: []}]"
    policy, problems = examine_policy(text)
    assert [route.name for route in policy.routes] == ["b"]
    assert len(problems) == 1


@given(st.text(alphabet='routeshmacln:[]{}-"# \n&*=~', max_size=60))
def test_no_file_breaks_the_reader(text: str) -> None:
    policy, problems = examine_policy(text)
    assert isinstance(policy, Policy)
    assert all(1 <= mistake.line <= text.count("\n") + 1 for mistake in problems)
