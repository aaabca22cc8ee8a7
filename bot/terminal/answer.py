"""Answers of the operator's endpoint: their JSON, or the error that they carry."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from core.errors import (
    FaultMavenError,
    NotFound,
    Overloaded,
    Refused,
    SourceUnavailable,
    TooLarge,
    Unauthorised,
)

if TYPE_CHECKING:
    import httpx

_ERRORS: dict[int, type[FaultMavenError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorised,
    HTTPStatus.FORBIDDEN: Unauthorised,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.SERVICE_UNAVAILABLE: Overloaded,
}


def answer_of(response: httpx.Response) -> Any:
    """The JSON of a 2xx answer. Raises our error again for any other, with its next step."""
    if response.is_success:
        return response.json()
    fallback = Refused if response.is_client_error else SourceUnavailable
    kind = _ERRORS.get(response.status_code, fallback)
    body = _said(response)
    missing = f"the server answered {response.status_code}"
    step = body.get("next_step")
    raise kind(
        str(body.get("message") or body.get("detail") or missing),
        next_step=str(step) if step else None,
    )


def _said(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
