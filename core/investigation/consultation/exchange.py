"""An exchange with a language model about one situation: it asks for evidence, then says its word.

Each call is a step of the turn, recorded by what it asks: a turn that is killed pays for no call
twice, and one that a person overruled asks anew. What comes from outside stands between marks that
nobody outside can know.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from core.cases.model import TurnStepName
from core.context import DEFAULT_TENANT
from core.investigation.consultation.prompts import SHIPPED, Prompts
from core.investigation.consultation.tools import EvidenceTools
from core.investigation.decision import Situation
from core.investigation.language_model import (
    LanguageModel,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ModelRole,
    Speaker,
)
from core.investigation.ports import TurnInProgress
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.investigation.language_model import OnText, ToolSpec

say = sentences("investigation.consultation")

_REPLY = TypeAdapter(ModelReply)
_MOST_TOKENS = 1_500  # of one reply


@dataclass(frozen=True)
class DataMarks:
    """What data from outside stands between in a prompt."""

    open: RedactedText
    close: RedactedText

    def around(self, data: RedactedText) -> RedactedText:
        """The data between the marks."""
        return RedactedText.join("\n", [self.open, data, self.close])


def marks_of(situation: Situation, redactor: Redactor) -> DataMarks:
    """The marks of a situation: the same where a killed turn is run again, secret to all others."""
    version = situation.case.case.version if situation.case else 0
    secret = redactor.derive("marks of data")
    nonce = hashlib.sha256(secret + str(version).encode()).digest()[:6]
    name = RedactedText.tag("data-", int.from_bytes(nonce))
    return DataMarks(
        open=RedactedText.format("<{name}>", name=name),
        close=RedactedText.format("</{name}>", name=name),
    )


@dataclass
class Consultation:
    """One conversation with a model. prompts: what its instructions are made of."""

    model: LanguageModel
    role: ModelRole
    situation: Situation
    turn: TurnInProgress
    redactor: Redactor
    tools: EvidenceTools
    prompts: Prompts = SHIPPED
    messages: list[ModelMessage] = field(default_factory=list)
    models: set[str] = field(default_factory=set)

    @cached_property
    def marks(self) -> DataMarks:
        return marks_of(self.situation, self.redactor)

    def looks(self, most: int) -> int:
        """How often the model may look at evidence before its last word."""
        return min(most, self.situation.budget.left)

    def instruct(self, text: RedactedText) -> None:
        """What is to be done, in our words."""
        self.messages.append(ModelMessage(speaker=Speaker.SYSTEM, text=text))

    def tell(self, text: RedactedText) -> None:
        """What is known, or wrong with what the model said."""
        self.messages.append(ModelMessage(speaker=Speaker.USER, text=text))

    async def ask(
        self,
        *,
        looks: int,
        schema: Mapping[str, object] | None = None,
        on_text: OnText | None = None,
    ) -> ModelReply:
        """The model's last word, after at most so many looks at the evidence.

        A look takes a round of the turn's budget. Raises ModelUnavailable, ModelRefused,
        BudgetSpent, and OutOfLimits where the turn allows no call.
        """
        for left in reversed(range(self.looks(looks))):
            reply = await self._call(self.tools.specs, schema, on_text)
            if not reply.calls:
                return reply
            await self._look(reply, left)
            self.situation.budget.take_round()
        return await self._call((), schema, on_text)

    async def ask_again(
        self, reply: ModelReply, problem: RedactedText, *, schema: Mapping[str, object] | None
    ) -> ModelReply:
        """The model's word once more, after it was told what was wrong with the first."""
        self._remember(reply)
        self.tell(problem)
        return await self._call((), schema, None)

    async def _call(
        self,
        tools: Sequence[ToolSpec],
        schema: Mapping[str, object] | None,
        on_text: OnText | None,
    ) -> ModelReply:
        """One recorded call, paid from the turn's budget."""
        case = self.situation.case
        request = ModelRequest(
            role=self.role,
            messages=tuple(self.messages),
            tools=tools,
            schema=None if tools else schema,
            max_tokens=_MOST_TOKENS,
            deadline_s=math.inf,  # as long as the settings allow
            case_id=case.case.id if case else None,
            tenant_id=case.case.tenant_id if case else DEFAULT_TENANT,
        )

        async def take() -> str:
            self.situation.budget.take_call()
            reply = await self.model.complete(request, on_text=on_text)
            self.situation.budget.pay(tokens=reply.tokens_in + reply.tokens_out, cost=reply.cost)
            return json.dumps(asdict(reply))

        outcome = await self.turn.step(TurnStepName.CALL, _key(request), take)
        reply = _REPLY.validate_json(outcome)
        self.models.add(reply.model)
        return reply

    async def _look(self, reply: ModelReply, left: int) -> None:
        """Answers the calls of the model, as data. left: how often it may look again."""
        self._remember(reply)
        for call in reply.calls:
            result = self.marks.around(await self.tools.answer(call))
            if call is reply.calls[-1]:
                words = say("looks_left", n=left) if left else say("last_look")
                result = RedactedText.join("\n", [result, words])
            self.messages.append(ModelMessage(speaker=Speaker.TOOL, text=result, answers=call.id))

    def _remember(self, reply: ModelReply) -> None:
        text = self.redactor.clean(reply.text)
        self.messages.append(ModelMessage(speaker=Speaker.MODEL, text=text, calls=reply.calls))


def _key(request: ModelRequest) -> str:
    """What tells one call from every other: all that was digest before it."""
    digest = hashlib.sha256(request.role.encode())
    for message in request.messages:
        digest.update(f"\0{message.speaker}\0{message.text.text}".encode())
    return f"model-{digest.hexdigest()[:24]}"
