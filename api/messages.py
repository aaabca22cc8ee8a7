"""What was said in a case, and what was answered: `/api/v1/cases/{id}/messages`."""

from __future__ import annotations

from collections.abc import Iterator

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId, Limit, Offset
from api.guard import Reader, TheServices
from api.turn_bodies import answer_markdown
from core.workflows.exchange_answers import ExchangeAnswer, conversation_of

router = api_router("/api/v1/cases", "turns")


class MessageAnswer(ApiAnswer):
    """One message. content: Markdown."""

    message_id: str
    role: str
    content: str
    created_at: WireTime
    turn_number: int
    author_id: str | None
    token_count: None = None
    metadata: None = None


class MessagesAnswer(ApiAnswer):
    """Some messages, the oldest first."""

    messages: list[MessageAnswer]
    total_count: int
    retrieved_count: int
    has_more: bool
    next_offset: int | None
    debug_info: None = None


@router.get("/{case_id}/messages", summary="What was said, oldest first")
async def list_messages(
    case_id: CaseId,
    caller: Reader,
    services: TheServices,
    limit: Limit = 50,
    offset: Offset = 0,
) -> MessagesAnswer:
    answers = await conversation_of(case_id, caller.account, services=services)
    messages = sorted(
        (message for answer in answers for message in _messages(answer)),
        key=lambda message: (message.created_at, message.turn_number, message.role != "user"),
    )
    page = messages[offset : offset + limit]
    end = offset + len(page)
    has_more = end < len(messages)
    return MessagesAnswer(
        messages=page,
        total_count=len(messages),
        retrieved_count=len(page),
        has_more=has_more,
        next_offset=end if has_more else None,
    )


def _messages(answer: ExchangeAnswer) -> Iterator[MessageAnswer]:
    """What was said, and the answer, once there is one."""
    exchange = answer.exchange
    yield MessageAnswer(
        message_id=exchange.id,
        role="user",
        content=exchange.text.text or _brought(answer),
        created_at=exchange.asked_at,
        turn_number=exchange.number,
        author_id=exchange.account_id,
    )
    if exchange.answered_at is not None:
        yield MessageAnswer(
            message_id=f"{exchange.id}-answer",
            role="assistant",
            content=answer_markdown(answer),
            created_at=exchange.answered_at,
            turn_number=exchange.number,
            author_id=None,
        )


def _brought(answer: ExchangeAnswer) -> str:
    """The names of the data, where nothing was asked."""
    names = ", ".join(file.name.text for file in answer.files)
    return names or "Data"
