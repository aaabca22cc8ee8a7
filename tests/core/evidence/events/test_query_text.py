"""What is asked for as people and scripts spell it, or why it cannot be understood."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from core.errors import WrongUsage
from core.evidence.events.window import MAX_LIMIT, EventQuery, EventQueryText, Window
from core.evidence.model import Level


def test_everything_at_once() -> None:
    spelt = EventQueryText(
        level="WARN",
        since="1h",
        until="14:05",
        at="2026-11-20T14:05Z",
        service="web",
        host="web-1",
        id="req-7",
        kind=3,
        limit=7,
        oldest_first=True,
    )
    assert spelt.read() == EventQuery(
        level=Level.WARNING,
        window=Window(since=timedelta(hours=1), until=time(14, 5)),
        at=datetime(2026, 11, 20, 14, 5, tzinfo=UTC),
        service="web",
        host="web-1",
        id="req-7",
        templates=(3,),
        limit=7,
        oldest_first=True,
    )


def test_nothing_asks_for_everything() -> None:
    assert EventQueryText().read() == EventQuery()
    assert EventQueryText(service="", id="", since="").read() == EventQuery()


@pytest.mark.parametrize(
    "spelt",
    [
        EventQueryText(level="awful"),
        EventQueryText(since="lunch"),
        EventQueryText(at="14:05"),
        EventQueryText(at="1h"),
        EventQueryText(limit=0),
        EventQueryText(limit=MAX_LIMIT + 1),
    ],
)
def test_what_cannot_be_understood(spelt: EventQueryText) -> None:
    with pytest.raises(WrongUsage) as refused:
        spelt.read()
    assert refused.value.next_step
