"""Signing in at an OpenID provider: `/api/v1/auth/oidc`.

A browser is sent there and comes back with a code. What signs it in stands in no address: the page
that it comes back to holds a code of ours, good once, in that browser, for a minute, and sends it.
"""

from __future__ import annotations

import json
import secrets
from functools import cache
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import Cookie, Header, Query, Response, status
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from api.accounts import Password, SignedInAnswer, signed_in_answer
from api.bodies import ApiBody
from api.bounded_routes import api_router
from api.guard import STRANGER, Guard, TheGuard
from core.errors import FaultMavenError, NotFound, NotPermitted, Unauthorised, Unavailable
from core.workflows.provider_sign_in import (
    AWAY_FOR,
    ProviderReturn,
    come_back,
    hand_over,
    handed_over,
    send_to_provider,
)
from core.workflows.sign_in import begin

PREFIX = "/api/v1/auth/oidc"
COOKIE = "faultmaven_oidc"
LONGEST = 2_000  # characters of what a provider sends along
router = api_router(PREFIX, "accounts")

Browser = Annotated[str, Cookie(alias=COOKIE, max_length=LONGEST)]
Sent = Annotated[str, Query(max_length=LONGEST)]
Accept = Annotated[str, Header(include_in_schema=False)]


class Handover(ApiBody):
    """code: of the page that the browser came back to."""

    code: Password


@router.get(
    "/login",
    summary="Sign in at the OpenID provider: sends the browser there",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    dependencies=[STRANGER],
)
async def login(guard: TheGuard) -> RedirectResponse:
    sent_away = await send_to_provider(_redirect_uri(guard), services=guard.services)
    response = RedirectResponse(sent_away.url, status.HTTP_303_SEE_OTHER, headers=UNKEPT)
    _keep(response, sent_away.browser, guard)
    return response


@router.get(
    "/callback",
    summary="Back from the provider: a page that signs in, or the tokens for who takes JSON",
    response_model=SignedInAnswer,
    dependencies=[STRANGER],
)
async def callback(
    guard: TheGuard,
    state: Sent = "",
    code: Sent = "",
    iss: Sent = "",
    error: Sent = "",
    browser: Browser = "",
    accept: Accept = "",
) -> Response:
    returned = ProviderReturn(code=code, state=state, browser=browser, issuer=iss, error=error)
    if "text/html" not in accept:
        return await _answer(returned, guard)
    try:
        return await _page(returned, guard)
    except FaultMavenError as problem:
        return _problem_page(problem)


@router.post("/token", summary="Sign in with what the page holds", dependencies=[STRANGER])
async def token(
    wish: Handover, response: Response, guard: TheGuard, browser: Browser = ""
) -> SignedInAnswer:
    code = wish.code.get_secret_value()
    account = await handed_over(code, browser=browser, services=guard.services)
    response.headers.update(UNKEPT)
    response.delete_cookie(COOKIE, path=PREFIX)
    return signed_in_answer(await begin(account, services=guard.services), guard)


UNKEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_STATUS: dict[type[FaultMavenError], int] = {
    Unauthorised: status.HTTP_401_UNAUTHORIZED,
    NotPermitted: status.HTTP_403_FORBIDDEN,
    NotFound: status.HTTP_404_NOT_FOUND,
    Unavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}


async def _answer(returned: ProviderReturn, guard: Guard) -> Response:
    """For who takes JSON: the tokens."""
    account = await come_back(returned, _redirect_uri(guard), services=guard.services)
    known = await begin(account, services=guard.services)
    document = signed_in_answer(known, guard).model_dump(mode="json")
    response = JSONResponse(document, headers=UNKEPT)
    response.delete_cookie(COOKIE, path=PREFIX)
    return response


async def _page(returned: ProviderReturn, guard: Guard) -> Response:
    """For a browser: the page that sends the code of ours."""
    account = await come_back(returned, _redirect_uri(guard), services=guard.services)
    code = await hand_over(account, browser=returned.browser, services=guard.services)
    return _html("Signing in …", code=code)


def _problem_page(problem: FaultMavenError) -> Response:
    kinds = (code for kind, code in _STATUS.items() if isinstance(problem, kind))
    text = f"{str(problem).removesuffix('.')}. {problem.next_step}"
    return _html(text, status_code=next(kinds, status.HTTP_500_INTERNAL_SERVER_ERROR))


def _html(text: str, *, code: str = "", status_code: int = 200) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}';"
        " connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        **UNKEPT,
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
    }
    values = {"{nonce}": nonce, "{text}": escape(text), "{code}": json.dumps(code)}
    page = _template()
    for slot, value in values.items():
        page = page.replace(slot, value)
    return HTMLResponse(page, status_code, headers=headers)


@cache
def _template() -> str:
    return Path(__file__).with_name("signed_in.html").read_text("utf-8")


def _redirect_uri(guard: Guard) -> str:
    return f"{guard.public_url.rstrip('/')}{PREFIX}/callback"


def _keep(response: Response, browser: str, guard: Guard) -> None:
    """What must come back with the code; a page of ours alone sends it, and no script reads it."""
    response.set_cookie(
        COOKIE,
        browser,
        max_age=int(AWAY_FOR.total_seconds()),
        path=PREFIX,
        secure=guard.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
