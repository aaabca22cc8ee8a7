"""Asks a model what it makes of the evidence: it may look further, and is asked again once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.signatures import signatures
from core.investigation.consultation.case_prompt import case_prompt
from core.investigation.consultation.opinions import (
    SCHEMA,
    CitedPlaces,
    NotAProposal,
    form_opinion,
    read_proposal,
)
from core.investigation.consultation.speech import Speech
from core.investigation.phases import weighed
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.cases.opinion import Opinion
    from core.investigation.consultation.exchange import Consultation
    from core.investigation.consultation.profile import Profile
    from core.investigation.decision import Decision
    from core.investigation.survey import Survey

say = sentences("investigation.consultation")

_WRONG = 300  # characters of what is wrong with a reply


async def ask_opinion(
    exchange: Consultation, surveyed: Survey, decision: Decision, profile: Profile
) -> Opinion:
    """The opinion of a model on the whole case. decision: the engine's.

    Raises NotAProposal where its word does not fit the schema, also when it is asked again,
    TellsTooMuch, and what `Consultation.ask` raises.
    """
    exchange.instruct(_task(exchange, profile))
    exchange.tell(await case_prompt(exchange, decision, surveyed=surveyed, profile=profile))
    reply = await exchange.ask(looks=profile.looks, schema=SCHEMA)
    try:
        proposal = read_proposal(reply.text)
    except NotAProposal as error:
        wrong = exchange.redactor.clean(str(error)).line().cut(_WRONG)
        reply = await exchange.ask_again(reply, say("does_not_fit", why=wrong), schema=SCHEMA)
        proposal = read_proposal(reply.text)
    places = CitedPlaces(surveyed.situation, exchange.tools.shown)
    speech = Speech(exchange.redactor, exchange.marks, places, exchange.prompts)
    return form_opinion(
        proposal,
        places,
        speech.so_far,
        model=reply.model,
        weighed=weighed(exchange.situation),
        may_settle=profile.may_settle,
    )


def _task(exchange: Consultation, profile: Profile) -> RedactedText:
    names = [RedactedText.join("", [exchange.redactor.clean(fault)]) for fault in signatures()]
    return exchange.prompts.render(
        "decide",
        open=exchange.marks.open,
        close=exchange.marks.close,
        faults=RedactedText.join(", ", names),
        rounds=exchange.looks(profile.looks),
    )
