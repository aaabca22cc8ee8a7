"""The nine ways in which the engine answers a person, and what it asks people for.

Every response says its `text` in one or two sentences, which is also what the case's log keeps,
and cites what it rests on. `type` tells them apart where they are stored or sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from core.cases.investigation_state import Solution
from core.cases.model import Check, Citation, Hypothesis
from core.text.redacted import RedactedText
from core.text.sentences import Sentence, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

say = sentences("investigation.responses")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to a person, with its lines. `known` is False where evidence has no answer.

    `explained` is the hypothesis that it lays open, where somebody asked why.
    """

    text: RedactedText
    citations: tuple[Citation, ...] = ()
    known: bool = True
    explained: Hypothesis | None = None
    type: Literal["ANSWER"] = "ANSWER"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One tap: what it says, as a verb of the vocabulary and what goes with it."""

    label: RedactedText
    verb: (
        Literal["ask", "cancel", "confirm", "correct", "evidence", "hypotheses", "reject"]
        | (Literal["reopen", "report", "resolve", "run", "status", "why"])
    )
    argument: RedactedText = RedactedText.EMPTY


@dataclass(frozen=True, kw_only=True)
class PlanProposal:
    """Several checks in the order in which they tell most, each of them asked for by itself."""

    text: RedactedText
    steps: tuple[Check, ...]
    citations: tuple[Citation, ...] = ()
    type: Literal["PLAN_PROPOSAL"] = "PLAN_PROPOSAL"


@dataclass(frozen=True, kw_only=True)
class ClarificationRequest:
    """One question back, answerable with a tap."""

    text: RedactedText
    choices: tuple[Choice, ...]
    citations: tuple[Citation, ...] = ()
    type: Literal["CLARIFICATION_REQUEST"] = "CLARIFICATION_REQUEST"


@dataclass(frozen=True, kw_only=True)
class ConfirmationRequest:
    """Something that only a person decides: what would be done, and what else may be."""

    text: RedactedText
    choices: tuple[Choice, ...]
    citations: tuple[Citation, ...] = ()
    type: Literal["CONFIRMATION_REQUEST"] = "CONFIRMATION_REQUEST"


@dataclass(frozen=True, kw_only=True)
class SolutionReady:
    """A cause that is carried by evidence, what would mend it, and what must then be seen."""

    text: RedactedText
    solution: Solution
    hypothesis: Hypothesis
    citations: tuple[Citation, ...] = ()
    type: Literal["SOLUTION_READY"] = "SOLUTION_READY"


@dataclass(frozen=True, kw_only=True)
class NeedsMoreData:
    """What is missing, and the one check that separates the rivals best, where there is one."""

    text: RedactedText
    check: Check | None = None
    missing: tuple[RedactedText, ...] = ()
    citations: tuple[Citation, ...] = ()
    type: Literal["NEEDS_MORE_DATA"] = "NEEDS_MORE_DATA"


@dataclass(frozen=True, kw_only=True)
class EscalationRequired:
    """The engine cannot go on alone: what was tried, and who might."""

    text: RedactedText
    tried: tuple[RedactedText, ...] = ()
    citations: tuple[Citation, ...] = ()
    type: Literal["ESCALATION_REQUIRED"] = "ESCALATION_REQUIRED"


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """How far things are: what is being read or tried, and what is known meanwhile."""

    text: RedactedText
    lines: tuple[RedactedText, ...] = ()
    citations: tuple[Citation, ...] = ()
    type: Literal["STATUS_UPDATE"] = "STATUS_UPDATE"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What failed, what is safe, what to do next."""

    text: RedactedText
    safe: RedactedText
    step: RedactedText
    citations: tuple[Citation, ...] = ()
    type: Literal["ERROR"] = "ERROR"


Response = Annotated[
    Answer
    | PlanProposal
    | ClarificationRequest
    | ConfirmationRequest
    | SolutionReady
    | NeedsMoreData
    | EscalationRequired
    | StatusUpdate
    | Problem,
    Field(discriminator="type"),
]

# What each is called where people read it.
TITLES: Mapping[str, Sentence] = {
    "ANSWER": say.later("answer"),
    "PLAN_PROPOSAL": say.later("plan_proposal"),
    "CLARIFICATION_REQUEST": say.later("clarification_request"),
    "CONFIRMATION_REQUEST": say.later("confirmation_request"),
    "SOLUTION_READY": say.later("solution_ready"),
    "NEEDS_MORE_DATA": say.later("needs_more_data"),
    "ESCALATION_REQUIRED": say.later("escalation_required"),
    "STATUS_UPDATE": say.later("status_update"),
    "ERROR": say.later("error"),
}
_OPEN = (ClarificationRequest, NeedsMoreData, EscalationRequired, Problem)


def is_known(response: Response) -> bool:
    """Whether the evidence had the answer."""
    if isinstance(response, Answer):
        return response.known
    return not isinstance(response, _OPEN)
