"""Which column of a table tells times, and what times are those?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from core.evidence.logs.timestamps import find_format
from core.evidence.series.model import LATEST, Floats

if TYPE_CHECKING:
    from datetime import datetime

_SAMPLE = 200
_RECENT = 9e8  # 1998
_MOST = 0.8  # share of sampled cells, at least, that a way to write times has to read
# As spreadsheets and dashboards write them, beside those of logs; the month first where both fit.
_LAYOUTS = (
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y %H:%M:%S",
    "%b %d, %Y, %I:%M:%S %p",
    "%Y%m%dT%H%M%SZ",
)
_CLOCK = re.compile(r"\d\d?:\d\d(?::\d\d(?:\.\d+)?)?")
_DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}")
# Seconds, milli-, micro- and nanoseconds since 1970, told apart by size: up to the year 3000 each.
_UNITS = ((LATEST, 1.0), (LATEST * 1e3, 1e3), (LATEST * 1e6, 1e6), (np.inf, 1e9))


@dataclass(frozen=True)
class Times:
    """The times of all rows, seconds since 1970, NaN where a row tells none; of which columns."""

    seconds: Floats
    columns: tuple[int, ...]


def find_times(
    frame: pl.DataFrame, likely: list[tuple[int, bool]], *, reference: datetime
) -> Times | None:
    """The times that a table of texts tells.

    likely: its columns to look at, the likeliest first, and whether they are called a time: other
    numbers are times only where they are those of our days. reference: about when it was written,
    for times without a year.
    """
    for at, is_called in likely:
        column = frame.to_series(at).str.strip_chars()
        follows = frame.to_series(at + 1) if at + 1 < frame.width else None
        if follows is not None and _all(column, _DATE) and _all(follows, _CLOCK):
            joined = _seconds(column + " " + follows.str.strip_chars(), reference)
            return None if joined is None else Times(joined, (at, at + 1))
        seconds = _seconds(column, reference)
        if seconds is not None and (is_called or _is_recent(seconds)):
            return Times(seconds, (at,))
    return None


def _is_recent(seconds: Floats) -> bool:
    finite = seconds[np.isfinite(seconds)]
    return bool(len(finite)) and float(np.median(finite)) > _RECENT


def _seconds(texts: pl.Series, reference: datetime) -> Floats | None:
    sample = [text for text in texts.head(_SAMPLE).to_list() if text]
    if not sample:
        return None
    numbers = texts.cast(pl.Float64, strict=False)
    if numbers.head(_SAMPLE).is_not_null().sum() >= _MOST * len(sample):
        return _from_epoch(numbers.fill_null(float("nan")).to_numpy())
    told = _like_logs(texts, sample, reference)
    if told is None or told.head(_SAMPLE).is_not_null().sum() < _MOST * len(sample):
        told = _like_tables(texts, len(sample))
    return None if told is None else _from_times(told)


def _like_logs(texts: pl.Series, sample: list[str], reference: datetime) -> pl.Series | None:
    written = find_format(sample)
    if written is None:
        return None
    return written.parse(texts.str.extract(f"({written.pattern})", 1), reference=reference)


def _like_tables(texts: pl.Series, least: int) -> pl.Series | None:
    for layout in _LAYOUTS:
        if layout.endswith(("%d", "%Y")):
            days = texts.head(_SAMPLE).str.to_date(layout, strict=False)
            if days.is_not_null().sum() >= _MOST * least:
                return texts.str.to_date(layout, strict=False).cast(pl.Datetime("us"))
            continue
        found = texts.head(_SAMPLE).str.to_datetime(layout, time_unit="us", strict=False)
        if found.is_not_null().sum() >= _MOST * least:
            return texts.str.to_datetime(layout, time_unit="us", strict=False)
    return None


def _from_times(told: pl.Series) -> Floats:
    micros = told.cast(pl.Int64).cast(pl.Float64).fill_null(float("nan"))
    return micros.to_numpy() / 1e6


def _from_epoch(numbers: Floats) -> Floats:
    finite = numbers[np.isfinite(numbers)]
    largest = float(np.quantile(np.abs(finite), 0.9)) if len(finite) else 0.0
    return numbers / next(unit for limit, unit in _UNITS if largest < limit)


def _all(column: pl.Series, pattern: re.Pattern[str]) -> bool:
    told = [text.strip() for text in column.head(_SAMPLE).to_list() if text]
    return bool(told) and all(map(pattern.fullmatch, told))
