"""What evidence, and the talk of a case, can answer without a model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import Hypothesis, HypothesisState
from core.investigation.answering import facts
from core.investigation.answering.facts import QuestionContext
from core.investigation.answering.proposals import (
    escalation,
    is_it,
    plan,
    progress,
    unreadable,
    what_next,
)
from core.investigation.answering.questions import (
    Intent,
    Skill,
    asks_whether,
    fold,
    guess,
    names_a_time,
    route,
    understand,
)
from core.investigation.answering.responses import Answer, NeedsMoreData, Response
from core.investigation.memory.messages import CaseMessage
from core.investigation.memory.recall import RECALLED, recall
from core.investigation.memory.words import names
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.investigation.decision import Decision, Situation

say = sentences("investigation.answers")

COURTESY = say.later("courtesy")


def answer_question(question: RedactedText, situation: Situation, decision: Decision) -> Response:
    """The response of the skill that the question goes to; any text has one."""
    asked = QuestionContext(question.text, situation, decision)
    match route(question.text):
        case Skill.CONVERSATION:
            return Answer(text=COURTESY())
        case Skill.CONTEXT:
            return remembered(question.text, situation)
        case Skill.LOG_ANALYSIS | Skill.TROUBLESHOOTING:
            return _troubleshoot(asked)


def _troubleshoot(asked: QuestionContext) -> Response:
    if asked.named and asks_whether(asked.text):
        return is_it(asked.named[0])
    intent = understand(asked.text)
    if intent is not None and not (intent in _OF_A_TIME and names_a_time(asked.text)):
        return _REPLIES[intent](asked)
    intent = intent or guess(asked.text)
    if intent is not None:
        reply = _REPLIES[intent](asked)
        taken = say("understood_as", what=_TAKEN[intent](), text=reply.text)
        return replace(reply, text=taken)
    text = say("not_understood")
    return Answer(text=text, known=False)


def _next(ask: QuestionContext) -> Response:
    return what_next(ask.situation, ask.decision)


def _missing(ask: QuestionContext) -> Response:
    if not ask.decision.missing:
        return Answer(text=say("nothing_missing"))
    missing = RedactedText.join("; ", list(ask.decision.missing))
    text = say("missing", what=missing)
    return NeedsMoreData(text=text, check=next(iter(ask.decision.checks), None))


# These are answered for all time, whatever time a question names: they say so.
_OF_A_TIME = (Intent.CHANGED, Intent.OFTEN, Intent.FIRST_ERROR)
# How a question was understood that is misspelt, or says more; names of intents as clean text.
_TAKEN = {
    Intent.PROGRESS: say.later("asked_progress"),
    Intent.UNREADABLE: say.later("asked_unreadable"),
    Intent.ESCALATE: say.later("asked_escalate"),
    Intent.AGAINST: say.later("asked_against"),
    Intent.MISSING: say.later("asked_missing"),
    Intent.OFTEN: say.later("asked_often"),
    Intent.FIRST_ERROR: say.later("asked_first_error"),
    Intent.WHY: say.later("asked_why"),
    Intent.AFFECTED: say.later("asked_affected"),
    Intent.TRIGGER: say.later("asked_trigger"),
    Intent.CHANGED: say.later("asked_changed"),
    Intent.PLAN: say.later("asked_plan"),
    Intent.NEXT: say.later("asked_next"),
    Intent.WHEN: say.later("asked_when"),
    Intent.CAUSE: say.later("asked_cause"),
}
_REPLIES: dict[Intent, Callable[[QuestionContext], Response]] = {
    Intent.PROGRESS: lambda ask: progress(ask.situation, ask.decision),
    Intent.UNREADABLE: lambda ask: unreadable(ask.situation),
    Intent.ESCALATE: lambda ask: escalation(ask.situation, ask.decision),
    Intent.PLAN: lambda ask: plan(ask.decision),
    Intent.AGAINST: facts.against,
    Intent.MISSING: _missing,
    Intent.OFTEN: facts.how_often,
    Intent.FIRST_ERROR: facts.first_error,
    Intent.WHY: facts.why,
    Intent.AFFECTED: facts.affected,
    Intent.TRIGGER: facts.set_off,
    Intent.CHANGED: facts.changed,
    Intent.NEXT: _next,
    Intent.WHEN: facts.when,
    Intent.CAUSE: facts.cause,
}


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
    SolutionState.PROPOSED: say.later("fix_proposed"),
    SolutionState.CONFIRMED: say.later("fix_not_settled"),
    SolutionState.VALIDATED: say.later("fix_helped"),
    SolutionState.FAILED: say.later("fix_did_not_help"),
}


@dataclass(frozen=True)
class CaseRecall:
    """The messages about a question, in order, and what was tried."""

    messages: tuple[CaseMessage, ...]
    tried: tuple[RedactedText, ...]

    def __bool__(self) -> bool:
        return bool(self.messages or self.tried)


def recollect(
    question: str,
    messages: Sequence[CaseMessage],
    investigation: InvestigationState,
    hypotheses: Sequence[Hypothesis],
) -> CaseRecall:
    """What of a case is about the question; of a question for all of it, what was tried."""
    folded = fold(question)
    is_whole = _WHOLE.search(folded) is not None
    wants_tried = is_whole or _TRIED.search(folded) is not None
    tried_so_far = tuple(tried(investigation, hypotheses)) if wants_tried else ()
    messages_about = tuple(messages[-RECALLED:]) if is_whole else _about(question, messages)
    return CaseRecall(messages=messages_about, tried=tried_so_far)


def tried(
    investigation: InvestigationState, hypotheses: Sequence[Hypothesis]
) -> Iterator[RedactedText]:
    """Checks that were answered, fixes, and what people judged."""
    for asked_check in investigation.checks:
        if asked_check.answered_by and asked_check.citations:
            what = asked_check.citations[0].why.line()
            yield RedactedText.format("{ask}: {what}", ask=asked_check.check.ask.line(), what=what)
    for fix in investigation.solutions:
        yield say("fix_tried", n=fix.number, how=_DONE[fix.state](), fix=fix.text)
    for hypothesis in hypotheses:
        if hypothesis.verdict_by is not None:
            confirmed = hypothesis.state is HypothesisState.VALIDATED
            how = say("confirmed") if confirmed else say("rejected")
            yield RedactedText.format(
                "{n}. {cause}: {how}", n=hypothesis.number, how=how, cause=hypothesis.statement
            )


def remembered(question: str, situation: Situation) -> Answer:
    """The recall of a question as an answer."""
    recall_of_case = recollect(
        question, situation.messages, situation.investigation, situation.hypotheses
    )
    parts = [
        *recall_of_case.tried,
        *(message.text.line().cut(_QUOTED) for message in recall_of_case.messages),
    ]
    if not parts:
        words = say("nothing_said_or_tried")
        return Answer(text=words, known=False)
    return Answer(text=say("so_far", what=RedactedText.join("; ", parts)))


def _about(question: str, messages: Sequence[CaseMessage]) -> tuple[CaseMessage, ...]:
    """The most relevant, in their order; of people who are named, only what they said."""
    if _is_of_nobody_here(question, messages):
        return ()
    return tuple(sorted(recall(question, messages), key=lambda message: message.seq))


def _is_of_nobody_here(question: str, messages: Sequence[CaseMessage]) -> bool:
    """Whether it asks what somebody said who has said nothing in this case."""
    match = _WHOSE.search(fold(question))
    if match is None:
        return False
    called = frozenset[str]().union(*(message.called for message in messages))
    return not names(match[1]) & (called | _ANYBODY)
