"""Tables of events that are not what was written: polars cannot read on, or reads what cannot be.

A table has no checksum of its own. It can be written again from the original, so what is damaged is
named, and nothing else breaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import polars as pl

from core.errors import EventTableDamaged
from core.evidence.events.table import IDS, read_notes, table_of
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.evidence.events.answers import EventSource
    from core.evidence.events.table import StoredEvents

# What polars raises at damage: it panics at some, and that is no Exception. Times and places that
# cannot be are a ValueError or an OverflowError of whoever reads on.
UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
BREAKS = (*UNREADABLE, ValueError, OverflowError)

Answer = TypeVar("Answer")


def ask(sources: Sequence[EventSource], find: Callable[[], Answer]) -> Answer:
    """What is found in the tables of these files. Raises EventTableDamaged, which names the files.

    And whatever else `find` raises.
    """
    try:
        return find()
    except BREAKS as error:
        damaged = [source.name for source in sources if not is_whole(source.table)]
        if not damaged:
            raise
        plural = "tables" if len(damaged) > 1 else "table"
        message = f"damaged on the disk: the {plural} of events of {', '.join(damaged)}"
        raise EventTableDamaged(message) from error


def is_whole(table: StoredEvents) -> bool:
    """Whether every row can be read, and could have been written."""
    numbers = [pl.col(name).hash().max().alias(name) for name in ("service", "host", *IDS)]
    try:
        seen = (
            table.scan()
            .select(
                *numbers,
                rows=pl.len(),
                more=pl.col("more_ids").list.len().max(),
                template=pl.col("template").max(),
                level=pl.col("level").max(),
                at=pl.col("time").max(),
                least=pl.min_horizontal("line", "more_lines", "byte_start", "size").min(),
            )
            .collect(engine="streaming")
            .row(0, named=True)
        )
    except BREAKS:
        return False
    could_be = (seen["least"] or 0) >= 0 and (seen["level"] or 0) < len(Level)
    return bool(could_be and seen["rows"] == table.rows)


def is_damaged(path: Path | None, *, key: bytes) -> bool:
    """Whether a table at `path` is not whole; one of another version counts as none."""
    if path is None or not path.is_file():
        return False
    try:
        notes = read_notes(path)
        table = table_of(path, notes, key=key)
    except (*BREAKS, LookupError):
        return True
    return table is not None and not is_whole(table)
