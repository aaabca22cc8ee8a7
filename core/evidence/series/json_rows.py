"""Reads series out of a list of JSON objects, each a time with its numbers and labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evidence.series.json_values import is_measured, time_in
from core.evidence.series.table_layout import is_time_heading

_LEAST_ROWS = 2
_NEARLY_ALL = 0.9
_REPEATED = 0.5  # different texts by rows, at most, of what says which series
_MOST_KEYS = 200
_TIMES = frozenset({"x", "interval", "window", "bucket", "clock", "minute", "hour"})
_VALUES = re.compile(
    r"(?i)(?:data_?)?(?:value|val|v|y|point|points?|avg|average|mean|min|max|minimum|maximum|sum"
    r"|count|total|p\d{2,4}|median|rate)(?:_?value)?"
)
_NAMES = ("metric", "name", "metric_name", "metricName", "series", "measurement", "field", "label")
# Numbers that count nothing: who it is, in which state, which version.
_IDENTIFIES = re.compile(
    r"(?i)(?:.*[_.-])?(?:id|number|no|version|revision|build|port|pid|line|code|seq|sequence|offset"
    r"|index|priority|generation|user|order|ticket|zip|year)|.*Id|key"
)
_PAIRS = ({"old", "new"}, {"before", "after"}, {"from", "to"}, {"previous", "current"})
_MESSAGES = frozenset({
    *("message", "msg", "log", "event", "text", "title", "summary", "description", "body"),
    *("content", "action", "actor", "author", "method", "request", "user_agent", "remote_addr"),
    *("request_id", "trace_id", "traceid", "span_id", "spanid"),
})  # fmt: skip
_STEADY = 0.6  # of the steps between times, that are the same
_LEAST_STEPS = 4


@dataclass(frozen=True)
class RowColumn:
    """A key of numbers, for the rows with the same labels. at: their numbers in the list."""

    quantity: str
    labels: Mapping[str, str]
    at: Sequence[int]
    values: Sequence[object]


@dataclass(frozen=True)
class ListedRows:
    """What a list of objects holds. stamps: the time of each.

    passed: texts and numbers in them that are no part of series.
    """

    stamps: Sequence[object]
    columns: tuple[RowColumn, ...]
    name_key: str
    is_alone: bool  # whether there is one key of numbers
    passed: int


def read_rows(items: list[Any]) -> ListedRows | None:
    """The series of a list of objects; None where it lists something else."""
    rows = [item for item in items if isinstance(item, dict)]
    if len(rows) < max(_LEAST_ROWS, _NEARLY_ALL * len(items)):
        return None
    keys = [key for key, count in _keys(rows).items() if count >= len(rows) / 4][:_MOST_KEYS]
    time_key = _time_key(rows, keys)
    if time_key is None or {key.lower() for key in keys} & _MESSAGES or _tells_changes(keys):
        return None
    filled = {key: [row[key] for row in rows if row.get(key) is not None] for key in keys}
    roles = _roles_of({key: cells for key, cells in filled.items() if cells and key != time_key})
    if roles is None:
        return None
    stamps = [row.get(time_key) for row in rows]
    columns = tuple(_columns(rows, stamps, roles))
    is_called = all(map(_VALUES.fullmatch, roles.measured))
    if not is_called and not any(_is_steady([stamps[at] for at in each.at]) for each in columns):
        return None
    name_key = next((key for key in _NAMES if key in roles.labels), "")
    return ListedRows(stamps, columns, name_key, len(roles.measured) == 1, roles.others * len(rows))


@dataclass(frozen=True)
class _Roles:
    """The keys of numbers, the keys of texts that say which series, and how many are neither."""

    measured: list[str]
    labels: list[str]
    others: int


def _roles_of(filled: Mapping[str, list[Any]]) -> _Roles | None:
    """None where nothing is measured, or each object is a thing of its own with a name or id."""
    texts = [key for key, cells in filled.items() if all(map(_is_text, cells))]
    identifying = [key for key in filled if key not in texts and _IDENTIFIES.fullmatch(key)]
    for key in (*texts, *identifying):
        if len(set(map(str, filled[key]))) > max(1, _REPEATED * len(filled[key])):
            return None
    measured = [
        key
        for key, cells in filled.items()
        if key not in texts and key not in identifying and all(map(is_measured, cells))
    ]
    if not measured:
        return None
    return _Roles(measured, texts, len(filled) - len(measured) - len(texts))


def _keys(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(key for row in rows for key in row)


def _time_key(rows: list[dict[str, Any]], keys: list[str]) -> str | None:
    named = [key for key in keys if is_time_heading(_spaced(key)) or key.lower() in _TIMES]
    for key in named:
        times = sum(time_in(row.get(key)) is not None for row in rows)
        if times >= _NEARLY_ALL * len(rows):
            return key
    return None


def _spaced(key: str) -> str:
    """`timeStamp` and `ts_ms` with their first word apart, as headings have it."""
    return re.sub(r"[_.]", " ", key) if not key.startswith(("_", "@")) else key


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not is_measured(value)


def _tells_changes(keys: list[str]) -> bool:
    """Whether the objects have values before and after: these are changes, if of numbers."""
    words = {re.split(r"[_. -]", key.lower())[0] for key in keys}
    return any(pair <= words for pair in _PAIRS)


def _columns(
    rows: list[dict[str, Any]], stamps: list[object], roles: _Roles
) -> Iterator[RowColumn]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows):
        texts = tuple(str(row.get(key) or "") for key in roles.labels)
        groups.setdefault(texts, []).append(number)
    for texts, group in groups.items():
        named = {key: text for key, text in zip(roles.labels, texts, strict=True) if text}
        for key in roles.measured:
            at = [number for number in group if key in rows[number] and stamps[number] is not None]
            if at:
                yield RowColumn(key, named, at, [rows[number][key] for number in at])


def _is_steady(stamps: Sequence[object]) -> bool:
    """Whether most times are as far apart, as those of a monitor are."""
    times = np.array([time for each in stamps if (time := time_in(each)) is not None])
    steps = np.abs(np.diff(times))
    if len(steps) < _LEAST_STEPS:
        return False
    middle = float(np.median(steps))
    return middle > 0 and float(np.mean(np.abs(steps - middle) <= 0.2 * middle)) >= _STEADY
