"""Events of one JSON document are read as records of a log are, wherever their list lies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from core.evidence.logs.event_documents import events_in, moment_in
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

AT = datetime(2026, 3, 4, 10, 15, tzinfo=UTC)
SET = {"at": AT.isoformat(), "actor": "dana", "action": "limit.update", "service": "orders"}
SEEN = {"at": AT.isoformat(), "actor": "dana", "action": "limit.read", "service": "orders"}


def changes_of(path: Path, text: str) -> list[Finding]:
    path.write_text(text, encoding="utf-8")
    extraction = extract(PlainFile(path), name=path.name, service=None, redactor=Redactor(b"k"))
    return [finding for finding in extraction.findings if finding.kind is FindingKind.CHANGE]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", [None, "Records", "items"])
def test_of_a_list_those_are_told_that_change_something(
    tmp_path: Path, key: str | None, indent: int | None
) -> None:
    events = [SEEN, SET, SEEN]
    document: Any = {key: events, "total": 3} if key else events
    text = json.dumps(document, indent=indent)
    [change] = changes_of(tmp_path / "audit.json", text)
    assert (change.first, change.service) == (AT, "orders")
    assert change.signals == ("audited",)
    stated = text.encode()[change.locus.byte_start : change.locus.byte_end]
    assert json.loads(stated) == SET


def test_objects_may_stand_one_after_the_other(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(each, indent=2) for each in (SEEN, SET))
    [change] = changes_of(tmp_path / "audit.json", text)
    assert text.splitlines()[change.locus.line_start - 1 : change.locus.line_end] == (
        json.dumps(SET, indent=2).splitlines()
    )


def test_of_a_list_of_changes_each_is_one(tmp_path: Path) -> None:
    listed = [{"time": AT.isoformat(), "text": f"step {number} finished"} for number in range(3)]
    listed.append({"time": AT.isoformat(), "text": "planned for tonight"})
    changes = changes_of(tmp_path / "deploys.json", json.dumps(listed))
    assert [change.signals for change in changes] == [("recorded_change",)] * 3


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [{"b": 1}]}',  # no time
        '[{"at": "2026-03-04T10:15:00Z", "action": "limit.update"',  # cut off
        "[" * 5_000,
        "{" * 5_000,
        '{"at": 1' + "0" * 400 + "}",
    ],
)
def test_what_is_no_list_of_dated_events_has_none(text: str) -> None:
    assert list(events_in(text)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", "2026-03-04T10:15:00Z"),
        ("eventTime", "2026-03-04T11:15:00+01:00"),
        ("createdAt", AT.timestamp()),
        ("ts", AT.timestamp() * 1e3),
        ("timestamp", int(AT.timestamp()) * 10**9),
    ],
)
def test_a_moment_in_any_notation(name: str, value: object) -> None:
    assert moment_in({"id": 7, name: value}) == AT.replace(tzinfo=None)


@pytest.mark.parametrize("value", ["soon", True, -1, 12, None, float("inf"), 1e300])
def test_what_is_no_moment(value: object) -> None:
    assert moment_in({"time": value}) is None
