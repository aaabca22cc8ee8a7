"""Reads answers of Prometheus' HTTP API, and series as VictoriaMetrics exports them.

`query_range` gives a matrix, `query` a vector, a scalar or, for a range selector, a matrix; native
histograms come beside values. Source: Prometheus, "HTTP API", sections "Expression queries" and
"Expression query result formats".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.formats.documents import (
    DocumentPart,
    labels,
    listing,
    load,
    mapping,
    number,
    part_at,
    parts,
)
from core.evidence.series.model import MAX_SERIES, Floats, Series, SeriesReading, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERIES = re.compile(rb'\{\s*"metric"\s*:')
_POINT = re.compile(rb'\[\s*-?[\d.eE+-]{1,40}\s*,\s*["{]')
_NAME = "__name__"
_PAIR = 2


def read(raw: bytes) -> SeriesReading:
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
        return f"the server answered with an error: {error}"
    if results > MAX_SERIES:
        return f"the first {MAX_SERIES:,} of {results:,} series were read"
    return None


def _results(document: object) -> list[dict[str, Any]]:
    """The series of the answer, each with `metric` and `value` or `values`."""
    if isinstance(document, list):
        return [item for item in document if isinstance(item, dict)]
    answer = mapping(document)
    if answer.get("status") == "error":
        return []
    if "metric" in answer:
        return [answer]
    data = mapping(answer.get("data", answer))
    if not {"result", "resultType"} & data.keys():
        message = "it begins like a Prometheus answer but holds no result"
        raise UnreadableEvidence(message)
    result = listing(data.get("result"))
    if data.get("resultType") in ("scalar", "string"):
        return [{"metric": {_NAME: "scalar"}, "value": result}]
    return [item for item in result if isinstance(item, dict)]


def _series(results: list[dict[str, Any]], raw: bytes) -> Iterator[Series]:
    places = parts(raw, _SERIES, _POINT)
    for at, result in enumerate(results[:MAX_SERIES]):
        named = labels(result.get("metric"))
        name = named.pop(_NAME, "")
        ground = part_at(places, at, raw, _POINT)
        if "values" in result or "value" in result:
            rows = listing(result["values"]) if "values" in result else [result["value"]]
            yield series_of(name, named, _points(rows), ground)
        if "histograms" in result or "histogram" in result:
            yield from _native_histogram(name, named, result, ground)


def _native_histogram(
    name: str, named: dict[str, str], result: dict[str, Any], ground: DocumentPart
) -> Iterator[Series]:
    """Count and sum of a native histogram, treated like those of other histograms."""
    rows = listing(result["histograms"]) if "histograms" in result else [result["histogram"]]
    for part in ("count", "sum"):
        rows_of_part = [[row[0], mapping(row[1]).get(part)] for row in rows if _is_pair(row)]
        yield series_of(f"{name}_{part}", named, _points(rows_of_part), ground, kind="histogram")


def _points(rows: list[Any]) -> tuple[Floats, Floats]:
    """Times and values; NaN for whatever is not a pair of a time and a number."""
    pairs = [
        (number(row[0]), number(row[1])) if _is_pair(row) else (np.nan, np.nan) for row in rows
    ]
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _is_pair(row: object) -> bool:
    return isinstance(row, list) and len(row) == _PAIR
