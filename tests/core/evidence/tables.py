"""Tables of events that a test makes up, and the text that they point into."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from core.evidence.events.answers import EventSource
from core.evidence.events.table import COLUMNS, TableWriter, read_table
from core.evidence.model import Level

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.events.table import StoredEvents

KEY = bytes(range(32))
START = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """One line of a made-up log, which is one event. at: seconds after START, or no time."""

    at: float | None
    level: Level = Level.INFO
    text: str = "all is well"
    service: str | None = None
    host: str | None = None
    ids: tuple[str, ...] = ()
    kind: int = 1

    @property
    def moment(self) -> datetime | None:
        return None if self.at is None else START + timedelta(seconds=self.at)


@dataclass(frozen=True)
class Text:
    """An original in memory."""

    raw: bytes
    written: datetime = field(default=START)

    @property
    def size(self) -> int:
        return len(self.raw)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.raw)


def text_of(lines: list[EventLine]) -> Text:
    return Text("".join(f"{line.text}\n" for line in lines).encode())


def frame_of(lines: list[EventLine]) -> pl.DataFrame:
    """As an extractor would add it."""
    rows = list[dict[str, Any]]()
    start = 0
    for number, line in enumerate(lines, start=1):
        end = start + len(f"{line.text}\n".encode())
        rows.append(
            {
                "time": line.moment.replace(tzinfo=None) if line.moment else None,
                "level": list(Level).index(line.level),
                "kind": line.kind,
                "service": line.service,
                "host": line.host,
                "ids": list(line.ids) or None,
                "line": number,
                "line_end": number,
                "byte_start": start,
                "byte_end": end,
            }
        )
        start = end
    return pl.DataFrame(rows, schema=COLUMNS)


def write_table(
    path: Path,
    lines: list[EventLine],
    *,
    kinds: dict[int, int] | None = None,
    part_rows: int = 1000,
) -> StoredEvents:
    """In several blocks, as it comes from a file."""
    writer = TableWriter(path, key=KEY, part_rows=part_rows)
    frame = frame_of(lines)
    for at in range(0, len(frame), 3):
        writer.add(frame.slice(at, 3))
    writer.close(kinds if kinds is not None else {line.kind: line.kind for line in lines})
    table = read_table(path, key=KEY)
    assert table is not None
    return table


def source_of(
    path: Path, lines: list[EventLine], *, name: str = "app.log", **more: Any
) -> EventSource:
    return EventSource(name=name, table=write_table(path, lines), text=text_of(lines), **more)


def damage_table_in(folder: Path) -> None:
    """Noise in place of all rows of the only table there; its notes, at its end, stay."""
    (table,) = folder.rglob("events.parquet")
    content = table.read_bytes()
    notes = 8 + int.from_bytes(content[-8:-4], "little")
    noise = bytes(range(256)) * (len(content) // 256)
    table.write_bytes(content[:4] + noise[: len(content) - notes - 4] + content[-notes:])
