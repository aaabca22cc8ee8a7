"""Reads series out of JSON by their shapes, however people nested and called them.

A series is a list of pairs of a time and a number; a list of objects with a time and numbers; an
object of numbers by their times; or lists of numbers beside a list of as many times. What leads to
it names it. Lists of events, tickets and records have words that do not repeat, or ids, and are no
series. Grafana's frames have a module of their own: `core.evidence.series.data_frames`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.data_frames import frame_columns
from core.evidence.series.json_context import SeriesContext, without_constants
from core.evidence.series.json_documents import listing, mapping
from core.evidence.series.json_places import DocumentPlaces
from core.evidence.series.json_rows import read_rows
from core.evidence.series.json_values import (
    all_measured,
    all_times,
    load_beginning,
    number_in,
    time_in,
)
from core.evidence.series.model import MAX_POINTS, MAX_SERIES, Series, SeriesReading, make_series
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

say = sentences("evidence.series_reading")

_DEPTH = 14
_PAIR = 2
_QUERIES = ("expr", "expression", "query", "rawSql", "target")
_LEAST_POINTS = 6  # of a document
_LEAST_SHARE = 0.6  # of its numbers and texts, that are points or the labels of points
_GENERIC = re.compile(r"(?i)(?:data_?)?(?:values?|points?|samples?|v|y|data|series)")
_STAMP = re.compile(r"\d{4}[-/]\d\d[-/]\d\d|\d{9}")
_LEAST_STAMPS = 3  # of a document, without which it need not be parsed
_LINES = re.compile(r"\}\s*\n\s*\{")


@dataclass(frozen=True)
class NestedSeries:
    """The points of a series in the order of the document.

    stamps: times as it spells them, in a list that series may share; at: which of these it has.
    """

    context: SeriesContext
    quantity: str
    labels: Mapping[str, str]
    stamps: Sequence[object]
    values: Sequence[object]
    at: Sequence[int] | None = None

    @property
    def times(self) -> list[float]:
        """Seconds since 1970; NaN for what tells no time."""
        times = [time_in(stamps) for stamps in self.stamps]
        chosen = times if self.at is None else [times[at] for at in self.at]
        return [math.nan if time is None else time for time in chosen]


@dataclass
class _Walk:
    """A walk through a document, which counts what it passes by and what is part of series."""

    passed: int = 0  # numbers and texts
    used: int = 0
    asked: dict[str, str] = field(default_factory=dict)  # queries, by what frames call them

    def series(
        self, item: object, context: SeriesContext, depth: int = _DEPTH
    ) -> Iterator[NestedSeries]:
        """All series at the item and below, in its order."""
        if depth == 0:
            return
        if isinstance(item, dict):
            yield from self._in_object(item, context.within(item), depth)
        elif isinstance(item, list):
            yield from self._in_list(item, context, depth)
        else:
            self.passed += item is not None

    def _in_object(
        self, item: Mapping[str, Any], context: SeriesContext, depth: int
    ) -> Iterator[NestedSeries]:
        self._note_query(item)
        columns = frame_columns(item, self.asked)
        if columns is not None:
            for name, unit, labels, stamps, values in columns:
                held = SeriesContext((), "", context.labels, unit)
                yield self._use(NestedSeries(held, name, labels, stamps, values))
            return
        if all_times(list(item)) and all_measured(list(item.values())):
            yield self._use(NestedSeries(context, "", {}, list(item), list(item.values())))
            return
        time_key = next((k for k, v in item.items() if isinstance(v, list) and _are_times(v)), None)
        beside = self._beside(item, time_key, context) if time_key is not None else []
        yield from beside
        rest = {key: each for key, each in item.items() if not beside or key != time_key}
        for key, each in rest.items():
            if not (beside and _is_column(each, len(item[time_key or ""]))):
                yield from self.series(each, context.below(key), depth - 1)

    def _note_query(self, item: Mapping[str, Any]) -> None:
        query = next((item[key] for key in _QUERIES if isinstance(item.get(key), str)), None)
        if "refId" in item and query:
            self.asked[str(item["refId"])] = query

    def _beside(
        self, item: Mapping[str, Any], time_key: str | None, context: SeriesContext
    ) -> list[NestedSeries]:
        """The series of an object that lists their times beside their numbers."""
        stamps = item[time_key or ""]
        collected = []
        for key, each in item.items():
            if key == time_key:
                continue
            columns = _columns_of(each, len(stamps))
            described = [mapping(other) for other in _described(item, len(columns), key)]
            for at, (name, values) in enumerate(columns):
                held = context.within(described[at]) if at < len(described) else context
                quantity = name or ("" if _GENERIC.fullmatch(key) else key)
                collected.append(self._use(NestedSeries(held, quantity, {}, stamps, values)))
        return collected

    def _in_list(
        self, items: list[Any], context: SeriesContext, depth: int
    ) -> Iterator[NestedSeries]:
        pairs = _pairs_of(items)
        if pairs is not None:
            yield self._use(NestedSeries(context, "", {}, *pairs))
            return
        rows = read_rows(items) if len(items) > 1 and isinstance(items[0], dict) else None
        if rows is None:
            for each in items:
                yield from self.series(each, context, depth - 1)
            return
        self.passed += rows.passed
        for column in rows.columns:
            name = column.labels.get(rows.name_key, "") if rows.name_key else ""
            labels = {key: text for key, text in column.labels.items() if key != rows.name_key}
            held = SeriesContext(context.path, name or context.name, context.labels, context.unit)
            quantity = "" if _is_value(column.quantity, rows.is_alone) else column.quantity
            yield self._use(
                NestedSeries(held, quantity, labels, rows.stamps, column.values, column.at)
            )

    def _use(self, series: NestedSeries) -> NestedSeries:
        self.used += 2 * len(series.values)
        self.passed += 2 * len(series.values)
        return series


def _is_value(quantity: str, is_alone: bool) -> bool:  # noqa: FBT001 - one of two readings
    return is_alone and (_GENERIC.fullmatch(quantity) is not None or quantity in _STATISTICS)


_STATISTICS = frozenset({"average", "avg", "mean", "val", "sum", "total", "count"})


def _are_times(values: list[Any]) -> bool:
    return len(values) > 1 and all(time_in(value) is not None for value in values)


def _is_column(item: object, size: int) -> bool:
    return bool(_columns_of(item, size))


def _columns_of(item: object, size: int) -> list[tuple[str, list[Any]]]:
    """Lists of as many numbers as there are times: one, several in a list, or several by name."""
    if isinstance(item, list) and len(item) == size and all_measured(item) and item:
        return [("", item)]
    named = (
        [(str(key), each) for key, each in item.items()]
        if isinstance(item, dict)
        else [("", each) for each in listing(item)]
    )
    good = named and all(
        isinstance(each, list) and len(each) == size and all_measured(each) for _, each in named
    )
    return named if good else []


def _described(item: Mapping[str, Any], count: int, besides: str) -> list[Any]:
    """The objects, as many as there are lists of numbers, that describe these."""
    return next(
        (
            each
            for key, each in item.items()
            if key != besides
            and isinstance(each, list)
            and len(each) == count
            and all(isinstance(other, dict) for other in each)
        ),
        [],
    )


def _pairs_of(items: list[Any]) -> tuple[list[Any], list[Any]] | None:
    """The times and numbers of a list of pairs, whichever stands first."""
    if len(items) < _PAIR or not all(isinstance(i, list) and len(i) == _PAIR for i in items):
        return None
    first, second = [item[0] for item in items], [item[1] for item in items]
    if all_times(first) and all_measured(second):
        return first, second
    return (second, first) if all_times(second) and all_measured(first) else None


def nested_share(text: str) -> float:
    """The share of a document's numbers and texts that are in series; 0 for few points."""
    if len(_STAMP.findall(text)) < _LEAST_STAMPS:
        return 0.0
    walk = _Walk()
    series = _all_series(walk, text)
    points = sum(len(each.values) for each in series)
    share = walk.used / max(1, walk.passed)
    return share if points >= _LEAST_POINTS and share >= _LEAST_SHARE else 0.0


def _all_series(walk: _Walk, text: str) -> list[NestedSeries]:
    context = SeriesContext()
    return [each for document in _documents(text) for each in walk.series(document, context)]


def _documents(text: str) -> list[object]:
    """The document; of several, one a line, a list with all of them."""
    document = load_beginning(text)
    if document is None and _LINES.search(text):
        lines = [load_beginning(line) for line in text.splitlines() if line.strip()]
        return [[line for line in lines if line]]
    return [document]


def read_nested(raw: bytes) -> SeriesReading:
    """Read its series. Raises UnreadableEvidence where there are none."""
    text = raw.decode("utf-8-sig", errors="replace")
    series = _all_series(_Walk(), text)
    if not series:
        message = "it begins like series in JSON but holds none"
        raise UnreadableEvidence(message)
    points = sum(len(each.values) for each in series)
    problems = []
    if not text.rstrip().endswith(("}", "]")):
        problems.append(say.raw("cut_off"))
    if len(series) > MAX_SERIES:
        problems.append(say.raw("first_series_read", n=MAX_SERIES, all=len(series)))
    return SeriesReading(
        series=tuple(_made(series[:MAX_SERIES], DocumentPlaces(raw))),
        points=min(points, MAX_POINTS),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem="; ".join(problems) or None,
    )


def _made(all_series: list[NestedSeries], places: DocumentPlaces) -> Iterator[Series]:
    named = [each.context.named(each.quantity) for each in all_series]
    labels = without_constants(
        [{**own, **each.labels} for each, (_, own) in zip(all_series, named, strict=True)]
    )
    for each, (name, _), kept in zip(all_series, named, labels, strict=True):
        points = (
            np.array(each.times, dtype=np.float64),
            np.array([number_in(value) for value in each.values], dtype=np.float64),
        )
        stands = places.of(each.stamps) if each.at is None else places.of(each.stamps)[each.at]
        yield make_series(name, kept, points, places, unit=each.context.unit, places=stands)
