"""The page on which whoever runs the installation makes the first admin.

Its address ends in `#` and the code that `up` shows: what follows a `#` is sent to no server and
stands in no log.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
PATH = "/welcome"


@router.get(PATH)
async def welcome_page() -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}';"
        " connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(_page().replace("{nonce}", nonce), headers=headers)


@cache
def _page() -> str:
    return Path(__file__).with_name("welcome.html").read_text("utf-8")
