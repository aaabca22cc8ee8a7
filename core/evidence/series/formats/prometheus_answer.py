"""Answers of Prometheus' HTTP API, and of what speaks it (Thanos, Mimir, VictoriaMetrics).

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
    Part,
    labels,
    listing,
    load,
    mapping,
    number,
    part_at,
    parts,
)
from core.evidence.series.model import MAX_SERIES, Floats, Reading, Series, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERIES = re.compile(rb'\{\s*"metric"\s*:')
_POINT = re.compile(rb'\[\s*-?[\d.eE+-]{1,40}\s*,\s*["{]')
_NAME = "__name__"
_PAIR = 2


def read(raw: bytes) -> Reading:
    """Its series. Raises UnreadableEvidence where it is cut off, or no answer after all."""
    document = _document(raw)
    error = mapping(document).get("error")
    results = _results(document)
    series = tuple(_series(results, raw))
    return Reading(
        series=series,
        points=sum(len(one.times) + one.missing for one in series),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem=_problem(error, len(results)),
    )


def _document(raw: bytes) -> object:
    """All of it; a list where each line is one of the answer's series, as `jq -c` prints them."""
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
    """The answer's series, each with `metric` and `value` or `values`."""
    if isinstance(document, list):
        return [one for one in document if isinstance(one, dict)]
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
    return [one for one in result if isinstance(one, dict)]


def _series(results: list[dict[str, Any]], raw: bytes) -> Iterator[Series]:
    places = parts(raw, _SERIES, _POINT)
    for at, one in enumerate(results[:MAX_SERIES]):
        named = labels(one.get("metric"))
        name = named.pop(_NAME, "")
        ground = part_at(places, at, raw, _POINT)
        if "values" in one or "value" in one:
            rows = listing(one["values"]) if "values" in one else [one["value"]]
            yield series_of(name, named, _points(rows), ground)
        if "histograms" in one or "histogram" in one:
            yield from _native(name, named, one, ground)


def _native(
    name: str, named: dict[str, str], one: dict[str, Any], ground: Part
) -> Iterator[Series]:
    """Count and sum of a native histogram; what follows from them is computed like of others."""
    rows = listing(one["histograms"]) if "histograms" in one else [one["histogram"]]
    for part in ("count", "sum"):
        told = [[row[0], mapping(row[1]).get(part)] for row in rows if _is_pair(row)]
        yield series_of(f"{name}_{part}", named, _points(told), ground, kind="histogram")


def _points(rows: list[Any]) -> tuple[Floats, Floats]:
    """Times and values; what is no pair of a time and a number is NaN."""
    pairs = [
        (number(row[0]), number(row[1])) if _is_pair(row) else (np.nan, np.nan) for row in rows
    ]
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _is_pair(row: object) -> bool:
    return isinstance(row, list) and len(row) == _PAIR
