"""The read model of a case: its events, in order, fold into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from core.alerts.model import Severity, worst
from core.cases import investigation_state
from core.cases.events import CaseEvent, EventKind
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
from core.clock import from_micros
from core.errors import Tampered
from core.text.redacted import ERASED, RedactedText

HYPOTHESES = TypeAdapter(tuple[Hypothesis, ...])
Texts = Mapping[str, RedactedText]  # digest to text


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """The read model that the events of one case fold into."""

    case: Case
    hypotheses: tuple[Hypothesis, ...] = ()
    investigation: InvestigationState = field(default_factory=InvestigationState)


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
    if view.case.state is not before and view.case.state is not _last_phase(view, event):
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


def _last_phase(view: CaseView, event: CaseEvent) -> CaseState | None:
    """The phase that is entered last once a change is taken back: no new entry is made of it."""
    phases = view.investigation.phases
    return phases[-1].phase if phases and event.kind is EventKind.TAKEN_BACK else None


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
        closed_to=data.get("closed_to", ""),
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
        archived_at=None,
    )


def _archived(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, archived_at=event.at)


def _narrowed(view: CaseView, event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, closed_to=event.data["closed_to"])


def _widened(view: CaseView, _event: CaseEvent, _texts: Texts) -> CaseView:
    return _with(view, closed_to="")


def _taken_back(view: CaseView, event: CaseEvent, texts: Texts) -> CaseView:
    """Restores what the event that is taken back had changed; `state` is the phase before it."""
    data = event.data
    state = CaseState(data["state"])
    match EventKind(data["kind"]):
        case EventKind.RESOLVED:
            return _with(view, state=state, resolved_at=None, resolved_by=None, solution=None)
        case EventKind.JUDGED:
            hypotheses = tuple(
                _with_verdict(hypothesis, data["verdict"], texts)
                if hypothesis.number == data["number"]
                else hypothesis
                for hypothesis in view.hypotheses
            )
            return _with(replace(view, hypotheses=hypotheses), state=state)
        case _:
            return view


def _with_verdict(hypothesis: Hypothesis, verdict: Mapping[str, Any], texts: Texts) -> Hypothesis:
    """The hypothesis with an earlier verdict: its `state`, `by` whom, and `why`."""
    why = verdict["why"]
    return replace(
        hypothesis,
        state=HypothesisState(verdict["state"]),
        verdict_by=verdict["by"],
        verdict_why=texts.get(why, ERASED) if why else None,
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
    EventKind.ARCHIVED: _archived,
    EventKind.NARROWED: _narrowed,
    EventKind.WIDENED: _widened,
    EventKind.TAKEN_BACK: _taken_back,
}

# Changes to the state of the investigation.
_INVESTIGATION_STEPS: Mapping[EventKind, investigation_state.Step] = {
    EventKind.OPINED: investigation_state.opined,
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
    EventKind.RUNBOOK_FITTED: investigation_state.fitted,
    EventKind.CHECK_ASKED: investigation_state.asked,
    EventKind.CHECK_SCORED: investigation_state.scored,
    EventKind.SOLUTION_PROPOSED: investigation_state.proposed,
    EventKind.SOLUTION_CONFIRMED: investigation_state.confirmed,
    EventKind.SOLUTION_SETTLED: investigation_state.settled,
    EventKind.TAKEN_BACK: investigation_state.taken_back,
}
