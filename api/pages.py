"""Pages for browsers: no cache keeps them, nobody frames them, and what they may do is listed."""

from __future__ import annotations

import re
import secrets
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import status
from fastapi.responses import HTMLResponse

from core.errors import (
    FaultMavenError,
    NotFound,
    NotPermitted,
    TooLarge,
    TooMany,
    Unauthorised,
    Unavailable,
    WrongUsage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
WITH_SCRIPT = "script-src 'nonce-{nonce}'; connect-src 'self'; form-action 'none'"
_STATUS: dict[type[FaultMavenError], int] = {
    WrongUsage: status.HTTP_400_BAD_REQUEST,
    Unauthorised: status.HTTP_401_UNAUTHORIZED,
    NotPermitted: status.HTTP_403_FORBIDDEN,
    NotFound: status.HTTP_404_NOT_FOUND,
    TooLarge: status.HTTP_413_CONTENT_TOO_LARGE,
    TooMany: status.HTTP_429_TOO_MANY_REQUESTS,
    Unavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}


def page(
    name: str,
    values: Mapping[str, str],
    *,
    allows: str = WITH_SCRIPT,
    status_code: int = status.HTTP_200_OK,
    headers: Mapping[str, str] = UNKEPT,
) -> HTMLResponse:
    """The page of that file. values: HTML, for the names in braces. allows: of its policy."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; {allows.replace('{nonce}', nonce)};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    filled = {"nonce": nonce, **values}
    slots = re.compile(r"\{(" + "|".join(filled) + r")\}")
    text = slots.sub(lambda slot: filled[slot[1]], _template(name))  # what is put in stays as it is
    guarded = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(text, status_code, headers={**headers, **guarded})


def status_of(problem: FaultMavenError) -> int:
    kinds = (code for kind, code in _STATUS.items() if isinstance(problem, kind))
    return next(kinds, status.HTTP_500_INTERNAL_SERVER_ERROR)


def words_of(problem: FaultMavenError) -> str:
    """What is wrong, and what to do."""
    text = str(problem).removesuffix(".")
    return f"{text[:1].upper()}{text[1:]}. {problem.next_step}"


def problem_page(problem: FaultMavenError, *, text: str = "", back: str = "") -> HTMLResponse:
    """text: other words for it. back: HTML of a link."""
    values = {"text": escape(text or words_of(problem)), "code": '""', "back": back}
    return page("signed_in.html", values, status_code=status_of(problem))


@cache
def _template(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
