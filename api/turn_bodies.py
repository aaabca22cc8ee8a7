"""The answer to a turn, as the browser extension knows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import Response, status
from pydantic import ConfigDict

from api.bodies import ApiAnswer, WireTime
from api.extension_words import (
    DATA_KINDS,
    STATES,
    UPLOAD_SOURCES,
    file_state,
    hypothesis_id,
)
from api.markdown import answer_text, plain
from core.cases.model import HypothesisState
from core.conversation.cards.card import Action, Card, Row
from core.conversation.cards.case_card import case_actions
from core.conversation.messages.exchange import ApiExchange
from core.evidence.model import EvidenceFile
from core.workflows.exchange_answers import ExchangeAnswer

MOST_ACTIONS = 8


class AttachmentAnswer(ApiAnswer):
    """Data that came with a turn."""

    file_id: str
    filename: str
    file_size: int
    processing_status: str
    source_type: str
    upload_source: str
    uploaded_at: WireTime
    duplicate_of: str | None
    duplicate_turn: int | None = None


class SuggestedAction(ApiAnswer):
    """What one would do next. payload: what is said, or copied, by a press."""

    type: str
    label: str
    payload: str | None = None
    body: None = None
    hints: list[str] | None = None
    intent: dict[str, Any] | None = None
    evidence_need_id: None = None


class TurnAnswer(ApiAnswer):
    """The answer to a turn. agent_response: Markdown."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "agent_response": "**First error: 02:41:07 UTC** · `api.log:8812`",
                    "turn_number": 2,
                    "case_state": "investigating",
                    "progress_made": True,
                    "attachments_processed": [],
                    "suggested_actions": [],
                }
            ]
        },
    )

    agent_response: str
    turn_number: int
    case_state: str
    progress_made: bool
    milestones_completed: tuple[str, ...] = ()
    attachments_processed: list[AttachmentAnswer]
    suggested_actions: list[SuggestedAction]
    progress_transparency: None = None
    cause_assurance: str | None
    cause_overclaim: bool | None = None


class JobAnswer(ApiAnswer):
    """A turn whose answer takes longer. status: `running`."""

    status: str = "running"


class TakenAnswer(JobAnswer):
    """The same, as it is told first; job_id: at `/api/v1/jobs/{job_id}` the answer is polled for.

    first_look: Markdown, at files that came with it and are not read yet; null where there is none.
    """

    job_id: str
    case_id: str
    first_look: str | None = None


def taken_answer(
    exchange: ApiExchange, response: Response, *, first_look: str | None = None
) -> TakenAnswer:
    """It takes longer: 202, and where the answer is polled for."""
    response.status_code = status.HTTP_202_ACCEPTED
    response.headers["Location"] = f"/api/v1/jobs/{exchange.id}"
    return TakenAnswer(job_id=exchange.id, case_id=exchange.case_id, first_look=first_look)


def turn_answer(answer: ExchangeAnswer) -> TurnAnswer:
    """The answer, as it is sent and as it is read again later."""
    exchange, case = answer.exchange, answer.view.case
    confirmed = any(known.state is HypothesisState.VALIDATED for known in answer.view.hypotheses)
    return TurnAnswer(
        agent_response=answer_markdown(answer),
        turn_number=exchange.number,
        case_state=STATES[case.state],
        progress_made=bool(exchange.files) or not case.state.is_open,
        attachments_processed=[_attachment(file, exchange) for file in answer.files],
        suggested_actions=_suggestions(answer),
        cause_assurance="confirmed" if confirmed else None,
    )


def answer_markdown(answer: ExchangeAnswer) -> str:
    """Never empty: a blank bubble says nothing."""
    reply = answer.exchange.reply
    return answer_text(answer.cards) or (plain(reply.text) if reply else "Done.")


def _attachment(file: EvidenceFile, exchange: ApiExchange) -> AttachmentAnswer:
    was_there = file.received_at < exchange.asked_at
    return AttachmentAnswer(
        file_id=file.id,
        filename=file.name.text,
        file_size=file.size,
        processing_status=file_state(file),
        source_type=DATA_KINDS[file.data_type] if file.data_type else "text",
        upload_source=UPLOAD_SOURCES[exchange.origin],
        uploaded_at=file.received_at,
        duplicate_of=file.id if was_there else None,
    )


def _suggestions(answer: ExchangeAnswer) -> list[SuggestedAction]:
    """Commands of checks to copy, then what may be decided; each once."""
    suggested = dict[tuple[str, str], SuggestedAction]()
    for card in answer.cards:
        for action in (*_commands(card), *_decisions(card.actions, answer)):
            suggested.setdefault((action.type, action.payload or action.label), action)
    if not any(action.type == "DECIDE" for action in suggested.values()):
        for action in _decisions(case_actions(answer.view), answer):
            suggested.setdefault((action.type, action.payload or action.label), action)
    return list(suggested.values())[:MOST_ACTIONS]


def _commands(card: Card) -> Iterator[SuggestedAction]:
    for row in (*card.rows, *card.fold):
        if row.code:
            yield SuggestedAction(type="RUN", label=_label(row), payload=row.text.text)


def _label(row: Row) -> str:
    return f"Copy: {row.text.line().cut(50).text}"


def _decisions(actions: Sequence[Action], answer: ExchangeAnswer) -> Iterator[SuggestedAction]:
    for action in actions:
        label = action.label.text
        if action.verb == "evidence" and not action.argument:
            yield SuggestedAction(type="EVIDENCE", label=label, hints=[])
        elif _needs_words(action):
            yield SuggestedAction(type="FREE_SPEECH", label=label)
        else:
            payload = f"{action.verb} {action.argument}".strip()
            intent = _intent(action, answer)
            yield SuggestedAction(type="DECIDE", label=label, payload=payload, intent=intent)


def _needs_words(action: Action) -> bool:
    """Whether the verb says nothing by itself."""
    if action.verb == "result":  # of check 1: what it printed
        return " " not in action.argument
    return action.verb in ("ask", "correct") and not action.argument


def _intent(action: Action, answer: ExchangeAnswer) -> dict[str, Any] | None:
    """What is pressed need not be read again."""
    number = action.argument.partition(" ")[0]
    if action.verb == "confirm" and action.argument == number and number.isdecimal():
        return _judged(number, "validate")
    if action.verb == "reject" and number.isdecimal():
        return _judged(number, "refute")
    if action.verb == "resolve":
        state = STATES[answer.view.case.state]
        return {"type": "status_transition", "from_state": state, "to_state": "resolved"}
    return None


def _judged(number: str, action: str) -> dict[str, Any]:
    hypothesis = hypothesis_id(int(number))
    return {"type": "hypothesis_action", "hypothesis_id": hypothesis, "action": action}
