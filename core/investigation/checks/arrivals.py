"""Which of the checks that were asked does a file answer that came since? Pure.

A file that shows what a check looks for answers it, whoever dropped it and why. One that does not
answers nothing: it may be about something else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import AskedCheck
from core.investigation.checks.outcomes import Seen, found_something, read_output, scores_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.investigation_state import Course
    from core.evidence.model import EvidenceFile, Locus
    from core.investigation.decision import Situation


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A check with the sight of it in a file, by the file's id."""

    asked: AskedCheck
    seen: Seen
    file: str


def open_checks(course: Course) -> list[AskedCheck]:
    """What people were asked for and have not answered, the newest first."""
    return [one for one in reversed(course.checks) if one.answered_by is None]


def arrivals(situation: Situation) -> list[Arrival]:
    """One for each open check that some file answers."""
    found = (next(_answers(one, situation), None) for one in open_checks(situation.course))
    return [one for one in found if one is not None]


def with_arrivals(situation: Situation) -> Situation:
    """The situation in which what came is counted, as its case will when the turn has ended."""
    scored = {one.asked.check.name: one for one in arrivals(situation)}
    if not scored:
        return situation
    checks = tuple(
        _scored(one, scored[one.check.name], situation)
        if one.answered_by is None and one.check.name in scored
        else one
        for one in situation.course.checks
    )
    return replace(situation, course=replace(situation.course, checks=checks))


def _scored(one: AskedCheck, arrival: Arrival, situation: Situation) -> AskedCheck:
    return replace(
        one,
        answered_by=arrival.file,
        answered_at=situation.at,
        scores=scores_of(one.check, arrival.seen),
        citations=(arrival.seen.citation,),
    )


def _answers(one: AskedCheck, situation: Situation) -> Iterator[Arrival]:
    for file in situation.files:
        if file.received_at >= one.asked_at:
            for seen in _sights(one, file, situation):
                yield Arrival(asked=one, seen=seen, file=file.id)


def _sights(one: AskedCheck, file: EvidenceFile, situation: Situation) -> Iterator[Seen]:
    for found in situation.findings.get(file.id, ()):
        seen = read_output(one.check, found.text, file=found.locus.file)
        if found_something(one.check, seen):
            yield seen.at(_line_of(seen, found.locus))


def _line_of(seen: Seen, whole: Locus) -> Locus:
    """The very line, where a finding is of several, as what a command printed is."""
    inside = seen.citation.locus.line_start - 1 if seen.citation.locus else 0
    if inside > whole.line_end - whole.line_start:
        return whole
    line = whole.line_start + inside
    return replace(whole, line_start=line, line_end=line)
