"""What came back when a check was tried, and what does that say about each rival?

An outcome weighs for a rival what it is likelier there than under *something else*, in nats, so
that the posterior and the sufficiency gate see it as a citation of the kind `check`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation, EvidenceKind, Outcome, Prediction
from core.evidence.model import Locus
from core.investigation.checks.expectations import SOMETHING_ELSE, outcomes_of, sights_of
from core.text.redacted import ERASED, Clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.hypotheses import Cause, Check
    from core.cases.investigation_state import AskedCheck, Course
    from core.investigation.decision import Situation

MOST = 3.0  # nats that one outcome weighs
_TELLS = math.log(1.5)  # nats under which it does not tell a rival from something else
_EXCLUDED = 0.2  # what a rival holds no likelier than this has failed where it is seen
_LINES = 20_000  # of what came back that are looked at
_LINE = 8_000  # characters of each
_SHORT = 200
_NOTHING = Clean.say("nothing of that was seen")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Which sight of a check was seen: an index into its sights, or one past them for none."""

    sight: int
    citation: Citation

    def at(self, locus: Locus) -> Seen:
        """The same, seen there."""
        return replace(self, citation=replace(self.citation, locus=locus))


def read_output(check: Check, text: Clean, *, file: str) -> Seen:
    """What a command printed, or a file holds: the first sight, at its first line."""
    lines = text.text.split("\n", _LINES)[:_LINES]
    sights = sights_of(check.expectations)
    for nth, pattern in enumerate(sights):
        number = _first(pattern, lines)
        if number is not None:
            return _seen(check, nth, _line(text, lines[number - 1]), _at(file, number))
    return _seen(check, len(sights), _NOTHING, _at(file, 1))


def told(check: Check, *, shown: bool, by: Clean) -> Seen:
    """A person looked and says which it is: what it was to show, or not."""
    sights = sights_of(check.expectations)
    nth = 0 if shown else min(1, len(sights))
    return _seen(check, nth, Clean.say("{what}, says {by}", what=says(check, nth), by=by), None)


def says(check: Check, sight: int) -> Clean:
    """A sight in words."""
    sights = sights_of(check.expectations)
    if sight >= len(sights):
        return _NOTHING
    named = [one for one in check.expectations if one.pattern == sights[sight]]
    return max(named, key=lambda one: one.likely).says


def found_something(check: Check, seen: Seen) -> bool:
    """Is anything there that the check looks for? What was not brought for it proves no absence."""
    return seen.sight < len(sights_of(check.expectations))


def scores_of(check: Check, seen: Seen) -> tuple[tuple[int, Outcome], ...]:
    """What the prediction of each rival came to, by number."""
    numbers = dict.fromkeys(one.hypothesis for one in check.expectations)
    rivals = [number for number in numbers if number != SOMETHING_ELSE]
    return tuple((number, _score(check, seen.sight, number)) for number in rivals)


def check_citations(course: Course, number: int) -> tuple[Citation, ...]:
    """The outcomes of checks as lines for or against a hypothesis; one sight weighs once."""
    found: dict[tuple[str, str], Citation] = {}
    for asked in course.checks:
        for line in _weighed(asked, number):
            found.setdefault((line.text.text, line.why.text), line)
    return tuple(found.values())


def check_grounds(situation: Situation, cause: Cause) -> tuple[Citation, ...]:
    """The same for a cause that had a number when it was asked about."""
    known = (one.number for one in situation.hypotheses if one.cause.key == cause.key)
    number = next(known, None)
    return check_citations(situation.course, number) if number else ()


def check_predictions(course: Course, number: int) -> tuple[Prediction, ...]:
    """What a hypothesis predicted of each check that was asked, and what became of that."""
    return tuple(
        Prediction(
            text=Clean.say("{ask}: {says}", ask=asked.check.ask, says=expected),
            kind=asked.check.kind,
            outcome=dict(asked.scores).get(number, Outcome.UNTESTED),
            citations=asked.citations,
        )
        for asked in course.checks
        if (expected := _expected(asked.check, number)) is not None
    )


def _first(pattern: str, lines: Sequence[str]) -> int | None:
    """The number of the first line in which the pattern is; an empty pattern is in none."""
    if not pattern:
        return None
    known = re.compile(pattern, re.IGNORECASE)
    numbered = enumerate(lines, start=1)
    return next((nth for nth, line in numbered if known.search(line[:_LINE])), None)


def _expected(check: Check, number: int) -> Clean | None:
    """What the rival predicts: the likeliest sight, in words."""
    own = [one for one in check.expectations if one.hypothesis == number]
    return max(own, key=lambda one: one.likely).says if own else None


def _weighed(asked: AskedCheck, number: int) -> list[Citation]:
    sight = _sight_seen(asked)
    if sight is None or not any(e.hypothesis == number for e in asked.check.expectations):
        return []
    weight = _weight(asked.check, sight, number)
    return [
        Citation(
            text=line.text,
            locus=line.locus,
            weight=round(weight, 3),
            why=Clean.say("checked: {what}", what=line.why),
            kind=EvidenceKind.CHECK,
            resolves=line.resolves,
        )
        for line in asked.citations[:1]
        if abs(weight) >= _TELLS
    ]


def _sight_seen(asked: AskedCheck) -> int | None:
    """None where it was not answered, or its words were erased."""
    if asked.answered_by is None or not asked.citations or asked.citations[0].why == ERASED:
        return None
    sights = range(len(sights_of(asked.check.expectations)))
    why = asked.citations[0].why
    return next((nth for nth in sights if says(asked.check, nth) == why), len(sights))


def _weight(check: Check, sight: int, number: int) -> float:
    mine = outcomes_of(number, check.expectations)[sight]
    others = outcomes_of(SOMETHING_ELSE, check.expectations)[sight]
    if mine <= 0 or others <= 0:
        return 0.0
    return max(-MOST, min(MOST, math.log(mine / others)))


def _score(check: Check, sight: int, number: int) -> Outcome:
    if _weight(check, sight, number) >= _TELLS:
        return Outcome.HELD
    if outcomes_of(number, check.expectations)[sight] <= _EXCLUDED:
        return Outcome.FAILED
    return Outcome.UNTESTED


def _seen(check: Check, sight: int, text: Clean, locus: Locus | None) -> Seen:
    line = Citation(
        text=text, locus=locus, weight=0.0, why=says(check, sight), kind=EvidenceKind.CHECK
    )
    return Seen(sight=sight, citation=line)


def _line(text: Clean, line: str) -> Clean:
    """The line, still clean: it is a part of what is."""
    start = text.text.find(line)
    return text.part(start, start + min(len(line), _SHORT)).line()


def _at(file: str, line: int) -> Locus:
    return Locus(file=file, line_start=line, line_end=line)
