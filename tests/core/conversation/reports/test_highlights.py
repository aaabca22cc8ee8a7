"""What is left when the ordinary and the repeated are taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.conversation.reports.timeline import METRICS, highlights
from core.evidence.model import Finding, FindingKind, Level
from core.text.redacted import RedactedText
from tests.examples import BURST, CHANGE, CHATTER, FIRST_ERROR, REDACTOR


def metric(name: str, before: float, after: float) -> Finding:
    return replace(
        FIRST_ERROR,
        kind=FindingKind.METRIC,
        text=REDACTOR.clean(name),
        data={"series": name, "before": before, "after": after},
    )


def test_a_line_is_told_once_by_what_says_most() -> None:
    sign = replace(FIRST_ERROR, kind=FindingKind.SIGNAL)
    assert highlights([sign, FIRST_ERROR]) == [FIRST_ERROR]


def test_the_ordinary_is_left_out() -> None:
    busy = replace(BURST, level=Level.INFO)
    assert highlights([CHATTER, busy]) == []
    assert highlights([BURST]) == [BURST]


def test_lines_about_one_restart_are_one_change() -> None:
    assert CHANGE.first is not None
    soon = replace(
        CHANGE, text=RedactedText.format("ready"), first=CHANGE.first + timedelta(seconds=20)
    )
    later = replace(
        CHANGE, text=RedactedText.format("again"), first=CHANGE.first + timedelta(minutes=5)
    )
    assert highlights([later, soon, CHANGE]) == [CHANGE, later]


def test_of_metrics_the_greatest_shifts_are_told() -> None:
    shifts = [metric("x" * size, 1.0, 1.0 + size) for size in range(1, METRICS + 4)]
    from_nothing = metric("y" * 40, 0.0, 0.5)
    findings = highlights([*shifts, from_nothing])
    assert len(findings) == METRICS
    assert findings[0] == from_nothing
    assert [finding.data["after"] for finding in findings[1:]] == [9.0, 8.0, 7.0, 6.0]
