"""What a case that was resolved teaches: its cause, what fixed it and what did not.

A memory is made of the case's log and can be made again of it. It never becomes evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.events import CaseEvent, EventKind
from core.cases.model import HypothesisState, PredictionOutcome
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.model import Hypothesis
    from core.cases.ports import CasesUnit
    from core.cases.projection import CaseView

MOST_EVENTS, MOST_ALERTS = 500, 20  # of a case, the newest
MOST_SIGNS = 5
LONGEST_FIX = 500  # characters

# Of what a memory is made.
DECISIVE = frozenset(
    {
        EventKind.RESOLVED,
        EventKind.REOPENED,
        EventKind.TAKEN_BACK,
        EventKind.SOLUTION_CONFIRMED,
        EventKind.SOLUTION_SETTLED,
        EventKind.FORGOTTEN,
    }
)
# What makes a memory, or changes one that is there.
REVISING = DECISIVE | {EventKind.JUDGED, EventKind.ARCHIVED, EventKind.FILE_DELETED}

Texts = Mapping[str, RedactedText]


class FixOutcome(StrEnum):
    """What came of a fix that people tried."""

    WORKED = "worked"
    FAILED = "failed"  # evidence from after it shows that it did not help
    REOPENED = "reopened"  # the case was resolved by it and came back


@dataclass(frozen=True, kw_only=True)
class TriedFix:
    """A fix that people tried in a case, in their words. at: when it turned out so."""

    text: RedactedText
    outcome: FixOutcome
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RejectedCause:
    """A cause that a person or the evidence rejected in a case."""

    service: str | None
    fault: str


@dataclass(frozen=True, kw_only=True)
class CaseMemory:
    """What one case teaches.

    at: when it was last learned from. service, fault: of the confirmed cause; None where nobody
    confirmed one. alerts: their names. signs: the signal of the cause and the kinds of the evidence
    that shows it, the strongest first. checks: names of those that decided, as the engine spells
    them. fixes: in the order they were tried. took: from the opening to the end.
    """

    case_id: str
    tenant_id: str
    number: int
    title: RedactedText
    at: datetime
    service: str | None
    fault: str | None
    alerts: tuple[RedactedText, ...] = ()
    signs: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    rejected: tuple[RejectedCause, ...] = ()
    fixes: tuple[TriedFix, ...] = ()
    took: timedelta | None = None

    @property
    def fix(self) -> TriedFix | None:
        """What worked, as far as is known."""
        last = self.fixes[-1] if self.fixes else None
        return last if last and last.outcome is FixOutcome.WORKED else None

    @property
    def is_doubted(self) -> bool:
        """Whether the case came back after its last fix, or that did not help."""
        return bool(self.fixes) and self.fix is None


async def remember(unit: CasesUnit, view: CaseView, events: Sequence[CaseEvent]) -> None:
    """Bring the memory of a case up to date with the events that were just recorded."""
    if await _teaches(unit, view, {event.kind for event in events}):
        await learn(unit, view)


async def learn(unit: CasesUnit, view: CaseView) -> None:
    """Make the memory of a case anew of its log; none is kept of a case that teaches nothing."""
    memory = await recall_log(unit, view)
    if memory is None:
        await unit.memories.remove(view.case.id)
    else:
        await unit.memories.put(memory)


async def recall_log(unit: CasesUnit, view: CaseView) -> CaseMemory | None:
    """What the log of a case teaches; None where nothing."""
    case_id = view.case.id
    events = await unit.cases.newest(case_id, DECISIVE, most=MOST_EVENTS)
    fired = await unit.cases.newest(case_id, {EventKind.ALERT_FIRED}, most=MOST_ALERTS)
    digests = {event.data.get("name", "") for event in fired}
    digests |= {event.data["solution"] for event in events if event.data.get("solution")}
    texts = await unit.cases.texts(case_id, of=digests)
    return memory_of(view, events, fired, texts)


def memory_of(
    view: CaseView, events: Sequence[CaseEvent], fired: Sequence[CaseEvent], texts: Texts
) -> CaseMemory | None:
    """The memory that a case's decisive events and its alerts make; None where there is none.

    None of a case that is archived: whoever deletes a case wants nothing to be learned from it.
    """
    fixes = tuple(_fixes(view, events, texts))
    cause, case = _confirmed(view), view.case
    ended = _endings(events)
    if case.archived_at is not None or not ended or not (fixes or cause):
        return None
    return CaseMemory(
        case_id=case.id,
        tenant_id=case.tenant_id,
        number=case.number,
        title=case.title,
        at=events[-1].at,
        service=cause.cause.service if cause else case.service,
        fault=cause.cause.fault if cause else None,
        alerts=tuple(dict.fromkeys(_names(fired, texts))),
        signs=_signs(cause) if cause else (),
        checks=tuple(_checks(view, cause)) if cause else (),
        rejected=tuple(
            RejectedCause(service=hypothesis.cause.service, fault=hypothesis.cause.fault)
            for hypothesis in view.hypotheses
            if not hypothesis.is_alive
        ),
        fixes=fixes,
        took=ended[-1] - case.opened_at,
    )


def _names(fired: Sequence[CaseEvent], texts: Texts) -> Iterator[RedactedText]:
    digests = (event.data.get("name", "") for event in fired)
    return (texts[digest] for digest in digests if digest in texts)


async def _teaches(unit: CasesUnit, view: CaseView, kinds: set[EventKind]) -> bool:
    """Whether events of these kinds may change the memory; of most events none does."""
    if EventKind.REOPENED in kinds:
        return True
    if EventKind.RESOLVED in kinds and (view.case.solution or _confirmed(view)):
        return True
    return await unit.memories.find(view.case.id) is not None


def _confirmed(view: CaseView) -> Hypothesis | None:
    """The cause that was confirmed; the best of several."""
    ranked = sorted(view.hypotheses, key=lambda hypothesis: hypothesis.rank)
    validated = (each for each in ranked if each.state is HypothesisState.VALIDATED)
    return next(validated, None)


def _since_forgotten(events: Sequence[CaseEvent]) -> Sequence[CaseEvent]:
    """Those after the moment in which a person wanted the memory to be forgotten."""
    forgotten = [at for at, event in enumerate(events) if event.kind is EventKind.FORGOTTEN]
    return events[forgotten[-1] + 1 :] if forgotten else events


def _endings(events: Sequence[CaseEvent]) -> list[datetime]:
    """When the case was resolved, each time that nobody took back."""
    ended = list[datetime]()
    for event in _since_forgotten(events):
        if event.kind is EventKind.RESOLVED:
            ended.append(event.at)
        elif _taken_back(event) is EventKind.RESOLVED and ended:
            ended.pop()
    return ended


def _taken_back(event: CaseEvent) -> EventKind | None:
    """The kind of the event that this one takes back."""
    return EventKind(event.data["kind"]) if event.kind is EventKind.TAKEN_BACK else None


def _has_failed(event: CaseEvent) -> bool:
    return event.kind is EventKind.SOLUTION_SETTLED and not event.data["worked"]


def _fixes(view: CaseView, events: Sequence[CaseEvent], texts: Texts) -> Iterator[TriedFix]:
    """What was tried since it was last forgotten, as far as it has words."""
    proposed = {solution.number: solution.text for solution in view.investigation.solutions}
    tried, done = list[TriedFix](), RedactedText.EMPTY
    for event in _since_forgotten(events):
        fix = proposed.get(event.data.get("number", 0), RedactedText.EMPTY)
        if event.kind is EventKind.RESOLVED:
            # The last word: whoever marked a fix as done may resolve by another one.
            text = texts.get(event.data["solution"] or "", done)
            tried.append(_tried(text, FixOutcome.WORKED, event))
        elif event.kind is EventKind.SOLUTION_CONFIRMED:
            done = fix
        elif _has_failed(event) or _taken_back(event) is EventKind.SOLUTION_CONFIRMED:
            done = RedactedText.EMPTY
        tried = _less_sure(tried, event, fix)
    return (each for each in tried if each.text)


def _less_sure(tried: list[TriedFix], event: CaseEvent, fix: RedactedText) -> list[TriedFix]:
    """What was tried, after an event that may speak against the last of it, or against a fix."""
    last = tried[-1] if tried else None
    if _has_failed(event):
        is_known = last is not None and last.text == _short(fix)  # it came back: that counts once
        return tried if is_known else [*tried, _tried(fix, FixOutcome.FAILED, event)]
    if last is None:
        return tried
    if event.kind is EventKind.REOPENED and last.outcome is FixOutcome.WORKED:
        return [*tried[:-1], replace(last, outcome=FixOutcome.REOPENED, at=event.at)]
    return tried[:-1] if _taken_back(event) is EventKind.RESOLVED else tried


def _tried(text: RedactedText, outcome: FixOutcome, event: CaseEvent) -> TriedFix:
    return TriedFix(text=_short(text), outcome=outcome, at=event.at)


def _short(text: RedactedText) -> RedactedText:
    return text.line().cut(LONGEST_FIX)


def _signs(cause: Hypothesis) -> tuple[str, ...]:
    lines = sorted(cause.supporting, key=lambda line: -line.weight)
    kinds = (line.kind.value for line in lines if line.resolves)
    return tuple(dict.fromkeys([cause.cause.signal, *kinds]))[:MOST_SIGNS]


def _checks(view: CaseView, cause: Hypothesis) -> Iterator[str]:
    """Those whose result spoke for the cause."""
    for asked in view.investigation.checks:
        if (cause.number, PredictionOutcome.HELD) in asked.scores:
            yield asked.check.name
