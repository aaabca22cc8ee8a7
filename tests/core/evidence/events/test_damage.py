"""A damaged table of events is named, wherever the damage is; whole ones and others are not."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from core.errors import EventTableDamaged
from core.evidence.events.answers import find_events, find_shared_ids
from core.evidence.events.damage import ask, is_damaged, is_whole
from core.evidence.events.window import EventQuery
from core.evidence.model import Level
from core.redaction.engine import Redactor
from tests.core.evidence.tables import KEY, EventLine, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.events.answers import EventSource

REDACTOR = Redactor(b"key")
LINES = [
    EventLine(
        at=None if nth % 97 == 0 else nth * 1.5,
        level=Level.ERROR if nth % 5 == 0 else Level.INFO,
        service=f"service-{nth % 7}",
        ids=tuple(f"req-{nth}-{part}" for part in range(nth % 6)),
        kind=nth % 11,
    )
    for nth in range(3000)
]


@pytest.fixture
def sources(tmp_path: Path) -> list[EventSource]:
    return [
        source_of(tmp_path / "api", LINES, name="api.log"),
        source_of(tmp_path / "db", LINES[:50], name="db.log"),
    ]


def overwrite(path: Path, at: int) -> None:
    content = path.read_bytes()
    noise = Random(at).randbytes(64)  # noqa: S311 - of a test
    path.write_bytes(content[:at] + noise + content[at + 64 :])


def test_what_is_whole_is_not_damaged(sources: list[EventSource], tmp_path: Path) -> None:
    for source in sources:
        assert is_whole(source.table)
        assert not is_damaged(source.table.path, key=KEY)
        assert not is_damaged(source.table.path, key=b"another")
    assert not is_damaged(tmp_path / "none", key=KEY)
    assert not is_damaged(None, key=KEY)


@pytest.mark.parametrize("share", [n / 12 for n in range(12)])
def test_damage_anywhere_is_named_or_does_no_harm(sources: list[EventSource], share: float) -> None:
    path = sources[0].table.path
    overwrite(path, int(share * path.stat().st_size))
    sought = EventQuery(level=Level.ERROR, service="service-3")
    named = list[str]()
    for find in (
        partial(find_events, sought, sources, redactor=REDACTOR),
        partial(find_shared_ids, sources, level=None, of_files=2, limit=5, redactor=REDACTOR),
    ):
        try:
            ask(sources, find)
        except EventTableDamaged as error:
            named.append(f"{error}. {error.next_step}")
    assert not named or is_damaged(path, key=KEY)
    for text in named:
        assert text.startswith("damaged on the disk: the table of events of api.log. ")
        assert "evidence again" in text


def test_a_table_cut_short_is_damaged(sources: list[EventSource]) -> None:
    path = sources[0].table.path
    path.write_bytes(path.read_bytes()[:-40])
    assert is_damaged(path, key=KEY)


def test_another_fault_stays_what_it_is(sources: list[EventSource]) -> None:
    def fail() -> None:
        message = "of ours"
        raise ValueError(message)

    with pytest.raises(ValueError, match="of ours"):
        ask(sources, fail)
