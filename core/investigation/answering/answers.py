"""What evidence, and the talk of a case, can answer without a model."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.model import Hypothesis, HypothesisState
from core.investigation.answering import case_state, code_places, facts, suspicions
from core.investigation.answering.facts import QuestionContext
from core.investigation.answering.intents import Intent, IntentKind, catalogue
from core.investigation.answering.proposals import (
    escalation,
    plan,
    progress,
    unreadable,
    what_next,
)
from core.investigation.answering.responses import Answer, NeedsMoreData, Response
from core.investigation.answering.typos import fold
from core.investigation.memory.messages import CaseMessage
from core.investigation.memory.recall import RECALLED, recall
from core.investigation.memory.words import names
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.investigation.answering.questions import AskedQuestion
    from core.investigation.decision import Decision, Situation

say = sentences("investigation.answers")

_SHORT = 12  # words of a question that asks for one thing
_OF_HYPOTHESES = frozenset({"why", "why_not", "against", "is_it", "hypotheses"})
_BEFORE_HYPOTHESES = ("missing", "affected", "next")  # offered while there is none
COURTESY = say.later("courtesy")


def answer_question(text: RedactedText, situation: Situation, decision: Decision) -> Response:
    """The response of whoever answers the question; any text has one."""
    ask = QuestionContext(text.text, situation, decision, text)
    question = ask.question
    if question.language is not None:
        return Answer(text=question.language.line, known=False)
    if not question.is_likely or question.intent is None:
        return Answer(text=nearest(_feasible(question.offers, decision)), known=False)
    match question.kind:
        case IntentKind.FACT:
            return _told(question.intent, _REPLIES[question.intent.name](ask), question)
        case IntentKind.MEMORY if question.is_certain:
            return remembered(text.text, situation)
        case IntentKind.COURTESY:
            return Answer(text=COURTESY())
    return Answer(text=nearest(_feasible(question.offers, decision)), known=False)


def is_plain(text: RedactedText, situation: Situation, decision: Decision) -> bool:
    """Whether the engine surely knows what is asked: short, in English, plainly one intent."""
    question = QuestionContext(text.text, situation, decision, text).question
    is_short = len(text.text.split()) <= _SHORT
    return is_short and question.language is None and question.is_certain


def _feasible(offers: Sequence[Intent], decision: Decision) -> Sequence[Intent]:
    """Those that have an answer by now: nothing about a hypothesis where there is none."""
    if decision.hypotheses:
        return offers
    alike = [intent for intent in offers if intent.name not in _OF_HYPOTHESES]
    usual = [catalogue()[name] for name in _BEFORE_HYPOTHESES]
    return tuple(dict.fromkeys([*alike, *usual]))[: len(offers)]


def nearest(offers: Sequence[Intent]) -> RedactedText:
    """The sentences that work and are nearest to what was said."""
    sentences_that_work = [
        RedactedText.format("`{sentence}`", sentence=intent.sentence) for intent in offers
    ]
    return say("not_understood", sentences=RedactedText.join(" · ", sentences_that_work))


def _told(intent: Intent, reply: Response, question: AskedQuestion) -> Response:
    """The reply, and how the question was taken where it is not plainly that."""
    if question.is_certain:
        return reply
    return replace(reply, text=say("understood_as", what=intent.label, text=reply.text))


def _next(ask: QuestionContext) -> Response:
    return what_next(ask.situation, ask.decision)


def _missing(ask: QuestionContext) -> Response:
    if not ask.decision.missing:
        return Answer(text=say("nothing_missing"))
    missing = RedactedText.join("; ", list(ask.decision.missing))
    text = say("missing", what=missing)
    return NeedsMoreData(text=text, check=next(iter(ask.decision.checks), None))


# By the names of the intents whose kind is `fact`.
_REPLIES: dict[str, Callable[[QuestionContext], Response]] = {
    "affected": facts.affected,
    "against": facts.against,
    "callees": case_state.callees,
    "callers": case_state.callers,
    "cause": facts.cause,
    "changed": facts.changed,
    "code": code_places.in_code,
    "escalate": lambda ask: escalation(ask.situation, ask.decision),
    "first_error": facts.first_error,
    "is_it": suspicions.whether,
    "missing": _missing,
    "next": _next,
    "often": facts.how_often,
    "plan": lambda ask: plan(ask.decision),
    "progress": lambda ask: progress(ask.situation, ask.decision),
    "rollback": case_state.rollback,
    "runbook": case_state.runbook,
    "still": case_state.still,
    "top_errors": case_state.top_errors,
    "trigger": facts.set_off,
    "unreadable": lambda ask: unreadable(ask.situation),
    "version": case_state.version,
    "when": facts.when,
    "why": suspicions.why,
    "why_not": suspicions.why_not,
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
