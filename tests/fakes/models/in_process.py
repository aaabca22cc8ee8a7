"""A language model in the process of a test: it says what it is scripted to say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.investigation.language_model import ModelReply, ModelRequest, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.language_model import OnText

TOKENS_IN, TOKENS_OUT, COST = 900, 40, 120


def says(text: str) -> ModelReply:
    """A reply in words."""
    return ModelReply(
        model="scripted", text=text, tokens_in=TOKENS_IN, tokens_out=TOKENS_OUT, cost=COST
    )


def looks_up(name: str, **arguments: object) -> ModelReply:
    """A reply that asks for evidence."""
    call = ToolCall(id=f"call-{name}", name=name, arguments=arguments)
    return ModelReply(
        model="scripted", calls=(call,), tokens_in=TOKENS_IN, tokens_out=TOKENS_OUT, cost=COST
    )


def opines(
    *causes: dict[str, Any], verdict: str = "root_cause", missing: Sequence[str] = ()
) -> ModelReply:
    """A reply with a proposal of these causes. missing: what would tell more, or why none is."""
    proposal = {"verdict": verdict, "causes": list(causes), "missing": list(missing)}
    return says(json.dumps(proposal))


def a_cause(
    service: str,
    fault: str,
    *places: str,
    statement: str = "It broke",
    probability: float = 0.9,
    trigger: str = "",
) -> dict[str, Any]:
    """One cause of a proposal. trigger: the place of what set it off."""
    return {
        "service": service,
        "fault": fault,
        "statement": statement,
        "probability": probability,
        "evidence": [{"place": place, "why": "it began there"} for place in places],
        "trigger": trigger,
    }


@dataclass
class ScriptedModel:
    """Implements `LanguageModel`. script: replies, or errors to raise, in order; the last stays."""

    script: list[ModelReply | Exception]
    asked: list[ModelRequest] = field(default_factory=list)

    async def complete(self, request: ModelRequest, *, on_text: OnText | None = None) -> ModelReply:
        self.asked.append(request)
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(reply, Exception):
            raise reply
        if on_text is not None and reply.text:
            for end in range(8, len(reply.text), 8):
                await on_text(reply.text[:end])
            await on_text(reply.text)
        return reply
