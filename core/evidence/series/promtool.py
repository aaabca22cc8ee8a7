"""Reads what `promtool query range` and `query instant` print.

A range is a line `metric{labels} =>`, then a line `value @[time]` for each sample; an instant has
both in one line. Source: prometheus/common, `model/value.go`. Native histograms stand in braces
where a value would be: they are counted and left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.series.json_documents import number
from core.evidence.series.points import Points, make_reading
from core.evidence.series.prometheus import find_lines
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.series.model import SeriesReading

say = sentences("evidence.series_reading")

_TEXT = r'"(?:[^"\\]|\\.)*+"'
_LABEL = rf"(?:[\w.:-]{{1,300}}|{_TEXT})={_TEXT}"
_LABELS = rf"\{{(?:(?:{_LABEL}|{_TEXT})(?:, (?={_TEXT}|[\w\"]))?)*+\}}"
_SAMPLE = (
    r"(?P<value>[+-]?(?:[0-9.]{1,40}(?:[eE][+-]?[0-9]{1,3})?|Inf)|NaN) @\[(?P<time>[0-9.]{1,20})\]"
)
_NAMED = re.compile(rf"(?P<name>[a-zA-Z_:][\w:]*)?(?P<labels>{_LABELS})? =>(?: {_SAMPLE})?\s*")
_ALONE = re.compile(rf"{_SAMPLE}\s*")
_PAIR = re.compile(rf"(?:([\w.:-]{{1,300}})|({_TEXT}))=({_TEXT})")
_QUOTED_NAME = re.compile(rf"\{{({_TEXT})(?:, |\}})")
_ESCAPED = re.compile(r"\\(.)")


def query_share(lines: list[str]) -> float:
    """The share of lines that are such series or samples; 0 where the first names no series."""
    if not lines or _NAMED.fullmatch(lines[0]) is None:
        return 0.0
    return sum(bool(_ALONE.fullmatch(line) or _NAMED.fullmatch(line)) for line in lines) / len(
        lines
    )


def read_query(raw: bytes) -> SeriesReading:
    """Read its series. Lines that are neither series nor samples are counted."""
    points, unread = Points(), 0
    name, labels = "", dict[str, str]()
    for place, line in enumerate(raw.decode("utf-8", errors="replace").split("\n")):
        if heading := _NAMED.fullmatch(line):
            name, labels = _series_named(heading)
        sample = heading or _ALONE.fullmatch(line)
        if sample is None:
            unread += bool(line.strip())
        elif sample["time"]:
            points.add((name, labels, number(sample["time"]), number(sample["value"])), place)
    problems = [say.raw("lines_without_point", n=unread)] if unread else []
    return make_reading(points, find_lines(raw), raw, problems)


def _series_named(heading: re.Match[str]) -> tuple[str, dict[str, str]]:
    """Its name, which stands in quotes among the labels where it has more than letters."""
    written = heading["labels"] or ""
    labels = {bare or _plain(quoted): _plain(text) for bare, quoted, text in _PAIR.findall(written)}
    quoted_name = _QUOTED_NAME.match(written)
    return heading["name"] or (_plain(quoted_name[1]) if quoted_name else ""), labels


def _plain(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted[1:-1])
