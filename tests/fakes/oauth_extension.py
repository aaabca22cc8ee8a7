"""The browser extension where it signs in by OAuth, and the browser window that it opens for it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

CLIENT = "faultmaven-copilot"
REDIRECT = f"https://{'abcdefghijklmnop' * 2}.chromiumapp.org/"
SCOPE = "openid profile email cases:read cases:write knowledge:read evidence:read"


@dataclass
class OAuthExtension:
    """client: of the window, with its cookies. root: of the server."""

    client: httpx.AsyncClient
    root: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def address(self, **changes: str | None) -> str:
        """What it opens. changes: None leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "state": self.state,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            "scope": SCOPE,
        } | changes
        sent = {name: value for name, value in asked.items() if value is not None}
        return f"{self.root}/auth/authorize?{urlencode(sent)}"

    async def open(self, **changes: str | None) -> httpx.Response:
        return await self.client.get(self.address(**changes))

    async def fill_in(
        self, page: httpx.Response, name: str, password: str, **more: Any
    ) -> httpx.Response:
        """The form of the page, as a browser sends it."""
        form = {"username": name, "password": password, "proof": hidden(page)}
        headers = {"Origin": self.root, "Sec-Fetch-Site": "same-origin"}
        return await self.client.post(
            self.root + link_to_form(page), **{"data": form, "headers": headers} | more
        )

    async def code(self, name: str, password: str) -> str:
        return self.code_in(await self.fill_in(await self.open(), name, password))

    def code_in(self, answer: httpx.Response) -> str:
        """Of the address at which the window ends."""
        assert answer.status_code == 303, answer.text
        address = answer.headers["location"]
        assert address.startswith(f"{REDIRECT}?")
        ended = parse_qs(urlsplit(address).query)
        assert ended == {"code": ended["code"], "state": [self.state]}
        return ended["code"][0]

    def grant(self, code: str) -> dict[str, Any]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": self.verifier,
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
        }

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """path: `token` or `revoke`. body: JSON."""
        if body is not None:
            more = {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}
        return await self.client.post(f"{self.root}/api/v1/auth/oauth/{path}", **more)


def hidden(page: httpx.Response) -> str:
    return _in(page, r'name="proof" value="([^"]+)"')


def link_to_form(page: httpx.Response) -> str:
    return _in(page, r'<form method="post" action="([^"]+)"')


def link_in(page: httpx.Response) -> str:
    """The one link of the page."""
    return _in(page, r'<a [^>]*href="([^"]+)"')


def _in(page: httpx.Response, pattern: str) -> str:
    match = re.search(pattern, page.text)
    assert match, page.text
    return unescape(match[1])
