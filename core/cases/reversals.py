"""Taking back the last change that a person made: a verdict, a fix marked as done, a resolve.

The log is append-only: an event says which earlier event no longer holds, and with it the state
from before that event, so that the projection folds it without looking back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.cases.events import CaseEvent, EventKind
from core.cases.investigation_state import SolutionState
from core.cases.lifecycle import SYSTEM, Change, investigate, record, settle_later
from core.cases.projection import fold
from core.clock import micros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.model import Hypothesis
    from core.cases.ports import CasesUnit
    from core.cases.projection import CaseView
    from core.text.redacted import RedactedText

WITHIN = timedelta(minutes=10)
_CHANGES = frozenset({EventKind.JUDGED, EventKind.SOLUTION_CONFIRMED, EventKind.RESOLVED})
# After them there is nothing left to take back: undoing goes one step, and back is back.
_ENDS = frozenset({EventKind.TAKEN_BACK, EventKind.REOPENED})


@dataclass(frozen=True, kw_only=True)
class LastChange:
    """The newest change that could be taken back. `taken_back`: by which event it was, if any.

    verb, number: as a person types it: `confirm` and 2.
    """

    event: CaseEvent
    taken_back: CaseEvent | None = None

    @property
    def verb(self) -> str:
        match self.event.kind:
            case EventKind.JUDGED:
                return "confirm" if self.event.data["confirmed"] else "reject"
            case EventKind.SOLUTION_CONFIRMED:
                return "fixed"
            case _:
                return "resolve"

    @property
    def number(self) -> int | None:
        number = self.event.data.get("number")
        return int(number) if number is not None else None

    @property
    def is_of_person(self) -> bool:
        return self.event.actor != SYSTEM


async def last_change(unit: CasesUnit, case_id: str) -> LastChange | None:
    """The newest change of a case; None where none was made, or where it was reopened since."""
    newest = await unit.cases.newest(case_id, _CHANGES | _ENDS, most=1)
    if not newest or newest[0].kind is EventKind.REOPENED:
        return None
    if newest[0].kind is not EventKind.TAKEN_BACK:
        return LastChange(event=newest[0])
    events = await unit.cases.events(case_id)
    return LastChange(event=events[newest[0].data["seq"] - 1], taken_back=newest[0])


async def take_back(unit: CasesUnit, view: CaseView, change: LastChange, *, by: str) -> CaseView:
    """Record that the change no longer holds, and plan the turn that believes so.

    `view` is locked. The case is as it was before the change, with all that came in since.
    """
    events = await unit.cases.events(view.case.id)
    texts = await unit.cases.texts(view.case.id)
    first = _first_of(events, change.event)
    before = fold(events[: first.seq - 1], texts)
    reversal = _reversal(view, before, change.event, since=first.at)
    view = await record(unit, view, view.case.id, [reversal], at=unit.now, actor=by)
    await investigate(unit, view)
    await settle_later(unit, view)
    return view


def _first_of(events: Sequence[CaseEvent], change: CaseEvent) -> CaseEvent:
    """The first of the same verdicts in a row: a reason that is added later is no other verdict."""
    first = change
    for event in reversed(events[: change.seq - 1]):
        if event.kind in _CHANGES | _ENDS:
            if not _is_same_verdict(event, change):
                break
            first = event
    return first


def _is_same_verdict(event: CaseEvent, other: CaseEvent) -> bool:
    if not event.kind is other.kind is EventKind.JUDGED:
        return False
    return all(event.data[name] == other.data[name] for name in ("number", "confirmed"))


def _reversal(view: CaseView, before: CaseView, event: CaseEvent, *, since: datetime) -> Change:
    data: dict[str, Any] = {
        "seq": event.seq,
        "kind": event.kind,
        "at": micros(since),
        "state": before.case.state,
        "number": event.data.get("number"),
        "fixes": [],
        "withdrawn": [],
    }
    texts: list[RedactedText] = []
    match event.kind:
        case EventKind.SOLUTION_CONFIRMED:
            data |= {"fixes": [event.data["number"]], "state": view.case.state}
        case EventKind.JUDGED:
            verdict, texts = _verdict(before.hypotheses, event.data["number"])
            data |= {"verdict": verdict, "withdrawn": _fixes_since(view, event, since)}
    return Change(kind=EventKind.TAKEN_BACK, data=data, texts=texts)


def _verdict(
    hypotheses: Sequence[Hypothesis], number: int
) -> tuple[dict[str, Any], list[RedactedText]]:
    """What a hypothesis was before a person judged it, with the texts that this refers to."""
    (hypothesis,) = (each for each in hypotheses if each.number == number)
    why = hypothesis.verdict_why
    verdict = {
        "state": hypothesis.state,
        "by": hypothesis.verdict_by,
        "why": why.digest if why else None,
    }
    return verdict, [why] if why else []


def _fixes_since(view: CaseView, event: CaseEvent, since: datetime) -> list[int]:
    """Fixes that were proposed for a cause because a person confirmed it."""
    if not event.data["confirmed"]:
        return []
    return [
        solution.number
        for solution in view.investigation.solutions
        if solution.state is SolutionState.PROPOSED
        and solution.hypothesis == event.data["number"]
        and solution.proposed_at >= since
    ]
