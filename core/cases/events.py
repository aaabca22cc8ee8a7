"""The events of a case: each is chained to the one before by its hash, and folds into the view.

Events carry ids, numbers and digests of redacted texts, which are stored in erasable `texts` rows.
Folding the events in order (`fold`) gives the read models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from core.alerts.model import Severity, worst
from core.cases import investigation_state
from core.cases.investigation_state import InvestigationState, PhaseEntry
from core.cases.model import (
    Case,
    CaseState,
    Citation,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
)
from core.clock import from_micros, micros
from core.errors import Tampered
from core.text.redacted import ERASED, RedactedText

HYPOTHESES = TypeAdapter(tuple[Hypothesis, ...])
Texts = Mapping[str, RedactedText]  # digest to text


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
    FILE_LET_GO = "file.let_go"  # its original was released when its retention time was over
    ASKED = "question.asked"
    ANSWERED = "question.answered"
    RANKED = "hypotheses.ranked"
    JUDGED = "hypothesis.judged"  # a person confirmed or rejected one
    NOTED = "note.made"  # written in the case's thread or in PagerDuty; history only
    PAGED = "pager.told"  # an event of its incident in PagerDuty; history only
    REVISED = "case.revised"  # its source changed title, severity or service
    CORRECTED = (
        "turn.corrected"  # a person contradicts the analysis: the turn under way starts over
    )
    CANCELLED = "turn.cancelled"  # a person stops the turn under way
    PHASE_ENTERED = "phase.entered"  # by the engine, because of the evidence
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
    RESOLVED = "case.resolved"
    REOPENED = "case.reopened"


# What the card of a case does not tell: its story alone does, or the turn that follows.
UNSHOWN = frozenset(
    {
        EventKind.NOTED,
        EventKind.PAGED,
        EventKind.SPOKEN,
        EventKind.FILE_HANDED_OUT,
        EventKind.FILE_PROCESSED,
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


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """The read model that the events of one case fold into."""

    case: Case
    hypotheses: tuple[Hypothesis, ...] = ()
    investigation: InvestigationState = field(default_factory=InvestigationState)


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


def fold(events: Iterable[CaseEvent], texts: Texts) -> CaseView:
    """The read model that the events give in order. Raises ValueError where there are none."""
    view: CaseView | None = None
    for event in events:
        view = apply(view, event, texts)
    if view is None:
        message = "a case has at least the event that opened it"
        raise ValueError(message)
    return view


def apply(view: CaseView | None, event: CaseEvent, texts: Texts) -> CaseView:
    """The view after one more event; None stands for the view before the first."""
    if view is None:
        return CaseView(case=_opened(event, texts))
    if event.kind is EventKind.OPENED:
        message = "a case opens once"
        raise Tampered(message)
    before = view.case.state
    view = replace(view, case=replace(view.case, version=event.seq, head=event.hash))
    if step := _STEPS.get(event.kind):
        view = step(view, event, texts)
    if investigation_step := _INVESTIGATION_STEPS.get(event.kind):
        view = replace(
            view,
            investigation=investigation_step(
                view.investigation, event.data, event.at, event.actor, texts
            ),
        )
    if view.case.state is not before:
        view = replace(
            view,
            investigation=investigation_state.entered(
                view.investigation, _phase_entry(view, event, texts)
            ),
        )
    return view


def cited(view: CaseView) -> Iterator[Citation]:
    """Yields every citation in a case: of hypotheses, their predictions and the investigation."""
    for hypothesis in view.hypotheses:
        yield from cited_by(hypothesis)
    yield from investigation_state.cited(view.investigation)


def cited_by(hypothesis: Hypothesis) -> Iterator[Citation]:
    """Yields every citation of a hypothesis: for, against and in its predictions."""
    yield from hypothesis.supporting
    yield from hypothesis.contradicting
    for prediction in hypothesis.predictions:
        yield from prediction.citations


def _phase_entry(view: CaseView, event: CaseEvent, texts: Texts) -> PhaseEntry:
    """The entry of the phase that this event took the case to."""
    return PhaseEntry(
        phase=view.case.state,
        at=event.at,
        why=texts.get(event.data.get("why") or "", RedactedText.EMPTY),
        hypothesis=event.data.get("hypothesis"),
    )


def _opened(event: CaseEvent, texts: Texts) -> Case:
    data = event.data
    return Case(
        id=event.case_id,
        tenant_id=data["tenant_id"],
        number=data["number"],
        title=texts.get(data["title"], ERASED),
        state=CaseState.CONSULTING,
        severity=Severity(data["severity"]),
        service=data["service"],
        group_key=data["group_key"],
        opened_at=from_micros(data["opened_at"]),
        version=event.seq,
        head=event.hash,
    )


def _alert_fired(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    case, data = view.case, event.data
    return _with(
        view,
        firing=case.firing + 1,
        alerts=case.alerts if data.get("again") else case.alerts + 1,
        quiet_since=None,
        severity=worst(case.severity, Severity(data["severity"])),
        service=case.service or data["service"],
    )


def _alert_resolved(view: CaseView, _event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, firing=max(0, view.case.firing - 1))


def _quietened(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, quiet_since=event.at)


def _spoken(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, spoken_at=event.at)


def _owned(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, owner=event.data["owner"])


def _revised(view: CaseView, event: CaseEvent, texts: Texts) -> CaseView:
    """Changes only the fields that the event names."""
    data = event.data
    changes: dict[str, Any] = {}
    if "title" in data:
        changes["title"] = texts.get(data["title"], ERASED)
    if "severity" in data:
        changes["severity"] = Severity(data["severity"])
    if "service" in data:
        changes["service"] = data["service"]
    return _with(view, **changes)


def _file_received(view: CaseView, _event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, files=view.case.files + 1)


def _file_deleted(view: CaseView, event: CaseEvent, texts: Texts) -> CaseView:
    """Removes every citation of the file; the next turn weighs the hypotheses anew."""
    name = texts.get(event.data["name"], ERASED).text
    hypotheses = tuple(_without_file(hypothesis, name) for hypothesis in view.hypotheses)
    investigation = investigation_state.without_file(view.investigation, name)
    view = replace(view, hypotheses=hypotheses, investigation=investigation)
    return _with(view, files=max(0, view.case.files - 1))


def _without_file(hypothesis: Hypothesis, file: str) -> Hypothesis:
    return replace(
        hypothesis,
        supporting=investigation_state.lines_not_from(hypothesis.supporting, file),
        contradicting=investigation_state.lines_not_from(hypothesis.contradicting, file),
        predictions=tuple(
            _prediction_without_file(prediction, file) for prediction in hypothesis.predictions
        ),
    )


def _prediction_without_file(prediction: Prediction, file: str) -> Prediction:
    """The prediction without citations of the file; untested where none is left."""
    citations = investigation_state.lines_not_from(prediction.citations, file)
    if citations == prediction.citations:
        return prediction
    return replace(
        prediction,
        citations=citations,
        outcome=prediction.outcome if citations else PredictionOutcome.UNTESTED,
    )


def _ranked(view: CaseView, event: CaseEvent, texts: Texts) -> CaseView:
    ranked = HYPOTHESES.validate_python(event.data["hypotheses"], context={"texts": texts})
    state = view.case.state
    if state is CaseState.CONSULTING:
        state = CaseState.DIAGNOSING
    return _with(replace(view, hypotheses=ranked), state=state, turns=view.case.turns + 1)


def _phase_entered(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, state=CaseState(event.data["phase"]))


def _judged(view: CaseView, event: CaseEvent, texts: Texts) -> CaseView:
    confirmed, why = event.data["confirmed"], event.data["why"]
    hypotheses = tuple(
        replace(
            hypothesis,
            state=HypothesisState.VALIDATED if confirmed else HypothesisState.REJECTED,
            verdict_by=event.actor,
            verdict_why=texts.get(why, ERASED) if why else None,
        )
        if hypothesis.number == event.data["number"]
        else hypothesis
        for hypothesis in view.hypotheses
    )
    is_any_validated = any(
        hypothesis.state is HypothesisState.VALIDATED for hypothesis in hypotheses
    )
    state = CaseState.ANALYZING if is_any_validated else CaseState.DIAGNOSING
    return _with(replace(view, hypotheses=hypotheses), state=state)


def _resolved(view: CaseView, event: CaseEvent, texts: Texts) -> CaseView:
    solution = event.data["solution"]
    return _with(
        view,
        state=CaseState.RESOLVED,
        resolved_at=event.at,
        resolved_by=event.actor,
        solution=texts.get(solution, ERASED) if solution else None,
    )


def _reopened(view: CaseView, _event: CaseEvent, _texts: Texts) -> CaseView:
    """Clears the solution, which did not last; the log keeps it."""
    return _with(
        view,
        state=CaseState.DIAGNOSING,
        resolved_at=None,
        resolved_by=None,
        solution=None,
        quiet_since=None,
    )


def _with(view: CaseView, **changes: Any) -> CaseView:
    return replace(view, case=replace(view.case, **changes))


# Changes to the case and its hypotheses; kinds in neither mapping are history only.
_STEPS: Mapping[EventKind, Callable[[CaseView, CaseEvent, Texts], CaseView]] = {
    EventKind.ALERT_FIRED: _alert_fired,
    EventKind.ALERT_RESOLVED: _alert_resolved,
    EventKind.QUIETENED: _quietened,
    EventKind.SPOKEN: _spoken,
    EventKind.OWNED: _owned,
    EventKind.REVISED: _revised,
    EventKind.FILE_RECEIVED: _file_received,
    EventKind.FILE_DELETED: _file_deleted,
    EventKind.RANKED: _ranked,
    EventKind.JUDGED: _judged,
    EventKind.PHASE_ENTERED: _phase_entered,
    EventKind.RESOLVED: _resolved,
    EventKind.REOPENED: _reopened,
}

# Changes to the state of the investigation.
_INVESTIGATION_STEPS: Mapping[EventKind, investigation_state.Step] = {
    EventKind.CONCLUDED: investigation_state.concluded,
    EventKind.TURN_ENDED: investigation_state.ended_turn,
    EventKind.IMPAIRED: investigation_state.impaired,
    EventKind.STALLED: investigation_state.stalled,
    EventKind.RESUMED: investigation_state.resumed,
    EventKind.FILE_PROCESSED: investigation_state.moved_on,
    EventKind.FILE_AGAIN: investigation_state.moved_on,
    EventKind.FILE_CANCELLED: investigation_state.moved_on,
    EventKind.FILE_DELETED: investigation_state.moved_on,
    EventKind.ESCALATED: investigation_state.escalated,
    EventKind.CHECK_ASKED: investigation_state.asked,
    EventKind.CHECK_SCORED: investigation_state.scored,
    EventKind.SOLUTION_PROPOSED: investigation_state.proposed,
    EventKind.SOLUTION_CONFIRMED: investigation_state.confirmed,
    EventKind.SOLUTION_SETTLED: investigation_state.settled,
}
