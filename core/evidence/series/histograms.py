"""Buckets, sums and counts become what people ask of them: the average and a high quantile.

A quantile is interpolated inside its bucket as Prometheus' `histogram_quantile` does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.counters import increase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.evidence.series.model import Floats, Series

QUANTILE = 0.99
_BOUND = "le"
_LEAST = 3  # points

_Key = tuple[str, tuple[tuple[str, str], ...]]


def summarised(series: Iterable[Series]) -> tuple[list[Series], list[Series]]:
    """Averages and quantiles of the histograms among them, and the series that are none of these.

    The count stays: how often something happened is a series of its own.
    """
    given = list(series)
    buckets: dict[_Key, list[Series]] = defaultdict(list)
    sums, counts = dict[_Key, "Series"](), dict[_Key, "Series"]()
    for one in given:
        name, _, part = one.name.rpartition("_")
        if part == "bucket" and _BOUND in one.labels:
            buckets[_key(name, one.labels)].append(one)
        elif part in ("sum", "count"):
            (sums if part == "sum" else counts)[_key(name, one.labels)] = one
    made = [*_averages(sums, counts), *_quantiles(buckets)]
    used = {id(one) for group in buckets.values() for one in group}
    used |= {id(sums[key]) for key in sums if key in counts}
    return made, [one for one in given if id(one) not in used]


def _key(name: str, labels: Mapping[str, str]) -> _Key:
    return name, tuple(sorted((key, value) for key, value in labels.items() if key != _BOUND))


def _averages(sums: Mapping[_Key, Series], counts: Mapping[_Key, Series]) -> Iterator[Series]:
    for key, total in sums.items():
        if key not in counts:
            continue
        times, rows = _common([counts[key], total])
        if len(times) < _LEAST:
            continue
        grown = [increase(row) for row in rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            yield _made(counts[key], f"average({key[0]})", key, times[1:], grown[1] / grown[0])


def _quantiles(buckets: Mapping[_Key, list[Series]]) -> Iterator[Series]:
    for key, group in buckets.items():
        bounded = sorted(((_bound(one), one) for one in group), key=lambda pair: pair[0])
        bounds = np.array([bound for bound, _ in bounded])
        if len(bounds) < 2 or not np.isinf(bounds[-1]) or np.isnan(bounds).any():  # noqa: PLR2004
            continue
        times, rows = _common([one for _, one in bounded])
        if len(times) < _LEAST:
            continue
        grown = np.array([increase(row) for row in rows])
        name = f"p{QUANTILE * 100:g}({key[0]})"
        yield _made(bounded[-1][1], name, key, times[1:], _quantile(bounds, grown))


def _bound(one: Series) -> float:
    try:
        return float(one.labels[_BOUND])
    except ValueError:
        return float("nan")


def _quantile(bounds: Floats, grown: Floats) -> Floats:
    """bounds: upper ones, the last infinite. grown: cumulative, a row a bucket."""
    grown = np.maximum.accumulate(grown, axis=0)
    rank = QUANTILE * grown[-1]
    at = np.argmax(grown >= rank[None, :], axis=0)
    columns = np.arange(grown.shape[1])
    below = np.where(at > 0, grown[np.maximum(at - 1, 0), columns], 0.0)
    lower = np.where(at > 0, bounds[np.maximum(at - 1, 0)], min(0.0, float(bounds[0])))
    inside = grown[at, columns] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(inside > 0, (rank - below) / inside, 0.0)
        found = lower + (bounds[at] - lower) * part
    found = np.where(np.isinf(bounds[at]), bounds[-2], found)
    return np.where(grown[-1] > 0, found, np.nan)


def _common(group: list[Series]) -> tuple[Floats, list[Floats]]:
    """The times that all have, and the values of each at these."""
    times = group[0].times
    for one in group[1:]:
        times = np.intersect1d(times, one.times, assume_unique=True)
    return times, [one.values[np.searchsorted(one.times, times)] for one in group]


def _made(like: Series, name: str, key: _Key, times: Floats, values: Floats) -> Series:
    good = np.isfinite(values)
    return replace(
        like,
        name=name,
        labels=dict(key[1]),
        times=times[good],
        values=values[good],
        places=like.places[np.searchsorted(like.times, times[good])],
        kind="gauge",
        unit="",
        missing=0,
    )
