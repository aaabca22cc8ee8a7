"""What a service says of itself where it starts: if it is not what it said before, that changed.

A start tells its version, its bounds and whom it calls: `starting, workers=8, timeout 2000ms`. A
release or a new setting shows there, also where nobody recorded it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from core.evidence.lines import Block

STARTED_OTHERWISE = "started_otherwise"
_WORDS = ["starting", "started", "booting", "listening", "loaded", "initialized", "initialised"]
_MOST_LINES = 40  # of a block
_MOST_SORTS = 500
_LOOK_AT = 1_000
_FAILED = re.compile(
    r"(?i)\b(?:err(?:or)?|fail\w{0,6}|fatal|exception|cannot|could not|unable|not)\b"
)
# What differs at each start: when it was, as which process, how long it took.
_OF_EACH_START = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|\b[A-Z][a-z]{2} [ \d]\d\b"
    r"|\b\d{10,19}\b|\[\d{1,8}\]|(?i:\bpid\W{1,4}\d{1,8})|\b\d{1,8}:[A-Z]\b"
    r"|(?i:\bin \d{1,9}(?:\.\d{1,9})? ?(?:m?s|(?:milli)?seconds?)\b)|\b0x[0-9a-f]+|[0-9a-f-]{32,36}"
)
_VALUES = re.compile(
    r"(?<![\w-])v?\d[\w.:/%-]{0,80}|[a-z][a-z0-9+]{1,20}://[^\s\"',;]{1,200}"
    r"|\b(?:true|false|on|off)\b"
)

StartSort = tuple[str, str]  # whose, and the line without its values


@dataclass
class StartLines:
    """Sees the blocks of a log in order."""

    _before: dict[StartSort, str] = field(default_factory=dict)

    def changed_in(self, block: Block, columns: pl.DataFrame) -> Iterator[tuple[int, StartSort]]:
        """The rows of starts of which a value is another one than at the start before, and sort."""
        hits = block.lines.str.contains_any(_WORDS, ascii_case_insensitive=True)
        for row in hits.fill_null(value=False).arg_true().head(_MOST_LINES):
            text = block.lines[row][:_LOOK_AT]
            if _FAILED.search(text):
                continue
            own = _OF_EACH_START.sub("", text)
            sort = (columns["service"][row] or "", _VALUES.sub("#", own))
            if self._differs(sort, own):
                yield row, sort

    def _differs(self, sort: StartSort, own: str) -> bool:
        before = self._before.get(sort)
        if before is not None or len(self._before) < _MOST_SORTS:
            self._before[sort] = own
        return before is not None and before != own
