"""The port of a language model: what it is sent, what it may call, and what comes back.

Only redacted text goes in, by its type. What comes back is text from outside: whoever uses it
cleans it, checks it, and never takes it for an instruction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.context import DEFAULT_TENANT
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.investigation.model_calls import ModelUsage

OnText = Callable[[str], Awaitable[None]]


class ModelRole(StrEnum):
    """What a model is asked for; settings name the models of each role, in order."""

    FAST = "fast"  # an answer to a person
    REASONING = "reasoning"  # a decision
    SUMMARY = "summary"  # a story, shortened


class Speaker(StrEnum):
    """Who says a message of the exchange."""

    SYSTEM = "system"  # us: what is to be done, and the rules
    USER = "user"  # us: what is known, as data
    MODEL = "assistant"
    TOOL = "tool"  # the result of a call, as data


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call that the model asks for. id: the provider's. arguments: unchecked, as they came."""

    id: str
    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class ModelMessage:
    """One message of the exchange. calls: of the model; answers: the id of the call answered."""

    speaker: Speaker
    text: RedactedText = RedactedText.EMPTY
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """A tool that the model may call. parameters: a JSON schema of an object."""

    name: str
    purpose: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One call of a model.

    schema: the JSON schema of the text, where it is to be one JSON document. deadline_s: for all
    attempts with all providers together. case_id: whose budget pays; None for a trial call.
    """

    role: ModelRole
    messages: Sequence[ModelMessage]
    tools: Sequence[ToolSpec] = ()
    schema: Mapping[str, object] | None = None
    max_tokens: int = 1_000
    deadline_s: float = 60.0
    case_id: str | None = None
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True, kw_only=True)
class ModelReply:
    """What came back, and what it took, vain attempts too.

    text: as it came, not redacted. calls: what it wants to know before it goes on; their arguments
    fit the schemas of the tools. cost: in millionths of a dollar; 0 where no price is known.
    fallbacks: models that were asked in vain before. withdrawn: what `on_text` was given and is not
    how the text begins: say so where it was shown. is_cut: it ended at `max_tokens`.
    """

    model: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    seconds: float = 0.0
    fallbacks: tuple[str, ...] = field(default=())
    withdrawn: str = ""
    is_cut: bool = False
    is_cached: bool = False


class LanguageModel(Protocol):
    """Models behind one door, whichever provider answers."""

    async def complete(self, request: ModelRequest, *, on_text: OnText | None = None) -> ModelReply:
        """Ask, with retries and fallbacks within the deadline.

        on_text: called with the text so far as it arrives; never with less than before, and not at
        all where the answer is to be JSON. After a broken stream the next model begins anew: its
        text is given once it is longer than what was given before. Raises ModelUnavailable where
        no model of the role answered in time, ModelRefused where one answered that it will not,
        BudgetSpent where a limit of spending allows no call.
        """


class SpendingLedger(Protocol):
    """Where calls are reserved before they are made, and settled after."""

    async def reserve(self, request: ModelRequest, *, model: str, most: ModelUsage) -> str:
        """The id of the reservation. most: what it may take. Raises BudgetSpent."""

    async def settle(self, call_id: str, usage: ModelUsage, *, tenant_id: str) -> None:
        """What it took; nothing where it failed before it began."""
