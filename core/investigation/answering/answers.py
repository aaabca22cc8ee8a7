"""What can evidence answer without a model? Each answer carries its lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.investigation.answering import beliefs, sightings
from core.investigation.answering.asked import Asked
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
    asks_whether,
    guess,
    names_a_time,
    understand,
)
from core.investigation.answering.recollection import remembered
from core.investigation.answering.responses import NeedsMoreData, Response
from core.investigation.answering.router import Route, route
from core.investigation.model import Answer
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.investigation.decision import Decision, Situation

COURTESY = Clean.say("Here. Ask me: why 1? what next? what changed? Or type `help`.")


def answer_question(question: Clean, situation: Situation, decision: Decision) -> Response:
    """The response of the skill that the question goes to; any text has one."""
    asked = Asked(question.text, situation, decision)
    match route(question.text):
        case Route.CONVERSATION:
            return Answer(text=COURTESY)
        case Route.CONTEXT:
            return remembered(question.text, situation)
        case Route.LOG_ANALYSIS | Route.TROUBLESHOOTING:
            return _troubleshoot(asked)


def _troubleshoot(asked: Asked) -> Response:
    if asked.named and asks_whether(asked.text):
        return is_it(asked.named[0])
    intent = understand(asked.text)
    if intent is not None and not (intent in _OF_A_TIME and names_a_time(asked.text)):
        return _REPLIES[intent](asked)
    intent = intent or guess(asked.text)
    if intent is not None:
        reply = _REPLIES[intent](asked)
        taken = Clean.say("Taken as: {what}? {text}", what=_TAKEN[intent], text=reply.text)
        return replace(reply, text=taken)
    text = Clean.say(
        "No answer to that without a model. I can say: why a hypothesis, what contradicts it,"
        " what changed, the first error, how often, when it started, what is missing, what next."
        " Or show lines: `errors last hour`."
    )
    return Answer(text=text, known=False)


def _next(ask: Asked) -> Response:
    return what_next(ask.situation, ask.decision)


def _missing(ask: Asked) -> Response:
    if not ask.decision.missing:
        return Answer(text=Clean.say("Nothing more is needed."))
    wanted = Clean.join("; ", list(ask.decision.missing))
    text = Clean.say("Missing: {what}.", what=wanted)
    return NeedsMoreData(text=text, check=next(iter(ask.decision.checks), None))


# These are answered for all time, whatever time a question names: they say so.
_OF_A_TIME = (Intent.CHANGED, Intent.OFTEN, Intent.FIRST_ERROR)
# How a question was understood that is misspelt, or says more; names of intents as clean text.
_TAKEN = {
    Intent.PROGRESS: Clean.say("how far things are"),
    Intent.UNREADABLE: Clean.say("what could not be read"),
    Intent.ESCALATE: Clean.say("who can help"),
    Intent.AGAINST: Clean.say("what contradicts it"),
    Intent.MISSING: Clean.say("what is missing"),
    Intent.OFTEN: Clean.say("how often"),
    Intent.FIRST_ERROR: Clean.say("the first error"),
    Intent.WHY: Clean.say("why a hypothesis"),
    Intent.CHANGED: Clean.say("what changed"),
    Intent.PLAN: Clean.say("the plan"),
    Intent.NEXT: Clean.say("what next"),
    Intent.WHEN: Clean.say("when it started"),
    Intent.CAUSE: Clean.say("what the cause is"),
}
_REPLIES: dict[Intent, Callable[[Asked], Response]] = {
    Intent.PROGRESS: lambda ask: progress(ask.situation, ask.decision),
    Intent.UNREADABLE: lambda ask: unreadable(ask.situation),
    Intent.ESCALATE: lambda ask: escalation(ask.situation, ask.decision),
    Intent.PLAN: lambda ask: plan(ask.decision),
    Intent.AGAINST: beliefs.against,
    Intent.MISSING: _missing,
    Intent.OFTEN: sightings.how_often,
    Intent.FIRST_ERROR: sightings.first_error,
    Intent.WHY: beliefs.why,
    Intent.CHANGED: sightings.changed,
    Intent.NEXT: _next,
    Intent.WHEN: sightings.when,
    Intent.CAUSE: beliefs.cause,
}
