"""The events of a file as a table beside it, which holds no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.evidence.extractor import EventTable, NoTable

if TYPE_CHECKING:
    from pathlib import Path

# What an extractor adds, an event a row. The table keeps keyed hashes of service, host and ids.
COLUMNS = {
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


def open_table(path: Path | None, *, key: bytes) -> EventTable:  # noqa: ARG001 - to come
    """A table to be written at `path`, or one that keeps nothing. key: for what is hashed."""
    return NoTable()
