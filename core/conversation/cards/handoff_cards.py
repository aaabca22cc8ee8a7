"""What does the next shift need, or who joins late? Two cards, made of what the case knows.

The hand-off: open questions first, then promises made, then the state. Catching up: five lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import HypothesisState
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.next_step import next_step, open_hypotheses
from core.conversation.reports.promises import expected, promised
from core.investigation.answering.recollection import tried
from core.investigation.checks.arrivals import open_checks
from core.investigation.memory.messages import messages_of
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from core.cases.dossier import Dossier
    from core.cases.events import CaseView
    from core.conversation.reports.promises import Promise
    from core.redaction.engine import Redactor

SHOWN = 4  # of open questions, and of promises; the rest is folded
_TOLD = 3  # of what was tried, where one line is all there is
_LINE = 200  # characters of what somebody said


def handoff_card(
    dossier: Dossier,
    card: Card,
    *,
    now: datetime,
    resolve_after: timedelta,
    redactor: Redactor,
) -> Card:
    """card: the case's own, whose rows are its state."""
    view = dossier.view
    asked = [Row(text=one) for one in _open(dossier, now=now, redactor=redactor)]
    promises = [
        Row(text=_promise(one, now=now, redactor=redactor))
        for one in (
            *expected(view, resolve_after=resolve_after),
            *reversed(list(promised(messages_of(dossier.events, dossier.texts)))),
        )
    ]
    head = Clean.say("{tag} hand-off, {at}", tag=view.case.tag, at=quantities.clock(now, now))
    done = [Row(text=Clean.say("tried: {what}", what=one.line())) for one in _tried(view)]
    rows = [
        Row(text=head, strong=True),
        *_part(Clean.say("Open questions"), asked),
        *_part(Clean.say("Promised"), promises),
        Row(text=Clean.say("State"), strong=True),
        *(Row(text=row.text, citation=row.citation) for row in card.rows),
    ]
    return Card(
        key=f"handoff:{view.case.id}",
        version=view.case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=(*asked[SHOWN:], *promises[SHOWN:], *done),
        case_number=view.case.number,
    )


def catch_up_card(view: CaseView, card: Card) -> Card:
    """What, since when, what is believed and why, what was tried, what is asked of you.

    card: the case's own, which begins with the first two.
    """
    best = next(iter(open_hypotheses(view)), None)
    believed = Row(text=Clean.say("Believed: no cause yet"))
    if best is not None:
        why = next((line.why.line() for line in best.supporting if line.why), Clean.EMPTY)
        belief = next(row for row in card.rows[1:] if row.citation)
        ground = Clean.say(": {why}", why=why.cut(_LINE)) if why else Clean.EMPTY
        text = Clean.say("Believed: {belief}{ground}", belief=belief.text, ground=ground)
        believed = Row(text=text, citation=belief.citation)
    done = Clean.join("; ", [one.line() for one in _tried(view)[-_TOLD:]])
    rows = (
        *card.rows[:2],
        believed,
        Row(text=Clean.say("Tried: {what}", what=done or Clean.say("nothing yet"))),
        Row(text=Clean.say("Asked of you: {what}", what=_wanted(view))),
    )
    return Card(
        key=f"caught-up:{view.case.id}",
        version=view.case.version,
        mark=Mark.ANSWER,
        rows=rows,
        case_number=view.case.number,
    )


def _open(dossier: Dossier, *, now: datetime, redactor: Redactor) -> Iterator[Clean]:
    """Questions without an answer, the cause that nobody confirmed, checks nobody did."""
    view = dossier.view
    for question in dossier.questions:
        if question.answered_at is None:
            by = redactor.clean(question.asked_by).line()
            at, text = quantities.clock(question.asked_at, now), question.text.line().cut(_LINE)
            yield Clean.say("{by} asked {at}: {text}", by=by, at=at, text=text)
    if not view.case.state.is_open:
        return
    best = next(iter(open_hypotheses(view)), None)
    if best is None:
        yield Clean.say("What is the cause? Nothing holds so far")
    elif best.state is not HypothesisState.VALIDATED:
        share = quantities.percent(best.confidence)
        cause = best.statement.line()
        yield Clean.say("Is it {n}? {cause} — {share}", n=best.number, cause=cause, share=share)
    for check in open_checks(view.course):
        yield Clean.say("Not done yet: {ask}", ask=check.check.ask.line())


def _part(title: Clean, rows: Sequence[Row]) -> list[Row]:
    """A heading with its lines; where there are none the heading says so."""
    if not rows:
        return [Row(text=Clean.say("{title}: none", title=title), strong=True)]
    heading = Clean.say("{title} ({n})", title=title, n=len(rows))
    return [Row(text=heading, strong=True), *rows[:SHOWN]]


def _promise(one: Promise, *, now: datetime, redactor: Redactor) -> Clean:
    by = Clean.say("FaultMaven") if one.by is None else redactor.clean(one.by).line()
    text = one.text.line().cut(_LINE)
    return Clean.say("{by} {at}: {text}", by=by, at=quantities.clock(one.at, now), text=text)


def _tried(view: CaseView) -> list[Clean]:
    return list(tried(view.course, view.hypotheses))


def _wanted(view: CaseView) -> Clean:
    if not view.case.state.is_open:
        return Clean.say("nothing; `reopen` if it is back")
    best = next(iter(open_hypotheses(view)), None)
    return next_step(view, best) if best else Clean.say("drop the log of what fails here")
