"""What changes in a case, as it changes: `/api/v1/cases/{id}/events`, server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId
from api.guard import Reader, TheGuard, TheServices
from api.markdown import card_text
from core.conversation.cards.card import Mark
from core.conversation.messages.message import Message
from core.errors import Refused
from core.workflows.exchange_answers import news_of, tell

router = api_router("/api/v1/cases", "cases")

LOOKS_EVERY_S = 0.5
ALIVE_EVERY_S = 15.0
LASTS_S = 600.0  # then the client comes again, with its Last-Event-ID
LONGEST_SEQ = 15  # digits
LastEventId = Annotated[str, Header(alias="Last-Event-ID", max_length=100)]


class CardEvent(ApiAnswer):
    """A card as it is now. key: of the card; a later event with it takes its place."""

    key: str
    version: int
    mark: Mark
    content: str
    shown_at: WireTime


@router.get(
    "/{case_id}/events",
    summary="Cards of a case, as they change",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def stream_events(
    case_id: CaseId,
    request: Request,
    caller: Reader,
    services: TheServices,
    guard: TheGuard,
    last: LastEventId = "",
) -> StreamingResponse:
    after = int(last) if last.isascii() and last.isdecimal() and len(last) <= LONGEST_SEQ else 0
    # The first look, which may refuse, is taken before anything is answered.
    await tell(case_id, caller.account, services=services)
    first = await news_of(case_id, caller.account, after=after, services=services)

    async def look(after: int) -> list[Message]:
        await guard.must_still_be(request)
        return await news_of(case_id, caller.account, after=after, services=services)

    events = _events(after, first, request, look)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(
    after: int,
    news: list[Message],
    request: Request,
    look: Callable[[int], Awaitable[list[Message]]],
) -> AsyncIterator[bytes]:
    """Until the client goes, or for a while: it comes again by itself. news: what is `after`.

    look: what is after a number. It ends for whoever was shut out meanwhile, and for a case that
    went: whoever comes again is told why.
    """
    loop = asyncio.get_running_loop()
    ends_at, quiet_since = loop.time() + LASTS_S, loop.time()
    yield b"retry: 2000\n\n"
    while True:
        for message in news:
            after, quiet_since = message.seq, loop.time()
            yield _event(message)
        if loop.time() >= ends_at or await request.is_disconnected():
            return
        if loop.time() - quiet_since >= ALIVE_EVERY_S:
            quiet_since = loop.time()
            yield b": still here\n\n"
        await asyncio.sleep(LOOKS_EVERY_S)
        try:
            news = await look(after)
        except Refused:
            return


def _event(message: Message) -> bytes:
    card = message.card
    shown = CardEvent(
        key=card.key,
        version=card.version,
        mark=card.mark,
        content=card_text(card),
        shown_at=message.shown_at,
    )
    return format_sse_event(data_str=shown.model_dump_json(), event="card", id=str(message.seq))
