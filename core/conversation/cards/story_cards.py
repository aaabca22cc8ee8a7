"""Cards of the timeline, the hand-off, and the summary for people who join late.

The hand-off: open questions first, then promises made, then the state. Catching up: five lines.

Plain English, loosely: `I'll restart api-2`, `will check at 03:05`, `let me look`, `on it`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.model import HypothesisState
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.verdict_rows import next_step, open_hypotheses
from core.conversation.reports.timeline import onset_said, said
from core.evidence.events.window import Window, resolve_window
from core.evidence.timeline import EntryKind, Timeline, TimelineEntry
from core.investigation.answering.answers import tried
from core.investigation.memory.messages import OURS, CaseMessage, messages_of
from core.investigation.verdict.asked_checks import open_checks
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.model import Case
    from core.cases.ports import Dossier
    from core.cases.projection import CaseView
    from core.redaction.engine import Redactor

FEW = 12  # entries that are shown as they are
SHOWN = 8  # of more than that, on the card itself
MOST = 200  # folded
_PEOPLE_SHOWN = 3  # of these, where there is more that machines saw
LINE = 120  # characters of one of them
_FALLBACK_ENTRIES = 3  # entries told where none is in the window
# Series, spans and lines that come and go tell their part where nothing plainer does.
_PLAIN_KINDS = frozenset(
    {
        EntryKind.ALERT,
        EntryKind.ENDED,
        EntryKind.CHANGE,
        EntryKind.ERROR,
        EntryKind.SIGN,
        EntryKind.BURST,
    }
)
_PROMISE_CHARACTERS = 400  # characters of a message; who promises says so at once
_PROMISE_VERBS = (
    "add|ask|bring|bump|call|check|confirm|deploy|dig|do|drain|drop|fail over|fetch|find|fix|follow"
    "|get|grab|handle|have a look|investigate|keep|look|move|open|page|patch|ping|post|pull|push"
    "|raise|reboot|report|restart|revert|roll|rotate|run|scale|send|set|share|silence|start|stop"
    "|switch|take|talk|test|try|turn|update|upload|verify|watch|write"
)
_PROMISES = re.compile(
    r"\b(?:i|we)(?:'ll| will| shall|'m going to|'re going to| am going to| are going to|'m gonna)"
    r"\s(?!not\b|never\b|need\b|see\b)\w"
    rf"|\b(?:ill|well|imma|gonna|let me|lemme)\s(?:just\s|quickly\s|also\s)?(?:{_PROMISE_VERBS})\b"
    rf"|^(?:ok,?\s|okay,?\s|yes,?\s|sure,?\s)?will\s(?:{_PROMISE_VERBS})\b"
    r"|\bi can take\b|\bi've got (?:this|it)\b|^(?:i'm )?on it\b|\bi'?m on it\b|\bleave it to me\b"
)
_SECTION_ROWS = 4  # of open questions, and of promises; the rest is folded
_ATTEMPTS_SHOWN = 3  # of what was tried, where one line is all there is
_QUOTE_WIDTH = 200  # characters of what somebody said


def timeline_card(
    case: Case,
    timeline: Timeline,
    *,
    window: Window | None = None,
    now: datetime,
    redactor: Redactor,
) -> Card:
    """Onset and clocks, then the newest entries; folded, all of them, oldest first.

    window: of which time.
    """
    entries = _within(timeline.entries, window, now)
    shown = entries if len(entries) <= FEW else telling(entries)
    days = len({entry.at.date() for entry in [*entries, *timeline.entries[-1:]]}) > 1
    rows = [Row(text=_timeline_headline(case, timeline, entries, now), strong=True)]
    if entries and timeline.onset is not None:
        rows.append(Row(text=onset_said(timeline.onset, redactor=redactor)))
    rows += [Row(text=note) for note in timeline.notes if entries]
    listed = shown or timeline.entries[-_FALLBACK_ENTRIES:]
    rows += [_entry_row(entry, days=days) for entry in listed]
    folded = len(entries) > len(shown)
    return Card(
        key=f"timeline:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(_folded_entries(entries, days=days)) if folded else (),
        case_number=case.number,
    )


def telling(entries: Sequence[TimelineEntry], *, most: int = SHOWN) -> list[TimelineEntry]:
    """The newest that matter, in their order: of machines, of people, then of what is left."""
    people = [entry for entry in entries if entry.sort is EntryKind.PERSON]
    plain = [entry for entry in entries if entry.sort in _PLAIN_KINDS]
    others = [
        entry
        for entry in entries
        if entry.sort is not EntryKind.PERSON and entry.sort not in _PLAIN_KINDS
    ]
    groups = [people[-_PEOPLE_SHOWN:], plain, people[:-_PEOPLE_SHOWN], others]
    chosen: list[TimelineEntry] = []
    for group in groups:
        left = most - len(chosen)
        chosen += group[-left:] if left else []
    return sorted(chosen, key=lambda entry: entry.at)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Who would do something, as the event has it (no clean text); None where it is us."""

    by: str | None
    at: datetime
    text: RedactedText


def promised(messages: Iterable[CaseMessage]) -> Iterator[Promise]:
    """What people said they would do, in the order in which they did."""
    for message in messages:
        if message.by not in OURS and is_promise(message.text.text):
            yield Promise(by=message.by, at=message.at, text=message.text)


def is_promise(text: str) -> bool:
    """True where the author of the text says that they will do something."""
    normalized = " ".join(text[:_PROMISE_CHARACTERS].casefold().replace("\u2019", "'").split())
    return not normalized.endswith("?") and _PROMISES.search(normalized) is not None


def expected(view: CaseView, *, resolve_after: timedelta) -> Iterator[Promise]:
    """What we wait for by ourselves: whether a fix helped, and that it stays quiet."""
    case = view.case
    for fix in view.investigation.solutions:
        if fix.state is SolutionState.CONFIRMED and fix.confirmed_at is not None:
            template = "see whether fix {n} helped: {what}"
            text = RedactedText.format(template, n=fix.number, what=fix.expects.line())
            yield Promise(by=None, at=fix.confirmed_at, text=text)
    if case.state.is_open and case.quiet_since is not None and case.spoken_at is None:
        due = case.quiet_since + resolve_after
        text = RedactedText.format(
            "resolve it {at}, if it stays quiet", at=RedactedText.at(due, "%H:%M UTC")
        )
        yield Promise(by=None, at=case.quiet_since, text=text)


def handoff_card(
    dossier: Dossier,
    card: Card,
    *,
    now: datetime,
    resolve_after: timedelta,
    redactor: Redactor,
) -> Card:
    """The hand-off card. card: the case's own, whose rows are its state."""
    view = dossier.view
    asked = [Row(text=text) for text in _open_questions(dossier, now=now, redactor=redactor)]
    promises = [
        Row(text=_promise_text(promise, now=now, redactor=redactor))
        for promise in (
            *expected(view, resolve_after=resolve_after),
            *reversed(list(promised(messages_of(dossier.events, dossier.texts)))),
        )
    ]
    head = RedactedText.format(
        "{tag} hand-off, {at}", tag=view.case.tag, at=quantities.clock(now, now)
    )
    done = [
        Row(text=RedactedText.format("tried: {what}", what=attempt.line()))
        for attempt in _attempts(view)
    ]
    rows = [
        Row(text=head, strong=True),
        *_section_rows(RedactedText.format("Open questions"), asked),
        *_section_rows(RedactedText.format("Promised"), promises),
        Row(text=RedactedText.format("State"), strong=True),
        *(Row(text=row.text, citation=row.citation) for row in card.rows),
    ]
    return Card(
        key=f"handoff:{view.case.id}",
        version=view.case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=(*asked[_SECTION_ROWS:], *promises[_SECTION_ROWS:], *done),
        case_number=view.case.number,
    )


def catch_up_card(view: CaseView, card: Card) -> Card:
    """What, since when, what is believed and why, what was tried, what is asked of you.

    card: the case's own, which begins with the first two.
    """
    best = next(iter(open_hypotheses(view)), None)
    believed = Row(text=RedactedText.format("Believed: no cause yet"))
    if best is not None:
        why = next((line.why.line() for line in best.supporting if line.why), RedactedText.EMPTY)
        belief = next(row for row in card.rows[1:] if row.citation)
        ground = (
            RedactedText.format(": {why}", why=why.cut(_QUOTE_WIDTH)) if why else RedactedText.EMPTY
        )
        text = RedactedText.format("Believed: {belief}{ground}", belief=belief.text, ground=ground)
        believed = Row(text=text, citation=belief.citation)
    attempts = RedactedText.join(
        "; ", [attempt.line().cut(_QUOTE_WIDTH) for attempt in _attempts(view)[-_ATTEMPTS_SHOWN:]]
    )
    rows = (
        card.rows[0],
        *(row for row in card.rows[1:2] if row.citation is None),  # else it is what is believed
        believed,
        Row(
            text=RedactedText.format(
                "Tried: {what}", what=attempts or RedactedText.format("nothing yet")
            )
        ),
        Row(text=RedactedText.format("Asked of you: {what}", what=_wanted_text(view))),
    )
    return Card(
        key=f"caught-up:{view.case.id}",
        version=view.case.version,
        mark=Mark.ANSWER,
        rows=rows,
        case_number=view.case.number,
    )


def _within(
    entries: Sequence[TimelineEntry], window: Window | None, now: datetime
) -> tuple[TimelineEntry, ...]:
    """Times are counted from what machines saw last, as in look-ups; files may be of last week."""
    if window is None or not entries:
        return tuple(entries)
    machine_times = [entry.at for entry in entries if entry.sort is not EntryKind.PERSON]
    settled = resolve_window(
        window, at=None, first=entries[0].at, newest=max(machine_times, default=now)
    )
    return tuple(entry for entry in entries if settled.holds(entry.at))


def _timeline_headline(
    case: Case, timeline: Timeline, entries: Sequence[TimelineEntry], now: datetime
) -> RedactedText:
    if not timeline.entries:
        template = "{tag} timeline: nothing yet tells a time. Drop a log here"
        return RedactedText.format(template, tag=case.tag)
    if not entries:
        template = "{tag} timeline: nothing happened in that time. The newest:"
        return RedactedText.format(template, tag=case.tag)
    return RedactedText.format(
        "{tag} timeline, {n} from {first} to {last}",
        tag=case.tag,
        n=quantities.counted(len(entries), "entry", "entries"),
        first=quantities.clock(entries[0].at, now),
        last=quantities.clock(entries[-1].at, now),
    )


def _entry_row(entry: TimelineEntry, *, days: bool) -> Row:
    at = RedactedText.at(entry.at, "%d %b %H:%M:%S" if days else "%H:%M:%S")
    text = RedactedText.format("{at} {text}", at=at, text=said(entry).line().cut(LINE))
    return Row(text=text, citation=entry.locus.label if entry.locus else None)


def _folded_entries(entries: Sequence[TimelineEntry], *, days: bool) -> Iterator[Row]:
    """All of them, or the newest, each with its lane."""
    listed = entries[-MOST:]
    head = RedactedText.format("All of it, oldest first")
    if len(entries) > len(listed):
        left = len(entries) - len(listed)
        head = RedactedText.format(
            "The newest {n}, oldest first; `report` has {left} more", n=MOST, left=left
        )
    yield Row(text=head, strong=True)
    for entry in listed:
        row = _entry_row(entry, days=days)
        yield replace(
            row, text=RedactedText.format("{text} · {lane}", text=row.text, lane=entry.lane.line())
        )


def _open_questions(
    dossier: Dossier, *, now: datetime, redactor: Redactor
) -> Iterator[RedactedText]:
    """Questions without an answer, the cause that nobody confirmed, checks nobody did."""
    view = dossier.view
    for question in dossier.questions:
        if question.answered_at is None:
            by = redactor.clean(question.asked_by).line()
            at, text = (
                quantities.clock(question.asked_at, now),
                question.text.line().cut(_QUOTE_WIDTH),
            )
            yield RedactedText.format("{by} asked {at}: {text}", by=by, at=at, text=text)
    if not view.case.state.is_open:
        return
    best = next(iter(open_hypotheses(view)), None)
    if best is None:
        yield RedactedText.format("What is the cause? Nothing holds so far")
    elif best.state is not HypothesisState.VALIDATED:
        share = quantities.percent(best.confidence)
        cause = best.statement.line()
        yield RedactedText.format(
            "Is it {n}? {cause} — {share}", n=best.number, cause=cause, share=share
        )
    for check in open_checks(view.investigation):
        yield RedactedText.format("Not done yet: {ask}", ask=check.check.ask.line())


def _section_rows(title: RedactedText, rows: Sequence[Row]) -> list[Row]:
    """A heading with its lines; where there are none the heading says so."""
    if not rows:
        return [Row(text=RedactedText.format("{title}: none", title=title), strong=True)]
    heading = RedactedText.format("{title} ({n})", title=title, n=len(rows))
    return [Row(text=heading, strong=True), *rows[:_SECTION_ROWS]]


def _promise_text(promise: Promise, *, now: datetime, redactor: Redactor) -> RedactedText:
    by = (
        RedactedText.format("FaultMaven")
        if promise.by is None
        else redactor.clean(promise.by).line()
    )
    text = promise.text.line().cut(_QUOTE_WIDTH)
    return RedactedText.format(
        "{by} {at}: {text}", by=by, at=quantities.clock(promise.at, now), text=text
    )


def _attempts(view: CaseView) -> list[RedactedText]:
    return list(tried(view.investigation, view.hypotheses))


def _wanted_text(view: CaseView) -> RedactedText:
    if not view.case.state.is_open:
        return RedactedText.format("nothing; `reopen` if it is back")
    best = next(iter(open_hypotheses(view)), None)
    return next_step(view, best) if best else RedactedText.format("drop the log of what fails here")
