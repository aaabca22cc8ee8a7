"""Measures how far the clocks of files are apart, by the requests that two of them hold.

For each id that two files share: one of the two spans of time lies in the other, as a call lies in
its caller's. So the clock of the second file is ahead by something between the differences of
their firsts and of their lasts. What most of the ids say is stated, never applied in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from core.evidence.events.table import IDS
from core.evidence.timeline import ClockSkew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.evidence.events.table import StoredEvents

LEAST_IDS = 8  # that two files share
_MOST_IDS = 200_000  # of one file
_FEW_IDS = 10_000  # of two files
_LEAST_S = 0.5  # a smaller difference may be the time that a request takes
_STEADY = 0.5  # of the median: what differs more from request to request is no clock
_AGREEING = 0.9  # of the shared ids must be impossible for clocks that agree
_ZONE_STEP_S, _ZONE_NEAR_S = 900.0, 30.0  # time zones are whole quarters of an hour


@dataclass(frozen=True)
class Comparison:
    """By how much the clock of `other` is ahead of that of `one`, in s; 0.0 where they agree."""

    one: str
    other: str
    ids: int
    ahead: float
    low: float
    high: float
    is_bounded: bool


def id_spans(table: StoredEvents) -> pl.DataFrame:
    """`id` (its hash), and when a table saw it `first` and `last`, in µs since 1970."""
    rows = table.scan().filter(pl.col("time").is_not_null())
    each = [rows.select("time", id=name) for name in IDS[: max(1, table.most_ids)]]
    if table.most_ids > len(IDS):
        each.append(rows.select("time", id="more_ids").explode("id"))
    spans = (
        pl.concat(each)
        .filter(pl.col("id").is_not_null())
        .group_by("id")
        .agg(
            first=pl.col("time").min().dt.timestamp("us"),
            last=pl.col("time").max().dt.timestamp("us"),
        )
        .head(_MOST_IDS)
        .collect(engine="streaming")
    )
    return spans.cast({"id": pl.UInt64, "first": pl.Int64, "last": pl.Int64})


def find_skews(files: Mapping[str, pl.DataFrame]) -> list[ClockSkew]:
    """Of files by name, with when each saw which ids (`id_spans`)."""
    names = list(files)
    return [
        skew
        for at, name_of_first in enumerate(names)
        for skew in compare_with(
            name_of_first, files[name_of_first], {name: files[name] for name in names[at + 1 :]}
        )
    ]


def compare_with(
    name: str, seen: pl.DataFrame, others: Mapping[str, pl.DataFrame]
) -> list[ClockSkew]:
    """Of one file with each of the others."""
    compared = (compare(name, other, seen, others[other]) for other in others)
    stated = (_stated(comparison) for comparison in compared if comparison is not None)
    return [skew for skew in stated if skew is not None]


def compare(
    one: str, other: str, seen_by_one: pl.DataFrame, seen_by_other: pl.DataFrame
) -> Comparison | None:
    """None where too few ids are in both, or where they do not tell."""
    if not _may_share(seen_by_one["id"], seen_by_other["id"]):
        return None
    both = seen_by_one.join(seen_by_other, on="id", suffix="_other")
    if len(both) < LEAST_IDS:
        return None
    firsts = (pl.col("first_other") - pl.col("first")) / 1e6
    lasts = (pl.col("last_other") - pl.col("last")) / 1e6
    both = both.select(
        low=pl.min_horizontal(firsts, lasts),
        high=pl.max_horizontal(firsts, lasts),
        middle=(firsts + lasts) / 2,
        lasting=(pl.col("last") > pl.col("first")) | (pl.col("last_other") > pl.col("first_other")),
    )
    low, middle, high = (
        _quantile(both, name, share)
        for name, share in (("low", 0.1), ("middle", 0.5), ("high", 0.9))
    )
    impossible = ((both["low"] > _LEAST_S) | (both["high"] < -_LEAST_S)).mean()
    lasting = both["lasting"].mean()
    is_bounded = isinstance(lasting, float) and lasting >= _STEADY
    is_apart = isinstance(impossible, float) and impossible >= _AGREEING
    is_steady = abs(high - low) <= _STEADY * abs(middle)
    ahead = middle if is_apart and is_steady and abs(middle) >= _LEAST_S else 0.0
    return Comparison(one, other, len(both), ahead, low, high, is_bounded)


def _may_share(ids: pl.Series, others: pl.Series) -> bool:
    """Whether enough ids are in both; True of many, for which a join takes no longer.

    A join of a few rows costs a hundred times what it does, and most files share no ids at all.
    """
    if len(ids) + len(others) > _FEW_IDS:
        return True
    shared = np.intersect1d(ids.to_numpy(), others.to_numpy(), assume_unique=True)
    return len(shared) >= LEAST_IDS


def _quantile(frame: pl.DataFrame, name: str, share: float) -> float:
    return float(frame[name].quantile(share) or 0.0)


def _stated(comparison: Comparison) -> ClockSkew | None:
    if not comparison.ahead:
        return None
    ahead, behind = (
        (comparison.other, comparison.one)
        if comparison.ahead > 0
        else (comparison.one, comparison.other)
    )
    low, high = sorted((abs(comparison.low), abs(comparison.high)))
    seconds = abs(comparison.ahead)
    steps = round(seconds / _ZONE_STEP_S)
    return ClockSkew(
        one=ahead,
        other=behind,
        seconds=seconds,
        low=low,
        high=high,
        ids=comparison.ids,
        is_bounded=comparison.is_bounded,
        is_zone=steps > 0 and abs(seconds - steps * _ZONE_STEP_S) < _ZONE_NEAR_S,
    )
