"""Answers of Amazon CloudWatch: GetMetricStatistics and GetMetricData.

Source: Amazon CloudWatch API Reference, API version 2010-08-01, "GetMetricStatistics" (Label,
Datapoints with Timestamp, Unit and one or more statistics, in no order) and "GetMetricData"
(MetricDataResults with Id, Label, Timestamps and Values, newest first by default); both as the AWS
command line prints them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.formats.documents import (
    DocumentPart,
    listing,
    load,
    mapping,
    number,
    part_at,
    parts,
    seconds,
)
from core.evidence.series.model import MAX_SERIES, Series, SeriesReading, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESULT = re.compile(rb'\{\s*"Id"\s*:')
_DATAPOINT = re.compile(rb'\{(?=[^{}]{0,400}"Timestamp"\s*:)')
_TIME = re.compile(rb'"?\d{4}-\d\d-\d\dT')
_STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


def read(raw: bytes) -> SeriesReading:
    """Read the series. Raises UnreadableEvidence where it is cut off or has no datapoints."""
    document = mapping(load(raw))
    if "MetricDataResults" in document:
        results = listing(document["MetricDataResults"])
        series = tuple(_of_data(results[:MAX_SERIES], raw))
        problem = _incomplete_problem(results)
    elif "Datapoints" in document:
        series = tuple(_of_statistics(document, raw))
        problem = None
    else:
        message = "it begins like a CloudWatch answer but holds no datapoints"
        raise UnreadableEvidence(message)
    return SeriesReading(
        series=series,
        points=sum(len(member.times) + member.missing for member in series),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem=problem,
    )


def _incomplete_problem(results: list[Any]) -> str | None:
    """The problem where results are incomplete: CloudWatch flags results that it sent in part."""
    states = [mapping(result).get("StatusCode", "Complete") for result in results]
    lacking = sum(state != "Complete" for state in states)
    if lacking:
        return f"{lacking} of {len(states)} results are incomplete, says CloudWatch"
    uneven = sum(_is_uneven(mapping(result)) for result in results)
    if uneven:
        return f"{uneven} of {len(states)} results have more times than values, or fewer"
    if len(results) > MAX_SERIES:
        return f"the first {MAX_SERIES:,} of {len(results):,} series were read"
    return None


def _is_uneven(result: dict[str, Any]) -> bool:
    return len(listing(result.get("Timestamps"))) != len(listing(result.get("Values")))


def _of_data(results: list[Any], raw: bytes) -> Iterator[Series]:
    places = parts(raw, _RESULT, _TIME)
    for at, result in enumerate(map(mapping, results)):
        values = listing(result.get("Values"))
        times = listing(result.get("Timestamps"))[: len(values)]
        points = (
            np.array([seconds(time) for time in times], dtype=np.float64),
            np.array([number(value) for value in values[: len(times)]], dtype=np.float64),
        )
        name = str(result.get("Label") or result.get("Id") or "")
        yield series_of(name, {}, points, part_at(places, at, raw, _TIME))


def _of_statistics(document: dict[str, Any], raw: bytes) -> Iterator[Series]:
    name = str(document.get("Label", ""))
    rows = [mapping(row) for row in listing(document["Datapoints"])]
    times = np.array([seconds(row.get("Timestamp")) for row in rows], dtype=np.float64)
    unit = next((str(row["Unit"]) for row in rows if "Unit" in row), "None")
    ground = DocumentPart(raw, 0, len(raw), _DATAPOINT)
    for statistic in _statistics_present(rows):
        values = np.array([_statistic(row, statistic) for row in rows], dtype=np.float64)
        labels = {"statistic": statistic, **({"unit": unit} if unit != "None" else {})}
        yield series_of(name, labels, (times, values), ground)


def _statistics_present(rows: list[dict[str, Any]]) -> list[str]:
    extended = {str(key) for row in rows for key in mapping(row.get("ExtendedStatistics"))}
    plain = [statistic for statistic in _STATISTICS if any(statistic in row for row in rows)]
    return [*plain, *sorted(extended)][:MAX_SERIES]


def _statistic(row: dict[str, Any], name: str) -> float:
    return number(row.get(name, mapping(row.get("ExtendedStatistics")).get(name)))
