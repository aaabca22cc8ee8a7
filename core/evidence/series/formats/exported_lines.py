"""Series as VictoriaMetrics exports them: a JSON document a line, each a piece of one series.

Source: VictoriaMetrics, "How to export data in JSON line format" (/api/v1/export): `metric` with
labels, `values`, and as many `timestamps` in milliseconds. A long series comes in several lines.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.formats.documents import labels, listing, load, mapping, number
from core.evidence.series.formats.exposition import Lines, lines_of
from core.evidence.series.formats.prometheus import _NAME
from core.evidence.series.model import MAX_SERIES, Floats, Series, SeriesReading, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_PER_SECOND = 1_000


_Key = tuple[tuple[str, str], ...]


@dataclass
class _Pieces:
    """What the lines of one series say."""

    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def points(self) -> tuple[Floats, Floats]:
        return np.array(self.times, dtype=np.float64), np.array(self.values, dtype=np.float64)


def read(raw: bytes) -> SeriesReading:
    """Its series. Raises UnreadableEvidence where none of its lines is a piece of a series.

    A line that is damaged, the last one above all, costs itself alone.
    """
    lines = raw.removesuffix(b"\n").split(b"\n")
    found: dict[_Key, _Pieces] = defaultdict(_Pieces)
    damaged = sum(not _take(line, at, found) for at, line in enumerate(lines) if line.strip())
    if not found:
        message = "it begins like an export of series but no line of it is whole"
        raise UnreadableEvidence(message)
    series = tuple(_series(found, lines_of(raw)))
    return SeriesReading(
        series=series,
        points=sum(len(one.times) + one.missing for one in series),
        lines=len(lines),
        size=len(raw),
        problem=_problem(damaged, len(found)),
    )


def _take(line: bytes, at: int, found: dict[_Key, _Pieces]) -> bool:
    """Was it a whole piece of a series?"""
    try:
        document = mapping(load(line))
    except UnreadableEvidence:
        return False
    if not {"metric", "values", "timestamps"} <= document.keys():
        return False
    pieces = found[tuple(sorted(labels(document["metric"]).items()))]
    told = list(zip(listing(document["timestamps"]), listing(document["values"]), strict=False))
    pieces.times += [number(time) / _PER_SECOND for time, _ in told]
    pieces.values += [number(value) for _, value in told]
    pieces.places += [at] * len(told)
    return True


def _series(found: dict[_Key, _Pieces], ground: Lines) -> Iterator[Series]:
    for key, pieces in list(found.items())[:MAX_SERIES]:
        named = dict(key)
        name = named.pop(_NAME, "")
        places = np.array(pieces.places, dtype=np.int64)
        yield series_of(name, named, pieces.points(), ground, places=places)


def _problem(damaged: int, series: int) -> str | None:
    if damaged:
        return f"lines that are no whole piece of a series: {damaged:,}"
    if series > MAX_SERIES:
        return f"the first {MAX_SERIES:,} of {series:,} series were read"
    return None
