"""The event table of a file: one Parquet file that holds no text.

Services, hosts and ids are hashed with a key of the case: the table alone shows that two lines have
the same one, but not which. polars guarantees stable hashes within one of its versions only, so a
table of another version counts as missing and is written again.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from core.errors import StoreUnavailable
from core.evidence.extractor import EventTable, NoTable
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_Columns = Mapping[str, pl.DataType | type[pl.DataType]]

# What an extractor adds, an event a row. The table keeps keyed hashes of service, host and ids.
COLUMNS: _Columns = {
    "time": pl.Datetime("us"),  # UTC without saying so; null where the file tells none
    "level": pl.UInt8,  # its place in core.evidence.model.Level
    "kind": pl.UInt64,  # the extractor's own key of the template
    "service": pl.String,
    "host": pl.String,
    "ids": pl.List(pl.String),  # of requests and traces
    "line": pl.Int64,  # 1-based, its first
    "line_end": pl.Int64,  # its last
    "byte_start": pl.Int64,
    "byte_end": pl.Int64,
}
# What is stored: the same, with hashes for text, `template` for `kind`, and lengths for ends. Flat
# columns of ids are searched ten times as fast as a list, and cost nothing where they are empty.
STORED: _Columns = {
    "time": pl.Datetime("us"),
    "level": pl.UInt8,
    "service": pl.UInt64,
    "host": pl.UInt64,
    "id_1": pl.UInt64,
    "id_2": pl.UInt64,
    "id_3": pl.UInt64,
    "more_ids": pl.List(pl.UInt64),  # of the few lines that have more
    "line": pl.Int64,
    "more_lines": pl.Int64,
    "byte_start": pl.Int64,
    "size": pl.Int64,  # in bytes
    "template": pl.UInt32,
}
IDS = ("id_1", "id_2", "id_3")
FORMAT = "1"
_FEW_ROWS = 1_000  # which Python numbers before a join is set up
_OURS_ALONE = 0o600
_PART_ROWS = 2**18  # held in memory until they are written
_GROUP_ROWS = 2**17  # small enough that a window of time skips most groups by their statistics
_DEFAULT_LEVEL = list(Level).index(Level.INFO)  # what a line without a level counts as


def open_table(path: Path | None, *, key: bytes) -> EventTable:
    """Open a table for writing at `path`, or one that keeps nothing. key: for the hashes."""
    return NoTable() if path is None else TableWriter(path, key=key)


def read_table(path: Path | None, *, key: bytes) -> StoredEvents | None:
    """Open the table written at `path` under this key; None where there is none.

    Also None for a table of another version and for a damaged one: it has to be written again.
    """
    if path is None or not path.is_file():
        return None
    try:
        return table_of(path, read_notes(path), key=key)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, KeyError):
        return None


def read_notes(path: Path) -> Mapping[str, str]:
    """What the writer noted in the table. Raises what polars does where it is damaged."""
    return pl.read_parquet_metadata(path)


def table_of(path: Path, notes: Mapping[str, str], *, key: bytes) -> StoredEvents | None:
    """The table with these notes; None for one of another version, or under another key.

    Raises ValueError and KeyError for notes that no writer of this version leaves.
    """
    if any(notes.get(name) != value for name, value in _compatibility_marks(_seed(key)).items()):
        return None
    return StoredEvents(
        path=path,
        key=key,
        rows=int(notes["rows"]),
        first=_parse_moment(notes["first"]),
        last=_parse_moment(notes["last"]),
        most_ids=int(notes["most_ids"]),
    )


@dataclass(frozen=True, kw_only=True)
class StoredEvents:
    """A finished table. `first` and `last` are the earliest and latest time of its events.

    most_ids: the largest number of ids of one event.
    """

    path: Path
    key: bytes = field(repr=False)
    rows: int
    first: datetime | None
    last: datetime | None
    most_ids: int = 0

    def scan(self) -> pl.LazyFrame:
        """Its events, with the columns of STORED."""
        return pl.scan_parquet(self.path)

    def hashes_of(self, values: Sequence[str]) -> list[int]:
        """The hashes under which this table stores services, hosts and ids. Case-insensitive."""
        text = pl.DataFrame({"text": values}, schema={"text": pl.String})
        return text.select(_hash(pl.col("text"), _seed(self.key))).to_series().to_list()


class TableWriter:
    """Writes a table in parts beside its path, and renames it to the path when it is complete.

    Raises StoreUnavailable where the disk is full. A table that is not closed leaves no files,
    unless the process was killed: the next writer of the same path deletes its parts. part_rows:
    the number of rows held in memory.
    """

    def __init__(self, path: Path, *, key: bytes, part_rows: int = _PART_ROWS) -> None:
        self._path = path
        self._part_rows = part_rows
        self._parts = path.with_name(f".{path.name}.parts")
        self._seed = _seed(key)
        self._pending: list[pl.DataFrame] = []
        self._pending_rows = self._rows = self._written = self._most_ids = 0
        self._first: datetime | None = None
        self._last: datetime | None = None
        if self._parts.exists():
            shutil.rmtree(self._parts, ignore_errors=True)
        self._clear = weakref.finalize(self, shutil.rmtree, self._parts, ignore_errors=True)

    def add(self, events: pl.DataFrame) -> None:
        if events.is_empty():
            return
        most_ids = events.select(pl.col("ids").list.len().max()).item() or 0
        hashed = events.select(*_stored_columns(self._seed, most_ids))
        self._most_ids = max(self._most_ids, most_ids)
        self._pending.append(hashed)
        self._pending_rows += len(hashed)
        self._rows += len(hashed)
        self._note_times(hashed["time"])
        if self._pending_rows >= self._part_rows:
            self._write_part()

    def close(self, kinds: dict[int, int]) -> None:
        whole = self._rows_with_templates(kinds)
        with self._cleanup(), _disk_errors():
            self._make_folder()
            done = self._parts / "table"
            whole.sink_parquet(
                done,
                compression="zstd",
                compression_level=1,
                row_group_size=_GROUP_ROWS,
                metadata=self._notes(),
                sync_on_close="all",
                engine="streaming" if self._written else "in-memory",
            )
            done.chmod(_OURS_ALONE)
            done.replace(self._path)

    def _rows_with_templates(self, kinds: dict[int, int]) -> pl.LazyFrame:
        """All rows. Where none had to be written by now, they are not: most logs are small."""
        if not self._written and self._rows <= _FEW_ROWS:
            empty = pl.DataFrame(schema=COLUMNS)
            pending = self._pending or [empty.select(*_stored_columns(self._seed, 0))]
            rows = pl.concat(pending, how="vertical")
            numbers = pl.Series("template", map(kinds.get, rows["kind"]), dtype=pl.UInt32)
            return rows.lazy().with_columns(numbers).drop("kind")
        if self._pending:
            self._write_part()
        schema = {"kind": pl.UInt64, "template": pl.UInt32}
        templates = pl.LazyFrame(
            {"kind": list(kinds), "template": list(kinds.values())}, schema=schema
        )
        # A join streams; replace_strict would hold the whole table in memory (polars 2.1).
        parts = pl.scan_ipc([self._part(number) for number in range(self._written)])
        return parts.join(templates, on="kind", how="left", maintain_order="left").drop("kind")

    def _write_part(self) -> None:
        part = pl.concat(self._pending, how="vertical")
        with _disk_errors():
            self._make_folder()
            part.write_ipc(self._part(self._written), compression="lz4")
        self._written += 1
        self._pending, self._pending_rows = [], 0

    def _make_folder(self) -> None:
        self._parts.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _part(self, number: int) -> Path:
        return self._parts / f"{number:06}.ipc"

    def _note_times(self, times: pl.Series) -> None:
        first, last = times.min(), times.max()
        if isinstance(first, datetime) and isinstance(last, datetime):
            self._first = min(first, self._first or first)
            self._last = max(last, self._last or last)

    def _notes(self) -> dict[str, str]:
        first, last = (str(moment or "") for moment in (self._first, self._last))
        notes = {"rows": str(self._rows), "most_ids": str(self._most_ids)}
        return {**_compatibility_marks(self._seed), **notes, "first": first, "last": last}

    @contextmanager
    def _cleanup(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._clear()


@lru_cache(maxsize=8)
def _stored_columns(seed: int, most_ids: int) -> tuple[pl.Expr, ...]:
    """See `_columns`. Making them takes longer than hashing a few lines."""
    return tuple(_columns(seed, most_ids))


def _columns(seed: int, most_ids: int) -> Iterator[pl.Expr]:
    """Map COLUMNS to the columns of STORED; the template is joined at the end, when it is known."""
    ids = pl.col("ids").list
    yield pl.col("time").cast(COLUMNS["time"])
    yield pl.col("level").cast(COLUMNS["level"]).fill_null(_DEFAULT_LEVEL)
    yield pl.col("kind").cast(COLUMNS["kind"])
    yield _hash(pl.col("service"), seed).alias("service")
    yield _hash(pl.col("host"), seed).alias("host")
    for place, name in enumerate(IDS):
        nothing = pl.lit(None, pl.UInt64)
        there = place < most_ids
        yield (_hash(ids.get(place, null_on_oob=True), seed) if there else nothing).alias(name)
    more = ids.slice(len(IDS)).list.eval(_hash(pl.element(), seed))
    none = pl.lit(None, pl.List(pl.UInt64))
    yield (more if most_ids > len(IDS) else none).alias("more_ids")
    yield pl.col("line")
    yield (pl.col("line_end") - pl.col("line")).alias("more_lines")
    yield pl.col("byte_start")
    yield (pl.col("byte_end") - pl.col("byte_start")).alias("size")


def _hash(text: pl.Expr, seed: int) -> pl.Expr:
    """Hash text; null stays null, which polars alone would hash too."""
    return pl.when(text.is_not_null()).then(text.str.to_lowercase().hash(seed))


def _seed(key: bytes) -> int:
    return int.from_bytes(key[:8], "big")


@lru_cache(maxsize=8)
def _compatibility_marks(seed: int) -> Mapping[str, str]:
    """Metadata that proves that this version wrote the table, under the same key."""
    proof: int = pl.select(_hash(pl.lit("key"), seed)).item()
    return MappingProxyType({"format": FORMAT, "polars": pl.__version__, "key": str(proof)})


def _parse_moment(noted: str) -> datetime | None:
    return datetime.fromisoformat(noted).replace(tzinfo=UTC) if noted else None


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Translate disk errors. polars reports a full disk as a ComputeError whose text says so."""
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        full = "No space left" in str(error)
        message = "the table of its events could not be written"
        reason = "the disk is full" if full else type(error).__name__
        raise StoreUnavailable(f"{message}: {reason}") from error
