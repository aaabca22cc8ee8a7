"""The page on which somebody signs in for the browser extension: `/auth/authorize`.

A browser comes with what the extension asks, and ends at the extension's address with a code, or
with what is wrong. Between the two stands what only somebody at that browser can do: the page holds
a proof made with a cookie that no other page knows, and goes on with both alone. It has no script.
"""

from __future__ import annotations

import re
import secrets
from html import escape
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Cookie, Request, Response, status
from fastapi.responses import HTMLResponse, RedirectResponse

from api.bounded_routes import MOST_FIELDS, read_body
from api.guard import Guard, TheGuard
from api.pages import UNKEPT, keep_cookie, page, problem_page, status_of_page, words_of
from api.provider_sign_in import keep_browser, redirect_uri_of
from core.accounts.code_requests import CodeRequest, read_code_request
from core.accounts.model import digest_of
from core.errors import FaultMavenError, NotPermitted, TooMany, WrongUsage
from core.workflows.authorization_codes import give_code
from core.workflows.provider_sign_in import AWAY_FOR, send_to_provider
from core.workflows.sign_in import account_named

PATH = "/auth/authorize"
COOKIE = "faultmaven_authorize"
# Not `no-referrer`: a browser would then call the origin of the form `null`, as of anybody's.
HEADERS = {**UNKEPT, "Referrer-Policy": "same-origin"}
_BROWSER = re.compile(r"[\w-]{43}", re.ASCII)  # 32 bytes
PARAMETERS = "response_type client_id redirect_uri state code_challenge code_challenge_method"
DESCRIBED = {
    "parameters": [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
        for name in PARAMETERS.split()
    ]
}
router = APIRouter(tags=["accounts"])

Browser = Annotated[str, Cookie(alias=COOKIE, include_in_schema=False)]


@router.get(
    PATH,
    summary="Sign in for the browser extension: a page, which ends at `redirect_uri`",
    response_class=HTMLResponse,
    responses={
        303: {"description": "to `redirect_uri`, with `error` and `state`"},
        400: {"description": "no such client, or no address of it", "content": {"text/html": {}}},
    },
    openapi_extra=DESCRIBED,
)
async def authorize(request: Request, guard: TheGuard, browser: Browser = "") -> Response:
    asked = _asked(request)
    return asked if isinstance(asked, Response) else _page(asked, guard, browser)


@router.post(PATH, include_in_schema=False)  # of the page alone
async def sign_in(request: Request, guard: TheGuard, browser: Browser = "") -> Response:
    asked = _asked(request)
    if isinstance(asked, Response):
        return asked
    try:
        await _count(request, guard)
        form = await _form(request)
        _must_be_of_page(asked, browser, form.get("proof", ""))
        name = form.get("username", "")
        await guard.count_password(request, name)
        account = await account_named(name, form.get("password", ""), services=guard.services)
        await guard.remember(request, account)
        code = await give_code(account, asked, services=guard.services)
    except FaultMavenError as problem:
        return _page(asked, guard, browser, problem)
    return RedirectResponse(asked.answered(code), status.HTTP_303_SEE_OTHER, headers=UNKEPT)


@router.get(f"{PATH}/provider", include_in_schema=False)  # of the page alone
async def leave(request: Request, guard: TheGuard, browser: Browser = "") -> Response:
    asked = _asked(request)
    if isinstance(asked, Response):
        return asked
    try:
        await _count(request, guard)
        _must_be_of_page(asked, browser, request.query_params.get("proof", ""))
        sent_away = await send_to_provider(
            redirect_uri_of(guard), carries=asked.carried, services=guard.services
        )
    except FaultMavenError as problem:
        return _page(asked, guard, browser, problem)
    response = RedirectResponse(sent_away.url, status.HTTP_303_SEE_OTHER, headers=UNKEPT)
    keep_browser(response, sent_away.browser, guard)
    return response


def _asked(request: Request) -> CodeRequest | Response:
    """What the extension asks, or the answer where that cannot be."""
    try:
        asked = read_code_request(request.query_params.multi_items())
    except WrongUsage as problem:
        return problem_page(problem)
    if isinstance(asked, str):
        return RedirectResponse(asked, status.HTTP_303_SEE_OTHER, headers=UNKEPT)
    return asked


async def _count(request: Request, guard: Guard) -> None:
    """Here and no dependency, so that a browser is told on the page. Raises TooMany."""
    await guard.count_stranger(request)


async def _form(request: Request) -> dict[str, str]:
    """Raises WrongUsage, TooLarge."""
    body = await read_body(request)
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS))
    except ValueError as error:
        message = "this is not what the page sends"
        raise WrongUsage(message, next_step="Sign in below.") from error


def _must_be_of_page(asked: CodeRequest, browser: str, proof: str) -> None:
    """Raises NotPermitted for what another page sent, or another browser."""
    expected = _proof(asked, browser).encode()
    if not _BROWSER.fullmatch(browser) or not secrets.compare_digest(
        expected, proof.encode("utf-8", "replace")
    ):
        message = "this did not come from the page as this browser got it"
        raise NotPermitted(message, next_step="Sign in below; cookies of this server are needed.")


def _proof(asked: CodeRequest, browser: str) -> str:
    return digest_of(f"{browser} {asked.query}")


def _page(
    asked: CodeRequest, guard: Guard, browser: str, problem: FaultMavenError | None = None
) -> Response:
    if not _BROWSER.fullmatch(browser):
        browser = secrets.token_urlsafe(32)
    proof = _proof(asked, browser)
    values = {
        "problem": escape(words_of(problem)) if problem else "",
        "provider": _provider(asked, guard, proof),
        "action": escape(f"{PATH}?{asked.query}"),
        "proof": proof,
        "origin": escape(asked.origin),
    }
    response = page(
        "authorize.html",
        values,
        # Browsers hold what a form leads to, redirects included, against this.
        allows=f"form-action 'self' {asked.origin}",
        status_code=status_of_page(problem) if problem else status.HTTP_200_OK,
        headers=HEADERS,
    )
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.retry_after_s)
    _keep(response, browser, guard)
    return response


def _provider(asked: CodeRequest, guard: Guard, proof: str) -> str:
    """The link to where people of the organisation sign in; "" where there is no such place.

    It goes nowhere without the proof: else any page could have a browser whose owner is signed in
    at the provider go through to an extension of its own.
    """
    if guard.services.provider is None:
        return ""
    link = escape(f"{PATH}/provider?{asked.query}&{urlencode({'proof': proof})}")
    issuer = escape(guard.services.provider.issuer)
    return (
        f'<a class="button" href="{link}">Sign in with your organization</a>'
        f"<small>at {issuer}</small><hr><p>Or with a password of this server:</p>"
    )


def _keep(response: Response, browser: str, guard: Guard) -> None:
    """It says which browser this is, and nobody's name."""
    keep_cookie(
        response, COOKIE, browser, path=PATH, lasts=AWAY_FOR, samesite="strict", guard=guard
    )
