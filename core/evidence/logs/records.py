"""Finds the records of a log: a line with the lines that continue it is one row of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.correlation.identifiers import IdentifierCollector
from core.evidence.events.table import COLUMNS
from core.evidence.extractor import EventTable
from core.evidence.lines import FEW_LINES
from core.evidence.logs.levels import guess_levels, level_of_status, read_level
from core.evidence.logs.masks import match_ids
from core.evidence.logs.told_times import LatestTime
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.evidence.lines import Block

_RANK = {level: rank for rank, level in enumerate(Level)}
_MAX_SPELLINGS = 1_000  # of levels in one block; what goes beyond is none
_MAX_KINDS = 100_000  # whose level has been guessed; then it is guessed again
_STATUSES = range(100, 600)  # of HTTP: above what any logger numbers its levels with


@dataclass
class RecordFinder:
    """Sees the blocks of a log in order, with what the layout read of them; fills the table.

    service: whose log it is, where its lines do not say. identifiers: who is shown the ids.
    """

    table: EventTable
    service: str | None = None
    identifiers: IdentifierCollector | None = None
    _pending: pl.DataFrame | None = None  # of one block: the next may go on with the last
    _latest: LatestTime = field(default_factory=LatestTime)
    _guessed: dict[int, int] = field(default_factory=dict)
    _programs: set[str] = field(default_factory=set)

    @property
    def program(self) -> str | None:
        """The one program whose lines these are; None where they are several."""
        return next(iter(self._programs)) if len(self._programs) == 1 else None

    def watch(self, block: Block, columns: pl.DataFrame) -> None:
        """Add the records of a block. `columns` has the key of each line's kind, too."""
        starts = _true(columns["start"])
        begun = int(starts[0]) if len(starts) else len(columns)
        if begun and self._pending is not None:
            self._pending = _continued(self._pending, block, begun)
        elif begun:  # a log that begins in the middle of a record
            starts = pl.concat([pl.Series([0], dtype=starts.dtype), starts])
        time = self._latest.fill(columns["time"])
        if not len(starts):
            return
        records = self._read(block, columns, time, starts)
        self._note(columns["program"])
        self._add(self._pending)
        self._pending = records

    def close(self, kinds: Mapping[int, int]) -> None:
        """All blocks have been seen. kinds: the template of each key."""
        self._add(self._pending)
        self._pending = None
        self.table.close(dict(kinds))

    def _add(self, records: pl.DataFrame | None) -> None:
        if records is not None and len(records):
            self.table.add(records)

    def _note(self, programs: pl.Series) -> None:
        if len(self._programs) <= 1 and programs.null_count() < len(programs):
            self._programs.update(programs.drop_nulls().unique().head(2))

    def _read(
        self, block: Block, columns: pl.DataFrame, time: pl.Series, starts: pl.Series
    ) -> pl.DataFrame:
        """One row per record of the block, its end where the next one begins."""
        ends = pl.concat([starts[1:], pl.Series([len(columns)], dtype=starts.dtype)])
        firsts = columns[starts]
        offsets = pl.Series(block.starts)
        return pl.DataFrame(
            {
                "time": time[starts],
                "level": self._levels(firsts),
                "kind": firsts["key"],
                "service": _services(firsts, self.service),
                "host": firsts["host"],
                "ids": self._ids(block, starts, time[starts], firsts["host"]),
                "line": starts.cast(pl.Int64) + block.number,
                "line_end": ends.cast(pl.Int64) + (block.number - 1),
                "byte_start": offsets[starts],
                "byte_end": offsets[ends],
            },
            schema=COLUMNS,
        )

    def _ids(
        self, block: Block, starts: pl.Series, times: pl.Series, hosts: pl.Series
    ) -> pl.Series:
        """Of the first lines of records."""
        whole = len(starts) == len(block.lines)
        lines = block.lines if whole else block.lines.gather(starts)
        matches = match_ids(lines)
        if self.identifiers is not None:
            self.identifiers.note_matches(matches, times)
            self.identifiers.note_lines(lines, times)
            self.identifiers.note_hosts(hosts)
        return matches.bare()

    def _levels(self, firsts: pl.DataFrame) -> pl.Series:
        """Ranks: as stated, else as the words of the kind's first record suggest."""
        if len(firsts) <= FEW_LINES and not firsts["level"].null_count():
            few = [_RANK[level] if (level := _level_of(word)) else None for word in firsts["level"]]
            if None not in few:
                return pl.Series(few, dtype=pl.UInt8)
        spelled = firsts["level"].unique().drop_nulls().head(_MAX_SPELLINGS).to_list()
        ranks = {word: _RANK[level] for word in spelled if (level := _level_of(word))}
        stated = firsts["level"].replace_strict(
            list(ranks), list(ranks.values()), default=None, return_dtype=pl.UInt8
        )
        if not stated.null_count():
            return stated
        silent = firsts.filter(stated.is_null())
        self._guess(silent)
        keys = silent["key"].unique().to_list()
        guessed = firsts["key"].replace_strict(
            keys, [self._guessed[key] for key in keys], default=None, return_dtype=pl.UInt8
        )
        return stated.zip_with(stated.is_not_null(), guessed)

    def _guess(self, silent: pl.DataFrame) -> None:
        if len(self._guessed) > _MAX_KINDS:
            self._guessed.clear()
        kinds = silent.select("key", "message").unique("key", keep="first", maintain_order=True)
        new = kinds.filter(~kinds["key"].is_in(list(self._guessed)))
        for key, level in zip(new["key"], guess_levels(new["message"]), strict=True):
            self._guessed[key] = _RANK[Level(level) if level else Level.INFO]


def _true(flags: pl.Series) -> pl.Series:
    """The rows that are."""
    if len(flags) > FEW_LINES:
        return flags.arg_true()
    return pl.Series([row for row, flag in enumerate(flags) if flag], dtype=pl.UInt32)


def _continued(records: pl.DataFrame, block: Block, rows: int) -> pl.DataFrame:
    """Those records, the last with the first lines of a block, which go on with it."""
    last = records.tail(1).with_columns(
        pl.lit(block.number + rows - 1, pl.Int64).alias("line_end"),
        pl.lit(int(block.starts[rows]), pl.Int64).alias("byte_end"),
    )
    return pl.concat([records.head(-1), last])


def _level_of(word: str) -> Level | None:
    if word.isdecimal() and int(word) in _STATUSES:
        return level_of_status(int(word))
    return read_level(word)


def _services(firsts: pl.DataFrame, service: str | None) -> pl.Series:
    """As the line says, else as the file is called, else the program that wrote it."""
    named = firsts["service"]
    if not named.null_count():
        return named
    other = firsts["program"] if service is None else _all(service, len(firsts))
    if named.null_count() == len(named):
        return other
    return named.zip_with(named.is_not_null(), other)


def _all(value: str, count: int) -> pl.Series:
    return pl.Series([value], dtype=pl.String).new_from_index(0, count)
