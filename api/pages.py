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

from api.problems import status_of
from core.errors import FaultMavenError, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from typing import Literal

    from fastapi import Response

    from api.guard import Guard

UNKEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
WITH_SCRIPT = "script-src 'nonce-{nonce}'; connect-src 'self'; form-action 'none'"


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


def status_of_page(problem: FaultMavenError) -> int:
    """As everywhere, but for a wrong address: a browser came there, and sent no body."""
    is_wrong = isinstance(problem, WrongUsage)
    return status.HTTP_400_BAD_REQUEST if is_wrong else status_of(problem)


def words_of(problem: FaultMavenError) -> str:
    """What is wrong, and what to do."""
    text = str(problem).removesuffix(".")
    return f"{text[:1].upper()}{text[1:]}. {problem.next_step}"


def problem_page(problem: FaultMavenError, *, text: str = "", back: str = "") -> HTMLResponse:
    """text: other words for it. back: HTML of a link."""
    values = {"text": escape(text or words_of(problem)), "code": '""', "back": back}
    return page("signed_in.html", values, status_code=status_of_page(problem))


def keep_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    path: str,
    lasts: timedelta,
    samesite: Literal["lax", "strict"],
    guard: Guard,
) -> None:
    """For pages of ours alone; no script reads it. path: it is sent to nothing else."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path=path,
        secure=guard.public_url.startswith("https://"),
        httponly=True,
        samesite=samesite,
    )


@cache
def _template(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
