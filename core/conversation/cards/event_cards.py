"""Cards of looked-up events. Pure functions; the lines are redacted.

The first row says how many there are, from when to when, and what that was counted from.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, LiteralString

from core.conversation.cards.card import Card, Mark, Row
from core.evidence.line_quotes import quote
from core.evidence.model import Level
from core.investigation.answering.clauses import Lookup, Subject
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.model import Case
    from core.evidence.events.answers import EventAnswer, SharedIdAnswer
    from core.evidence.events.window import ResolvedWindow
    from core.evidence.model import Event, EvidenceFile
    from core.redaction.engine import Redactor

SHOWN = 5  # rows below the first; the rest is folded
_QUOTE_WIDTH = 120  # characters of a line, beside its time, level and service
_MILLISECONDS = 1_000  # of a second
_A_SECOND = timedelta(seconds=1)
_Noun = tuple[LiteralString, LiteralString]
_NOUNS: dict[Level | None, _Noun] = {
    Level.FATAL: ("fatal line", "fatal lines"),
    Level.ERROR: ("error", "errors"),
    Level.WARNING: ("warning or worse", "warnings and worse"),
    Level.INFO: ("line from info up", "lines from info up"),
}
_CHANGES: _Noun = ("change", "changes")
_EVENTS: _Noun = ("event", "events")
_LEVELS = {
    Level.DEBUG: RedactedText.format("debug"),
    Level.INFO: RedactedText.format("info"),
    Level.WARNING: RedactedText.format("warning"),
    Level.ERROR: RedactedText.format("error"),
    Level.FATAL: RedactedText.format("fatal"),
}


def events_card(
    case: Case,
    lookup: Lookup,
    answered: EventAnswer,
    *,
    scope: RedactedText,
    notes: Sequence[RedactedText] = (),
    redactor: Redactor,
) -> Card:
    """scope: which files, services, hosts or ids it was narrowed to, in words; may be empty."""
    noun = _CHANGES if lookup.subject is Subject.CHANGES else _NOUNS.get(lookup.level, _EVENTS)
    title = RedactedText.format(
        "{tag} {n}{scope}{window}",
        tag=case.tag,
        n=quantities.counted(answered.total, *noun),
        scope=scope,
        window=_window_text(answered.window),
    )
    rows = [_event_row(event, answered.window.anchor, redactor) for event in answered.events]
    return _events_note(case, title, rows, [*_remainder_note(answered, lookup), *notes])


def nothing_card(
    case: Case,
    lookup: Lookup,
    answered: EventAnswer,
    newest: Sequence[Event],
    *,
    scope: RedactedText,
    notes: Sequence[RedactedText] = (),
    is_covered: bool = True,
    redactor: Redactor,
) -> Card:
    """None in the window: the newest of all that would fit, and how to get there.

    is_covered: there are lines at all of what was asked about; without any, none is no all-clear.
    """
    card = events_card(case, lookup, answered, scope=scope, notes=notes, redactor=redactor)
    if not is_covered:
        title = RedactedText.format(
            "{tag} no lines at all{scope}{window}: whether it is well there is not known",
            tag=case.tag,
            scope=scope,
            window=_window_text(answered.window),
        )
        card = _events_note(case, title, [], notes)
    if answered.window.anchor is None and lookup.is_narrow:
        why = RedactedText.format(
            "No file here tells a time. Next: ask without one, such as `last 20 errors`"
        )
        return _append_rows(card, Row(text=why))
    if newest:
        last = _event_row(newest[0], answered.window.anchor, redactor)
        text = RedactedText.format("The newest outside it: {line}", line=last.text)
        step = _retry_instruction(lookup, newest[0].at, answered.window.anchor)
        return _append_rows(card, Row(text=text, citation=last.citation), Row(text=step))
    step = RedactedText.format("Next: ask for `warnings`, or drop the log of what fails")
    if lookup.on:  # which only lines have that name it in a place of its own
        step = RedactedText.format(
            "Next: ask without the host; these lines may not name theirs as such"
        )
    return _append_rows(card, Row(text=step))


def lines_note(total: int, earliest: Sequence[Event], newest: Sequence[Event]) -> RedactedText:
    """How many lines were looked through, and from when to when they are."""
    lines = quantities.counted(total, "line", "lines")
    if not earliest or not newest or earliest[0].at is None or newest[0].at is None:
        return RedactedText.format("Of {lines} that are here", lines=lines)
    return RedactedText.format(
        "Of {lines} that are here, {first} to {last}",
        lines=lines,
        first=_time_text(earliest[0].at, newest[0].at),
        last=_time_text(newest[0].at, newest[0].at),
    )


def path_notes(answered: EventAnswer) -> list[RedactedText]:
    """Through how many files the events of one id go, in which order, and for how long."""
    files = list(dict.fromkeys(event.locus.file for event in answered.events))
    times = [event.at for event in answered.events if event.at]
    if answered.total > len(answered.events) or not times:
        return []
    took = max(times) - min(times)
    span = RedactedText.format("{n} ms", n=round(took.total_seconds() * _MILLISECONDS))
    return [
        RedactedText.format(
            "Through {files} in {span}",
            files=quantities.counted(len(files), "file", "files"),
            span=quantities.span(took) if took >= _A_SECOND else span,
        )
    ]


def ids_card(
    case: Case, lookup: Lookup, total: int, shared: Sequence[SharedIdAnswer], *, files: int
) -> Card:
    """Each id with its first line in each file."""
    fails = RedactedText.format(" with errors") if lookup.level else RedactedText.EMPTY
    where = (
        RedactedText.format("all {n} files", n=files)
        if lookup.every_file
        else RedactedText.format("several files")
    )
    both = RedactedText.format("both files") if files == 2 else where  # noqa: PLR2004 - that is both
    count = quantities.counted(total, "id", "ids")
    title = RedactedText.format(
        "{tag} {n}{fails} in {both}", tag=case.tag, n=count, fails=fails, both=both
    )
    rows = [_shared_id_row(shared_id) for shared_id in shared]
    notes = list[RedactedText]()
    if total > len(shared):
        notes.append(RedactedText.format("and {n} more, with fewer lines", n=total - len(shared)))
    if not total and files < 2:  # noqa: PLR2004 - nothing to compare
        notes.append(
            RedactedText.format("Only one file here tells events. Next: drop the other log, too")
        )
    elif not total:
        notes.append(
            RedactedText.format("Next: ask for one of them, such as `lines with id req-123`")
        )
    return _events_note(case, title, rows, notes)


def untold_card(case: Case, unread: Sequence[EvidenceFile], *, waiting: int) -> Card:
    """Nothing to look in: why, and what would change that."""
    title = RedactedText.format("{tag} no events to look in", tag=case.tag)
    notes = notes_of(unread, waiting=waiting)
    return _events_note(case, title, [], notes or [RedactedText.format("Next: drop a log here")])


def unknown_card(case: Case, name: RedactedText, known_names: Sequence[RedactedText]) -> Card:
    """Nothing is called that: what there is instead."""
    title = RedactedText.format(
        "{tag} nothing from {name} here: no file and no service is called so",
        tag=case.tag,
        name=name,
    )
    there = RedactedText.format(
        "There is {names}", names=quantities.listed(list(known_names), most=8)
    )
    return _events_note(case, title, [], [there] if known_names else [])


def notes_of(unread: Sequence[EvidenceFile], *, waiting: int) -> list[RedactedText]:
    """Files that were not looked in."""
    notes = [
        RedactedText.format(
            "{name} was read by another version of us. Next: evidence again {tag}",
            name=file.name.line(),
            tag=file.tag,
        )
        for file in unread[:SHOWN]
    ]
    if waiting:
        reading = quantities.counted(waiting, "file is", "files are")
        notes.append(RedactedText.format("{files} still being read: ask again then", files=reading))
    return notes


def _events_note(
    case: Case, title: RedactedText, rows: Sequence[Row], notes: Sequence[RedactedText]
) -> Card:
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


def _append_rows(card: Card, *rows: Row) -> Card:
    return Card(
        key=card.key,
        version=card.version,
        mark=card.mark,
        rows=(*card.rows, *rows),
        case_number=card.case_number,
    )


def _remainder_note(answered: EventAnswer, lookup: Lookup) -> list[RedactedText]:
    """How many more there are, and which of them these are."""
    left = answered.total - len(answered.events)
    if not left:
        return []
    end = RedactedText.format("the oldest" if lookup.oldest_first else "the newest")
    if lookup.near is not None:
        end = RedactedText.format("the nearest")
    return [RedactedText.format("These are {end}; {n} more: narrow the window", end=end, n=left)]


def _retry_instruction(
    lookup: Lookup, at: datetime | None, anchor: datetime | None
) -> RedactedText:
    """What to say to see it."""
    noun = RedactedText.format("what changed" if lookup.subject is Subject.CHANGES else "events")
    if lookup.subject is Subject.EVENTS and lookup.level in (Level.ERROR, Level.FATAL):
        noun = RedactedText.format("errors")
    if at is None:
        return RedactedText.format("Next: ask without a time, such as `last 20 {noun}`", noun=noun)
    is_same_day = anchor is not None and at.date() == anchor.date()
    moment = RedactedText.at(at, "%H:%M" if is_same_day else "%Y-%m-%d %H:%M")
    return RedactedText.format("Next: `{noun} since {at}`", noun=noun, at=moment)


def _window_text(window: ResolvedWindow) -> RedactedText:
    since, until = window.since, window.until
    text = RedactedText.EMPTY
    if since and until:
        values = {
            "since": _time_text(since, window.anchor),
            "until": _time_text(until, window.anchor),
        }
        text = RedactedText.format(" between {since} and {until}", **values)
    elif since:
        text = RedactedText.format(" since {since}", since=_time_text(since, window.anchor))
    elif until:
        text = RedactedText.format(" before {until}", until=_time_text(until, window.anchor))
    if window.counted_from is None or window.anchor is None:
        return text
    newest = RedactedText.format(
        "counted back from the newest event, {at}", at=_time_text(window.anchor, window.anchor)
    )
    return RedactedText.format("{said}, {newest}", said=text, newest=newest)


def _event_row(event: Event, anchor: datetime | None, redactor: Redactor) -> Row:
    at = _time_text(event.at, anchor) if event.at else RedactedText.format("no time")
    service = RedactedText.EMPTY
    if event.service:
        service = RedactedText.format(" {name}", name=redactor.clean(event.service).line())
    text = RedactedText.format(
        "{at} {level}{who}: {text}",
        at=at,
        level=_LEVELS[event.level],
        who=service,
        text=quote(event.text, room=_QUOTE_WIDTH),
    )
    return Row(text=text, citation=event.locus.label)


def _shared_id_row(shared_id: SharedIdAnswer) -> Row:
    name = shared_id.text or RedactedText.format("an id that its lines hide")
    text = RedactedText.format(
        "{name}, {n}: {text}",
        name=name,
        n=quantities.counted(shared_id.count, "line", "lines"),
        text=quote(shared_id.events[0].text, room=_QUOTE_WIDTH),
    )
    return Row(text=text, citation=" ".join(event.locus.label for event in shared_id.events))


def _time_text(moment: datetime, anchor: datetime | None) -> RedactedText:
    """To the second; with its day where that is not the day of the newest event."""
    is_same_day = anchor is not None and moment.date() == anchor.date()
    return RedactedText.at(moment, "%H:%M:%S UTC" if is_same_day else "%d %b %H:%M:%S UTC")
