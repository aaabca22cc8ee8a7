from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.model import FindingKind
from core.evidence.spans import findings
from core.evidence.spans.findings import (
    MINUTES,
    CallKind,
    RequestRate,
    make_rate_findings,
    read_rate,
)
from core.evidence.spans.traces import build_forest
from core.redaction.engine import Redactor
from tests.core.evidence.spans.sample_spans import BEGAN, span, tree

if TYPE_CHECKING:
    from core.evidence.model import Finding
    from core.evidence.spans.traces import Trace

A_MINUTE = 60_000.0


def told(*traces: Trace) -> list[Finding]:
    return make_rate_findings(traces, file="t.json", redactor=Redactor(b"k" * 32))


def of(told_findings: list[Finding], service: str, sort: CallKind) -> RequestRate | None:
    paces = (read_rate(finding.data) for finding in told_findings if finding.service == service)
    return next((rate for rate in paces if rate.sort is sort), None)


def a_call(start: float, lost: float, **other: object) -> Trace:
    return tree(
        span("shop.buy", start, 100 + lost),
        span("shop.call", start + 5, 40 + lost, "shop.buy"),
        span("bank.pay", start + 6, 40, "shop.call", **other),
    )


def test_what_is_lost_between_two_services_is_of_both() -> None:
    paced = told(a_call(0, 3), a_call(A_MINUTE, 200))
    asked, asking = of(paced, "bank", CallKind.ASKED), of(paced, "shop", CallKind.ASKING)
    assert asked is not None
    assert asking is not None
    assert [(beat.spans, beat.ms) for beat in asked.beats] == [(1, 3.0), (1, 200.0)]
    assert (asked.peer, asking.peer) == ("shop", "bank")
    assert asked.typical == pytest.approx(101.5)


def test_the_span_that_is_shown_is_of_the_worst_minute() -> None:
    paced = told(a_call(0, 3), a_call(A_MINUTE, 200))
    (asked,) = (
        finding for finding in paced if finding.service == "bank" and "asked" in str(finding.data)
    )
    assert asked.kind is FindingKind.PACE
    assert asked.locus.span == "shop.call"
    assert read_rate(asked.data).at == pytest.approx((BEGAN + 1000 * (A_MINUTE + 5)) / 1e6)


def test_own_work_is_told_beyond_what_is_usual_for_the_operation() -> None:
    traces = [tree(span("db.read", at * 100, 10)) for at in range(9)]
    paced = told(*traces, tree(span("db.read", 900, 60)))
    own = of(paced, "db", CallKind.OWN)
    assert own is not None
    assert sum(beat.ms for beat in own.beats) == pytest.approx(50.0)


def test_a_failure_is_of_the_deepest_that_fails() -> None:
    paced = told(a_call(0, 1, failed=True))
    assert of(paced, "bank", CallKind.FAILED) is not None
    assert of(paced, "shop", CallKind.FAILED) is None


def test_the_handling_of_an_error_is_a_failure() -> None:
    assert of(told(tree(span("web.ErrorPage", 0, 1))), "web", CallKind.FAILED) is not None


def test_a_message_that_nobody_waits_for_loses_no_time() -> None:
    assert of(told(a_call(0, 300, waited=False)), "bank", CallKind.ASKED) is None


def test_a_long_file_is_told_by_several_minutes_at_once() -> None:
    paced = told(*(a_call(A_MINUTE * n, 1) for n in range(2 * MINUTES)))
    asked = of(paced, "bank", CallKind.ASKED)
    assert asked is not None
    assert len(asked.beats) <= MINUTES + 1
    assert sum(beat.spans for beat in asked.beats) == 2 * MINUTES


def test_there_are_so_many_findings_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MAX_RATED_SERVICES", 2)
    assert len(told(a_call(0, 3))) == 2


def test_names_are_redacted() -> None:
    secret = "AKIA" + "Q3EGRWT7XPLB2MZN"
    paced = told(tree(span(f"{secret}.buy", 0, 1)))
    assert secret not in json.dumps([dict(finding.data) for finding in paced] + [paced[0].service])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 4), st.integers(0, 9)), max_size=12))
def test_any_spans_do(rows: list[tuple[int, int, int]]) -> None:
    spans = [
        span(f"s{service}.op#{at}", at, took, f"s{parent}.op#{parent}" if parent >= 0 else "")
        for at, (service, parent, took) in enumerate(rows)
    ]
    for finding in told(*build_forest(spans).traces):
        assert sum(beat.spans for beat in read_rate(finding.data).beats) == finding.count
