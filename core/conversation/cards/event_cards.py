"""How do lines that somebody looked up become a card? Pure functions; the lines are redacted.

The first row says how many there are, from when to when, and what that was counted from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.quotes import quote
from core.evidence.model import Level
from core.investigation.answering.clauses import Lookup, Subject
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.model import Case
    from core.evidence.events.asking import Answered, Shared
    from core.evidence.events.window import Settled
    from core.evidence.model import Event, EvidenceFile
    from core.redaction.engine import Redactor

SHOWN = 5  # rows below the first; the rest is folded
_QUOTED = 120  # characters of a line, beside its time, level and service
_Noun = tuple[LiteralString, LiteralString]
_NOUNS: dict[Level | None, _Noun] = {
    Level.FATAL: ("fatal line", "fatal lines"),
    Level.ERROR: ("error", "errors"),
    Level.WARNING: ("warning or worse", "warnings and worse"),
    Level.INFO: ("line from info up", "lines from info up"),
}
_CHANGES: _Noun = ("change", "changes")
_EVENTS: _Noun = ("event", "events")


def events_card(
    case: Case,
    lookup: Lookup,
    answered: Answered,
    *,
    scope: Clean,
    notes: Sequence[Clean] = (),
    redactor: Redactor,
) -> Card:
    """scope: which files, services, hosts or ids it was narrowed to, in words; may be empty."""
    noun = _CHANGES if lookup.subject is Subject.CHANGES else _NOUNS.get(lookup.level, _EVENTS)
    title = Clean.say(
        "{tag} {n}{scope}{window}",
        tag=case.tag,
        n=quantities.counted(answered.total, *noun),
        scope=scope,
        window=_window(answered.window),
    )
    rows = [_row(event, answered.window.anchor, redactor) for event in answered.events]
    return _card(case, title, rows, [*_left(answered, lookup), *notes])


def nothing_card(
    case: Case,
    lookup: Lookup,
    answered: Answered,
    newest: Sequence[Event],
    *,
    scope: Clean,
    notes: Sequence[Clean] = (),
    redactor: Redactor,
) -> Card:
    """None in the window: the newest of all that would fit, and how to get there."""
    card = events_card(case, lookup, answered, scope=scope, notes=notes, redactor=redactor)
    if answered.window.anchor is None and lookup.is_narrow:
        why = Clean.say(
            "No file here tells a time. Next: ask without one, such as `last 20 errors`"
        )
        return _with(card, Row(text=why))
    if newest:
        last = _row(newest[0], answered.window.anchor, redactor)
        said = Clean.say("The newest outside it: {line}", line=last.text)
        step = _ask_since(lookup, newest[0].at, answered.window.anchor)
        return _with(card, Row(text=said, citation=last.citation), Row(text=step))
    step = Clean.say("Next: ask for `warnings`, or drop the log of what fails")
    if lookup.on:  # which only lines have that name it in a place of its own
        step = Clean.say("Next: ask without the host; these lines may not name theirs as such")
    return _with(card, Row(text=step))


def ids_card(
    case: Case, lookup: Lookup, total: int, shared: Sequence[Shared], *, files: int
) -> Card:
    """Each id with its first line in each file."""
    fails = Clean.say(" with errors") if lookup.level else Clean.EMPTY
    where = Clean.say("all {n} files", n=files) if lookup.every_file else Clean.say("several files")
    both = Clean.say("both files") if files == 2 else where  # noqa: PLR2004 - that is both
    said = quantities.counted(total, "id", "ids")
    title = Clean.say("{tag} {n}{fails} in {both}", tag=case.tag, n=said, fails=fails, both=both)
    rows = [_shared_row(one) for one in shared]
    notes = list[Clean]()
    if total > len(shared):
        notes.append(Clean.say("and {n} more, with fewer lines", n=total - len(shared)))
    if not total and files < 2:  # noqa: PLR2004 - nothing to compare
        notes.append(Clean.say("Only one file here tells events. Next: drop the other log, too"))
    elif not total:
        notes.append(Clean.say("Next: ask for one of them, such as `lines with id req-123`"))
    return _card(case, title, rows, notes)


def untold_card(case: Case, unread: Sequence[EvidenceFile], *, waiting: int) -> Card:
    """Nothing to look in: why, and what would change that."""
    title = Clean.say("{tag} no events to look in", tag=case.tag)
    notes = notes_of(unread, waiting=waiting)
    return _card(case, title, [], notes or [Clean.say("Next: drop a log here")])


def unknown_card(case: Case, name: Clean, known: Sequence[Clean]) -> Card:
    """Nothing is called that: what there is instead."""
    title = Clean.say("{tag} no file and no service is called {name}", tag=case.tag, name=name)
    there = Clean.say("There is {names}", names=quantities.listed(list(known), most=8))
    return _card(case, title, [], [there] if known else [])


def notes_of(unread: Sequence[EvidenceFile], *, waiting: int) -> list[Clean]:
    """Files that were not looked in."""
    notes = [
        Clean.say(
            "{name} was read by another version of us. Next: evidence again {tag}",
            name=one.name.line(),
            tag=one.tag,
        )
        for one in unread[:SHOWN]
    ]
    if waiting:
        reading = quantities.counted(waiting, "file is", "files are")
        notes.append(Clean.say("{files} still being read: ask again then", files=reading))
    return notes


def _card(case: Case, title: Clean, rows: Sequence[Row], notes: Sequence[Clean]) -> Card:
    return Card(
        key="note:events",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(
            Row(text=title, strong=True),
            *rows[:SHOWN],
            *(Row(text=note) for note in notes),
        ),
        fold=tuple(rows[SHOWN:]),
        case_number=case.number,
    )


def _with(card: Card, *rows: Row) -> Card:
    return Card(
        key=card.key,
        version=card.version,
        mark=card.mark,
        rows=(*card.rows, *rows),
        case_number=card.case_number,
    )


def _left(answered: Answered, lookup: Lookup) -> list[Clean]:
    """How many more there are, and which of them these are."""
    left = answered.total - len(answered.events)
    if not left:
        return []
    end = Clean.say("the oldest" if lookup.oldest_first else "the newest")
    return [Clean.say("These are {end}; {n} more: narrow the window", end=end, n=left)]


def _ask_since(lookup: Lookup, at: datetime | None, anchor: datetime | None) -> Clean:
    """What to say to see it."""
    noun = Clean.say("what changed" if lookup.subject is Subject.CHANGES else "events")
    if lookup.subject is Subject.EVENTS and lookup.level in (Level.ERROR, Level.FATAL):
        noun = Clean.say("errors")
    if at is None:
        return Clean.say("Next: ask without a time, such as `last 20 {noun}`", noun=noun)
    same = anchor is not None and at.date() == anchor.date()
    moment = Clean.at(at, "%H:%M" if same else "%Y-%m-%d %H:%M")
    return Clean.say("Next: `{noun} since {at}`", noun=noun, at=moment)


def _window(window: Settled) -> Clean:
    since, until = window.since, window.until
    said = Clean.EMPTY
    if since and until:
        values = {"since": _at(since, window.anchor), "until": _at(until, window.anchor)}
        said = Clean.say(" between {since} and {until}", **values)
    elif since:
        said = Clean.say(" since {since}", since=_at(since, window.anchor))
    elif until:
        said = Clean.say(" before {until}", until=_at(until, window.anchor))
    if window.counted_from is None or window.anchor is None:
        return said
    newest = Clean.say(
        "counted back from the newest event, {at}", at=_at(window.anchor, window.anchor)
    )
    return Clean.say("{said}, {newest}", said=said, newest=newest)


def _row(event: Event, anchor: datetime | None, redactor: Redactor) -> Row:
    at = _at(event.at, anchor) if event.at else Clean.say("no time")
    who = Clean.EMPTY
    if event.service:
        who = Clean.say(" {name}", name=redactor.clean(event.service).line())
    said = Clean.say(
        "{at} {level}{who}: {text}",
        at=at,
        level=_LEVELS[event.level],
        who=who,
        text=quote(event.text, room=_QUOTED),
    )
    return Row(text=said, citation=event.locus.label)


def _shared_row(one: Shared) -> Row:
    name = one.said or Clean.say("an id that its lines hide")
    said = Clean.say(
        "{name}, {n}: {text}",
        name=name,
        n=quantities.counted(one.count, "line", "lines"),
        text=quote(one.events[0].text, room=_QUOTED),
    )
    return Row(text=said, citation=" ".join(event.locus.label for event in one.events))


def _at(moment: datetime, anchor: datetime | None) -> Clean:
    """To the second; with its day where that is not the day of the newest event."""
    same = anchor is not None and moment.date() == anchor.date()
    return Clean.at(moment, "%H:%M:%S UTC" if same else "%d %b %H:%M:%S UTC")


_LEVELS = {
    Level.DEBUG: Clean.say("debug"),
    Level.INFO: Clean.say("info"),
    Level.WARNING: Clean.say("warning"),
    Level.ERROR: Clean.say("error"),
    Level.FATAL: Clean.say("fatal"),
}
