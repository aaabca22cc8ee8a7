"""Reads series in Prometheus' formats: `/metrics`, answers of its API, exports of VictoriaMetrics.

`/metrics` holds the text format or OpenMetrics, one scrape or several. The parsers of
prometheus_client keep the order of lines, by which each sample is matched to its line, but stop at
the first malformed line: such a text is read again line by line.

Of the HTTP API `query_range` gives a matrix, `query` a vector, a scalar or, for a range selector, a
matrix; native histograms come beside values. Source: Prometheus, "HTTP API", sections "Expression
queries" and "Expression query result formats".

VictoriaMetrics exports a JSON document a line, each a piece of one series. Source: VictoriaMetrics,
"How to export data in JSON line format" (/api/v1/export): `metric` with labels, `values`, and as
many `timestamps` in milliseconds. A long series comes in several lines.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from prometheus_client.openmetrics.parser import text_fd_to_metric_families as of_openmetrics
from prometheus_client.parser import text_fd_to_metric_families as of_text

from core.errors import UnreadableEvidence
from core.evidence.series.json_documents import (
    DocumentPart,
    labels,
    listing,
    load,
    mapping,
    number,
    part_at,
    parts,
)
from core.evidence.series.model import (
    MAX_POINTS,
    MAX_SERIES,
    FileRange,
    Floats,
    Places,
    Series,
    SeriesReading,
    make_series,
)
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

say = sentences("evidence.series_reading")

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
_ExpositionKey = tuple[str, tuple[tuple[str, str], ...], str]
_SERIES = re.compile(rb'\{\s*"metric"\s*:')
_POINT = re.compile(rb'\[\s*-?[\d.eE+-]{1,40}\s*,\s*["{]')
_NAME = "__name__"
_TITLES = ("query", "expr", "promql", "title", "panel")
_PAIR = 2
_DEPTH = 12  # of answers below dashboards, rows, panels and hosts, with the lists between them
# Places that say nothing of what stands there.
_FRAMES = frozenset({
    "data", "result", "results", "response", "responses", "answer", "answers", "series", "metrics",
    "queries", "panels", "targets", "rows", "matrix", "body", "payload",
})  # fmt: skip
_PER_SECOND = 1_000
_ExportKey = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Lines:
    """The lines of a file.

    Places are their numbers, from 0; `starts` are their byte offsets and the end.
    """

    starts: Places

    def span(self, first: int, last: int) -> FileRange:
        return FileRange(first + 1, last + 1, int(self.starts[first]), int(self.starts[last + 1]))


def find_lines(raw: bytes) -> Lines:
    """The lines of a text, whose last may lack a line feed."""
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n")).astype(np.int64) + 1
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    return Lines(np.concatenate((np.zeros(1, dtype=np.int64), ends)))


def read_exposition(raw: bytes, *, written: datetime) -> SeriesReading:
    """Read the series. written: the time of samples without a timestamp.

    Malformed lines are left out, and the problem says how many.
    """
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")
    samples = _Samples(_sample_lines(text), written.timestamp())
    problem = samples.take(text, is_open=raw.rstrip().endswith(_END))
    ground = find_lines(raw)
    series = tuple(
        _exposition_series(key, rows, ground) for key, rows in list(samples.of.items())[:MAX_SERIES]
    )
    if len(samples.of) > MAX_SERIES:
        problem = say.raw("first_series_read", n=MAX_SERIES, all=len(samples.of))
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
        self.of: dict[_ExpositionKey, list[tuple[float, float, int]]] = defaultdict(list)
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
                    return say.raw("first_samples_read", n=self.count)
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
            return say.raw("read_line_by_line", why=str(why))
        words = "damaged_line" if len(bad) == 1 else "damaged_lines"
        return say.raw(words, n=len(bad), at=bad[0])

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


def _exposition_series(
    key: _ExpositionKey, rows: list[tuple[float, float, int]], ground: Lines
) -> Series:
    name, labels, kind = key
    table = np.array(rows, dtype=np.float64)
    points: tuple[Floats, Floats] = (table[:, 0], table[:, 1])
    return make_series(
        name, dict(labels), points, ground, kind=kind, places=table[:, 2].astype(np.int64)
    )


def read_answer(raw: bytes) -> SeriesReading:
    """Read the series of an answer.

    Raises UnreadableEvidence where it is cut off or holds no result.
    """
    document = _document(raw)
    error = mapping(document).get("error")
    results = _results(document)
    series = tuple(_series(results, raw))
    return SeriesReading(
        series=series,
        points=sum(len(member.times) + member.missing for member in series),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem=_problem(error, len(results)),
    )


def _document(raw: bytes) -> object:
    """The parsed answer; a list where each line is one series, as `jq -c` prints them."""
    lines = raw.strip().split(b"\n")
    if len(lines) > 1 and _SERIES.match(lines[0]) and lines[0].rstrip().endswith(b"}"):
        return [load(line) for line in lines if line.strip()]
    return load(raw)


def _problem(error: object, results: int) -> str | None:
    if error:
        return say.raw("server_error", error=str(error))
    if results > MAX_SERIES:
        return say.raw("first_series_read", n=MAX_SERIES, all=results)
    return None


def _results(document: object) -> list[dict[str, Any]]:
    """The series of the answer or of all answers in it, each with `metric` and its points.

    Raises UnreadableEvidence where nothing in it is an answer.
    """
    if mapping(document).get("status") == "error":
        return []
    found_any = _Answers()
    results = list(found_any.walk(document, "", _DEPTH))
    if not results and not found_any.seen:
        message = "it begins like a Prometheus answer but holds no result"
        raise UnreadableEvidence(message)
    return results


@dataclass
class _Answers:
    """A walk through a document to the series in it, however people nested them.

    What a query made of series has no name but that query, or the place where its answer stands.
    seen: whether there was an answer at all, also an empty one.
    """

    seen: bool = False

    def walk(self, item: object, title: str, depth: int) -> Iterator[dict[str, Any]]:
        """The series at the item and below. title: what the nearest place above says it shows."""
        if isinstance(item, list):
            for each in item if depth else ():
                yield from self.walk(each, title, depth - 1)
            return
        answer = mapping(item)
        self.seen = self.seen or bool({"result", "resultType"} & answer.keys())
        if "metric" in answer:
            yield _named(answer, title)
        elif answer.get("resultType") in ("scalar", "string"):
            yield {"metric": {_NAME: title or "scalar"}, "value": listing(answer.get("result"))}
        elif depth:
            for name, each in answer.items():
                below = title if name in _FRAMES else name
                yield from self.walk(each, _title(answer, below), depth - 1)


def _named(result: dict[str, Any], title: str) -> dict[str, Any]:
    named = labels(result.get("metric"))
    return result | {"metric": {_NAME: title, **named}} if title else result


def _title(item: Mapping[str, Any], otherwise: str) -> str:
    """What an item says that it shows; otherwise: the name of the place where it stands."""
    titles = (item.get(key) for key in _TITLES)
    return next((title for title in titles if isinstance(title, str) and title), otherwise)


def _series(results: list[dict[str, Any]], raw: bytes) -> Iterator[Series]:
    places = parts(raw, _SERIES, _POINT)
    for at, result in enumerate(results[:MAX_SERIES]):
        named = labels(result.get("metric"))
        name = named.pop(_NAME, "")
        ground = part_at(places, at, raw, _POINT)
        if "values" in result or "value" in result:
            rows = listing(result["values"]) if "values" in result else [result["value"]]
            yield make_series(name, named, _points(rows), ground)
        if "histograms" in result or "histogram" in result:
            yield from _native_histogram(name, named, result, ground)


def _native_histogram(
    name: str, named: dict[str, str], result: dict[str, Any], ground: DocumentPart
) -> Iterator[Series]:
    """Count and sum of a native histogram, treated like those of other histograms."""
    rows = listing(result["histograms"]) if "histograms" in result else [result["histogram"]]
    for part in ("count", "sum"):
        rows_of_part = [[row[0], mapping(row[1]).get(part)] for row in rows if _is_pair(row)]
        yield make_series(f"{name}_{part}", named, _points(rows_of_part), ground, kind="histogram")


def _points(rows: list[Any]) -> tuple[Floats, Floats]:
    """Times and values; NaN for whatever is not a pair of a time and a number."""
    pairs = [
        (number(row[0]), number(row[1])) if _is_pair(row) else (np.nan, np.nan) for row in rows
    ]
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _is_pair(row: object) -> bool:
    return isinstance(row, list) and len(row) == _PAIR


@dataclass
class _Pieces:
    """The pieces of one series, from all its lines."""

    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def points(self) -> tuple[Floats, Floats]:
        return np.array(self.times, dtype=np.float64), np.array(self.values, dtype=np.float64)


def read_export(raw: bytes) -> SeriesReading:
    """Its series. Raises UnreadableEvidence where none of its lines is a piece of a series.

    A line that is damaged, the last one above all, costs itself alone.
    """
    lines = raw.removesuffix(b"\n").split(b"\n")
    pieces: dict[_ExportKey, _Pieces] = defaultdict(_Pieces)
    damaged = sum(
        not _take_piece(line, at, pieces) for at, line in enumerate(lines) if line.strip()
    )
    if not pieces:
        message = "it begins like an export of series but no line of it is whole"
        raise UnreadableEvidence(message)
    series = tuple(_export_series(pieces, find_lines(raw)))
    return SeriesReading(
        series=series,
        points=sum(len(piece.times) + piece.missing for piece in series),
        lines=len(lines),
        size=len(raw),
        problem=_export_problem(damaged, len(pieces)),
    )


def _take_piece(line: bytes, at: int, by_series: dict[_ExportKey, _Pieces]) -> bool:
    """Add a line's piece of a series; False where it is not a whole one."""
    try:
        document = mapping(load(line))
    except UnreadableEvidence:
        return False
    if not {"metric", "values", "timestamps"} <= document.keys():
        return False
    pieces = by_series[tuple(sorted(labels(document["metric"]).items()))]
    points = list(zip(listing(document["timestamps"]), listing(document["values"]), strict=False))
    pieces.times += [number(time) / _PER_SECOND for time, _ in points]
    pieces.values += [number(value) for _, value in points]
    pieces.places += [at] * len(points)
    return True


def _export_series(by_series: dict[_ExportKey, _Pieces], ground: Lines) -> Iterator[Series]:
    for key, pieces in list(by_series.items())[:MAX_SERIES]:
        named = dict(key)
        name = named.pop(_NAME, "")
        places = np.array(pieces.places, dtype=np.int64)
        yield make_series(name, named, pieces.points(), ground, places=places)


def _export_problem(damaged: int, series: int) -> str | None:
    if damaged:
        return say.raw("no_whole_piece", n=damaged)
    if series > MAX_SERIES:
        return say.raw("first_series_read", n=MAX_SERIES, all=series)
    return None
