"""Tokens for the browser extension, by OAuth: `/api/v1/auth/oauth`, RFC 6749 and RFC 7009.

What lets somebody in is the same as at `/api/v1/auth`; its answers and errors are the standard's.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.access_tokens import ACCESS_FOR
from api.bodies import ApiAnswer
from api.bounded_routes import MOST_FIELDS, read_body
from api.guard import STRANGER, Guard, TheGuard
from api.pages import UNKEPT
from api.problems import PROBLEMS
from core.accounts.code_requests import CLIENT_ID
from core.accounts.model import SignedIn
from core.errors import TooLarge, Unauthorised
from core.workflows.authorization_codes import redeem_code
from core.workflows.sign_in import SIGNED_IN_FOR, end, refresh

FORM = "application/x-www-form-urlencoded"
_PLAIN = re.compile(r"[\x20-\x7e]{1,4000}")  # VSCHAR, as every parameter is


class OAuthProblem(ApiAnswer):
    """What is refused. error: as RFC 6749 5.2 names it."""

    error: str
    error_description: str


class OAuthTokens(ApiAnswer):
    """What lets the extension in for half an hour, what renews that, and who it works for."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = int(ACCESS_FOR.total_seconds())
    refresh_token: str
    refresh_expires_in: int = int(SIGNED_IN_FOR.total_seconds())
    user_id: str
    username: str


class OAuthError(Exception):
    """A refusal as the standard has it. Its words hold nothing that was sent."""

    def __init__(self, error: str, description: str, *, status_code: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status_code = status_code

    def answer(self) -> Response:
        document = OAuthProblem(error=self.error, error_description=str(self)).model_dump()
        return JSONResponse(document, self.status_code, headers=UNKEPT)


def _body(*needed: str, **optional: str) -> dict[str, Any]:
    """Of a route that takes JSON as well as a form."""
    names = {name: {"type": "string"} for name in (*needed, "client_id")}
    more = {name: {"type": "string", "description": words} for name, words in optional.items()}
    schema = {
        "type": "object",
        "properties": names | more,
        "required": [*needed, "client_id"],
    }
    content = {kind: {"schema": schema} for kind in ("application/json", FORM)}
    return {"requestBody": {"required": True, "content": content}}


ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthProblem, "description": "refused, as RFC 6749 5.2 says"},
    401: {"model": OAuthProblem, "description": "no such client"},
    **{code: PROBLEMS[code] for code in (429, 503)},
}
router = APIRouter(prefix="/api/v1/auth/oauth", tags=["accounts"], responses=ANSWERS)


@router.post(
    "/token",
    summary="Tokens for a code, or for a refresh token",
    response_model=OAuthTokens,
    openapi_extra=_body(
        "grant_type",
        code="of `authorization_code`",
        code_verifier="of `authorization_code`",
        redirect_uri="of `authorization_code`",
        refresh_token="of `refresh_token`",  # noqa: S106 - says what it is of
    ),
    dependencies=[STRANGER],
)
async def token(request: Request, guard: TheGuard) -> Response:
    try:
        known = await _granted(await _parameters(request), guard)
    except OAuthError as refusal:
        return refusal.answer()
    except Unauthorised as refused:
        return OAuthError("invalid_grant", str(refused)).answer()
    now, signed = guard.services.now, guard.access_tokens
    tokens = OAuthTokens(
        access_token=signed.access(known.sign_in, now=now),
        refresh_token=signed.refresh(known.sign_in, now=now),
        user_id=known.account.id,
        username=known.account.username,
    )
    return JSONResponse(tokens.model_dump(), headers=UNKEPT)


@router.post(
    "/revoke",
    summary="End the sign-in of a token",
    response_model=dict[str, str],
    openapi_extra=_body("token", token_type_hint="is not needed"),  # noqa: S106
    dependencies=[STRANGER],
)
async def revoke(request: Request, guard: TheGuard) -> Response:
    """Whether there was such a sign-in is not told."""
    try:
        sent = await _parameters(request)
        sign_in_id = _sign_in_of(_needed(sent, "token"), guard)
    except OAuthError as refusal:
        return refusal.answer()
    if sign_in_id:
        await end(sign_in_id, services=guard.services)
    return JSONResponse({}, headers=UNKEPT)


async def _granted(sent: dict[str, str], guard: Guard) -> SignedIn:
    """Raises OAuthError, and Unauthorised for a code or token that is not good."""
    match _needed(sent, "grant_type"):
        case "authorization_code":
            return await redeem_code(
                _needed(sent, "code"),
                redirect_uri=_needed(sent, "redirect_uri"),
                verifier=_needed(sent, "code_verifier"),
                services=guard.services,
            )
        case "refresh_token":
            shown, now = _needed(sent, "refresh_token"), guard.services.now
            sign_in_id, number = guard.access_tokens.read_refresh(shown, now=now)
            return await refresh(sign_in_id, number, services=guard.services)
    raise OAuthError("unsupported_grant_type", "authorization_code and refresh_token are known")


def _sign_in_of(text: str, guard: Guard) -> str:
    """The id that a refresh or access token names; "" for what is neither, or over."""
    tokens, now = guard.access_tokens, guard.services.now
    with suppress(Unauthorised):
        return tokens.read_refresh(text, now=now)[0]
    with suppress(Unauthorised):
        return tokens.read_access(text, now=now)
    return ""


async def _parameters(request: Request) -> dict[str, str]:
    """What was sent, of our client. Raises OAuthError."""
    try:
        body = await read_body(request)
        pairs = _pairs(request.headers.get("content-type", ""), body.decode())
    except (ValueError, RecursionError, TooLarge) as error:
        raise OAuthError("invalid_request", "the body is neither JSON nor a form") from error
    # One without a value counts as missing, says the standard; the extension writes null for it.
    sent = [(name, value) for name, value in pairs if value not in ("", None)]
    known = dict(sent)
    if len(known) != len(sent):
        raise OAuthError("invalid_request", "a parameter is there twice")
    if _needed(known, "client_id") != CLIENT_ID:
        raise OAuthError("invalid_client", "there is no such client", status_code=401)
    return known


def _pairs(content_type: str, text: str) -> list[tuple[str, Any]]:
    """Raises ValueError, RecursionError."""
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            document = json.loads(text, object_pairs_hook=tuple)
            if isinstance(document, tuple):
                return list(document)
        case kind if kind == FORM:
            return list(parse_qsl(text, max_num_fields=MOST_FIELDS))
    message = "neither a JSON object nor a form"
    raise ValueError(message)


def _needed(sent: dict[str, str], name: str) -> str:
    """Raises OAuthError where it is missing, or is no text as the standard has it."""
    value: object = sent.get(name)
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        raise OAuthError("invalid_request", f"{name} is missing, or is no plain text")
    return value
