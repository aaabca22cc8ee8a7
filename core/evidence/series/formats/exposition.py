"""Reads `/metrics`: the Prometheus text format and OpenMetrics, one scrape or several.

Uses the parsers of prometheus_client. They keep the order of lines, by which each sample is matched
to its line, but stop at the first malformed line: such a text is read again line by line.

Read by prometheus_client's own parsers. They keep the order of lines, by which each sample is
given the line it stands in. They also stop at the first line that is not in the format: such a
text is read again line by line.
"""

from __future__ import annotations

import io
import re
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
    Series,
    SeriesReading,
    SeriesStretch,
    series_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

_END = b"# EOF"
_EXEMPLAR = re.compile(r"[ \t]#[ \t]{1,4}\{.{0,2000}")
_KIND = re.compile(r"#[ \t]{1,4}TYPE[ \t]{1,4}([^ \t]{1,300})[ \t]{1,4}(\w{1,20})[ \t]{0,20}")
_SUFFIX = re.compile(r"_(?:total|created|bucket|count|sum|info|gcount|gsum)")
_PARSER_ERRORS = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
)  # of a line, in its parsers

_Key = tuple[str, tuple[tuple[str, str], ...], str]


@dataclass(frozen=True)
class Lines:
    """The lines of a file.

    Places are their numbers, from 0; `starts` are their byte offsets and the end.
    """

    starts: Places

    def span(self, first: int, last: int) -> SeriesStretch:
        return SeriesStretch(
            first + 1, last + 1, int(self.starts[first]), int(self.starts[last + 1])
        )


def lines_of(raw: bytes) -> Lines:
    """The lines of a text, whose last may lack a line feed."""
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n")).astype(np.int64) + 1
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    return Lines(np.concatenate((np.zeros(1, dtype=np.int64), ends)))


def read(raw: bytes, *, written: datetime) -> SeriesReading:
    """Read the series. written: the time of samples without a timestamp.

    Malformed lines are left out, and the problem says how many.
    """
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")
    samples = _Samples(_sample_lines(text), written.timestamp())
    problem = samples.take(text, is_open=raw.rstrip().endswith(_END))
    ground = lines_of(raw)
    series = tuple(
        _series(key, rows, ground) for key, rows in list(samples.of.items())[:MAX_SERIES]
    )
    if len(samples.of) > MAX_SERIES:
        problem = f"the first {MAX_SERIES:,} of {len(samples.of):,} series were read"
    return SeriesReading(
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
        """Read the whole text; returns the problem where that was not possible."""
        parser = of_openmetrics if is_open else of_text
        try:
            for family in _pull(parser(io.StringIO(text))):
                for sample in family.samples:
                    place = self._places[self.count] if self.count < len(self._places) else 0
                    self._add(sample, family.type, place)
                if self.count > MAX_POINTS:
                    return f"the first {self.count:,} samples were read"
        except _PARSER_ERRORS as error:
            return self._take_lines(text.split("\n"), is_open=is_open, why=error)
        return None

    def _take_lines(self, lines: list[str], *, is_open: bool, why: Exception) -> str:
        """Read each line by itself; returns the problem. why: what stopped the parser."""
        self.of.clear()
        self.count, bad = 0, list[int]()
        kinds = {match[1]: match[2] for line in lines if (match := _KIND.match(line))}
        for place in self._places[:MAX_POINTS]:
            sample = _sample(lines[place], is_open=is_open)
            if sample is None:
                bad.append(place + 1)
            else:
                kind = kinds.get(sample.name) or kinds.get(_SUFFIX.sub("", sample.name), "unknown")
                self._add(sample, kind, place)
        if not bad:
            return f"it is not quite in the format ({why}), and was read line by line"
        noun = "line is" if len(bad) == 1 else "lines are"
        return f"{len(bad):,} {noun} damaged and left out, the first is line {bad[0]:,}"

    def _add(self, sample: Sample, kind: str, place: int) -> None:
        self.count += 1
        time = self._otherwise if sample.timestamp is None else float(sample.timestamp)
        self.timed = self.timed or sample.timestamp is not None
        key = (sample.name, tuple(sample.labels.items()), kind)
        self.of[key].append((time, float(sample.value), place))


def _pull(families: Iterable[Metric]) -> Iterator[Metric]:
    yield from families


def _sample(line: str, *, is_open: bool) -> Sample | None:
    """The sample of a line, without its exemplar; None where the line is malformed."""
    text = _EXEMPLAR.sub("", line.strip()) + ("\n# EOF\n" if is_open else "\n")
    parser = of_openmetrics if is_open else of_text
    try:
        (family,) = _pull(parser(io.StringIO(text)))
        (sample,) = family.samples
    except _PARSER_ERRORS:
        return None
    return sample


def _sample_lines(text: str) -> list[int]:
    """The numbers, from 0, of the lines that are samples."""
    return [
        number
        for number, line in enumerate(text.split("\n"))
        if (bare := line.strip()) and not bare.startswith("#")
    ]


def _series(key: _Key, rows: list[tuple[float, float, int]], ground: Lines) -> Series:
    name, labels, kind = key
    table = np.array(rows, dtype=np.float64)
    points: tuple[Floats, Floats] = (table[:, 0], table[:, 1])
    return series_of(
        name, dict(labels), points, ground, kind=kind, places=table[:, 2].astype(np.int64)
    )
