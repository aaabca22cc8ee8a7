"""How are the lines of this log laid out: what is time, level and service, what is the message?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.fields import find_fields, read_words
from core.evidence.header import Header, learn_header
from core.evidence.levels import STATED
from core.evidence.timestamps import TimeFormat, find_format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_MOST = 0.8
_ACCESS = r'"(?:[A-Z]{3,8} [^"]*|-)" ([1-5][0-9][0-9])\b'
# Lines of a stack trace that were given a time of their own: by a container's runtime, by syslog.
_GAP = r"(?:\\t|\s)"  # in JSON a tab stands escaped
_TRACED = rf"^(?:{_GAP}+at |{_GAP}*\.\.\. [0-9]+ more|Caused by: |{_GAP}+File \\?\")"
_INDENTED = r"^(?:[\s}\])]|at |Caused by: |\.\.\. [0-9]+ more|$)"


@dataclass(frozen=True)
class Layout:
    """What to take out of each line, as patterns with one group; empty ones take nothing.

    `head` is cut off the front of a line, or `message` (with `error` after it) taken out of it.
    `status` is set where an HTTP status says more than a level, `wrapped` where the message is
    itself a line with a header and states the level (container runtimes do that).
    """

    format: TimeFormat | None = None
    time: str = ""
    level: str = ""
    service: str = ""
    head: str = ""
    message: str = ""
    error: str = ""
    status: bool = False
    wrapped: bool = False

    def read(self, lines: pl.Series, *, reference: datetime) -> pl.DataFrame:
        """Columns time, level (as spelled), service, message and start (first line of a record)."""
        time, messages = self._times(lines, reference), self._messages(lines)
        start = ~lines.str.contains(_INDENTED) if self.format is None else time.is_not_null()
        return pl.DataFrame(
            {
                "time": time,
                "level": self._levels(lines),
                "service": _taken(lines, self.service),
                "message": messages,
                "start": start & ~messages.str.contains(_TRACED),
            }
        )

    def _levels(self, lines: pl.Series) -> pl.Series:
        said = _taken(lines, self.message) if self.message else lines
        stated = _taken(said if self.wrapped else lines, self.level)
        if self.level != STATED and stated.null_count():
            stated = stated.zip_with(stated.is_not_null(), _taken(said, STATED))
        if not self.status:
            return stated
        status = _taken(lines, _ACCESS)
        return status.zip_with(status.is_not_null(), stated)

    def spoken(self, line: str) -> str:
        """What a line says in words."""
        return (read_words(line) or line) if self.message else line

    def _times(self, lines: pl.Series, reference: datetime) -> pl.Series:
        if self.format is None:
            return _nothing(lines).cast(pl.Datetime("us"))
        texts = _taken(lines, self.time)
        if self.message:  # a field's value may hold more than the time: a zone, nanoseconds
            texts = texts.str.extract(f"({self.format.pattern})", 1)
        return self.format.parse(texts, reference=reference)

    def _messages(self, lines: pl.Series) -> pl.Series:
        if self.message:
            found = _taken(lines, self.message)
            if self.head:
                found = found.str.replace(self.head, "")
            if self.error:
                found = found + (" " + _taken(lines, self.error)).fill_null("")
            return found.zip_with(found.is_not_null(), lines)
        return lines.str.replace(self.head, "") if self.head else lines


def learn_layout(sample: Sequence[str]) -> Layout:
    """The layout that most of the sampled lines share."""
    lines = [line for line in sample if line.strip()]
    if not lines:
        return Layout()
    return _by_fields(lines) or _by_header(lines)


def _by_fields(lines: Sequence[str]) -> Layout | None:
    fields = find_fields(lines)
    if fields is None:
        return None
    messages = _found(fields.message, lines)
    inner = Header() if fields.level else learn_header(messages, find_format(messages))
    return Layout(
        format=find_format(_found(fields.time, lines)) if fields.time else None,
        time=fields.time,
        level=fields.level or inner.level or STATED,
        service=fields.service,
        head=inner.head,
        message=fields.message,
        error=fields.error,
        wrapped=not fields.level,
    )


def _found(pattern: str, lines: Sequence[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.search(pattern, line))]


def _by_header(lines: Sequence[str]) -> Layout:
    time_format = find_format(lines)
    header = learn_header(lines, time_format)
    status = sum(bool(re.search(_ACCESS, line)) for line in lines) >= _MOST * len(lines)
    return Layout(
        format=time_format,
        time=header.time,
        level=header.level or STATED,
        service=header.service,
        head=header.head,
        status=status,
    )


def _taken(lines: pl.Series, pattern: str) -> pl.Series:
    return lines.str.extract(pattern, 1) if pattern else _nothing(lines)


def _nothing(lines: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(lines))
