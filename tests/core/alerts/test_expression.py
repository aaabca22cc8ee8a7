"""What the expression behind an alert counts as failed."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.expression import counted_in, expression_of, failure_share
from core.alerts.routing import Matcher

pytestmark = pytest.mark.unit

BAGS = 'sum(rate(bags_total{dest="manual"}[1m])) / sum(rate(bags_total[1m])) > 0.15'


@pytest.mark.parametrize(
    ("expression", "metric", "outcomes", "least"),
    [
        (BAGS, "bags_total", [("dest", "=", "manual")], 0.15),
        (f"100 * {BAGS.replace('0.15', '5')}", "bags_total", [("dest", "=", "manual")], 0.05),
        (
            'sum by (job) (rate(r_total{job="a",code!~"2..|404"}[5m]))'
            ' / sum by (job) (rate(r_total{job="a"}[5m])) >= 0.01 and on() up == 1',
            "r_total",
            [("code", "!~", "2..|404")],
            0.01,
        ),
        (
            "(sum(rate(job_failures_total[5m])) / sum(rate(jobs_total[5m]))) > 0.2",
            "job_failures_total",
            [],
            0.2,
        ),
        (
            'sum(rate(bags_total{dest="chute"}[1m])) / sum(rate(bags_total[1m])) < 0.9',
            "bags_total",
            [("dest", "!=", "chute")],
            0.1,
        ),
        (
            '1 - (sum(rate(r_total{code!~"5.."}[5m])) / sum(rate(r_total[5m]))) > 0.02',
            "r_total",
            [("code", "=~", "5..")],
            0.02,
        ),
        (
            '100 - 100 * sum(rate(r_total{code=~"5.."}[5m])) / sum(rate(r_total[5m])) < 97.5',
            "r_total",
            [("code", "=~", "5..")],
            0.025,
        ),
        (
            'sum(rate(r_total{code!~"5..",via="web"}[5m])) / sum(rate(r_total[5m])) < 0.97',
            "r_total",
            [],  # what goes well is told by two labels: each alone says nothing of the rest
            0.03,
        ),
        (
            "sum(rate(mails_delivered_total[5m])) / sum(rate(mails_total[5m])) < bool 0.8",
            "mails_delivered_total",
            [],
            0.2,
        ),
    ],
)
def test_a_part_of_a_counter_beside_the_whole_is_a_share_of_failures(
    expression: str, metric: str, outcomes: list[tuple[str, str, str]], least: float
) -> None:
    share = failure_share(expression)
    assert share is not None
    assert (share.metric, share.least) == (metric, least)
    assert [(each.label, each.operator, each.value) for each in share.outcomes] == outcomes


def test_what_part_and_whole_have_in_common_is_no_outcome() -> None:
    share = failure_share(
        'sum(rate(r_total{job="a",code="500"}[5m])) / sum(rate(r_total{job="a"}[5m])) > 0.1'
    )
    assert share is not None
    assert share.labels == (Matcher(label="job", operator="=", value="a"),)
    assert share.outcomes == (Matcher(label="code", operator="=", value="500"),)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        'up{job="orders"} == 0',
        'sum(rate(logins_total{result="denied"}[1m])) > 0.8',  # how many are tried is unknown
        "sum(rate(seconds_sum[1m])) / sum(rate(seconds_count[1m])) > 0.5",
        "sum(rate(bags_total[1m])) / sum(rate(bags_total[1h])) > 3",
        'sum(rate(cache_gets_total{result="hit"}[1m])) / sum(rate(cache_gets_total[1m])) < 0.5',
        "sum(rate(mails_failed_total[5m])) / sum(rate(mails_total[5m])) < 0.8",
        "histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[1m]))) > 0.5",
        "queue_length > 100",
    ],
)
def test_other_expressions_count_no_failures(expression: str) -> None:
    assert failure_share(expression) is None


def test_an_outcome_is_of_the_series_that_its_matchers_fit() -> None:
    share = failure_share(
        'sum(rate(t_total{rc!~"00|51",via!="test"}[1m])) / sum(rate(t_total[1m])) > 0.1'
    )
    assert share is not None
    assert share.counts({"rc": "96", "via": "pos"})
    assert not share.counts({"rc": "51", "via": "pos"})
    assert not share.counts({"rc": "96"})
    assert share.words == {"t"}


def test_a_link_holds_the_expression() -> None:
    assert expression_of(f"http://p:9090/graph?g0.expr={quote_plus(BAGS)}&g0.tab=1") == BAGS
    assert expression_of("http://p:9090/graph") == ""
    assert expression_of("http://[p/graph?g0.expr=up") == ""
    assert [name for name, _ in counted_in(BAGS)] == ["bags_total", "bags_total"]


def test_a_matcher_that_is_none_counts_nothing() -> None:
    assert failure_share(BAGS.replace('="manual"', '=~"5("')) is None
    assert list(counted_in('rate(bags_total{dest=~"(?=a)"}[1m])')) == []


@given(st.text(alphabet='ab_{}[]()/>=~!".,*05m ', max_size=80))
def test_any_expression_is_read_without_an_error(expression: str) -> None:
    failure_share(expression)
    list(counted_in(expression))
