"""Lines of the example's incident that somebody looked up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.conversation.cards.event_cards import events_card, ids_card, nothing_card
from core.evidence.events.answers import EventAnswer, SharedIdAnswer
from core.evidence.events.window import CountedFrom, ResolvedWindow
from core.evidence.model import Event, Level, Locus
from core.investigation.answering.questions import read_question

if TYPE_CHECKING:
    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.investigation.answering.clauses import Lookup
    from core.redaction.engine import Redactor

LINES = (
    ("api", "could not reserve stock: pool timeout after 5.0 s request_id=7f3a-11"),
    ("api", "payment for dana@example.com failed: upstream answered 503"),
    ("db", "FATAL: remaining connection slots are reserved"),
    ("api", "health check failed <!channel> *now*"),
    ("api", "could not reserve stock: pool timeout after 5.0 s request_id=7f3a-12"),
    ("api", "could not reserve stock: pool timeout after 5.0 s request_id=7f3a-13"),
)


def event_examples(case: Case, *, now: datetime, redactor: Redactor) -> dict[str, Card]:
    """By the name of their golden file."""
    events = tuple(
        Event(
            at=now - timedelta(seconds=30 * place),
            level=Level.FATAL if service == "db" else Level.ERROR,
            text=redactor.clean(text),
            locus=Locus(file=f"{service}.log", line_start=900 - place, line_end=900 - place),
            service=service,
        )
        for place, (service, text) in enumerate(LINES)
    )
    hour = ResolvedWindow(
        since=now - timedelta(hours=1), counted_from=CountedFrom.NEWEST, anchor=now
    )
    answer = EventAnswer(window=hour, events=events, total=41, files=2)
    none = EventAnswer(window=hour, events=(), total=0, files=2)
    no_scope = redactor.clean("")
    failing = SharedIdAnswer(text=redactor.clean("7f3a-11"), count=9, events=(events[0], events[2]))
    return {
        "events": events_card(
            case,
            _asked("show me errors from the last hour"),
            answer,
            scope=no_scope,
            redactor=redactor,
        ),
        "events-none": nothing_card(
            case,
            _asked("errors from the last hour"),
            none,
            events[:1],
            scope=no_scope,
            redactor=redactor,
        ),
        "events-ids": ids_card(
            case, _asked("which request ids fail in both files"), 1, [failing], files=2
        ),
    }


def _asked(question: str) -> Lookup:
    return read_question(question).lookup
