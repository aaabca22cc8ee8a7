"""How do the events of an investigation fold into its course? Pure steps, one per kind of event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.cases.hypotheses import Check, Citation, Outcome, WorkingConclusion
from core.cases.investigation_state import (
    AskedCheck,
    Course,
    PhaseEntry,
    Solution,
    SolutionState,
    Spent,
)
from core.text.redacted import ERASED, Clean

if TYPE_CHECKING:
    from datetime import datetime

CONCLUSION = TypeAdapter(WorkingConclusion)
CHECK = TypeAdapter(Check)
SOLUTION = TypeAdapter(Solution)
SPENT = TypeAdapter(Spent)
CITATIONS = TypeAdapter(tuple[Citation, ...])
SCORES = TypeAdapter(tuple[tuple[int, Outcome], ...])
_KEPT = 50  # checks, and entries of phases, that a course remembers

Data = Mapping[str, Any]
Texts = Mapping[str, Clean]
Step = Callable[[Course, Data, "datetime", str, Texts], Course]


def entered(course: Course, entry: PhaseEntry) -> Course:
    """The course after its case entered a phase: the turns in it count from here."""
    return replace(course, phases=(*course.phases, entry)[-_KEPT:], iterations=0)


def concluded(course: Course, data: Data, _at: datetime, _actor: str, texts: Texts) -> Course:
    """`conclusion`: the working conclusion."""
    drawn = CONCLUSION.validate_python(data["conclusion"], context={"texts": texts})
    return replace(course, conclusion=drawn)


def ended_turn(course: Course, data: Data, _at: datetime, _actor: str, _texts: Texts) -> Course:
    """`spent`: what the turn took; `weighed`, where it weighed new evidence: a digest of it."""
    spent = course.spent + SPENT.validate_python(data["spent"])
    if "weighed" not in data:
        return replace(course, spent=spent)
    return replace(course, spent=spent, iterations=course.iterations + 1, weighed=data["weighed"])


def escalated(course: Course, data: Data, at: datetime, _actor: str, texts: Texts) -> Course:
    """`why`: what the engine cannot do alone."""
    return replace(course, escalated_at=at, escalated_why=texts.get(data["why"], ERASED))


def proposed(course: Course, data: Data, _at: datetime, _actor: str, texts: Texts) -> Course:
    """`solution`: a new one; one of the same number is replaced."""
    new = SOLUTION.validate_python(data["solution"], context={"texts": texts})
    others = tuple(one for one in course.solutions if one.number != new.number)
    return replace(course, solutions=(*others, new))


def confirmed(course: Course, data: Data, at: datetime, actor: str, _texts: Texts) -> Course:
    """`number`: of the solution that the actor says was done."""
    done = {"state": SolutionState.CONFIRMED, "confirmed_at": at, "confirmed_by": actor}
    return _with_solution(course, data["number"], done)


def settled(course: Course, data: Data, at: datetime, _actor: str, texts: Texts) -> Course:
    """`number`, `worked` and the `citations` from after the fix."""
    state = SolutionState.VALIDATED if data["worked"] else SolutionState.FAILED
    cited = CITATIONS.validate_python(data["citations"], context={"texts": texts})
    known = {"state": state, "settled_at": at, "citations": cited}
    return _with_solution(course, data["number"], known)


def asked(course: Course, data: Data, at: datetime, _actor: str, texts: Texts) -> Course:
    """`check`: what people were asked for. Asked again, its predictions are the new ones."""
    check = CHECK.validate_python(data["check"], context={"texts": texts})
    open_one = AskedCheck(check=check, asked_at=at)
    others = (one for one in course.checks if one.check.name != check.name or one.answered_by)
    return replace(course, checks=(*others, open_one)[-_KEPT:])


def scored(course: Course, data: Data, at: datetime, _actor: str, texts: Texts) -> Course:
    """`name` of the check, `answered_by`, the `scores` of its rivals and the `citations`."""
    checks = tuple(
        replace(
            one,
            answered_by=data["answered_by"],
            answered_at=at,
            scores=SCORES.validate_python(data["scores"]),
            citations=CITATIONS.validate_python(data["citations"], context={"texts": texts}),
        )
        if one.check.name == data["name"] and one.answered_by is None
        else one
        for one in course.checks
    )
    return replace(course, checks=checks)


def without_file(course: Course, name: str) -> Course:
    """Nothing in it cites the file of this name any more, which was deleted."""
    drawn = course.conclusion
    if drawn is not None:
        drawn = replace(drawn, supporting=lines_not_from(drawn.supporting, name))
    solutions = (
        replace(one, citations=lines_not_from(one.citations, name)) for one in course.solutions
    )
    checks = (replace(one, citations=lines_not_from(one.citations, name)) for one in course.checks)
    return replace(course, conclusion=drawn, solutions=tuple(solutions), checks=tuple(checks))


def lines_not_from(lines: Iterable[Citation], name: str) -> tuple[Citation, ...]:
    """Those of them that rest elsewhere than in the file of this name."""
    return tuple(line for line in lines if not line.is_from(name))


def cited(course: Course) -> Iterator[Citation]:
    """Every line that it cites."""
    yield from course.conclusion.supporting if course.conclusion else ()
    for solution in course.solutions:
        yield from solution.citations
    for check in course.checks:
        yield from check.citations


def _with_solution(course: Course, number: int, changes: Mapping[str, Any]) -> Course:
    solutions = tuple(
        replace(one, **changes) if one.number == number else one for one in course.solutions
    )
    return replace(course, solutions=solutions)
