from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.evidence.logs.findings import LogFindings, errors_of
from core.evidence.logs.stack_traces import StackTrace
from core.evidence.logs.templates import MinedLog, Template
from core.evidence.model import FindingKind, Level
from core.redaction.engine import Redactor

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)


def template(line: int, text: str, level: Level, *, start: bool = True, count: int = 1) -> Template:
    return Template(
        pattern=text,
        level=level,
        service=None,
        start=start,
        labels=(),
        example=text,
        line=line,
        last_line=line,
        byte_start=0,
        byte_end=1,
        count=count,
        first=START + timedelta(seconds=line),
        last=START + timedelta(seconds=line),
        minutes={int(START.timestamp()) // 60: count},
    )


def mined(*templates: Template) -> MinedLog:
    return MinedLog(
        templates=templates,
        lines=100,
        records=90,
        size=1_000,
        step=1,
        first=START,
        last=START + timedelta(minutes=5),
    )


def test_the_order_in_which_a_log_is_told() -> None:
    log = mined(
        template(1, "served in *", Level.INFO, count=80),
        template(7, "failed to open *", Level.ERROR),
        template(9, "panic: *", Level.FATAL, count=2),
        template(10, "  at com.shop.A", Level.INFO, start=False),
    )
    findings = list(LogFindings("api.log", "api", Redactor(b"key")).of(log, [], []))
    assert [(finding.kind, finding.locus.line_start) for finding in findings] == [
        (FindingKind.FIRST_ERROR, 7),
        (FindingKind.ERROR_RATE, 7),
        (FindingKind.TEMPLATE, 9),
        (FindingKind.TEMPLATE, 7),
        (FindingKind.TEMPLATE, 1),
    ]
    assert {finding.service for finding in findings} == {"api"}
    assert sum(template.count for template in errors_of(log)) == findings[1].count == 3


def test_lines_of_a_trace_are_told_with_it_only() -> None:
    log = mined(
        template(7, "booking failed", Level.ERROR),
        template(9, "SeatTakenError: row 4", Level.ERROR, start=False),
        template(30, "lost connection", Level.ERROR, start=False),
    )
    trace = StackTrace(
        language="python",
        raised="SeatTakenError",
        says="row 4",
        text="Traceback (most recent call last):\nSeatTakenError: row 4",
        line_start=8,
        line_end=9,
        byte_start=0,
        byte_end=1,
    )
    findings = LogFindings("api.log", "api", Redactor(b"key")).of(log, [trace], [])
    lines = [
        finding.locus.line_start for finding in findings if finding.kind is FindingKind.TEMPLATE
    ]
    assert lines == [7, 30]
