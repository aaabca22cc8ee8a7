"""Questions about events of files, answered in rows that say what, when and where."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.clock import wire_time
from core.errors import NotFound, StoreUnavailable
from core.evidence.events.passages import read_lines
from core.evidence.events.query import Hit, Wanted, find, shared_ids
from core.evidence.events.table import Table
from core.evidence.events.window import Settled, settle
from core.evidence.model import Event, Level, Locus
from core.evidence.original import Original
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from core.evidence.events.sought import Sought
    from core.redaction.engine import Redactor

ROOM = 1_000  # characters of a line that is shown
# How ids are spelt: in a field of their own a colon is part of them, after a name it is not.
_IDS = (re.compile(r"\w[\w.:/-]{0,127}"), re.compile(r"\w[\w-]{0,127}"))
_PARTS = re.compile(r"[-_./ ]+")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that was read, and whose events can be asked for.

    text: what the byte offsets of its table point into. service: whose file it is.
    services: those that its lines are known to name.
    """

    name: str
    table: Table
    text: Original
    service: str | None = None
    services: frozenset[str] = frozenset()

    @property
    def all_services(self) -> set[str]:
        return {*self.services, *([self.service] if self.service else [])}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """`events` are at most as many as were asked for, of `total`. `files` were looked at."""

    window: Settled
    events: tuple[Event, ...]
    total: int
    files: int
    kinds: tuple[int | None, ...] = field(default=(), repr=False)  # the template of each event


@dataclass(frozen=True, kw_only=True)
class Shared:
    """One id that several files have. `said` is None where the lines hide it."""

    said: Clean | None
    count: int
    events: tuple[Event, ...]  # the first one of each file


def events_of(sought: Sought, sources: Sequence[Source], *, redactor: Redactor) -> Answered:
    """Raises NotFound and StoreUnavailable where an original is gone."""
    window = settled(sought, sources)
    asked = [
        (one.table, wanted_of(sought, window, one, sources)) for one in sources if window.known
    ]
    total, hits = find(asked, limit=sought.limit, oldest_first=sought.oldest_first)
    return Answered(
        window=window,
        events=tuple(read_hits(hits, sources, redactor=redactor)),
        total=total,
        files=len(sources),
        kinds=tuple(hit.template for hit in hits),
    )


def ids_in_several(
    sources: Sequence[Source], *, level: Level | None, of_files: int, limit: int, redactor: Redactor
) -> tuple[int, list[Shared]]:
    """How many ids are in events of `of_files` files at least; those with the most events."""
    total, found = shared_ids(
        [one.table for one in sources], level=level, of_files=of_files, limit=limit
    )
    hits = [hit for one in found for hit in one.hits]
    told = dict(zip(hits, read_hits(hits, sources, redactor=redactor), strict=True))
    return total, [
        Shared(
            said=_said(one.hash, [told[hit] for hit in one.hits], sources[one.hits[0].file].table),
            count=one.count,
            events=tuple(told[hit] for hit in one.hits),
        )
        for one in found
    ]


def settled(sought: Sought, sources: Sequence[Source]) -> Settled:
    """The window in moments, by what the files tell."""
    firsts = [one.table.first for one in sources if one.table.first]
    newest = [one.table.last for one in sources if one.table.last]
    return settle(
        sought.window,
        at=sought.at,
        first=min(firsts, default=None),
        newest=max(newest, default=None),
    )


def known_services(wanted: str, known: Iterable[str]) -> list[str]:
    """Those of that name; else those of which it is a part: `checkout` of `checkout-api`."""
    names, wanted = sorted(set(known)), wanted.casefold()
    own = [name for name in names if name.casefold() == wanted]
    return own or [name for name in names if wanted in _PARTS.split(name.casefold())]


def document(sought: Sought, answered: Answered) -> dict[str, Any]:
    """As scripts get it."""
    window = answered.window
    return {
        "since": _wire(window.since),
        "until": _wire(window.until),
        "counted_from": window.counted_from,
        "anchor": _wire(window.anchor),
        "order": "oldest first" if sought.oldest_first else "newest first",
        "events": [
            {**row(event), "kind": kind}
            for event, kind in zip(answered.events, answered.kinds, strict=True)
        ],
        "total": answered.total,
        "shown": len(answered.events),
        "files": answered.files,
    }


def row(event: Event) -> dict[str, Any]:
    """One event, as scripts get it."""
    locus = event.locus
    return {
        "at": _wire(event.at),
        "level": event.level,
        "service": event.service,
        "text": event.text.text,
        "locus": {
            "file": locus.file,
            "line_start": locus.line_start,
            "line_end": locus.line_end,
            "byte_start": locus.byte_start,
            "byte_end": locus.byte_end,
        },
    }


def wanted_of(sought: Sought, window: Settled, source: Source, sources: Sequence[Source]) -> Wanted:
    """What is sought, of one of the sources: names of services mean those that any of them has."""
    services = list[str]()
    if sought.service is not None:
        known = {name for one in sources for name in one.all_services}
        services = [sought.service, *known_services(sought.service, known)]
    return Wanted(
        since=window.since,
        until=window.until,
        level=sought.level,
        services=tuple(services),
        unnamed=source.service in services,
        host=sought.host,
        id=sought.id,
        templates=sought.templates,
    )


def read_hits(
    hits: Sequence[Hit], sources: Sequence[Source], *, redactor: Redactor
) -> Iterable[Event]:
    """Each with its line, read from its source. Raises NotFound, StoreUnavailable."""
    starts: dict[int, list[int]] = defaultdict(list)
    for hit in hits:
        starts[hit.file].append(hit.byte_start)
    lines = {
        file: _lines_of(sources[file], of_file, redactor=redactor)
        for file, of_file in starts.items()
    }
    names = {file: _names(sources[file], redactor) for file in starts}
    for hit in hits:
        yield Event(
            at=hit.at,
            level=hit.level,
            text=lines[hit.file][hit.byte_start],
            locus=Locus(
                file=sources[hit.file].name,
                line_start=hit.line_start,
                line_end=hit.line_end,
                byte_start=hit.byte_start,
                byte_end=hit.byte_end,
            ),
            service=names[hit.file].get(hit.service),
        )


def _lines_of(source: Source, starts: Iterable[int], *, redactor: Redactor) -> dict[int, Clean]:
    """Raises NotFound and StoreUnavailable with the name of the file: the others can be asked."""
    try:
        return read_lines(source.text, starts, redactor=redactor, room=ROOM)
    except (NotFound, StoreUnavailable) as error:
        raise type(error)(f"{source.name}: {error}", next_step=error.next_step) from error


def _names(source: Source, redactor: Redactor) -> dict[int | None, str | None]:
    """What stands behind a hash of a service, as far as that is known; none said is the file's."""
    names = sorted(source.all_services)
    shown = [redactor.clean(name).text for name in names]
    known = dict[int | None, str | None](zip(source.table.hashes_of(names), shown, strict=True))
    own = redactor.clean(source.service).text if source.service else None
    return {None: own} | known


def _said(hashed: int, events: Sequence[Event], table: Table) -> Clean | None:
    """The id as a line spells it: of all its words, the one with that hash."""
    for event in events:
        spans = [word.span() for one in _IDS for word in one.finditer(event.text.text)]
        hashes = table.hashes_of([event.text.text[slice(*span)] for span in spans])
        if hashed in hashes:
            return event.text.part(*spans[hashes.index(hashed)])
    return None


def _wire(moment: datetime | None) -> str | None:
    return wire_time(moment) if moment else None
