"""Answers a question of the thread by a model: in its language, with lines, as it is written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import BudgetSpent, ModelRefused, OutOfLimits, Unavailable
from core.investigation.answering.responses import Answer, is_known
from core.investigation.consultation.case_prompt import case_prompt
from core.investigation.consultation.opinions import CitedPlaces
from core.investigation.consultation.speech import Speech
from core.investigation.ports import TurnInProgress
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.cases.model import Question
    from core.investigation.answering.responses import Response
    from core.investigation.consultation.exchange import Consultation
    from core.investigation.consultation.profile import Profile
    from core.investigation.decision import Decision
    from core.investigation.survey import Survey
    from core.text.redacted import RedactedText

say = sentences("investigation.consultation")

FAILURES = (Unavailable, OutOfLimits, ModelRefused, BudgetSpent)
_SHOWN_EVERY_S = 1.0  # of an answer that is being written


async def answer_by_model(
    exchange: Consultation,
    surveyed: Survey,
    decision: Decision,
    question: Question,
    engine: Response,
    profile: Profile,
) -> Response:
    """The model's answer; the engine's, and that it is that, where no model gives one."""
    places = CitedPlaces(surveyed.situation, exchange.tools.shown)
    speech = Speech(exchange.redactor, exchange.marks, places, exchange.prompts)
    exchange.situation.budget.grant(1 + profile.looks_for_answer)
    exchange.instruct(_manners(exchange, profile))
    exchange.tell(
        await case_prompt(
            exchange,
            decision,
            surveyed=surveyed,
            profile=profile,
            question=question,
            engine=engine if is_known(engine) else None,
        )
    )
    shown = _Growing(exchange.turn, question.id, speech)
    try:
        reply = await exchange.ask(looks=profile.looks_for_answer, on_text=shown.grow)
        text, citations = speech.finished(reply.text)
    except FAILURES:
        return replace(engine, text=say("without_model", text=engine.text))
    return Answer(text=text, citations=citations) if text else engine


@dataclass
class _Growing:
    """An answer that is being written, shown about once a second."""

    turn: TurnInProgress
    question_id: str
    speech: Speech
    last: float = float("-inf")

    async def grow(self, text: str) -> None:
        """Shows the text so far, unless it did so just now. Raises TellsTooMuch."""
        now = asyncio.get_running_loop().time()
        if now - self.last >= _SHOWN_EVERY_S:
            self.last = now
            await self.turn.stream(self.question_id, self.speech.so_far(text))


def _manners(exchange: Consultation, profile: Profile) -> RedactedText:
    return exchange.prompts.render(
        "answer",
        open=exchange.marks.open,
        close=exchange.marks.close,
        rounds=exchange.looks(profile.looks_for_answer),
    )
