"""The backend of a running `faultmaven up`, over its HTTP, or of an application in process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from pydantic import TypeAdapter

from bot.terminal.answer import answer_of
from bot.terminal.backend import received
from bot.terminal.uploads import chunks
from core.conversation.cards.card import Card
from core.errors import SourceUnavailable
from core.evidence.model import EvidenceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CARDS = TypeAdapter(tuple[Card, ...])
FILE = TypeAdapter(EvidenceFile | None)
_PATIENCE_S = 30.0  # for an answer, beyond what a call waits by itself


class OperatorBackend:
    """Endpoints under `/api/v1/operator`, as `client` (base URL, bearer token) reaches them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def dispatch(self, text: str, case: int | None) -> tuple[Card, ...]:
        line = {"text": text, "case": case}
        with _errors_of(self._client):
            answer = await self._client.post("/api/v1/operator/commands", json=line)
        return CARDS.validate_python(answer_of(answer)["cards"])

    async def messages(self, *, after: int, wait_s: float) -> tuple[list[Card], int]:
        with _errors_of(self._client):
            answer = await self._client.get(
                "/api/v1/operator/messages",
                params={"after": after, "wait": wait_s},
                timeout=wait_s + _PATIENCE_S,
            )
        body = answer_of(answer)
        cards = CARDS.validate_python([message["card"] for message in body["messages"]])
        return list(cards), int(body["after"])

    async def upload(self, path: Path, case: int) -> Card:
        with _errors_of(self._client):
            answer = await self._client.put(
                f"/api/v1/operator/cases/{case}/files",
                params={"name": path.name},
                content=chunks(path),
                timeout=None,
            )
        return received(FILE.validate_python(answer_of(answer)["file"]), case)


@contextmanager
def _errors_of(client: httpx.AsyncClient) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        message = f"{client.base_url} does not answer"
        raise SourceUnavailable(message, next_step="Is `faultmaven up` running there?") from error
