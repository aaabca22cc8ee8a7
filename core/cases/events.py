"""How does a case change? By events only: each covers the hash of the one before.

Events carry ids, numbers and digests of redacted texts, which rest in erasable `texts` rows.
Reading them back in order (`fold`) gives the very tables that readers use.
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
from core.cases import investigation_events
from core.cases.hypotheses import Citation, Hypothesis, HypothesisState, Outcome, Prediction
from core.cases.investigation_state import Course, PhaseEntry
from core.cases.model import Case, CaseState
from core.clock import from_micros, micros
from core.errors import Tampered
from core.text.redacted import ERASED, Clean

HYPOTHESES = TypeAdapter(tuple[Hypothesis, ...])
Texts = Mapping[str, Clean]  # digest to text


class EventKind(StrEnum):
    """Everything that can happen to a case."""

    OPENED = "case.opened"
    ALERT_FIRED = "alert.fired"  # an occurrence began
    ALERT_RESOLVED = "alert.resolved"  # an occurrence ended
    QUIETENED = "case.quietened"  # nothing fires any more
    SPOKEN = "person.spoke"  # a person takes part: it does not resolve by itself any more
    OWNED = "case.owned"
    FILE_RECEIVED = "file.received"
    FILE_PROCESSED = "file.processed"
    FILE_AGAIN = "file.again"  # a person wants it read once more
    FILE_CANCELLED = "file.cancelled"  # a person stopped the reading
    FILE_DELETED = "file.deleted"  # by a person, with all that was found in it
    FILE_HANDED_OUT = "file.handed_out"  # somebody has its original, as it came
    FILE_LET_GO = "file.let_go"  # its original was given up, when its time was over
    ASKED = "question.asked"
    ANSWERED = "question.answered"
    RANKED = "hypotheses.ranked"
    JUDGED = "hypothesis.judged"  # a person confirmed or rejected one
    NOTED = "note.made"  # said in the case's thread, or written in PagerDuty; history only
    PAGED = "pager.told"  # what became of its incident in PagerDuty; history only
    REVISED = "case.revised"  # its source knows better now: title, severity or service
    CORRECTED = "turn.corrected"  # a person says that we are wrong: the turn under way starts over
    CANCELLED = "turn.cancelled"  # a person stops the turn under way
    PHASE_ENTERED = "phase.entered"  # by the engine: what is known took the case there
    CONCLUDED = "conclusion.drawn"
    TURN_ENDED = "turn.ended"  # with what it took
    ESCALATED = "case.escalated"  # the engine cannot go on alone
    CHECK_ASKED = "check.asked"
    CHECK_SCORED = "check.scored"  # what came back, against what each rival predicted
    SOLUTION_PROPOSED = "solution.proposed"
    SOLUTION_CONFIRMED = "solution.confirmed"  # a person says that it was done
    SOLUTION_SETTLED = "solution.settled"  # evidence from after it shows whether it helped
    RESOLVED = "case.resolved"
    REOPENED = "case.reopened"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of the log. `actor` is `system` or who did it; `data` is plain JSON."""

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
    """What the events of one case fold into."""

    case: Case
    hypotheses: tuple[Hypothesis, ...] = ()
    course: Course = field(default_factory=Course)


def seal(
    case_id: str,
    seq: int,
    kind: EventKind,
    *,
    at: datetime,
    actor: str,
    data: Mapping[str, Any],
    previous: str,
) -> Event:
    """The event with the hash that chains it to the one before (SHA-256 of canonical JSON)."""
    body = json.dumps(
        [previous, case_id, seq, kind, micros(at), actor, data],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    return Event(
        case_id=case_id,
        seq=seq,
        kind=kind,
        at=at,
        actor=actor,
        data=data,
        previous=previous,
        hash=digest,
    )


def verify_chain(events: Iterable[Event]) -> str:
    """The head hash of an unbroken chain; raises Tampered at the first event that does not fit."""
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


def fold(events: Iterable[Event], texts: Texts) -> CaseView:
    """The read model that these events, in order, amount to. Raises ValueError on no events."""
    view: CaseView | None = None
    for event in events:
        view = apply(view, event, texts)
    if view is None:
        message = "a case has at least the event that opened it"
        raise ValueError(message)
    return view


def apply(view: CaseView | None, event: Event, texts: Texts) -> CaseView:
    """The view after one more event."""
    if view is None:
        return CaseView(case=_opened(event, texts))
    if event.kind is EventKind.OPENED:
        message = "a case opens once"
        raise Tampered(message)
    before = view.case.state
    view = replace(view, case=replace(view.case, version=event.seq, head=event.hash))
    if step := _STEPS.get(event.kind):
        view = step(view, event, texts)
    if way := _WAYS.get(event.kind):
        view = replace(view, course=way(view.course, event.data, event.at, event.actor, texts))
    if view.case.state is not before:
        view = replace(
            view, course=investigation_events.entered(view.course, _entry(view, event, texts))
        )
    return view


def _entry(view: CaseView, event: Event, texts: Texts) -> PhaseEntry:
    """Of the phase that this event took the case to."""
    return PhaseEntry(
        phase=view.case.state,
        at=event.at,
        why=texts.get(event.data.get("why") or "", Clean.EMPTY),
        hypothesis=event.data.get("hypothesis"),
    )


def _opened(event: Event, texts: Texts) -> Case:
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


def _alert_fired(view: CaseView, event: Event, _texts: Texts) -> CaseView:
    case, data = view.case, event.data
    return _with(
        view,
        firing=case.firing + 1,
        alerts=case.alerts if data.get("again") else case.alerts + 1,
        quiet_since=None,
        severity=worst(case.severity, Severity(data["severity"])),
        service=case.service or data["service"],
    )


def _alert_resolved(view: CaseView, _event: Event, _texts: Texts) -> CaseView:
    return _with(view, firing=max(0, view.case.firing - 1))


def _quietened(view: CaseView, event: Event, _texts: Texts) -> CaseView:
    return _with(view, quiet_since=event.at)


def _spoken(view: CaseView, event: Event, _texts: Texts) -> CaseView:
    return _with(view, spoken_at=event.at)


def _owned(view: CaseView, event: Event, _texts: Texts) -> CaseView:
    return _with(view, owner=event.data["owner"])


def _revised(view: CaseView, event: Event, texts: Texts) -> CaseView:
    """Only what the event names."""
    data = event.data
    changes: dict[str, Any] = {}
    if "title" in data:
        changes["title"] = texts.get(data["title"], ERASED)
    if "severity" in data:
        changes["severity"] = Severity(data["severity"])
    if "service" in data:
        changes["service"] = data["service"]
    return _with(view, **changes)


def _file_received(view: CaseView, _event: Event, _texts: Texts) -> CaseView:
    return _with(view, files=view.case.files + 1)


def _file_deleted(view: CaseView, event: Event, texts: Texts) -> CaseView:
    """Nothing cites it any more; the next turn weighs the hypotheses anew."""
    name = texts.get(event.data["name"], ERASED).text
    hypotheses = tuple(_without(one, name) for one in view.hypotheses)
    left = investigation_events.without_file(view.course, name)
    view = replace(view, hypotheses=hypotheses, course=left)
    return _with(view, files=max(0, view.case.files - 1))


def _without(one: Hypothesis, file: str) -> Hypothesis:
    return replace(
        one,
        supporting=investigation_events.lines_not_from(one.supporting, file),
        contradicting=investigation_events.lines_not_from(one.contradicting, file),
        predictions=tuple(_untested(prediction, file) for prediction in one.predictions),
    )


def _untested(one: Prediction, file: str) -> Prediction:
    """A prediction without what the file said of it; with nothing left, nothing was shown."""
    left = investigation_events.lines_not_from(one.citations, file)
    if left == one.citations:
        return one
    return replace(one, citations=left, outcome=one.outcome if left else Outcome.UNTESTED)


def cited(view: CaseView) -> Iterator[Citation]:
    """Every line that a case cites: its hypotheses, their predictions, and its course."""
    for one in view.hypotheses:
        yield from cited_by(one)
    yield from investigation_events.cited(view.course)


def cited_by(one: Hypothesis) -> Iterator[Citation]:
    """Every line that a hypothesis cites, for, against and in its predictions."""
    yield from one.supporting
    yield from one.contradicting
    for prediction in one.predictions:
        yield from prediction.citations


def _ranked(view: CaseView, event: Event, texts: Texts) -> CaseView:
    ranked = HYPOTHESES.validate_python(event.data["hypotheses"], context={"texts": texts})
    state = view.case.state
    if state is CaseState.CONSULTING:
        state = CaseState.DIAGNOSING
    return _with(replace(view, hypotheses=ranked), state=state, turns=view.case.turns + 1)


def _phase_entered(view: CaseView, event: Event, _texts: Texts) -> CaseView:
    return _with(view, state=CaseState(event.data["phase"]))


def _judged(view: CaseView, event: Event, texts: Texts) -> CaseView:
    confirmed, why = event.data["confirmed"], event.data["why"]
    hypotheses = tuple(
        replace(
            one,
            state=HypothesisState.VALIDATED if confirmed else HypothesisState.REJECTED,
            verdict_by=event.actor,
            verdict_why=texts.get(why, ERASED) if why else None,
        )
        if one.number == event.data["number"]
        else one
        for one in view.hypotheses
    )
    believed = any(one.state is HypothesisState.VALIDATED for one in hypotheses)
    state = CaseState.ANALYZING if believed else CaseState.DIAGNOSING
    return _with(replace(view, hypotheses=hypotheses), state=state)


def _resolved(view: CaseView, event: Event, texts: Texts) -> CaseView:
    solution = event.data["solution"]
    return _with(
        view,
        state=CaseState.RESOLVED,
        resolved_at=event.at,
        resolved_by=event.actor,
        solution=texts.get(solution, ERASED) if solution else None,
    )


def _reopened(view: CaseView, _event: Event, _texts: Texts) -> CaseView:
    """What fixed it last time stays in the log: it did not last."""
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


# What is not here is history only: it changes no read model.
_STEPS: Mapping[EventKind, Callable[[CaseView, Event, Texts], CaseView]] = {
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

# The same for the course of the investigation.
_WAYS: Mapping[EventKind, investigation_events.Step] = {
    EventKind.CONCLUDED: investigation_events.concluded,
    EventKind.TURN_ENDED: investigation_events.ended_turn,
    EventKind.ESCALATED: investigation_events.escalated,
    EventKind.CHECK_ASKED: investigation_events.asked,
    EventKind.CHECK_SCORED: investigation_events.scored,
    EventKind.SOLUTION_PROPOSED: investigation_events.proposed,
    EventKind.SOLUTION_CONFIRMED: investigation_events.confirmed,
    EventKind.SOLUTION_SETTLED: investigation_events.settled,
}
