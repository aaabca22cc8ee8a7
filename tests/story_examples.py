"""What is said of the example's incident as a whole: why, when, and to the next shift."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.events import CaseEvent, EventKind
from core.cases.ports import Dossier
from core.conversation.cards.hypothesis_cards import why_card
from core.conversation.cards.story_cards import catch_up_card, handoff_card, timeline_card
from core.evidence.model import Level, Locus
from core.evidence.timeline import EntryKind, Onset, OnsetSign, Timeline, TimelineEntry

if TYPE_CHECKING:
    from core.alerts.model import Occurrence
    from core.cases.model import Question
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.redaction.engine import Redactor

RESOLVE_AFTER = timedelta(minutes=10)
_BEFORE = (EntryKind.METRIC, "db", "Metric: connections: 31 \u2192 38")
SAID = (
    ("kim", "is it the deploy again?"),
    ("kim", "I'll roll back api-2 at 03:05"),
    ("dana", "on it <!channel>"),
    ("lee", "it will restart by itself"),
)


def story_examples(
    view: CaseView,
    bare: CaseView,
    *,
    occurrences: tuple[Occurrence, ...],
    question: Question,
    card: Card,
    bare_card: Card,
    now: datetime,
    redactor: Redactor,
) -> dict[str, Card]:
    """By the name of their golden file. card, bare_card: of the case with and without evidence."""
    story = timeline(now=now, redactor=redactor)
    full = dossier(view, occurrences=occurrences, question=question, now=now, redactor=redactor)
    return {
        "why-verb": why_card(view.case, view.hypotheses[0], redactor=redactor),
        "timeline": timeline_card(view.case, story, now=now, redactor=redactor),
        "timeline-none": timeline_card(view.case, Timeline(), now=now, redactor=redactor),
        "handoff": handoff_card(
            full, card, now=now, resolve_after=RESOLVE_AFTER, redactor=redactor
        ),
        "handoff-none": handoff_card(
            Dossier(view=bare), bare_card, now=now, resolve_after=RESOLVE_AFTER, redactor=redactor
        ),
        "caught-up": catch_up_card(view, card),
        "caught-up-early": catch_up_card(bare, bare_card),
    }


def dossier(
    view: CaseView,
    *,
    occurrences: tuple[Occurrence, ...] = (),
    question: Question,
    now: datetime,
    redactor: Redactor,
) -> Dossier:
    """The case with what people said in its thread, and a question that nobody answered."""
    texts = [redactor.clean(text) for _, text in SAID]
    events = tuple(
        CaseEvent(
            case_id=view.case.id,
            seq=seq,
            kind=EventKind.NOTED,
            at=now - timedelta(minutes=len(SAID) - seq),
            actor=by,
            data={"text": text.digest},
            previous="",
            hash="",
        )
        for seq, ((by, _), text) in enumerate(zip(SAID, texts, strict=True))
    )
    return Dossier(
        view=view,
        events=events,
        texts={text.digest: text for text in texts},
        occurrences=occurrences,
        questions=(question,),
    )


def timeline(*, now: datetime, redactor: Redactor) -> Timeline:
    """More than a card shows; the first of it before its onset."""
    began = now - timedelta(minutes=12)
    locus = Locus(file="db.log", line_start=4182, line_end=4182)
    moments: tuple[tuple[EntryKind, str, str], ...] = (
        _BEFORE,
        _BEFORE,
        (EntryKind.CHANGE, "api", "Change: deployed 2f9c, pool.size 40 -> 10"),
        (EntryKind.ERROR, "db", "First error: remaining connection slots are reserved"),
        (EntryKind.METRIC, "db", "Metric: connections: 38 \u2192 100"),
        (EntryKind.ALERT, "alerts", "Alert fired: HighErrorRate (checkout)"),
        (EntryKind.PERSON, "people", "dana brought e1 api.log"),
        (EntryKind.SIGN, "api", "Known sign: could not reserve stock: pool timeout after 5.0 s"),
        (EntryKind.NEW, "api", "New: health check failed"),
        (EntryKind.PERSON, "people", "Most likely now: 1. Connection pool exhausted, 72 %"),
        (EntryKind.PERSON, "people", "dana asked: what was the first error?"),
        (EntryKind.ENDED, "alerts", "Alert ended: PodRestarted (checkout)"),
        (EntryKind.PERSON, "people", "dana rejected 3. The disk of db is full: df shows 40 % free"),
    )
    entries = tuple(
        TimelineEntry(
            at=began + timedelta(seconds=47 * nth),
            told_at=began + timedelta(seconds=47 * nth),
            sort=sort,
            text=redactor.clean(text),
            lane=redactor.clean(lane),
            level=Level.ERROR,
            locus=None if sort in (EntryKind.PERSON, EntryKind.ALERT, EntryKind.ENDED) else locus,
        )
        for nth, (sort, lane, text) in enumerate(moments)
    )
    sign = OnsetSign(at=entries[3].at, text=entries[3].text, locus=locus)
    return Timeline(entries=entries, onset=Onset(at=entries[3].at, signs=(sign,), of=1))
