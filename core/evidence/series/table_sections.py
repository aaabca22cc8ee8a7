"""Reads several tables of numbers over time in one CSV, parted by blank lines, each with a heading.

InfluxDB's annotated CSV is one: rows of `#group`, `#datatype` and `#default` above a heading, whose
columns `result` and `table` count tables, and `_start` and `_stop` tell what was asked. Source: its
documentation, "Annotated CSV". A series that comes in several tables is one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series import tables
from core.evidence.series.model import MAX_SERIES, SeriesReading, make_series
from core.evidence.series.prometheus import find_lines
from core.evidence.series.table_layout import find_layout
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from core.evidence.series.model import Floats, Places, Series

say = sentences("evidence.series_reading")

_BLANK = re.compile(rb"\n[ \t\r]*(?:\n[ \t\r]*)+")
_ANNOTATED = re.compile(rb"(?:^|\n)#datatype[,;\t]")
_OF_ANSWER = frozenset({"result", "table", "_start", "_stop"})
_MEASUREMENT = "_measurement"
_MANY = 1_000  # tables of a file
_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class _Section:
    """The bytes of a table, and the number of its first line, from 0."""

    raw: bytes
    line: int


def sections_confidence(raw: bytes, *, written: datetime) -> float:
    """The confidence that all parts of a beginning are such tables; 0 for a table by itself."""
    sections = list(_sections(raw))
    is_annotated = _ANNOTATED.search(raw) is not None
    if len(sections) < 2 and not is_annotated:  # noqa: PLR2004 - else it is one table
        return 0.0
    if not all(map(_is_headed, sections)):
        return 0.0
    shares = [tables.table_confidence(section.raw, written=written) for section in sections]
    seen = [share for share in shares if share] if is_annotated else shares
    return min(seen, default=0.0)


def read_sections(raw: bytes, *, written: datetime) -> SeriesReading:
    """Read the series of all tables. Raises UnreadableEvidence where there are none.

    written: about when, for times without a year. Tables without times are counted.
    """
    collected: dict[_Key, list[tuple[Floats, Floats, Places]]] = defaultdict(list)
    problems, unread = list[str](), 0
    for section in _sections(raw):
        try:
            reading = tables.read(section.raw, written=written)
        except UnreadableEvidence:
            unread += 1
            continue
        problems += [reading.problem] if reading.problem else []
        for series in filter(_is_asked_for, reading.series):
            key, lines = _key(series), _lines_of(series) + section.line
            collected[key].append((series.times, series.values, lines))
    if not collected:
        message = "tables without numbers over time"
        raise UnreadableEvidence(message)
    if unread:
        problems.append(say.raw("tables_unread", n=unread))
    if len(collected) > MAX_SERIES:
        problems.append(say.raw("first_series_read", n=MAX_SERIES, all=len(collected)))
    series_read = tuple(_joined(collected, raw))
    return SeriesReading(
        series=series_read,
        points=sum(len(member.times) for member in series_read),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        size=len(raw),
        problem="; ".join(dict.fromkeys(problems)) or None,
    )


def _sections(raw: bytes) -> Iterator[_Section]:
    start = 0
    ends = [match.start() + 1 for match in _BLANK.finditer(raw)][:_MANY]
    line = 0
    for end in [*ends, len(raw)]:
        part = raw[start:end]
        if part.strip():
            yield _Section(part, line)
        line += part.count(b"\n")
        start = end


def _is_headed(section: _Section) -> bool:
    layout = find_layout(section.raw)
    return layout is not None and layout.headed


def _is_asked_for(series: Series) -> bool:
    return series.name not in _OF_ANSWER


def _key(series: Series) -> _Key:
    """Its name with that of its measurement, and its labels but those of the answer."""
    labels = {name: text for name, text in series.labels.items() if name not in _OF_ANSWER}
    measurement = labels.pop(_MEASUREMENT, "")
    name = f"{measurement}_{series.name}" if measurement else series.name
    return name, tuple(sorted(labels.items()))


def _lines_of(series: Series) -> Places:
    """The numbers of the lines of its points, from 0, in its table."""
    if not isinstance(series.ground, tables.Rows):
        return series.places
    return series.ground.numbers[series.places]


def _joined(
    collected: Mapping[_Key, list[tuple[Floats, Floats, Places]]], raw: bytes
) -> Iterator[Series]:
    ground = find_lines(raw)
    for (name, labels), parts in list(collected.items())[:MAX_SERIES]:
        times, values, lines = (np.concatenate(each) for each in zip(*parts, strict=True))
        yield make_series(name, dict(labels), (times, values), ground, places=lines)
