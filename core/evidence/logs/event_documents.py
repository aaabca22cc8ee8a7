"""Changes among the events of one JSON document: the export of an audit log, of flags, of deploys.

Such a document is a list of objects, often below a key, and often printed over many lines. Each
object is read as a record of a log on one line would be.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, NamedTuple

from core.evidence.lines import text_lines
from core.evidence.logs.changes import (
    LISTED,
    MAX_CHANGES,
    LoggedChange,
    change_signals,
    is_done,
    lists_changes,
)
from core.evidence.logs.findings import LogFindings
from core.evidence.logs.told_times import exact_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.extractor import Exhibit
    from core.evidence.model import Finding

MAX_BYTES = 4 * 2**20
_MAX_EVENTS = 20_000
_LOOK_AT = 2_000
_OPENS_LIST = re.compile(r"\[\s*(?=\{)")
_BETWEEN = re.compile(r"[\s,]*")
_IN_A_ROW = re.compile(r"\s*\{")  # documents one after the other, as jq prints them
# What events call the moment they happened, the surest first.
_TIMES = (
    *("time", "timestamp", "@timestamp", "ts", "eventtime", "event_time", "date", "datetime", "at"),
    *("when", "occurredat", "occurred_at", "createdat", "created_at", "changedat", "changed_at"),
    *("updatedat", "updated_at", "deployedat", "deployed_at", "appliedat", "applied_at"),
    *("startedat", "started_at", "finishedat", "finished_at", "requestreceivedtimestamp"),
    "created",
)
# And what else names a moment: `published`, `LastModified`, `updateTime`.
_NAMES_A_TIME = re.compile(r"(?i)time|date|published|modified|(?:_|[a-z](?-i:(?=A)))at$")
_OWNERS = ("service", "app", "application", "component", "deployment", "workload")
_EPOCHS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e9, 1.0))  # from so much on, parts of a second
_LATEST = 1e19
_SPEAKERS = ("username", "user", "user_name", "from", "author", "sender", "bot_id")
_WHO_CHANGED = re.compile(
    r"(?:last_?)?(?:updated|changed|modified|toggled|edited)_?by", re.IGNORECASE
)
_NO_NAME = re.compile(r"[^\w.-]+")
_EPOCH_IN_TEXT = re.compile(r"1\d{9}(?:\.\d{1,9}|\d{3})?")
_DECODER = json.JSONDecoder(strict=False)


class DocumentEvent(NamedTuple):
    """An object, its time (naive UTC), and the half-open range of characters where it stands."""

    content: dict[str, Any]
    at: datetime | None
    start: int
    end: int


def document_changes(exhibit: Exhibit) -> list[Finding]:
    """The latest events that tell of a change; none where the text holds no lists of objects."""
    if exhibit.original.size > MAX_BYTES:
        return []
    lines, starts, _ = text_lines(exhibit.original, most=MAX_BYTES)
    page = _Page(lines, starts)
    is_listed = lists_changes(exhibit.name)
    every = (_change(event, page, is_listed=is_listed) for event in events_in("\n".join(lines)))
    telling = LogFindings(exhibit.name, exhibit.service, exhibit.redactor)
    return list(map(telling.change, deque(filter(None, every), maxlen=MAX_CHANGES)))


def events_in(text: str) -> Iterator[DocumentEvent]:
    """The dated objects of each list of objects, and of objects one after the other."""
    in_a_row = list(_objects_from(text, 0)) if _IN_A_ROW.match(text) else []
    yield from filter(_is_dated, in_a_row)
    if len(in_a_row) > 1:
        return
    at = 0
    while opening := _OPENS_LIST.search(text, at):
        at = opening.end()
        for event in _objects_from(text, at):
            at = event.end
            if _is_dated(event):
                yield event


def _objects_from(text: str, at: int) -> Iterator[DocumentEvent]:
    """The objects that stand one after the other, with or without commas, from here on."""
    for _ in range(_MAX_EVENTS):
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if text[at : at + 1] != "{":
            return
        try:
            content, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield DocumentEvent(content, moment_in(content), at, end)
        at = end


def moment_in(content: dict[str, Any]) -> datetime | None:
    """When the event was, naive UTC, by the surest of its fields."""
    by_name = {name.lower(): value for name, value in content.items()}
    surely = (by_name[name] for name in _TIMES if name in by_name)
    perhaps = (value for name, value in content.items() if _NAMES_A_TIME.search(name))
    moments = map(_moment, chain(surely, perhaps))
    return next(filter(None, moments), None)


def _is_dated(event: DocumentEvent) -> bool:
    return event.at is not None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str) and _EPOCH_IN_TEXT.fullmatch(value):
        value = float(value)  # as chats export it
    if isinstance(value, str):
        return exact_moment(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < _LATEST:
        parts = next((parts for least, parts in _EPOCHS if value >= least), None)
        return datetime(1970, 1, 1) + timedelta(seconds=value / parts) if parts else None  # noqa: DTZ001 - naive UTC
    return None


def _change(event: DocumentEvent, page: _Page, *, is_listed: bool) -> LoggedChange | None:
    """The event as a change; None where it tells of none.

    is_listed: the document has nothing else, by its name.
    """
    record = _said(event) or json.dumps(event.content, ensure_ascii=False, separators=(", ", ": "))
    record = record[:_LOOK_AT]
    signals = change_signals(record, None)
    if not signals and (is_listed or _tells_who_changed(event.content)) and is_done(record):
        signals = (LISTED,)
    if not signals:
        return None
    return LoggedChange(
        text=record,
        level=None,
        at=event.at,
        service=_owner(event.content),
        signals=signals,
        line=page.line_of(event.start) + 1,
        last_line=page.line_of(event.end - 1) + 1,
        byte_start=page.byte_of(event.start),
        byte_end=page.byte_of(event.end),
    )


@dataclass
class _Page:
    """Where the characters of a text stand that was read as lines.

    starts: the byte that each line begins at.
    """

    lines: Sequence[str]
    starts: Sequence[int]

    def line_of(self, place: int) -> int:
        """The line, from 0, that a character of the text stands in."""
        return bisect_right(self._beginnings, place) - 1

    def byte_of(self, place: int) -> int:
        line = self.line_of(place)
        before = self.lines[line][: place - self._beginnings[line]]
        return self.starts[line] + len(before.encode(errors="replace"))

    @cached_property
    def _beginnings(self) -> list[int]:
        """The first character of each line."""
        return [0, *accumulate(len(line) + 1 for line in self.lines)]


def _tells_who_changed(content: dict[str, Any]) -> bool:
    """Whether it is a thing as it is now, with who changed it last, as flags are exported."""
    return any(_WHO_CHANGED.fullmatch(name) and value for name, value in content.items())


def _said(event: DocumentEvent) -> str | None:
    """What somebody said in a channel, as other exports of chats write it; None for other events.

    Its keys are no words of anybody.
    """
    words = event.content.get("text")
    who = next(filter(None, (event.content.get(name) for name in _SPEAKERS)), None)
    if event.at is None or not isinstance(words, str) or not isinstance(who, str):
        return None
    return f"{event.at:%H:%M:%S} <{_NO_NAME.sub('_', who)[:40]}> {' '.join(words.split())}"


def _owner(content: dict[str, Any]) -> str | None:
    """The service that the event itself names."""
    named = (content.get(name) for name in _OWNERS)
    return next((name for name in named if isinstance(name, str) and name), None)
