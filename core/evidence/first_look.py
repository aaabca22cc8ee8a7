"""A first look at a file that nobody has read yet: at its beginning, in a few milliseconds.

Pure Python, so that a process that answers people need not load what reads whole files. It finds
lines that look like errors; what they mean, and the rest of the file, is for its reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from core.evidence.compression import is_packed
from core.evidence.encoding import is_binary
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.redaction.engine import Redactor

LOOKED_AT = 32 * 2**10  # bytes
SHOWN = 3
LONGEST = 200  # characters of a line
_TROUBLE = re.compile(
    r"\b(?:FATAL|CRITICAL|ERROR|SEVERE|PANIC)\b|\b(?:panic|fatal|exception|traceback|timed? ?out"
    r"|refused|unavailable|failed|failure|oom-?killed|out of memory|deadlock)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class FirstLook:
    """lines: that were looked at. troubled: of these, how many look like errors.

    shown: the first of them, redacted, each with its number from 1; 0 where that is not known.
    """

    lines: int
    troubled: int
    shown: tuple[tuple[int, RedactedText], ...]


def look_at(beginning: bytes, redactor: Redactor, *, is_whole: bool) -> FirstLook | None:
    """What the beginning of a file shows; None where it is not plain text.

    is_whole: it is all of the file; else its last line may be half a line.
    """
    if is_packed(beginning) or is_binary(beginning):
        return None
    raw = beginning.decode("utf-8", "replace")
    text = redactor.clean(raw)  # as a whole, for secrets that run over several lines
    spans = _spans(text.text, is_whole=is_whole)
    is_numbered = text.text.count("\n") == raw.count("\n")
    troubled = [
        (number if is_numbered else 0, text.part(start, end).line().cut(LONGEST))
        for number, (start, end) in enumerate(spans, start=1)
        if _TROUBLE.search(text.text, start, end)
    ]
    return FirstLook(lines=len(spans), troubled=len(troubled), shown=tuple(troubled[:SHOWN]))


def _spans(text: str, *, is_whole: bool) -> list[tuple[int, int]]:
    """Where each line begins and ends."""
    ends = [match.end() for match in re.finditer("\n", text)]
    if is_whole and text and not text.endswith("\n"):
        ends.append(len(text))
    return list(pairwise([0, *ends]))
