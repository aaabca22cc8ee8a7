"""What was said, tried and decided in a case, and which of it is about a question?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.hypotheses import HypothesisState
from core.cases.investigation_state import SolutionState
from core.investigation.answering.questions import fold
from core.investigation.memory.model import Said
from core.investigation.memory.recalling import RECALLED, recall
from core.investigation.memory.words import names
from core.investigation.model import Answer
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.hypotheses import Hypothesis
    from core.cases.investigation_state import Course
    from core.investigation.decision import Situation

_QUOTED = 200  # characters of a message in an answer of several
_TRIED = re.compile(
    r"\btr(?:y|ied)\b|\bchecked\b|\btested\b|ruled out|\bdone\b|\bdid we do\b|\bran\b"
)
_WHOLE = re.compile(
    r"summari[sz]e|\bsummary\b|\brecap\b|catch(?: me)?[- ]up|hand[- ]?(?:off|over)|do we know"
    r"|is known|\bhistory\b"
)
_WHOSE = re.compile(
    r"\b(?:did|has|have) @?([\w.'-]{2,40}) (?:already |just |also |ever )?"
    r"(?:say|said|mention|suggest|think|thought|write|wrote|written|report|ask|tell|told|propose"
    r"|decide|answer)"
)
_EVERYBODY = (
    "we you i they he she it people anyone anybody someone somebody everyone everybody team the"
)
_ANYBODY = frozenset(_EVERYBODY.split())
_DONE = {
    SolutionState.PROPOSED: Clean.say("proposed"),
    SolutionState.CONFIRMED: Clean.say("done, not settled yet"),
    SolutionState.VALIDATED: Clean.say("helped"),
    SolutionState.FAILED: Clean.say("did not help"),
}


@dataclass(frozen=True)
class Recollection:
    """What comes to mind: messages in the order in which they were said, and what was tried."""

    said: tuple[Said, ...]
    tried: tuple[Clean, ...]

    def __bool__(self) -> bool:
        return bool(self.said or self.tried)


def recollect(
    question: str, messages: Sequence[Said], course: Course, hypotheses: Sequence[Hypothesis]
) -> Recollection:
    """What of a case is about the question; of a question for all of it, what was tried."""
    asked = fold(question)
    is_whole = _WHOLE.search(asked) is not None
    wants_tried = is_whole or _TRIED.search(asked) is not None
    tried_so_far = tuple(tried(course, hypotheses)) if wants_tried else ()
    said = tuple(messages[-RECALLED:]) if is_whole else _about(question, messages)
    return Recollection(said=said, tried=tried_so_far)


def tried(course: Course, hypotheses: Sequence[Hypothesis]) -> Iterator[Clean]:
    """Checks that were answered, fixes, and what people judged."""
    for asked in course.checks:
        if asked.answered_by and asked.citations:
            what = asked.citations[0].why.line()
            yield Clean.say("{ask}: {what}", ask=asked.check.ask.line(), what=what)
    for fix in course.solutions:
        yield Clean.say("fix {n} {how}: {fix}", n=fix.number, how=_DONE[fix.state], fix=fix.text)
    for one in hypotheses:
        if one.verdict_by is not None:
            held = one.state is HypothesisState.VALIDATED
            how = Clean.say("confirmed") if held else Clean.say("rejected")
            yield Clean.say("{n}. {cause}: {how}", n=one.number, how=how, cause=one.statement)


def remembered(question: str, situation: Situation) -> Answer:
    """The same as an answer of a turn."""
    found = recollect(question, situation.messages, situation.course, situation.hypotheses)
    parts = [*found.tried, *(one.text.line().cut(_QUOTED) for one in found.said)]
    if not parts:
        words = Clean.say("Nothing about that was said or tried here.")
        return Answer(text=words, known=False)
    return Answer(text=Clean.say("So far: {what}.", what=Clean.join("; ", parts)))


def _about(question: str, messages: Sequence[Said]) -> tuple[Said, ...]:
    """The most relevant, in their order; of people who are named, only what they said."""
    if _is_of_nobody_here(question, messages):
        return ()
    return tuple(sorted(recall(question, messages), key=lambda one: one.seq))


def _is_of_nobody_here(question: str, messages: Sequence[Said]) -> bool:
    """Does it ask what somebody said who has said nothing in this case?"""
    match = _WHOSE.search(fold(question))
    if match is None:
        return False
    called = frozenset[str]().union(*(one.called for one in messages))
    return not names(match[1]) & (called | _ANYBODY)
