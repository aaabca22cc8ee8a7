"""Filters, merges and joins event tables by numbers and hashes alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import polars as pl

from core.evidence.events.table import IDS
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.evidence.events.table import StoredEvents

_LEVELS = list(Level)
_HIT_COLUMNS = ("time", "level", "service", "line", "more_lines", "byte_start", "size", "template")


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """A filter on events. None and empty match every event.

    since: inclusive; until: exclusive; an event without a time is in no such window. services: any
    of these; unnamed: also events that name no service. templates: their numbers in the file.
    """

    since: datetime | None = None
    until: datetime | None = None
    level: Level | None = None  # at least
    services: tuple[str, ...] = ()
    unnamed: bool = False
    host: str | None = None
    id: str | None = None
    templates: tuple[int, ...] = ()
    starts: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One matching event.

    `file` is the index of its table in the query, `service` the hash of its name.
    """

    file: int
    at: datetime | None
    level: Level
    service: int | None
    template: int | None
    line_start: int
    line_end: int
    byte_start: int
    byte_end: int


@dataclass(frozen=True, kw_only=True)
class SharedId:
    """An id in several files: its hash, its number of events, its first event in each file."""

    hash: int
    count: int
    hits: tuple[Hit, ...]


def find(
    tables: Sequence[tuple[StoredEvents, EventFilter]], *, limit: int, oldest_first: bool = False
) -> tuple[int, list[Hit]]:
    """Count all matching events and return at most `limit` of them, newest first by default.

    Events of all tables in one order; those without a time come last.
    """
    total, hits = 0, list[Hit]()
    for file, (table, wanted) in enumerate(tables):
        conditions = list(_conditions(table, wanted))
        rows = table.scan().filter(*conditions) if conditions else table.scan()
        count = _count(rows) if conditions else table.rows
        if count and limit:
            hits += _hits(file, _select_end(rows, limit, oldest_first=oldest_first))
        total += count
    return total, sorted(hits, key=_oldest_first_key if oldest_first else _newest_first_key)[:limit]


def matching_lines(table: StoredEvents, wanted: EventFilter, *, lines: Sequence[int]) -> set[int]:
    """The line numbers, among these, at which a matching event begins."""
    rows = table.scan().filter(pl.col("line").is_in(lines), *_conditions(table, wanted))
    return set(rows.select("line").collect(engine="streaming")["line"])


def shared_ids(
    tables: Sequence[StoredEvents], *, level: Level | None, of_files: int, limit: int
) -> tuple[int, list[SharedId]]:
    """Count ids with events of at least `level` in at least `of_files` tables; return some.

    At most `limit` are returned: those in the most files, then with the most events, come first.
    """
    counted = [_count_ids(file, table, level) for file, table in enumerate(tables)]
    both = (
        pl.concat(counted)
        .group_by("id")
        .agg(files=pl.len(), count=pl.col("count").sum(), file="file", line="line")
        .filter(pl.col("files") >= of_files)
        .collect(engine="streaming")
    )
    shown = both.sort(["files", "count", "id"], descending=[True, True, False]).head(limit)
    places = shown.explode("file", "line").select("id", "file", "line").sort("file")
    hits = {
        (file, hit.line_start): hit
        for (file,), rows in places.group_by("file")
        for hit in _hits_at_lines(int(str(file)), tables[int(str(file))], rows["line"])
    }
    return len(both), [
        SharedId(
            hash=row["id"],
            count=row["count"],
            hits=tuple(hits[place] for place in sorted(zip(row["file"], row["line"], strict=True))),
        )
        for row in shown.iter_rows(named=True)
    ]


def _conditions(table: StoredEvents, wanted: EventFilter) -> Iterable[pl.Expr]:
    if wanted.since is not None:
        yield pl.col("time") >= _utc_without_zone(wanted.since)
    if wanted.until is not None:
        yield pl.col("time") < _utc_without_zone(wanted.until)
    if wanted.level is not None and wanted.level is not _LEVELS[0]:
        yield pl.col("level") >= _LEVELS.index(wanted.level)
    if wanted.services:
        named = pl.col("service").is_in(table.hashes_of(wanted.services))
        yield (pl.col("service").is_null() | named) if wanted.unnamed else named
    if wanted.host is not None:
        yield pl.col("host").is_in(table.hashes_of([wanted.host]))
    if wanted.id is not None:
        yield _has_id(table, *table.hashes_of([wanted.id]))
    yield from _listed(wanted)


def _listed(wanted: EventFilter) -> Iterable[pl.Expr]:
    if wanted.templates:
        yield pl.col("template").is_in(wanted.templates)
    if wanted.starts is not None:
        yield pl.col("byte_start").is_in(wanted.starts)


def _count(rows: pl.LazyFrame) -> int:
    count: int = rows.select(pl.len()).collect(engine="streaming").item()
    return count


def _select_end(rows: pl.LazyFrame, limit: int, *, oldest_first: bool) -> pl.DataFrame:
    """Select the first or last rows, streamed: polars skips row groups without any of them."""
    end = rows.bottom_k if oldest_first else rows.top_k
    return end(limit, by=["time", "line"]).select(*_HIT_COLUMNS).collect(engine="streaming")


def _has_id(table: StoredEvents, hashed: int) -> pl.Expr:
    value = pl.lit(hashed, pl.UInt64)
    conditions = [pl.col(name) == value for name in IDS[: max(1, table.most_ids)]]
    if table.most_ids > len(IDS):
        conditions.append(pl.col("more_ids").list.contains(value))
    return reduce(or_, conditions)


def _count_ids(file: int, table: StoredEvents, level: Level | None) -> pl.LazyFrame:
    """For each id of a table: its number of events, and the line of the first."""
    rows = table.scan().filter(*_conditions(table, EventFilter(level=level)), pl.lit(value=True))
    each = [rows.select("line", id=name) for name in IDS[: max(1, table.most_ids)]]
    if table.most_ids > len(IDS):
        each.append(rows.select("line", id="more_ids").explode("id"))
    ids = pl.concat(each).drop_nulls("id")
    counted = ids.group_by("id").agg(count=pl.len(), line=pl.col("line").min())
    return counted.with_columns(file=pl.lit(file))


def _hits_at_lines(file: int, table: StoredEvents, lines: pl.Series) -> list[Hit]:
    rows = table.scan().filter(pl.col("line").is_in(lines.unique().to_list())).select(*_HIT_COLUMNS)
    return _hits(file, rows.collect(engine="streaming"))


def _hits(file: int, rows: pl.DataFrame) -> list[Hit]:
    return [_hit(file, row) for row in rows.iter_rows(named=True)]


def _hit(file: int, row: dict[str, Any]) -> Hit:
    return Hit(
        file=file,
        at=row["time"].replace(tzinfo=UTC) if row["time"] else None,
        level=_LEVELS[row["level"]],
        service=row["service"],
        template=row["template"],
        line_start=row["line"],
        line_end=row["line"] + row["more_lines"],
        byte_start=row["byte_start"],
        byte_end=row["byte_start"] + row["size"],
    )


def _utc_without_zone(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _oldest_first_key(hit: Hit) -> tuple[bool, float, int, int]:
    return hit.at is None, hit.at.timestamp() if hit.at else 0.0, hit.file, hit.line_start


def _newest_first_key(hit: Hit) -> tuple[bool, float, int, int]:
    return hit.at is None, -hit.at.timestamp() if hit.at else 0.0, hit.file, -hit.line_start
