"""Detects what tools of a system print about its state: reports, listings, counters, tables.

Such text sets names to values as settings do. What tells it apart: it is aligned for the eye, its
names have several words, they come again with each thing that is told of, or numbers come first.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

say = sentences("evidence.detection")

_FIELD = re.compile(
    r"^(?P<indent>\s*)(?P<key>[^\s:=#\"'\-{\[<|][^:=\"'{\[<|]{0,60}?)\s*:(?P<rest>\s.*|$)"
)
_ALIGNED = re.compile(r"^\s*[^\s:=#-][^:=]{0,60}?(?:\s*:(?:\s{2,}|\t)|\s{2,}:\s?|\t+\s*:\s?)\S")
_WORDY_KEY = re.compile(r"\w[ (]\w|[a-z]\)$|^[A-Z]")
_SPACED_KEY = re.compile(r"[^\W_] \(?[^\W_]")
_COUNTED = re.compile(r"^\s*\d[\d,]*(?:\.\d+)?[KMGT]?i?B?%?\s+[A-Za-z(/.\[]")
_RANGE = re.compile(r"^\s*[\da-f]{4,16}-[\da-f]{4,16}\b")
_INTERFACE = re.compile(
    r"^(?:\d+: [\w.@-]+: |[\w.@-]+: flags=\d+)<[A-Z_,-]+>"
    r"|^\s+(?:inet6?|link/\w+|ether|RX|TX|valid_lft)\b"
    r"|^\s+\d+ {2,}\d+ |^(?:default|unreachable|[\d.]+(?:/\d+)?) (?:via|dev) \S+ "
)
_LIMIT = re.compile(r"^\w[\w /-]{2,40}?\s{2,}\([^()]{1,40}\)\s+\S+$")
_TITLES = re.compile(
    r"^\s*[A-Z][\w%/().-]{0,30}(?: [\w%/()-]{1,20}){0,2}"
    r"(?: {2,}[A-Z][\w%/().-]{0,30}(?: [\w%/()-]{1,20}){0,2}){2,40}\s*$"
)
_WIDE_GAP = re.compile(r"\S(?: {2,}|\t)\S")
_ROW = re.compile(r"^\s*[\w.@/-]{1,40}:(?:\s+\d+){3}")
_COUNTS = re.compile(r"^\w[\w ]{0,40}?:?\s+(?:[a-z_]\w*[ =]\d[\d.]*\s*){2,40}$")
_SECTION = re.compile(r"^\s*\w[\w ]{0,40}:$")
_FIGURE = re.compile(
    r"^[-+]?(?:(?:[\da-fA-F]{2}:){3,7}[\da-fA-F]{2}|\d[\d.,:/]*(?:[kKMGT]i?)?[Bb]?%?|0x[\da-fA-F]+|[\da-fA-F]{4,}(?::[\da-fA-F]+)*)[,:]?$"
)
_NAME = re.compile(r"^[A-Za-z%#(/<][\w%/().:#<>|=+-]*$")
_REPORT_LINES = (_RANGE, _INTERFACE, _LIMIT, _ROW, _COUNTS)
_DOCUMENT = re.compile(r"^(?:---|\.\.\.)\s*$")
_SURE, _LIKELY, _TABLE = 0.95, 0.85, 0.7
_LEAST_LINES = 3
_LEAST_FIELDS = 4
_HEADINGS = 3  # lines of which one may be the heading of a table
_MOST_ROWS = 60
_HALF, _MOST, _NEARLY_ALL = 0.5, 0.6, 0.9
_SOME = 0.3
_LEAST_COLUMNS = 3
_LEAST_FIGURES = 0.35  # of the cells of a table


def score_dump(sample: Sample) -> Likeness:
    """Score text as the report of a tool. UNLIKE where it is too short to tell."""
    if len(sample.lines) < _LEAST_LINES - 1 or sample.any(_DOCUMENT):
        return UNLIKE
    is_listed = any(sample.share(pattern) > _HALF for pattern in _REPORT_LINES)
    return best(
        _report(sample),
        _counters(sample),
        Likeness(_SURE * is_listed, say.raw("tool_report")),
        _table(sample),
    )


def _counters(sample: Sample) -> Likeness:
    """Score figures with what they count behind them, it may be in sections."""
    counted = sample.share(_COUNTED)
    reported = sample.counted(
        lambda line: bool(_COUNTED.match(line) or _SECTION.match(line) or _FIELD.match(line))
    )
    is_counted = counted > _MOST or (counted > _SOME and reported > _NEARLY_ALL)
    return Likeness(_LIKELY * is_counted, say.raw("tool_report"))


def _report(sample: Sample) -> Likeness:
    """Score names with values behind colons, as a person reads them."""
    fields = [field for line in sample.lines if (field := _FIELD.match(line))]
    if len(fields) < max(_LEAST_LINES, _MOST * len(sample.lines)):
        return UNLIKE
    keys = [field["key"] for field in fields]
    wordy = sum(map(bool, map(_WORDY_KEY.search, keys))) / len(keys)
    spaced = sum(map(bool, map(_SPACED_KEY.search, keys))) / len(keys)
    measured = sum(bool(_FIGURE.match(field["rest"].strip())) for field in fields)
    is_described = wordy > _SOME or measured > _MOST * len(keys)
    is_aligned = sample.share(_ALIGNED) > _HALF and is_described
    again = _repeated([field["key"] for field in fields if not field["indent"]])
    is_report = is_aligned or spaced > _SOME or again
    return Likeness(_SURE * is_report, say.raw("tool_report"))


def _repeated(keys: list[str]) -> bool:
    """Whether most keys come again: of each thing the same is told, which no mapping does."""
    counts = Counter(keys)
    again = sum(count for count in counts.values() if count > 1)
    return len(counts) >= _LEAST_LINES and again > _MOST * len(keys)


def _table(sample: Sample) -> Likeness:
    """Score a heading of names over rows of which many cells are figures."""
    lines = sample.lines[: _MOST_ROWS + _HEADINGS]
    if lines[0].startswith("#") and _is_over_figures([lines[0].lstrip("# "), *lines[1:]]):
        return Likeness(_SURE, say.raw("tool_table"))
    is_table = any(_is_over_figures(lines[at:]) for at in range(_HEADINGS))
    is_listing = bool(_TITLES.match(lines[0])) and sample.share(_WIDE_GAP) > _NEARLY_ALL
    return Likeness(_LIKELY if is_listing else _TABLE * is_table, say.raw("tool_table"))


def _is_over_figures(lines: Sequence[str]) -> bool:
    heading, rows = lines[0].split() if lines else [], [line.split() for line in lines[1:]]
    if len(heading) < _LEAST_COLUMNS - 1 or not rows or not all(map(_NAME.match, heading)):
        return False
    wide = [row for row in rows if len(row) >= _LEAST_COLUMNS]
    cells = [cell for row in wide for cell in row]
    figures = sum(map(bool, map(_FIGURE.match, cells)))
    return len(wide) > _MOST * len(rows) and figures > _LEAST_FIGURES * len(cells)
