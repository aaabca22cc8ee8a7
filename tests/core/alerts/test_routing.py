from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.model import labels_of
from core.alerts.notification import read_notification
from core.alerts.routing import LONGEST_EXPRESSION, Matcher, Policy, Route
from core.errors import WrongUsage
from core.places import CaseRoom, Destination
from tests.core.alerts.desk import START, a_body, an_alert, recorded

if TYPE_CHECKING:
    from typing import Any

INCIDENTS = Destination(platform="slack", channel="#incidents")
CHECKOUT = Destination(platform="discord", channel="1234", room=CaseRoom.CHANNEL)
OPERATORS = {"=", "!=", "=~", "!~"}


def a_matcher(label: str, operator: str, value: str) -> Matcher:
    return Matcher(label=label, operator=operator, value=value)


def a_route(name: str, *matchers: Matcher, to: Destination = CHECKOUT) -> Route:
    return Route(name=name, line=1, matchers=matchers, destinations=(to,))


def labels(*alerts: dict[str, Any], **changes: Any) -> dict[str, str]:
    notification = read_notification(a_body(*alerts), received_at=START)
    return labels_of(replace(notification, **changes))


@pytest.mark.parametrize(
    ("operator", "value", "label", "fits"),
    [
        ("=", "high", "high", True),
        ("=", "high", "higher", False),
        ("=", "", None, True),
        ("!=", "high", "low", True),
        ("!=", "high", "high", False),
        ("!=", "high", None, True),
        ("=~", "critical|high", "high", True),
        ("=~", "critical|high", "higher", False),
        ("=~", "critical|high", "high\n", False),
        ("=~", ".*", None, True),
        ("=~", ".+", None, False),
        ("=~", "(?i)HIGH", "high", True),
        ("!~", "dev|test", "prod", True),
        ("!~", "dev|test", "test", False),
        ("!~", "dev|test", None, True),
    ],
)
def test_a_matcher_fits_as_in_alertmanager(
    operator: str, value: str, label: str | None, *, fits: bool
) -> None:
    given_labels = {} if label is None else {"label": label}
    assert a_matcher("label", operator, value).fits(given_labels) is fits


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("[", "unclosed character class"),
        ("a)|(b", "unopened group"),
        ("(?=a)b", "look-around"),
        (r"(a)\1", "backreferences are not supported"),
        ("(.{0,999}){0,999}", "size limit"),
        ("a" * (LONGEST_EXPRESSION + 1), "more than 4,096 characters"),
    ],
)
def test_an_expression_that_alertmanager_would_refuse_is_refused(value: str, says: str) -> None:
    with pytest.raises(WrongUsage, match=says):
        a_matcher("label", "=~", value)


def test_no_value_from_outside_keeps_a_matcher_busy() -> None:
    """Python's own `re` needs more than a lifetime for this one."""
    matcher = a_matcher("label", "=~", "(a+)+b|(.*a){1,40}.{1,40}x")
    began = time.process_time()
    assert not matcher.fits({"label": "a" * 1_000_000})
    assert time.process_time() - began < 1


@given(st.sampled_from(sorted(OPERATORS)), st.text(), st.dictionaries(st.text(), st.text()))
def test_matching_never_fails(operator: str, text: str, others: dict[str, str]) -> None:
    opposite = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}[operator]
    everything = {**others, "label": text + "\ud800"}
    fits = a_matcher("label", operator, "a|b").fits(everything)
    assert fits is not a_matcher("label", opposite, "a|b").fits(everything)


def test_equal_matchers_are_equal() -> None:
    matcher, same = (a_matcher("a", "=~", "x") for _ in range(2))
    assert matcher == same
    assert hash(matcher) == hash(same)
    assert replace(matcher, value="y").fits({"a": "y"})


def test_the_first_route_that_fits_takes_the_case() -> None:
    policy = Policy(
        routes=(
            a_route("both", a_matcher("severity", "=", "high"), a_matcher("team", "=", "db")),
            a_route("severe", a_matcher("severity", "=~", "critical|high"), to=INCIDENTS),
            a_route("all"),
        ),
        otherwise=(INCIDENTS,),
    )
    assert policy.destinations({"severity": "high", "team": "db"}) == (CHECKOUT,)
    assert policy.destinations({"severity": "high"}) == (INCIDENTS,)
    assert policy.route({}) == policy.routes[2]
    assert policy.routes[0].misses({"severity": "high"}) == (policy.routes[0].matchers[1],)
    assert policy.channels("slack") == ("#incidents",)
    assert policy.channels("discord") == ("1234",)


def test_what_no_route_takes_opens_where_the_policy_says() -> None:
    policy = Policy(routes=(a_route("db", a_matcher("team", "=", "db")),), otherwise=(INCIDENTS,))
    assert policy.route({}) is None
    assert policy.destinations({}) == (INCIDENTS,)
    assert Policy().destinations({}) == ()


def test_labels_of_a_recorded_group() -> None:
    notification = read_notification(recorded("group_1_resolved_3_firing"), received_at=START)
    assert labels_of(notification) == {
        "alertname": "HighLatency",
        "receiver": "grouped",
        "service": "search",
        "severity": "warning",
        "source": "alertmanager",
        "team": "search",
    }


def test_severity_and_service_are_said_our_way() -> None:
    page = an_alert(severity="page", instance="a")
    warning = an_alert(severity="warn", instance="b")
    assert labels(page, warning)["severity"] == "critical"
    job = an_alert(job="api", severity="nonsense")
    del job["labels"]["service"]
    assert labels(job)["service"] == "api"
    assert labels(job)["severity"] == "unknown"


def test_only_what_fires_counts_and_only_where_it_agrees() -> None:
    over = an_alert("Over", ended_at=START, severity="critical", env="dev")
    here, there = (an_alert(severity="warning", env="prod", pod=pod) for pod in "ab")
    merged = labels(over, here, there)
    assert merged["severity"] == "warning"
    assert merged["env"] == "prod"
    assert merged["alertname"] == "HighErrorRate"
    assert "pod" not in merged
    assert labels(over)["severity"] == "critical"


def test_labels_of_the_group_are_there_too_and_ours_win() -> None:
    merged = labels(
        an_alert(source="db"),
        common_labels={"region": "eu"},
        group_labels={"cluster": "eu-1", "receiver": "someone"},
    )
    assert (merged["region"], merged["cluster"]) == ("eu", "eu-1")
    assert (merged["source"], merged["receiver"]) == ("alertmanager", "faultmaven")
    assert labels()["severity"] == "unknown"
