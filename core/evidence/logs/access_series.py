"""Counts the requests of access lines over time: failures by status, and how long answers took.

A proxy's log of the minute in which checkout began to answer 503 is a measurement of checkout. Its
counts become series like those of a metrics file, each point with the lines it was counted from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from core.evidence.logs.access_lines import AccessFormat, learn_access
from core.evidence.logs.masks import extract
from core.evidence.series.model import FileRange, Series, make_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.lines import Block
    from core.evidence.series.model import Floats

QUANTILE = 0.95
_STEP_S = 5  # the finest
_STEPS = (1, 2, 3, 6, 12, 60, 120, 720)  # times that: 5 s, 10 s, 15 s, 30 s, 1 min … 1 h
_USUAL = 20  # requests a step for which a coarser one is chosen …
_LEAST_STEPS = 20  # … as long as so many are left
_MOST_STEPS = 20_000
_LEAST_REQUESTS = 50
_LEAST_TIMED = 3  # requests of a step whose quantile is told
_MAX_OWNERS = 40
_MAX_ROWS = 50_000  # of counts, before they are put together
_RATIO = math.log(1.1)  # a duration is known within a tenth
_SHORTEST = 1e-4  # seconds
_COUNTED = ["owner", "step", "status", "bin"]
_LEAST_FAILURES = 5  # of a status: fewer are no rate
# Any traffic has these; they are told where they are more than a share of it.
_ORDINARY = frozenset(
    {
        HTTPStatus.PAYMENT_REQUIRED,  # a card that was declined
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    }
)
_ORDINARY_SHARE = 0.2
# What a service answers to a wish it cannot grant: a failure where far more are told so than usual.
_OF_WHO_ASKS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.GONE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_MORE_REFUSED = 0.1  # of those who ask
_WINDOW = 4  # steps in which they are counted


@dataclass
class AccessCounts:
    """Sees the blocks of a log in order, with what the layout read of them."""

    _format: AccessFormat | None = None
    _is_learnt: bool = False
    _counts: list[pl.DataFrame] = field(default_factory=list)
    _rows: int = 0

    def watch(self, block: Block, columns: pl.DataFrame) -> None:
        """Count the requests of a block; of a log that begins without any there are none."""
        if not self._is_learnt:
            self._format, self._is_learnt = learn_access(_sample(block.lines)), True
        if self._format is None:
            return
        counted = _count(_requests(block, columns, self._format))
        self._counts.append(counted)
        self._rows += len(counted)
        if self._rows > _MAX_ROWS:
            self._counts = [_bounded(_sum(self._counts))]
            self._rows = len(self._counts[0])

    def series(self) -> list[Series]:
        """The series of each service that requests went to, those of unnamed ones too."""
        if not self._counts:
            return []
        counts = _sum(self._counts)
        if counts["count"].sum() < _LEAST_REQUESTS:
            return []
        counts, step_s = _coarsened(counts)
        owners = counts.group_by("owner").agg(pl.col("count").sum()).sort("count", descending=True)
        return [
            series
            for owner in owners["owner"].head(_MAX_OWNERS)
            for series in _series_of(
                owner, counts.filter(pl.col("owner").eq_missing(owner)), step_s
            )
        ]


def _sample(lines: pl.Series) -> Sequence[str]:
    """Lines from all over the block."""
    return lines[:: max(1, len(lines) // 400)].to_list()


def _requests(block: Block, columns: pl.DataFrame, form: AccessFormat) -> pl.DataFrame:
    """One row per access line with a time."""
    lines = block.lines
    status = extract(lines, form.status).cast(pl.Int32, strict=False)
    starts = pl.Series(block.starts)
    frame = pl.DataFrame(
        {
            "text": lines,
            "time": columns["time"],
            "owner": columns["service"],
            "status": status,
            "line": pl.int_range(block.number, block.number + len(lines), eager=True),
            "byte_start": starts.head(len(lines)),
            "byte_end": starts.slice(1, len(lines)),
        }
    ).drop_nulls(["status", "time"])
    seconds = extract(frame["text"], form.duration).cast(pl.Float64, strict=False) * form.unit
    owner = extract(frame["text"], form.owner)
    return frame.with_columns(
        owner.zip_with(owner.is_not_null(), frame["owner"]).alias("owner"),
        _bins(seconds).alias("bin"),
        (frame["time"].dt.epoch("s") // _STEP_S).alias("step"),
    ).drop("text")


def _bins(seconds: pl.Series) -> pl.Series:
    """The logarithm of each duration, in whole tenths of it."""
    shortest = seconds.clip(lower_bound=_SHORTEST) / _SHORTEST
    return (shortest.log() / _RATIO).floor().cast(pl.Int32, strict=False)


def _count(requests: pl.DataFrame) -> pl.DataFrame:
    return requests.group_by(_COUNTED).agg(
        pl.len().cast(pl.Int64).alias("count"),
        pl.col("line").min().alias("line_start"),
        pl.col("line").max().alias("line_end"),
        pl.col("byte_start").min(),
        pl.col("byte_end").max(),
    )


def _sum(counts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return _regrouped(pl.concat(counts))


def _regrouped(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.group_by(_COUNTED).agg(
        pl.col("count").sum(),
        pl.col("line_start").min(),
        pl.col("line_end").max(),
        pl.col("byte_start").min(),
        pl.col("byte_end").max(),
    )


def _bounded(counts: pl.DataFrame) -> pl.DataFrame:
    """The latest steps and the busiest services, where there are more than anybody looks at."""
    if len(counts) <= _MAX_ROWS:
        return counts
    latest = counts.filter(pl.col("step") > pl.col("step").max() - _MOST_STEPS)
    busiest = latest.group_by("owner").agg(pl.col("count").sum()).top_k(_MAX_OWNERS, by="count")
    kept = latest.join(busiest.select("owner"), on="owner", how="semi", nulls_equal=True)
    return kept.top_k(4 * _MAX_ROWS, by="count") if len(kept) > 4 * _MAX_ROWS else kept


def _coarsened(counts: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """With steps in which there are some requests, but still enough steps; and their seconds."""
    first, last = _ends(counts)
    span = last - first + 1
    requests = int(counts["count"].sum())
    for times in _STEPS:
        steps = span // times
        is_enough = requests / max(1, steps) >= _USUAL and steps <= _MOST_STEPS // 10
        if is_enough or span // (2 * times) < _LEAST_STEPS:
            break
    return _regrouped(counts.with_columns(pl.col("step") // times)), times * _STEP_S


def _ends(counts: pl.DataFrame) -> tuple[int, int]:
    steps = counts["step"].sort()
    return int(steps[0]), int(steps[-1])


@dataclass(frozen=True)
class _Lines:
    """Where the requests of each step stand."""

    ranges: tuple[FileRange, ...]

    def span(self, first: int, last: int) -> FileRange:
        """The range from one step to another, inclusive."""
        ranges = self.ranges[first : last + 1]
        return FileRange(
            min(span.line_start for span in ranges),
            max(span.line_end for span in ranges),
            min(span.byte_start for span in ranges),
            max(span.byte_end for span in ranges),
        )


def _series_of(owner: str | None, counts: pl.DataFrame, step_s: int) -> Iterator[Series]:
    """Requests, failures by status, and the quantile of durations of one service."""
    first, last = _ends(counts)
    steps = last - first + 1
    if steps < _LEAST_STEPS // 4:
        return
    times = (np.arange(first, last + 1) * step_s).astype(np.float64)
    ground, labels = _Lines(_ranges(counts, first, last)), {"service": owner} if owner else {}

    def series(name: str, values: Floats, *, unit: str, **more: str) -> Series:
        return make_series(name, labels | more, (times, values), ground, kind="gauge", unit=unit)

    requests = _per_step(counts, first, steps) / step_s
    requests[[0, -1]] = np.nan  # a log begins and ends in the middle of a step
    yield series("http_requests", requests, unit="/s")
    failures = [
        status
        for status in _failures(counts)
        if status not in _OF_WHO_ASKS or _grows(status, counts, first, requests * step_s)
    ]
    if not failures:  # measured all the same
        yield series("http_errors", np.zeros(steps), unit="/s")
    for status in failures:
        rate = _per_step(counts.filter(pl.col("status") == status), first, steps) / step_s
        yield series("http_errors", rate, unit="/s", code=str(status))
    durations = _quantiles(counts, first, steps)
    if np.isfinite(durations).sum() >= _LEAST_STEPS // 4:
        yield series(f"http_duration_p{QUANTILE * 100:g}", durations, unit="s")


def _failures(counts: pl.DataFrame) -> list[int]:
    """The statuses of failures that are more than a few, in their order."""
    by_status = counts.group_by("status").agg(pl.col("count").sum()).sort("status")
    ordinary = _ORDINARY_SHARE * int(counts["count"].sum())
    return [
        status
        for status, count in by_status.iter_rows()
        if status >= HTTPStatus.BAD_REQUEST
        and count >= (ordinary if status in _ORDINARY else _LEAST_FAILURES)
    ]


def _grows(status: int, counts: pl.DataFrame, first: int, requests: Floats) -> bool:
    """Whether at some time far more of those who ask are told no than is usual."""
    refused = _per_step(counts.filter(pl.col("status") == status), first, len(requests))
    window = np.ones(min(_WINDOW, len(requests)))
    asked = np.convolve(np.nan_to_num(requests), window, "valid")
    shares = np.convolve(refused, window, "valid") / np.maximum(asked, 1.0)
    of_enough = shares[asked >= _LEAST_FAILURES]
    return len(of_enough) > 0 and float(of_enough.max() - np.median(of_enough)) >= _MORE_REFUSED


def _per_step(counts: pl.DataFrame, first: int, steps: int) -> Floats:
    values = np.zeros(steps)
    np.add.at(values, counts["step"].to_numpy() - first, counts["count"].to_numpy())
    return values


def _ranges(counts: pl.DataFrame, first: int, last: int) -> tuple[FileRange, ...]:
    """Of each step; of one without requests that of the one before."""
    spans = counts.group_by("step").agg(
        pl.col("line_start").min(),
        pl.col("line_end").max(),
        pl.col("byte_start").min(),
        pl.col("byte_end").max(),
    )
    of_step = {int(step): FileRange(*map(int, span)) for step, *span in spans.iter_rows()}
    ranges: list[FileRange] = []
    for step in range(first, last + 1):
        ranges.append(of_step.get(step) or ranges[-1])
    return tuple(ranges)


def _quantiles(counts: pl.DataFrame, first: int, steps: int) -> Floats:
    """In seconds, of the steps with enough requests that tell how long they took; else NaN."""
    values = np.full(steps, np.nan)
    timed = counts.drop_nulls("bin").sort("step", "bin")
    for (step,), group in timed.group_by("step", maintain_order=True):
        cumulative = group["count"].cum_sum().to_numpy()
        if cumulative[-1] >= _LEAST_TIMED:
            place = int(np.searchsorted(cumulative, QUANTILE * cumulative[-1]))
            middle = (group["bin"][place] + 0.5) * _RATIO
            values[int(step) - first] = _SHORTEST * math.exp(middle)
    return values
