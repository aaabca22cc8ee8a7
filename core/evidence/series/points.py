"""Collects points of series one by one, in a file's order, and makes series of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.families import Family, classify_name
from core.evidence.series.json_documents import number, seconds
from core.evidence.series.model import (
    MAX_POINTS,
    MAX_SERIES,
    Series,
    SeriesReading,
    SeriesSource,
    make_series,
)
from core.text.sentences import sentences

say = sentences("evidence.series_reading")

_DIGITS_OF_SECONDS = 11
Point = tuple[str, dict[str, str], float, float]  # name, labels, seconds, value
_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class Points:
    """The points of each series, in the file's order, and where each stands."""

    times: dict[_Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    values: dict[_Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    places: dict[_Key, list[int]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0

    def add(self, point: Point, place: int) -> None:
        if self.count >= MAX_POINTS:
            return
        name, named, time, value = point
        key = name, tuple(sorted(named.items()))
        self.times[key].append(time)
        self.values[key].append(value)
        self.places[key].append(place)
        self.count += 1

    def series(self, ground: SeriesSource) -> list[Series]:
        return [
            make_series(
                key[0],
                dict(key[1]),
                (np.array(self.times[key]), np.array(self.values[key])),
                ground,
                places=np.array(self.places[key], dtype=np.int64),
            )
            for key in list(self.times)[:MAX_SERIES]
        ]


def scaled(digits: str) -> float:
    """Seconds since 1970, of a time in seconds, milli-, micro- or nanoseconds."""
    time, over = float(digits), len(digits.partition(".")[0]) - _DIGITS_OF_SECONDS
    return time if over < 0 else time / 1000.0 ** (1 + over // 3)


def time_of(value: object) -> float:
    """Seconds since 1970, of ISO 8601 or a number in any usual unit; NaN for anything else."""
    if isinstance(value, str) and not value.isdecimal():
        return seconds(value)
    time = number(value)
    return scaled(f"{time:.0f}") if np.isfinite(time) and time >= 0 else float("nan")


def make_reading(
    points: Points, ground: SeriesSource, raw: bytes, problems: list[str]
) -> SeriesReading:
    """What was read of a file. Raises UnreadableEvidence where there is no point."""
    series = points.series(ground)
    if not series:
        message = "it begins like points of a time-series database but holds none"
        raise UnreadableEvidence(message)
    if len(points.times) > MAX_SERIES:
        problems.append(say.raw("first_series_read", n=MAX_SERIES, all=len(points.times)))
    if points.count >= MAX_POINTS:
        problems.append(say.raw("first_points_read", n=MAX_POINTS))
    return SeriesReading(
        series=tuple(label_paths(series)),
        points=points.count,
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem="; ".join(problems) or None,
    )


def label_paths(series: list[Series]) -> list[Series]:
    """With the service, and the machine behind it, that paths like Graphite's have a part for.

    That part is the first that differs between paths which measure the same.
    """
    paths = [tuple(member.name.split(".")) for member in series]
    if any(member.service for member in series) or min(map(len, paths)) < 2:  # noqa: PLR2004
        return series
    named = [at for at in range(min(map(len, paths)) - 1) if _is_of_owners(paths, at)]
    keys = dict(zip(named, ("service", "instance"), strict=False))
    return [
        replace(
            member,
            name=".".join(part for at, part in enumerate(path) if at not in keys),
            labels={**member.labels, **{key: path[at] for at, key in keys.items()}},
        )
        for member, path in zip(series, paths, strict=True)
    ]


def _is_of_owners(paths: list[tuple[str, ...]], at: int) -> bool:
    """Whether the parts there differ, name no quantity, and have the same quantities behind."""
    parts = {path[at] for path in paths}
    if len(parts) == 1 or any(classify_name(part).family is not Family.OTHER for part in parts):
        return False
    shared = Counter(quantity for _, quantity in {(path[at], path[-1]) for path in paths})
    return sum(count > 1 for count in shared.values()) > len(shared) / 2
