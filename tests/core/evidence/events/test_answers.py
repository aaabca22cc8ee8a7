"""Rows that say what, when and where: their names, their lines, and what they were counted from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import IO, TYPE_CHECKING

import pytest

from core.errors import NotFound
from core.evidence.events.answers import (
    MAX_SHOWN_CHARACTERS,
    answer_document,
    find_events,
    find_shared_ids,
    match_services,
    read_numbered_lines,
)
from core.evidence.events.window import CountedFrom, EventQuery, Window
from core.evidence.model import Level, PlainFile
from core.redaction.engine import Redactor
from core.redaction.multiline import HIDDEN_VALUE
from tests.core.evidence.tables import START, EventLine, Text, source_of

if TYPE_CHECKING:
    from pathlib import Path

REDACTOR = Redactor(b"key")
SECRET = "hunter2-value-of-mine"  # noqa: S105 - planted
API = [
    EventLine(at=0, text="fine", service="checkout-api"),
    EventLine(at=60, level=Level.ERROR, text="lost request_id=req-7", ids=("req-7",)),
    EventLine(at=90, level=Level.ERROR, text=f"lost password={SECRET}", service="ledger"),
]
DB = [
    EventLine(at=30, level=Level.ERROR, text='lock {"requestId":"REQ-7"}', ids=("REQ-7",)),
    EventLine(at=3600, level=Level.WARNING, text="slow", host="db-1"),
]


def test_events_of_all_files_newest_first(tmp_path: Path) -> None:
    sources = [
        source_of(tmp_path / "api", API, name="api.log", service="gateway"),
        source_of(tmp_path / "db", DB, name="db.log", services=frozenset({"db"})),
    ]
    sought = EventQuery(level=Level.ERROR)
    answer = find_events(sought, sources, redactor=REDACTOR)
    assert (answer.total, answer.files) == (3, 2)
    assert [event.locus.label for event in answer.events] == ["api.log:3", "api.log:2", "db.log:1"]
    assert [event.service for event in answer.events] == [None, "gateway", None]
    assert SECRET not in str(answer_document(sought, answer))
    assert answer.window.counted_from is None


def test_the_last_minutes_count_back_from_the_newest_event(tmp_path: Path) -> None:
    sources = [source_of(tmp_path / "api", API), source_of(tmp_path / "db", DB)]
    sought = EventQuery(window=Window(since=timedelta(minutes=59)))
    answer = find_events(sought, sources, redactor=REDACTOR)
    assert (answer.window.counted_from, answer.total) == (CountedFrom.NEWEST, 3)
    sought = EventQuery(window=Window(since=timedelta(seconds=30)), at=START + timedelta(minutes=1))
    answer = find_events(sought, sources, redactor=REDACTOR)
    assert (answer.window.counted_from, answer.total) == (CountedFrom.AT, 2)


def test_a_service_is_meant_by_its_name_or_a_part_of_it(tmp_path: Path) -> None:
    names = frozenset({"checkout-api"})
    sources = [source_of(tmp_path / "api", API, service="gateway", services=names)]
    for asked, total in (("checkout", 1), ("CHECKOUT-API", 1), ("gateway", 1), ("ledger", 1)):
        assert find_events(EventQuery(service=asked), sources, redactor=REDACTOR).total == total, (
            asked
        )
    assert match_services("api", ["api", "checkout-api"]) == ["api"]
    assert match_services("api", ["search", "checkout-api"]) == ["checkout-api"]


def test_a_name_of_a_service_is_redacted_too(tmp_path: Path) -> None:
    source = source_of(tmp_path / "api", API[1:2], service="dana@mail.example.com")
    (event,) = find_events(EventQuery(), [source], redactor=REDACTOR).events
    assert event.service is not None
    assert "@" not in event.service


def test_ids_of_several_files_as_their_lines_spell_them(tmp_path: Path) -> None:
    sources = [
        source_of(tmp_path / "api", API, name="api.log"),
        source_of(tmp_path / "db", DB, name="db.log"),
    ]
    total, (shared_id,) = find_shared_ids(
        sources, level=Level.ERROR, of_files=2, limit=5, redactor=REDACTOR
    )
    assert (total, shared_id.count) == (1, 2)
    assert shared_id.text is not None
    assert shared_id.text.text == "req-7"
    assert [event.locus.label for event in shared_id.events] == ["api.log:2", "db.log:1"]


def test_no_files_no_events() -> None:
    answer = find_events(EventQuery(), [], redactor=REDACTOR)
    assert (answer.total, answer.events, answer.files) == (0, (), 0)


def test_whose_original_cannot_be_read_is_said(tmp_path: Path) -> None:
    class Gone(Text):
        def open(self) -> IO[bytes]:
            message = "the original is not there any more"
            raise NotFound(message, next_step="Send it again.")

    source = replace(source_of(tmp_path / "api", API, name="api.log"), text=Gone(b""))
    with pytest.raises(NotFound, match=r"api\.log: the original is not there") as caught:
        find_events(EventQuery(), [source], redactor=REDACTOR)
    assert caught.value.next_step == "Send it again."


@pytest.mark.parametrize("lines_above", [1, 2_000])
def test_a_column_of_secrets_is_hidden_however_far_its_heading(
    tmp_path: Path, lines_above: int
) -> None:
    """Of a table in the middle of a file, too."""
    rows = [f"2026-11-20T13:00:00Z,u{n},Kiesel{n}x,it failed" for n in range(lines_above + 900)]
    log = tmp_path / "logins.csv"
    log.write_text("\n".join(["x y"] * lines_above + ["time,user,password,msg", *rows]) + "\n")
    number = lines_above + 1 + len(rows)
    shown = read_numbered_lines(
        PlainFile(log), number - 1, number, redactor=REDACTOR, room=MAX_SHOWN_CHARACTERS
    )
    assert [text.text.split(",")[2] for _, text in shown] == [HIDDEN_VALUE] * 2
    (_, above), (_, heading) = read_numbered_lines(
        PlainFile(log), lines_above, lines_above + 1, redactor=REDACTOR, room=99
    )
    assert (above.text, heading.text) == ("x y", "time,user,password,msg")
