"""A first look at what came with a turn, while its reading waits for a worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.conversation.cards.first_look_card import first_look_card
from core.errors import NotFound, StoreUnavailable
from core.evidence.first_look import LOOKED_AT, FirstLook, look_at
from core.evidence.model import FileState

if TYPE_CHECKING:
    from core.conversation.cards.card import Card
    from core.conversation.messages.exchange import ApiExchange
    from core.evidence.model import EvidenceFile, Original
    from core.redaction.engine import Redactor
    from core.workflows.services import Services


async def unread_files(exchange: ApiExchange, *, services: Services) -> list[EvidenceFile]:
    """Those that came with the turn and are still to be read."""
    if not exchange.files:
        return []
    async with services.reading(urgent=True) as unit:
        files = await unit.files.get_all(exchange.files)
    return [file for file in files if file.state is FileState.RECEIVED and file.was_stored]


async def first_look(file: EvidenceFile, *, services: Services) -> Card:
    """What the beginning of the file shows, redacted."""
    try:
        await services.files.hold(file.blob, case_id=file.case_id)
        original = await services.files.original(file.blob, case_id=file.case_id)
        redactor = services.redactor(file.case_id)
        look = await asyncio.to_thread(_look, original, redactor, file.size)
    except (NotFound, StoreUnavailable):  # its reading says what is the matter with it
        look = None
    return first_look_card(file, look)


def _look(original: Original, redactor: Redactor, size: int) -> FirstLook | None:
    with original.open() as stream:
        beginning = stream.read(LOOKED_AT)
    return look_at(beginning, redactor, is_whole=len(beginning) == size)
