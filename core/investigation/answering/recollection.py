"""What was said, tried and decided in a case, and which of it is about a question?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clean import Clean
from core.investigation.answering.questions import fold
from core.investigation.course import SolutionState
from core.investigation.memory.model import Said
from core.investigation.memory.relevance import relevance
from core.investigation.model import Answer, HypothesisState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.investigation.course import Course
    from core.investigation.decision import Situation
    from core.investigation.model import Hypothesis

_QUOTED = 200  # characters of a message in an answer of several
RECALLED = 5  # messages of one answer
_LEAST, _NEAR = 0.2, 0.6  # relevance, and as a share of the best one's
_TRIED = re.compile(
    r"\btr(?:y|ied)\b|\bchecked\b|\btested\b|ruled out|\bdone\b|\bdid we do\b|\bran\b"
)
_WHOLE = re.compile(
    r"summari[sz]e|\bsummary\b|\brecap\b|catch(?: me)?[- ]up|hand[- ]?(?:off|over)|do we know"
    r"|is known|\bhistory\b"
)
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
            yield Clean.say("{n} {how}: {cause}", n=one.number, how=how, cause=one.statement)


def remembered(question: str, situation: Situation) -> Answer:
    """The same as an answer of a turn."""
    found = recollect(question, situation.messages, situation.course, situation.hypotheses)
    parts = [*found.tried, *(one.text.line().cut(_QUOTED) for one in found.said)]
    if not parts:
        words = Clean.say("Nothing about that was said or tried here.")
        return Answer(text=words, known=False)
    return Answer(text=Clean.say("So far: {what}.", what=Clean.join("; ", parts)))


def _about(question: str, messages: Sequence[Said]) -> tuple[Said, ...]:
    """The most relevant; of a person who is named, only what they said."""
    by = _speaker(question, messages)
    theirs = [one for one in messages if by is None or one.by == by]
    if not theirs:
        return ()
    scores = relevance(question, theirs)
    rated = sorted(zip(theirs, scores, strict=True), key=lambda pair: (-pair[1], -pair[0].seq))
    enough = max(_LEAST, _NEAR * rated[0][1])
    best = [one for one, score in rated[:RECALLED] if score >= enough]
    if not best and by is not None:
        best = theirs[-RECALLED:]
    return tuple(sorted(best, key=lambda one: one.seq))


def _speaker(question: str, messages: Sequence[Said]) -> str | None:
    """Whom the question names, of those who have said anything."""
    words = set(re.findall(r"[\w.'-]+", fold(question)))
    people = {one.by for one in messages}
    named = [by for by in people if _names_of(by) & words]
    return named[0] if len(named) == 1 else None


def _names_of(by: str) -> set[str]:
    """`@dana.scully` is named by `dana.scully`, `dana` and `scully`; we are not."""
    plain = by.lstrip("@").casefold()
    if plain == "system":
        return set()
    return {plain, *re.split(r"[\s._-]+", plain)} - {""}
