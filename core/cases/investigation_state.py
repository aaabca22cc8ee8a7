"""The state of an investigation besides its hypotheses, and how each event changes it.

Each function of the type `Step` applies one kind of event; its docstring names the fields of the
event's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from core.cases.model import CaseState, Check, Citation, PredictionOutcome, WorkingConclusion
from core.cases.opinion import Opinion
from core.clock import from_micros
from core.text.redacted import ERASED, RedactedText


class TurnPart(StrEnum):
    """The parts of a turn that can fail by themselves."""

    FILE = "file"  # the findings in it
    CAUSE = "cause"  # a candidate, before it is a hypothesis
    PREDICTION = "prediction"  # the test of one cause's prediction
    HYPOTHESIS = "hypothesis"
    CHECK = "check"
    RANKING = "ranking"  # of all causes
    VERDICT = "verdict"
    ADVICE = "advice"  # missing evidence and questions
    EFFECT = "effect"  # the changes to the case that a decision entails
    ANSWER = "answer"
    SECTION = "section"  # of a card
    MODEL = "model"  # what a language model makes of it


@dataclass(frozen=True, kw_only=True)
class Defect:
    """A part of a turn or of a card that failed.

    name: what people call it: `hypothesis 2`, `e7 api.log`. problem: the error's type and place,
    never its text, which may hold secrets.
    """

    part: TurnPart
    name: RedactedText
    problem: RedactedText


@dataclass(frozen=True, kw_only=True)
class PhaseEntry:
    """An entry of the case into a phase; the history holds entries, not turns.

    hypothesis: the number of the confirmed cause, where the engine entered the phase.
    """

    phase: CaseState
    at: datetime
    why: RedactedText
    hypothesis: int | None = None


class SolutionState(StrEnum):
    """The state of a proposed solution."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"  # a person says that it was applied
    VALIDATED = "validated"  # evidence from after it shows that it helped
    FAILED = "failed"  # evidence from after it shows that it did not


@dataclass(frozen=True, kw_only=True)
class FixRecord:
    """How a fix did in past cases: it worked so many times of those that it was tried.

    number, took: of the last case that it fixed, and how long that was open. helped, unhelpful:
    people who said so where it was suggested and not tried.
    """

    number: int
    took: timedelta | None
    worked: int
    tried: int
    helped: int = 0
    unhelpful: int = 0


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A fix for the cause in one hypothesis, and the evidence that shows whether it worked.

    expects: what evidence should show afterwards. citations: the evidence from after the fix.
    record: of a fix that people made in past cases, whose words the text is; it is no evidence.
    """

    number: int
    hypothesis: int
    text: RedactedText
    expects: RedactedText
    state: SolutionState
    proposed_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    settled_at: datetime | None = None
    citations: tuple[Citation, ...] = ()
    record: FixRecord | None = None


@dataclass(frozen=True, kw_only=True)
class AskedCheck:
    """A check that people were asked to make, and how each hypothesis's prediction came out.

    scores: pairs of hypothesis number and outcome, once `answered_by` (a file or message) is set.
    """

    check: Check
    asked_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None
    scores: tuple[tuple[int, PredictionOutcome], ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The resources that turns used. cost: in millionths of a dollar. seconds: of the engine."""

    rounds: int = 0
    calls: int = 0
    tokens: int = 0
    cost: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            rounds=self.rounds + other.rounds,
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            cost=self.cost + other.cost,
            seconds=self.seconds + other.seconds,
        )


@dataclass(frozen=True, kw_only=True)
class Stall:
    """Work for the case that failed.

    job, kind: of the failed job. about: what it works on, empty where nothing in particular.
    is_over: a person has to decide; otherwise it is retried automatically.
    """

    job: str
    kind: str
    about: str
    work: RedactedText
    problem: RedactedText
    is_over: bool


@dataclass(frozen=True, kw_only=True)
class FittingRunbook:
    """The document that fits the alerts of a case. steps: how many it has; 0 for prose."""

    document_id: str
    title: RedactedText
    steps: int


@dataclass(frozen=True, kw_only=True)
class InvestigationState:
    """The state of an investigation besides its hypotheses, as its events fold into it.

    iterations: turns with new evidence since the last phase was entered. weighed: a digest of the
    evidence in the last of them. opinion: the last of a language model. defects: of the last turn.
    stalls: failed work not done since.
    """

    phases: tuple[PhaseEntry, ...] = ()
    iterations: int = 0
    conclusion: WorkingConclusion | None = None
    solutions: tuple[Solution, ...] = ()
    checks: tuple[AskedCheck, ...] = ()
    spent: Usage = field(default_factory=Usage)
    escalated_at: datetime | None = None
    escalated_why: RedactedText | None = None
    weighed: str = ""
    opinion: Opinion | None = None
    defects: tuple[Defect, ...] = ()
    stalls: tuple[Stall, ...] = ()
    runbook: FittingRunbook | None = None


CONCLUSION = TypeAdapter(WorkingConclusion)
OPINION = TypeAdapter(Opinion)
RUNBOOK = TypeAdapter(FittingRunbook)
CHECK = TypeAdapter(Check)
SOLUTION = TypeAdapter(Solution)
STALL = TypeAdapter(Stall)
SPENT = TypeAdapter(Usage)
CITATIONS = TypeAdapter(tuple[Citation, ...])
DEFECTS = TypeAdapter(tuple[Defect, ...])
SCORES = TypeAdapter(tuple[tuple[int, PredictionOutcome], ...])
_MOST_KEPT = 50  # the most checks, phase entries and stalls that a state keeps

Data = Mapping[str, Any]
Texts = Mapping[str, RedactedText]
Step = Callable[[InvestigationState, Data, "datetime", str, Texts], InvestigationState]


def entered(investigation: InvestigationState, entry: PhaseEntry) -> InvestigationState:
    """The state after the case entered a phase, in which its turns are counted from 0."""
    return replace(investigation, phases=(*investigation.phases, entry)[-_MOST_KEPT:], iterations=0)


def opined(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`opinion`: that of a language model; it takes the place of the one before."""
    opinion = OPINION.validate_python(data["opinion"], context={"texts": texts})
    return replace(investigation, opinion=opinion)


def concluded(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`conclusion`: the working conclusion."""
    conclusion = CONCLUSION.validate_python(data["conclusion"], context={"texts": texts})
    return replace(investigation, conclusion=conclusion)


def fitted(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`runbook`: the one that fits now."""
    runbook = RUNBOOK.validate_python(data["runbook"], context={"texts": texts})
    return replace(investigation, runbook=runbook)


def ended_turn(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, _texts: Texts
) -> InvestigationState:
    """`spent`: the turn's usage. `weighed`: a digest of the new evidence, where there was any."""
    spent = investigation.spent + SPENT.validate_python(data["spent"])
    if "weighed" not in data:
        return replace(investigation, spent=spent)
    return replace(
        investigation, spent=spent, iterations=investigation.iterations + 1, weighed=data["weighed"]
    )


def impaired(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`defects`: those of the newest turn."""
    defects = DEFECTS.validate_python(data["defects"], context={"texts": texts})
    return replace(investigation, defects=defects)


def stalled(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`stall`: failed work; replaces an earlier failure of the same kind on the same thing."""
    new = STALL.validate_python(data["stall"], context={"texts": texts})
    subject = (new.kind, new.about)
    others = tuple(stall for stall in investigation.stalls if (stall.kind, stall.about) != subject)
    return replace(investigation, stalls=(*others, new)[-_MOST_KEPT:])


def resumed(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, _texts: Texts
) -> InvestigationState:
    """`kind`: work of this kind is done again."""
    remaining = tuple(stall for stall in investigation.stalls if stall.kind != data["kind"])
    return replace(investigation, stalls=remaining)


def moved_on(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, _texts: Texts
) -> InvestigationState:
    """`file_id`: a file that was read, or is not to be read any more."""
    remaining = tuple(stall for stall in investigation.stalls if stall.about != data["file_id"])
    return replace(investigation, stalls=remaining)


def escalated(
    investigation: InvestigationState, data: Data, at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`why`: the reason why the engine cannot continue alone."""
    return replace(investigation, escalated_at=at, escalated_why=texts.get(data["why"], ERASED))


def proposed(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`solution`: a new solution; one of the same number is replaced."""
    new = SOLUTION.validate_python(data["solution"], context={"texts": texts})
    others = tuple(
        solution for solution in investigation.solutions if solution.number != new.number
    )
    return replace(investigation, solutions=(*others, new))


def confirmed(
    investigation: InvestigationState, data: Data, at: datetime, actor: str, _texts: Texts
) -> InvestigationState:
    """`number`: the solution that the actor says was applied."""
    changes = {"state": SolutionState.CONFIRMED, "confirmed_at": at, "confirmed_by": actor}
    return _with_solution(investigation, data["number"], changes)


def settled(
    investigation: InvestigationState, data: Data, at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`number`, `worked` and the `citations` from after the fix."""
    state = SolutionState.VALIDATED if data["worked"] else SolutionState.FAILED
    citations = CITATIONS.validate_python(data["citations"], context={"texts": texts})
    changes = {"state": state, "settled_at": at, "citations": citations}
    return _with_solution(investigation, data["number"], changes)


def taken_back(
    investigation: InvestigationState, data: Data, _at: datetime, _actor: str, _texts: Texts
) -> InvestigationState:
    """`at`: when that was done. `fixes`: those it marked. `withdrawn`: those it led to.

    A phase that the case entered by it was not entered.
    """
    done_at = from_micros(data["at"])
    phases = tuple(entry for entry in investigation.phases if entry.at != done_at)
    proposed_again = {"state": SolutionState.PROPOSED, "confirmed_at": None, "confirmed_by": None}
    for number in data["fixes"]:
        investigation = _with_solution(investigation, number, proposed_again)
    solutions = tuple(
        solution for solution in investigation.solutions if solution.number not in data["withdrawn"]
    )
    return replace(investigation, phases=phases, solutions=solutions)


def asked(
    investigation: InvestigationState, data: Data, at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`check`: the check asked for; asked again, it has the new predictions."""
    check = CHECK.validate_python(data["check"], context={"texts": texts})
    new = AskedCheck(check=check, asked_at=at)
    others = (
        asked_check
        for asked_check in investigation.checks
        if asked_check.check.name != check.name or asked_check.answered_by
    )
    return replace(investigation, checks=(*others, new)[-_MOST_KEPT:])


def scored(
    investigation: InvestigationState, data: Data, at: datetime, _actor: str, texts: Texts
) -> InvestigationState:
    """`name` of the check, `answered_by`, the `scores` of its hypotheses and the `citations`."""
    checks = tuple(
        replace(
            asked_check,
            answered_by=data["answered_by"],
            answered_at=at,
            scores=SCORES.validate_python(data["scores"]),
            citations=CITATIONS.validate_python(data["citations"], context={"texts": texts}),
        )
        if asked_check.check.name == data["name"] and asked_check.answered_by is None
        else asked_check
        for asked_check in investigation.checks
    )
    return replace(investigation, checks=checks)


def without_file(investigation: InvestigationState, name: str) -> InvestigationState:
    """The state with every citation of the file of this name removed."""
    conclusion = investigation.conclusion
    if conclusion is not None:
        impact, trigger = conclusion.impact, conclusion.trigger
        conclusion = replace(
            conclusion,
            supporting=lines_not_from(conclusion.supporting, name),
            impact=None if impact and impact.is_from(name) else impact,
            trigger=None if trigger and trigger.is_from(name) else trigger,
        )
    solutions = (
        replace(solution, citations=lines_not_from(solution.citations, name))
        for solution in investigation.solutions
    )
    checks = (
        replace(check, citations=lines_not_from(check.citations, name))
        for check in investigation.checks
    )
    opinion = investigation.opinion
    return replace(
        investigation,
        conclusion=conclusion,
        solutions=tuple(solutions),
        checks=tuple(checks),
        opinion=opinion.without_file(name) if opinion else None,
    )


def lines_not_from(lines: Iterable[Citation], name: str) -> tuple[Citation, ...]:
    """The citations that do not lie in the file of this name."""
    return tuple(citation for citation in lines if not citation.is_from(name))


def cited(investigation: InvestigationState) -> Iterator[Citation]:
    """Yields every citation in the state."""
    if investigation.opinion:
        yield from investigation.opinion.lines
    if investigation.conclusion:
        yield from investigation.conclusion.lines
    for solution in investigation.solutions:
        yield from solution.citations
    for check in investigation.checks:
        yield from check.citations


def _with_solution(
    investigation: InvestigationState, number: int, changes: Mapping[str, Any]
) -> InvestigationState:
    solutions = tuple(
        replace(solution, **changes) if solution.number == number else solution
        for solution in investigation.solutions
    )
    return replace(investigation, solutions=solutions)
