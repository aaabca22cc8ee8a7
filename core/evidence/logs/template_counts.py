"""Counts each kind of line of a log of any size, in bounded memory.

The work per line is vectorised; what is kept is a row per distinct masked line, and one per such
line and minute, both bounded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.lines import FEW_LINES
from core.evidence.logs.levels import LEVEL_OF
from core.evidence.logs.masks import VALUES
from core.evidence.logs.notations import WILD
from core.evidence.logs.template_limits import narrow_patterns
from core.evidence.logs.told_times import LatestTime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.evidence.lines import Block

MAX_KINDS = 5_000  # distinct masked lines that are kept
MAX_MINUTES = 200_000  # rows of (masked line, minute) that are kept
MAX_RENAMES = 200_000  # keys of kinds that were counted with others
_LOOK_AT = 2_000  # characters of a message that are masked
_EXAMPLE = 8_000  # characters of an example that are kept
_STEPS = (1, 5, 15, 60, 240, 1440, 10080)  # minutes per bucket, as the log grows longer
_KEYS = ["masked", "level", "service", "start", "tells"]
# How many services are kept, and how many masked lines, until there are few enough kinds.
_LADDER = ((200, MAX_KINDS), (20, MAX_KINDS), (0, MAX_KINDS // 5))
_LEVELS = 100  # ways to spell a level, beyond which only those that are known count
_LEVEL = f"(?i)^(?:{'|'.join(LEVEL_OF)}|[0-9]{{1,3}})$"

_NO_MINUTES = pl.DataFrame(
    schema={
        "key": pl.UInt64,
        "minute": pl.Int64,
        "count": pl.UInt32,
        "first": pl.Datetime("us"),
    }
)
_TALLIES: Mapping[str, pl.DataType] = {
    "key": pl.UInt64(),
    "count": pl.UInt32(),
    "row": pl.Int64(),
    "last_row": pl.Int64(),
    "first": pl.Datetime("us"),
    "last": pl.Datetime("us"),
}
_START, _MINUTE = datetime(1970, 1, 1), timedelta(minutes=1)  # noqa: DTZ001 - as polars has it


class TemplateCounts:
    """Counts per distinct masked line, and per minute of each."""

    def __init__(self, notable: Sequence[str] = (), *, keep_lines: bool = False) -> None:
        self.lines = self.records = self.size = 0
        self.step = _STEPS[0]
        self._notable = list(notable)
        self._latest = LatestTime()
        self._kinds: list[pl.DataFrame] = []
        self._minutes: list[pl.DataFrame] = []
        self._line_keys: list[pl.Series] | None = [] if keep_lines else None
        self._renames: dict[int, int] = {}

    def add(self, block: Block, read: pl.DataFrame) -> None:
        """Count the lines of a block; `read` is what `mask_block` made of them."""
        left_out = block.number - 1 - self.lines  # blank ones, like the first of this block
        self.lines += left_out + len(block.lines)
        self.records += int(read["start"].sum())
        self.size = int(block.starts[-1])
        time = self._latest.fill(read["time"])
        if self._line_keys is not None:
            self._line_keys += [read["key"].new_from_index(0, left_out), read["key"]]
        count = _count_few if len(block.lines) <= FEW_LINES else _count
        minutes, kinds = count(block, read, time, self.step)
        self._minutes.append(minutes)
        self._kinds.append(kinds)
        self._compact()

    def kinds(self) -> pl.DataFrame:
        """One row per distinct masked line, by first line."""
        self._compact(force=True)
        if not self._kinds:
            return pl.DataFrame()
        kinds = self._kinds[0]
        if len(kinds) > FEW_LINES:
            return kinds.sort("line")
        lines = kinds["line"].to_list()
        return kinds[sorted(range(len(lines)), key=lines.__getitem__)]

    def minutes(self) -> pl.DataFrame:
        """Rows of key, minute since 1970, count, the time of the first line in it."""
        self._merge_minutes()
        return self._minutes[0]

    def line_keys(self) -> list[int]:
        """The key of every line, where these were kept."""
        return pl.concat(self._line_keys).to_list() if self._line_keys else []

    def span(self) -> tuple[datetime | None, datetime | None]:
        """The first and last time of the log."""
        if not self._kinds:
            return None, None
        kinds = self._kinds[0]
        return _moment(kinds["first"].min()), _moment(kinds["last"].max())

    def _compact(self, *, force: bool = False) -> None:
        if sum(map(len, self._minutes)) > MAX_MINUTES or force:
            self._merge_minutes()
        if sum(map(len, self._kinds)) > 4 * MAX_KINDS or force:
            self._merge_kinds()

    def _merge_minutes(self) -> None:
        if not self._minutes:
            self._minutes = [_NO_MINUTES]
        merged = self._minutes[0] if len(self._minutes) == 1 else _summed(self._minutes)
        while len(merged) > MAX_MINUTES and self.step != _STEPS[-1]:
            self.step = _STEPS[_STEPS.index(self.step) + 1]
            merged = _summed([merged.with_columns(pl.col("minute") // self.step * self.step)])
        self._minutes = [merged]

    def _merge_kinds(self) -> None:
        if not self._kinds:
            return
        kinds = self._kinds[0] if len(self._kinds) == 1 else _regrouped(pl.concat(self._kinds))
        if len(kinds) > MAX_KINDS:
            kinds = self._fewer(kinds)
        self._kinds = [kinds]

    def _fewer(self, kinds: pl.DataFrame) -> pl.DataFrame:
        for services, limit in _LADDER:
            coarse = _with_few_names(kinds.rename({"key": "old"}), services)
            coarse = _narrowed(coarse, limit, self._notable)
            self._rename(coarse.select("old", "key"))
            kinds = _regrouped(coarse.select(kinds.columns))
            if len(kinds) <= 2 * MAX_KINDS:
                break
        return kinds

    def keys(self) -> dict[int, int]:
        """Map each key that a line was given to its present one; of the first MAX_RENAMES."""
        return self._renames

    def _rename(self, keys: pl.DataFrame) -> None:
        """Give what is known by the old key of a kind its new one."""
        new = dict(keys.iter_rows())
        self._renames = {old: new.get(key, key) for old, key in self._renames.items()}
        for old, key in islice(new.items(), max(0, MAX_RENAMES - len(self._renames))):
            self._renames.setdefault(old, key)
        self._minutes = [_summed([_renamed(minutes, keys) for minutes in self._minutes])]
        self._merge_minutes()
        if self._line_keys is not None:
            self._line_keys = [_renamed(line.to_frame(), keys)["key"] for line in self._line_keys]


def mask_block(block: Block, read: pl.DataFrame, notable: Sequence[str] = ()) -> pl.DataFrame:
    """Mask each message that a layout read of a block, and give it a key for its kind.

    Where nearly every line is a kind of its own, what varies in them is taken away at once: so
    many rows are dear to count. Needs no other block: threads may do it.
    """
    message = read["message"]
    if message.str.len_bytes().gt(_LOOK_AT).any():
        message = message.str.slice(0, _LOOK_AT)
    tells = pl.Series("tells", [None], dtype=pl.String).new_from_index(0, len(read))
    frame = read.hstack([message.str.replace_all(VALUES, WILD).alias("masked"), tells])
    frame = frame.hstack([_key(frame)])
    if len(frame) <= MAX_KINDS or frame["key"].n_unique() <= MAX_KINDS:
        return frame
    lines = frame.with_columns(block.lines.alias("example"), count=pl.lit(1, pl.UInt32))
    services, limit = _LADDER[0]
    return _narrowed(_with_few_names(lines, services), limit, notable).drop("example", "count")


def _narrowed(lines: pl.DataFrame, limit: int, notable: Sequence[str]) -> pl.DataFrame:
    narrowed = lines.with_columns(narrow_patterns(lines, limit=limit, notable=notable))
    return narrowed.with_columns(_key(narrowed))


def _with_few_names(lines: pl.DataFrame, services: int) -> pl.DataFrame:
    """Only the commonest services keep their name; levels that are many must be known ones."""
    service, level = pl.col("service"), pl.col("level")
    if lines["service"].n_unique() > services:
        common = lines.group_by("service").agg(pl.col("count").sum()).drop_nulls()
        named = common.sort("count", "service", descending=[True, False])["service"].head(services)
        service = pl.when(service.is_in(named.implode())).then(service)
    if lines["level"].n_unique() > _LEVELS:
        level = pl.when(level.str.contains(_LEVEL)).then(level)
    return lines.with_columns(service.alias("service"), level.alias("level"))


def _count(
    block: Block, read: pl.DataFrame, time: pl.Series, step: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines of a block per kind and minute, and per kind. time: of each line, as far as known.

    step: minutes of a bucket.
    """
    counts = (
        read.with_columns(
            time.alias("time"),
            (time.dt.epoch("s") // (60 * step) * step).alias("minute"),
            pl.int_range(pl.len()).alias("row"),
        )
        .group_by("key", "minute")
        .agg(
            count=pl.len(),
            row=pl.col("row").min(),
            last_row=pl.col("row").max(),
            first=pl.col("time").min(),
            last=pl.col("time").max(),
        )
    )
    kinds = counts.group_by("key").agg(
        pl.col("count").sum(),
        pl.col("row", "first").min(),
        pl.col("last_row", "last").max(),
    )
    minutes = counts.select("key", "minute", "count", "first").drop_nulls("minute")
    return minutes, _copied(_exemplified(kinds, read, block))


@dataclass
class _Tally:
    """Of one kind of line of a block."""

    row: int
    last_row: int
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, row: int, at: datetime | None) -> None:
        self.count += 1
        self.last_row = row
        if at is not None:
            self.first = min(at, self.first or at)
            self.last = max(at, self.last or at)


def _count_few(
    block: Block, read: pl.DataFrame, time: pl.Series, step: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same of a few lines, before polars would have set up its queries."""
    tallies: dict[int, _Tally] = {}
    buckets: dict[tuple[int, int], tuple[int, datetime]] = {}
    for row, (key, at) in enumerate(zip(read["key"], time, strict=True)):
        tallies.setdefault(key, _Tally(row, row)).add(row, at)
        if at is not None:
            bucket = key, (at - _START) // _MINUTE // step * step
            count, first = buckets.get(bucket, (0, at))
            buckets[bucket] = count + 1, min(at, first)
    minutes = [(*bucket, count, first) for bucket, (count, first) in buckets.items()]
    kinds = [
        (key, tally.count, tally.row, tally.last_row, tally.first, tally.last)
        for key, tally in tallies.items()
    ]
    return (
        pl.DataFrame(minutes, schema=_NO_MINUTES.schema, orient="row"),
        _exemplified(pl.DataFrame(kinds, schema=_TALLIES, orient="row"), read, block),
    )


def _exemplified(kinds: pl.DataFrame, read: pl.DataFrame, block: Block) -> pl.DataFrame:
    """Per kind of the block: totals, and its first line with where that is."""
    rows = kinds["row"]
    firsts, starts = read[rows], rows.to_numpy()
    examples = [_example(block, row, read) for row in rows]
    return pl.DataFrame(
        [
            kinds["key"],
            *(firsts[name] for name in _KEYS),
            *(kinds[name] for name in ("count", "first", "last")),
            (rows + block.number).alias("line"),
            (kinds["last_row"] + block.number).alias("last_line"),
            pl.Series("example", examples, dtype=pl.String),
            pl.Series("byte_start", block.starts[starts]),
            pl.Series("byte_end", block.starts[starts + 1]),
        ]
    )


def _example(block: Block, row: int, read: pl.DataFrame) -> str:
    """The line; where its message is told by the next one, as java.util.logging does, both."""
    line, message = block.lines[row], read["message"][row]
    if not message or message in line or row + 1 == len(block.lines):
        return str(line)[:_EXAMPLE]
    following = str(block.lines[row + 1])
    return f"{line} {following}"[:_EXAMPLE] if following.endswith(message) else line[:_EXAMPLE]


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _copied(kinds: pl.DataFrame) -> pl.DataFrame:
    """With text of its own: what polars takes out of a column keeps all of the column's text."""
    text = [
        pl.Series(column.name, column.to_list(), dtype=pl.String)
        for column in kinds.select(pl.col(pl.String))
    ]
    return kinds.with_columns(text)


def _renamed(frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    new = pl.col("key").replace_strict(keys["old"], keys["key"], default=pl.col("key"))
    return frame.with_columns(new)


def _key(frame: pl.DataFrame) -> pl.Series:
    return frame[_KEYS].hash_rows().alias("key")


def _summed(minutes: list[pl.DataFrame]) -> pl.DataFrame:
    merged = pl.concat(minutes).group_by("key", "minute")
    return merged.agg(pl.col("count").sum(), pl.col("first").min())


def _regrouped(kinds: pl.DataFrame) -> pl.DataFrame:
    """One row per key; examples are those of the first line, as rows come in the log's order."""
    rest = ["example", "byte_start", "byte_end"]
    return (
        kinds.sort("line")
        .group_by("key")
        .agg(
            pl.col(*_KEYS).first(),
            pl.col("count").sum(),
            pl.col("first").min(),
            pl.col("last").max(),
            pl.col("line").first(),
            pl.col("last_line").max(),
            pl.col(*rest).first(),
        )
    )


MAX_BUCKETS = 600


def minute_of(moment: datetime, step: int = 1) -> int:
    """The minute, or the first one of its step."""
    return int(moment.timestamp()) // 60 // step * step


_FORERUNNERS = 0.02  # share of all lines of a kind, at most, that came before it did in earnest
_LEAST_EARNEST = 20  # lines


def began_in_earnest(
    minutes: Mapping[int, tuple[int, datetime]], *, step: int = 1
) -> datetime | None:
    """When nearly all lines began to come, if after few others none came for a minute.

    A request fails while somebody restarts something; a minute later all of them do: it is the
    second that began then. minutes: how many lines, and when the first came. step: how many minutes
    are counted as one.
    """
    total, before, begins = sum(count for count, _ in minutes.values()), 0, None
    for earlier, later in pairwise(sorted(minutes)):
        (count, first), (_, next_first) = minutes[earlier], minutes[later]
        before += count
        if before > _FORERUNNERS * total:
            break
        pause = next_first - first if count == 1 else (later - earlier - step) * _MINUTE
        if pause >= step * _MINUTE:
            begins = next_first
    return begins if total >= _LEAST_EARNEST else None


def bound_buckets(minutes: Mapping[int, int]) -> dict[int, int]:
    """At most MAX_BUCKETS, by taking longer ones where there are more."""
    step, counts = 1, Counter(minutes)
    while len(counts) > MAX_BUCKETS:
        step *= 5
        counts = Counter()
        for minute, count in minutes.items():
            counts[minute // step * step] += count
    return dict(sorted(counts.items()))
