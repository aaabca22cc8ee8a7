"""Finds events whose lines hold a phrase, as they are shown: redacted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.events.answers import (
    MAX_SHOWN_CHARACTERS,
    EventAnswer,
    filter_for,
    read_hits,
    read_lines,
    resolve_for_sources,
)
from core.evidence.events.query import EventFilter, Hit, find
from core.evidence.events.table import StoredEvents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.events.answers import EventSource
    from core.evidence.events.window import EventQuery
    from core.evidence.model import Event, Original
    from core.redaction.engine import Redactor
    from core.text.redacted import RedactedText

CHECKED = 60  # events whose lines are redacted, to see whether the phrase is still in them
_BLOCK_BYTES = 4 * 2**20


def search_events(
    sought: EventQuery, phrase: str, sources: Sequence[EventSource], *, redactor: Redactor
) -> EventAnswer:
    """The events sought that hold the phrase in a line, case aside; each shows that very line.

    A phrase of digits is a word of its own: 504 is in no id. What redaction hides is not found, so
    that nobody can guess at a secret by searching for it. Raises NotFound and StoreUnavailable
    where an original is missing.
    """
    window = resolve_for_sources(sought, sources)
    asked = list[tuple[StoredEvents, EventFilter]]()
    holding = list[dict[int, int]]()
    for source in sources if window.known else ():
        holding.append(_records(source, list(_line_starts(source.text, phrase))))
        wanted = filter_for(sought, window, source, sources)
        asked.append((source.table, replace(wanted, starts=tuple(holding[-1]))))
    total, hits = find(asked, limit=CHECKED, oldest_first=sought.oldest_first)
    lines = _lines_of(hits, holding, sources, redactor=redactor)
    visible = [
        hit for hit, line in zip(hits, lines, strict=True) if phrase.casefold() in _folded(line)
    ]
    shown = visible[: sought.limit]
    line_of = dict(zip(hits, lines, strict=True))
    events = zip(shown, read_hits(shown, sources, redactor=redactor), strict=True)
    return EventAnswer(
        window=window,
        events=tuple(_showing(event, line_of[hit]) for hit, event in events),
        total=total - (len(hits) - len(visible)) if visible else 0,
        files=len(sources),
    )


def _lines_of(
    hits: Sequence[Hit],
    holding: Sequence[dict[int, int]],
    sources: Sequence[EventSource],
    *,
    redactor: Redactor,
) -> list[RedactedText]:
    """The line of each hit that holds the phrase, as it is shown."""
    starts = [holding[hit.file][hit.byte_start] for hit in hits]
    texts = {
        file: read_lines(
            sources[file].text,
            [start for start, hit in zip(starts, hits, strict=True) if hit.file == file],
            redactor=redactor,
            room=MAX_SHOWN_CHARACTERS,
        )
        for file in {hit.file for hit in hits}
    }
    return [texts[hit.file][start] for start, hit in zip(starts, hits, strict=True)]


def _folded(line: RedactedText) -> str:
    return line.text.casefold()


def _records(source: EventSource, lines: Sequence[int]) -> dict[int, int]:
    """The offset of the event that each line belongs to, with that of the first such line."""
    if not lines:
        return {}
    begins = np.sort(source.table.scan().select("byte_start").collect()["byte_start"].to_numpy())
    records: dict[int, int] = {}
    for line in lines:
        at = int(np.searchsorted(begins, line, side="right")) - 1
        if at >= 0:
            records.setdefault(int(begins[at]), line)
    return records


def _showing(event: Event, line: RedactedText) -> Event:
    return event if line.text in event.text.text else replace(event, text=line)


def _line_starts(original: Original, phrase: str) -> Iterator[int]:
    escaped = re.escape(phrase.encode())
    needle = re.compile(
        rb"(?<![\w.,:])%s(?!\w)" % escaped if phrase.isdigit() else rb"(?i)%s" % escaped
    )
    begin, left = 0, b""
    with original.open() as text:
        while block := text.read(_BLOCK_BYTES):
            whole, newline, rest = (left + block).rpartition(b"\n")
            yield from _starts_in(whole + newline, needle, begin)
            begin, left = begin + len(whole) + len(newline), rest
    yield from _starts_in(left, needle, begin)


def _starts_in(lines: bytes, needle: re.Pattern[bytes], begin: int) -> Iterator[int]:
    match = needle.search(lines)
    while match is not None:
        yield begin + lines.rfind(b"\n", 0, match.start()) + 1
        end = lines.find(b"\n", match.start())
        match = needle.search(lines, end) if end >= 0 else None
