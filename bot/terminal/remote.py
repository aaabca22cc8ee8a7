"""The desk of a running `faultmaven up`, over its HTTP; or of the same application in process."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import TypeAdapter

from bot.terminal.desk import received
from bot.terminal.uploads import chunks
from core.conversation.model import Card
from core.errors import (
    FaultMavenError,
    NotFound,
    Overloaded,
    Refused,
    SourceUnavailable,
    TooLarge,
    Unauthorised,
)
from core.evidence.model import EvidenceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CARDS = TypeAdapter(tuple[Card, ...])
FILE = TypeAdapter(EvidenceFile | None)
_PATIENCE_S = 30.0  # for an answer, beyond what a call waits by itself
_ERRORS: dict[int, type[FaultMavenError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorised,
    HTTPStatus.FORBIDDEN: Unauthorised,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.SERVICE_UNAVAILABLE: Overloaded,
}


class RemoteDesk:
    """Endpoints under `/api/v1/operator`, as `client` (base URL, bearer token) reaches them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def obey(self, text: str, case: int | None) -> tuple[Card, ...]:
        said = {"text": text, "case": case}
        with _errors_of(self._client):
            answer = await self._client.post("/api/v1/operator/commands", json=said)
        return CARDS.validate_python(_body(answer)["cards"])

    async def messages(self, *, after: int, wait_s: float) -> tuple[list[Card], int]:
        with _errors_of(self._client):
            answer = await self._client.get(
                "/api/v1/operator/messages",
                params={"after": after, "wait": wait_s},
                timeout=wait_s + _PATIENCE_S,
            )
        body = _body(answer)
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
        return received(FILE.validate_python(_body(answer)["file"]), case)


@contextmanager
def _errors_of(client: httpx.AsyncClient) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        message = f"{client.base_url} does not answer"
        raise SourceUnavailable(message, next_step="Is `faultmaven up` running there?") from error


def _body(answer: httpx.Response) -> dict[str, Any]:
    """What a 2xx answer says; any other becomes the error that the other side meant."""
    if answer.is_success:
        body: dict[str, Any] = answer.json()
        return body
    fallback = Refused if answer.is_client_error else SourceUnavailable
    kind = _ERRORS.get(answer.status_code, fallback)
    said = _said(answer)
    message = str(said.get("message") or said.get("detail") or f"HTTP {answer.status_code}")
    step = said.get("next_step")
    raise kind(message, next_step=str(step) if step else None)


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
