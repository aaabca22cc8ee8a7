from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.evidence.logs.findings import LogFindings, errors_of
from core.evidence.logs.templates import Mined, Template
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


def mined(*templates: Template) -> Mined:
    return Mined(
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
    told = list(LogFindings("api.log", "api", Redactor(b"key")).of(log, [], []))
    assert [(one.kind, one.locus.line_start) for one in told] == [
        (FindingKind.FIRST_ERROR, 7),
        (FindingKind.ERROR_RATE, 7),
        (FindingKind.TEMPLATE, 9),
        (FindingKind.TEMPLATE, 7),
        (FindingKind.TEMPLATE, 1),
    ]
    assert {one.service for one in told} == {"api"}
    assert sum(one.count for one in errors_of(log)) == told[1].count == 3
