"""Signing in at an OpenID provider: `/api/v1/auth/oidc`.

A browser is sent there and comes back with a code. What signs it in stands in no address: the page
that it comes back to holds a code of ours, good once, in that browser, for a minute, and sends it.
"""

from __future__ import annotations

import json
from html import escape
from typing import Annotated

from fastapi import Cookie, Header, Query, Response, status
from fastapi.responses import JSONResponse, RedirectResponse

from api.accounts import Password, SignedInAnswer, signed_in_answer
from api.bodies import ApiBody
from api.bounded_routes import api_router
from api.guard import STRANGER, Guard, TheGuard
from api.pages import UNKEPT, keep_cookie, page, problem_page
from core.accounts.code_requests import CodeRequest, carried_in
from core.errors import FaultMavenError, Unauthorised
from core.workflows.authorization_codes import give_code
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
    sent_away = await send_to_provider(redirect_uri_of(guard), services=guard.services)
    response = RedirectResponse(sent_away.url, status.HTTP_303_SEE_OTHER, headers=UNKEPT)
    keep_browser(response, sent_away.browser, guard)
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
    if (request := carried_in(browser)) is not None:
        return await _hand_to_client(returned, request, guard)
    if "text/html" not in accept:
        return await _answer(returned, guard)
    try:
        return await _page(returned, guard)
    except FaultMavenError as problem:
        return problem_page(problem)


@router.post("/token", summary="Sign in with what the page holds", dependencies=[STRANGER])
async def token(
    wish: Handover, response: Response, guard: TheGuard, browser: Browser = ""
) -> SignedInAnswer:
    code = wish.code.get_secret_value()
    account = await handed_over(code, browser=browser, services=guard.services)
    response.headers.update(UNKEPT)
    response.delete_cookie(COOKIE, path=PREFIX)
    return signed_in_answer(await begin(account, services=guard.services), guard)


async def _hand_to_client(returned: ProviderReturn, request: CodeRequest, guard: Guard) -> Response:
    """For a browser that left for the extension, which waits: a code of ours, or what failed.

    What it left for is in its cookie, whose digest rests here: nobody else wrote it.
    """
    try:
        account = await come_back(returned, redirect_uri_of(guard), services=guard.services)
        code = await give_code(account, request, services=guard.services)
    except FaultMavenError as problem:
        return _no_code_page(problem, request)
    address = request.answered(code)
    response = RedirectResponse(address, status.HTTP_303_SEE_OTHER, headers=UNKEPT)
    response.delete_cookie(COOKIE, path=PREFIX)
    return response


async def _answer(returned: ProviderReturn, guard: Guard) -> Response:
    """For who takes JSON: the tokens."""
    account = await come_back(returned, redirect_uri_of(guard), services=guard.services)
    known = await begin(account, services=guard.services)
    document = signed_in_answer(known, guard).model_dump(mode="json")
    response = JSONResponse(document, headers=UNKEPT)
    response.delete_cookie(COOKIE, path=PREFIX)
    return response


async def _page(returned: ProviderReturn, guard: Guard) -> Response:
    """For a browser: the page that sends the code of ours."""
    account = await come_back(returned, redirect_uri_of(guard), services=guard.services)
    code = await hand_over(account, browser=returned.browser, services=guard.services)
    return page("signed_in.html", {"text": "Signing in …", "code": json.dumps(code), "back": ""})


def _no_code_page(problem: FaultMavenError, request: CodeRequest) -> Response:
    """For who waits with the extension: it can be tried again."""
    back = f'<p><a href="{escape(f"/auth/authorize?{request.query}")}">Sign in again</a></p>'
    is_over = isinstance(problem, Unauthorised)  # its next step is to begin another way
    return problem_page(problem, text=f"{problem}." if is_over else "", back=back)


def redirect_uri_of(guard: Guard) -> str:
    """Where the provider sends browsers back to."""
    return f"{guard.public_url.rstrip('/')}{PREFIX}/callback"


def keep_browser(response: Response, browser: str, guard: Guard) -> None:
    """What must come back with the code; a page of ours alone sends it, and no script reads it."""
    keep_cookie(response, COOKIE, browser, path=PREFIX, lasts=AWAY_FOR, samesite="lax", guard=guard)
