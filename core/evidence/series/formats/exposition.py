"""What `/metrics` says: the Prometheus text format and OpenMetrics, one scrape or several.

Read by prometheus_client's own parsers. They keep the order of lines, by which each sample is
given the line it stands in.
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client.openmetrics.parser import text_fd_to_metric_families as of_openmetrics
from prometheus_client.parser import text_fd_to_metric_families as of_text

from core.evidence.series.model import (
    MAX_POINTS,
    MAX_SERIES,
    Floats,
    Places,
    Reading,
    Series,
    Span,
    series_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

_END = b"# EOF"
_DAMAGE = (ValueError, KeyError, IndexError, TypeError, OverflowError)  # of a line, in its parsers

_Key = tuple[str, tuple[tuple[str, str], ...], str]


@dataclass(frozen=True)
class Lines:
    """The lines of a file. Places are their numbers, from 0; `starts` their bytes, and its end."""

    starts: Places

    def span(self, first: int, last: int) -> Span:
        return Span(first + 1, last + 1, int(self.starts[first]), int(self.starts[last + 1]))


def lines_of(raw: bytes) -> Lines:
    """Those of a text, its last with or without a line feed."""
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n")).astype(np.int64) + 1
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    return Lines(np.concatenate((np.zeros(1, dtype=np.int64), ends)))


def read(raw: bytes, *, written: datetime) -> Reading:
    """Its series. written: the time of samples that tell none.

    What stands after a line that is not in the format is not read, and the problem says which.
    """
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")
    samples = _Samples(_placed(text), written.timestamp())
    problem = samples.take(text, is_open=raw.rstrip().endswith(_END))
    ground = lines_of(raw)
    series = tuple(
        _series(key, rows, ground) for key, rows in list(samples.of.items())[:MAX_SERIES]
    )
    if len(samples.of) > MAX_SERIES:
        problem = f"the first {MAX_SERIES:,} of {len(samples.of):,} series were read"
    return Reading(
        series=series,
        points=samples.count,
        lines=len(ground.starts) - 1,
        size=len(raw),
        problem=problem,
        untimed=not samples.timed,
    )


class _Samples:
    """The samples of a text by series, in the order of its lines."""

    def __init__(self, places: list[int], otherwise: float) -> None:
        self.of: dict[_Key, list[tuple[float, float, int]]] = defaultdict(list)
        self.count, self.timed = 0, False
        self._places, self._otherwise = places, otherwise

    def take(self, text: str, *, is_open: bool) -> str | None:
        """Read all of it; the problem where that was not possible."""
        parser = of_openmetrics if is_open else of_text
        try:
            for family in _each(parser(io.StringIO(text))):
                for sample in family.samples:
                    self._add(sample, family.type)
                if self.count > MAX_POINTS:
                    return f"the first {self.count:,} samples were read"
        except _DAMAGE as error:
            return f"read up to {self.count:,} samples: what follows is damaged ({error})"
        return None

    def _add(self, sample: Sample, kind: str) -> None:
        place = self._places[self.count] if self.count < len(self._places) else 0
        self.count += 1
        time = self._otherwise if sample.timestamp is None else float(sample.timestamp)
        self.timed = self.timed or sample.timestamp is not None
        key = (sample.name, tuple(sample.labels.items()), kind)
        self.of[key].append((time, float(sample.value), place))


def _each(families: Iterable[Metric]) -> Iterator[Metric]:
    yield from families


def _placed(text: str) -> list[int]:
    """The numbers, from 0, of lines that are samples."""
    return [
        number
        for number, line in enumerate(text.split("\n"))
        if (bare := line.strip()) and not bare.startswith("#")
    ]


def _series(key: _Key, rows: list[tuple[float, float, int]], ground: Lines) -> Series:
    name, labels, kind = key
    table = np.array(rows, dtype=np.float64)
    told: tuple[Floats, Floats] = (table[:, 0], table[:, 1])
    return series_of(
        name, dict(labels), told, ground, kind=kind, places=table[:, 2].astype(np.int64)
    )
