"""A reasoner that asks a language model, and goes on without one wherever that fails.

The engine decides first. Where there is evidence that no model has weighed, one is shown what the
engine found, may look further, and says what it makes of it: an opinion, which the case keeps and
later turns weigh with what is new. Its causes stand in the same ranking as the engine's, and the
same code says what may be called a root cause. What people ask and the engine has no certain answer
to, a model answers, with lines. Whatever goes wrong with a model, the engine's word stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.evidence.model import FileState
from core.investigation.answering.answers import is_plain
from core.investigation.consultation.evidence_reader import EvidenceReader
from core.investigation.consultation.exchange import Consultation
from core.investigation.consultation.opinions import NotAProposal
from core.investigation.consultation.profile import LARGE, Profile
from core.investigation.consultation.prompts import SHIPPED, Prompts
from core.investigation.consultation.second_opinion import ask_opinion
from core.investigation.consultation.thread_answers import FAILURES, answer_by_model
from core.investigation.consultation.tools import EvidenceTools
from core.investigation.consultation.weights import with_opinion, without_quarrel
from core.investigation.decision import Situation, undecided
from core.investigation.isolation import Isolation
from core.investigation.language_model import LanguageModel, ModelRole
from core.investigation.phases import weighed
from core.investigation.reasoner import (
    Aside,
    answered,
    at_once,
    conclude,
    foresee_decision,
    look,
)
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.cases.opinion import Opinion
    from core.investigation.decision import Decision, Reply
    from core.investigation.ports import TurnInProgress
    from core.investigation.survey import Survey

say = sentences("investigation.consultation")


@dataclass(frozen=True)
class WithModel:
    """The engine with a model beside it.

    redactor: of a case, for what comes back. reader: of the lines of its files. aside: runs work
    of the processor away from the event loop. prompts: what instructions are made of.
    """

    model: LanguageModel
    redactor: Callable[[Situation], Redactor]
    reader: Callable[[Situation], EvidenceReader | None] = lambda _situation: None
    profile: Profile = LARGE
    aside: Aside = at_once
    prompts: Prompts = SHIPPED

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        """The decision with the opinion of a model, and its answers to what people ask."""
        isolation = Isolation()
        surveyed = await self.aside(partial(look, situation, isolation))
        if surveyed is None:
            alone = undecided(situation, tuple(isolation.defects))
            return await self.aside(partial(answered, situation, alone))
        standing = situation.investigation.opinion
        decision = await self._concluded(surveyed, standing, isolation)
        if _is_due(situation):
            opinion = await self._opinion(surveyed, decision, turn, isolation)
            if opinion is not None:
                decision = await self._concluded(surveyed, opinion, isolation)
            decision = replace(decision, opinion=opinion, defects=tuple(isolation.defects))
        decision = await self.aside(partial(answered, situation, decision))
        return await self._with_answers(surveyed, decision, turn)

    async def _concluded(
        self, surveyed: Survey, opinion: Opinion | None, isolation: Isolation
    ) -> Decision:
        return await self.aside(partial(_conclude, surveyed, opinion, isolation))

    async def _opinion(
        self, surveyed: Survey, decision: Decision, turn: TurnInProgress, isolation: Isolation
    ) -> Opinion | None:
        """What a model makes of the evidence; None, and named as left out, where none said it."""
        await turn.report(say("asking"))
        # What was concluded a turn ago is not what the engine says now.
        now = replace(surveyed.situation.investigation, conclusion=None)
        situation = replace(surveyed.situation, investigation=now)
        exchange = self._exchange(situation, decision, turn, ModelRole.REASONING)
        try:
            return await ask_opinion(exchange, surveyed, decision, self.profile)
        except NotAProposal:
            isolation.blame(TurnPart.MODEL, say("the_model"), say("no_opinion"))
        except FAILURES as error:
            problem = exchange.redactor.clean(str(error)).line()
            isolation.blame(TurnPart.MODEL, say("the_model"), problem)
        return None

    async def _with_answers(
        self, surveyed: Survey, decision: Decision, turn: TurnInProgress
    ) -> Decision:
        """The decision with a model's answers to what the engine does not surely know."""
        situation = foresee_decision(surveyed.situation, decision)
        questions = {question.id: question for question in situation.questions}
        answers: list[Reply] = []
        for reply in decision.answers:
            question, engine = questions[reply.question], reply.response
            if engine is None or is_plain(question.text, situation, decision):
                answers.append(reply)
                continue
            exchange = self._exchange(situation, decision, turn, ModelRole.FAST)
            response = await answer_by_model(
                exchange, surveyed, decision, question, engine, self.profile
            )
            answers.append(replace(reply, response=response))
        return replace(decision, answers=tuple(answers))

    def _exchange(
        self, situation: Situation, decision: Decision, turn: TurnInProgress, role: ModelRole
    ) -> Consultation:
        believed = replace(situation, hypotheses=decision.hypotheses)
        return Consultation(
            model=self.model,
            role=role,
            situation=believed,
            turn=turn,
            redactor=self.redactor(situation),
            tools=EvidenceTools(believed, self.reader(situation), self.profile.tools),
            prompts=self.prompts,
        )


def _is_due(situation: Situation) -> bool:
    """Whether there is evidence, all of it read, that no model has weighed."""
    if any(file.state is FileState.RECEIVED for file in situation.files):
        return False
    digest, opinion = weighed(situation), situation.investigation.opinion
    return bool(digest) and (opinion is None or opinion.weighed != digest)


def _conclude(surveyed: Survey, opinion: Opinion | None, isolation: Isolation) -> Decision:
    """The engine's decision, with the opinion weighed among its causes where there is one."""
    alone = conclude(surveyed, isolation)
    if opinion is None:
        return alone
    ranked = isolation.attempt(
        TurnPart.MODEL,
        say("the_model"),
        lambda: with_opinion(surveyed.ranked, opinion, surveyed.situation),
        otherwise=surveyed.ranked,
    )
    decision = conclude(replace(surveyed, ranked=ranked, opinion=opinion), isolation)
    return without_quarrel(alone, decision, opinion, surveyed)
