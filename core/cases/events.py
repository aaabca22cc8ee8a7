"""The events of a case: each is chained to the one before by its hash.

Events carry ids, numbers and digests of redacted texts, which are stored in erasable `texts` rows.
`core.cases.projection` folds them into the read model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.clock import micros
from core.errors import Tampered


class EventKind(StrEnum):
    """Every kind of event in a case's log."""

    OPENED = "case.opened"
    ALERT_FIRED = "alert.fired"  # an occurrence began
    ALERT_RESOLVED = "alert.resolved"  # an occurrence ended
    QUIETENED = "case.quietened"  # nothing fires any more
    SPOKEN = "person.spoke"  # a person takes part: the case no longer resolves by itself
    OWNED = "case.owned"
    FILE_RECEIVED = "file.received"
    FILE_PROCESSED = "file.processed"
    FILE_AGAIN = "file.again"  # a person wants it read once more
    FILE_CANCELLED = "file.cancelled"  # a person stopped the reading
    FILE_DELETED = "file.deleted"  # by a person, with all its findings
    FILE_HANDED_OUT = "file.handed_out"  # somebody received its unredacted original
    FILE_UNOWNED = "file.unowned"  # people are asked, once, whose log it is
    FILE_OWNED = "file.owned"  # a person said of which service it is, or of none
    FILE_LET_GO = "file.let_go"  # its original was released when its retention time was over
    ASKED = "question.asked"
    ANSWERED = "question.answered"
    RANKED = "hypotheses.ranked"
    OPINED = "model.opined"  # what a language model makes of the evidence
    JUDGED = "hypothesis.judged"  # a person confirmed or rejected one
    NOTED = "note.made"  # written in the case's thread or in PagerDuty; history only
    PAGED = "pager.told"  # an event of its incident in PagerDuty; history only
    NARROWED = "case.narrowed"  # not everybody reads any more where a person opened it
    WIDENED = "case.widened"  # everybody reads there, which nobody could say when it was opened
    REVISED = "case.revised"  # its source changed title, severity or service
    CORRECTED = (
        "turn.corrected"  # a person contradicts the analysis: the turn under way starts over
    )
    CANCELLED = "turn.cancelled"  # a person stops the turn under way
    PHASE_ENTERED = "phase.entered"  # by the engine, because of the evidence; closed by a person
    CONCLUDED = "conclusion.drawn"
    TURN_ENDED = "turn.ended"  # with its usage
    IMPAIRED = "turn.impaired"  # the parts of it that failed; empty where all work again
    STALLED = "work.stalled"  # a job for the case failed
    RESUMED = "work.resumed"  # work of that kind is done again
    ESCALATED = "case.escalated"  # the engine cannot continue alone
    CHECK_ASKED = "check.asked"
    CHECK_SCORED = "check.scored"  # the result, against each hypothesis's prediction
    SOLUTION_PROPOSED = "solution.proposed"
    SOLUTION_CONFIRMED = "solution.confirmed"  # a person says that it was applied
    SOLUTION_SETTLED = "solution.settled"  # evidence from after it shows whether it worked
    RUNBOOK_FITTED = "runbook.fitted"  # the document that says what to do about its alerts
    RUNBOOK_OPENED = "runbook.opened"  # a person wanted to see it; once a document and case
    FEEDBACK_GIVEN = "feedback.given"  # a person says that a suggestion helped, or did not
    RESOLVED = "case.resolved"
    REOPENED = "case.reopened"
    FORGOTTEN = "memory.forgotten"  # a person wants nothing to be learned from the case so far
    ARCHIVED = "case.archived"  # a person wants it in no list any more
    TAKEN_BACK = "change.taken_back"  # a person takes back an earlier event of theirs or others


# What the card of a case does not tell: its story alone does, or the turn that follows.
UNSHOWN = frozenset(
    {
        EventKind.NOTED,
        EventKind.PAGED,
        EventKind.SPOKEN,
        EventKind.OPINED,
        EventKind.FILE_HANDED_OUT,
        EventKind.FILE_PROCESSED,
        EventKind.FILE_UNOWNED,
        EventKind.FORGOTTEN,
        EventKind.NARROWED,
        EventKind.WIDENED,
        EventKind.RUNBOOK_OPENED,
        EventKind.FEEDBACK_GIVEN,
    }
)


@dataclass(frozen=True, kw_only=True)
class CaseEvent:
    """One entry of a case's log. actor: `system`, or who did it. data: plain JSON."""

    case_id: str
    seq: int
    kind: EventKind
    at: datetime
    actor: str
    data: Mapping[str, Any]
    previous: str
    hash: str


def seal(
    case_id: str,
    seq: int,
    kind: EventKind,
    *,
    at: datetime,
    actor: str,
    data: Mapping[str, Any],
    previous: str,
) -> CaseEvent:
    """Makes an event whose hash chains it to the one before (SHA-256 of canonical JSON)."""
    body = json.dumps(
        [previous, case_id, seq, kind, micros(at), actor, data],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    return CaseEvent(
        case_id=case_id,
        seq=seq,
        kind=kind,
        at=at,
        actor=actor,
        data=data,
        previous=previous,
        hash=digest,
    )


def verify_chain(events: Iterable[CaseEvent]) -> str:
    """The head hash of an unbroken chain. Raises Tampered at the first event that does not fit."""
    previous = ""
    for seq, event in enumerate(events, start=1):
        expected = seal(
            event.case_id,
            seq,
            event.kind,
            at=event.at,
            actor=event.actor,
            data=event.data,
            previous=previous,
        )
        if expected != event:
            message = f"event {seq} of {event.case_id} does not follow from the one before"
            raise Tampered(message)
        previous = event.hash
    return previous
