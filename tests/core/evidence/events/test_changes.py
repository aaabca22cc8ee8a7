"""Changes of a window: those that were noted, and lines of the same kind that nobody noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from core.evidence.events.changes import find_changes
from core.evidence.events.window import EventQuery, Window
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from tests.core.evidence.tables import START, EventLine, source_of

if TYPE_CHECKING:
    from pathlib import Path

REDACTOR = Redactor(b"key")
LINES = [
    EventLine(at=0, text="deployed version 2.4.0", kind=1),
    EventLine(at=60, text="served 12 carts", kind=1),
    EventLine(at=120, text="deployed version 2.4.1", kind=1),
    EventLine(at=180, text="deployed version 2.4.2", kind=1),
    EventLine(at=240, text="served 13 carts", kind=2),
]


def noted(line: int) -> Finding:
    at = START + timedelta(seconds=(line - 1) * 60)
    return Finding(
        kind=FindingKind.CHANGE,
        level=Level.INFO,
        text=RedactedText.format("deployed"),
        locus=Locus(file="app.log", line_start=line, line_end=line),
        first=at.astimezone(UTC),
    )


def lines_before(path: Path, seconds: float, *findings: Finding) -> list[int]:
    sought = EventQuery(window=Window(until=START + timedelta(seconds=seconds)))
    noted_in = [(source_of(path, LINES), findings)]
    answer = find_changes(sought, noted_in, redactor=REDACTOR)
    assert answer.total == len(answer.events)
    return [event.locus.line_start for event in answer.events]


def test_lines_like_a_noted_change_are_changes_where_they_say_so(tmp_path: Path) -> None:
    assert lines_before(tmp_path / "t", 150, noted(4)) == [3, 1]
    assert lines_before(tmp_path / "t", 500, noted(4)) == [4, 3, 1]


def test_without_any_noted_change_there_is_none(tmp_path: Path) -> None:
    assert lines_before(tmp_path / "t", 500) == []


def test_a_limit_shows_the_latest(tmp_path: Path) -> None:
    noted_in = [(source_of(tmp_path / "t", LINES), [noted(4)])]
    answer = find_changes(EventQuery(limit=1), noted_in, redactor=REDACTOR)
    assert (answer.total, answer.events[0].locus.line_start) == (3, 4)


def test_only_changes_of_the_host_and_the_service_that_are_asked_for(tmp_path: Path) -> None:
    lines = [
        EventLine(at=0, text="deployed version 2.4.0", host="web-1", service="cart"),
        EventLine(at=60, text="deployed version 2.4.0", host="web-2", service="cart"),
        EventLine(at=120, text="deployed version 2.4.1", host="web-2", service="orders"),
    ]
    source = source_of(tmp_path / "t", lines)
    noted_in = [(replace(source, services=frozenset({"cart", "orders"})), [noted(1), noted(2)])]

    def found(sought: EventQuery) -> list[int]:
        events = find_changes(sought, noted_in, redactor=REDACTOR).events
        return [event.locus.line_start for event in events]

    assert found(EventQuery(host="web-2")) == [3, 2]
    assert found(EventQuery(host="web-1")) == [1]
    assert found(EventQuery(host="web-9")) == []
    assert found(EventQuery(service="cart")) == [2, 1]
