"""Refusal of what a page of somebody else's sends through a visitor's browser.

Without asking first, a page may post to any address that its visitor reaches: a form, or a script
with one of three content types. No secret is needed where none is set, so an open webhook on
loopback would open a case for any page. A browser says where such a request comes from, in Origin
and Sec-Fetch-Site; what alerts say neither. Where nothing proves itself with a secret, the content
type has to be JSON, too, which no page sends to others without asking.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from faultmaven.host_names import OwnNames

# Pages of a browser extension, whose id differs from one browser to the next.
EXTENSIONS = "(?:chrome-extension://[a-p]{32}|moz-extension://[0-9a-f-]{36})"
FOR_PAGES = ("/api/v1/", "/v1/")
OPERATOR = "/api/v1/operator"
# What is posted there brings a proof, a code or a token of its own; the standards say: as a form.
TAKE_FORMS = ("/auth/authorize", "/api/v1/auth/oauth/")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # they change nothing
SCHEMES = ("http", "https")  # a proxy may have taken the second off
OWN_SITES = frozenset({b"same-origin", b"none"})  # none: a person, by hand
JSON = "application/json"
FOREIGN = {
    "detail": "this request comes from a page of another origin",
    "next_step": "Post without a browser, or open this server at FAULTMAVEN_PUBLIC_URL.",
}
NO_JSON = {
    "detail": "what is posted here has to say that it is JSON",
    "next_step": f"Add the header: Content-Type: {JSON}.",
}


class OnlyOwnOrigins:
    """Middleware: 403 for a page of another origin, 415 for a body that is not called JSON."""

    def __init__(self, app: ASGIApp, *, own: OwnNames) -> None:
        self._app = app
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
        elif not self._is_own(scope):
            await JSONResponse(FOREIGN, status_code=403)(scope, receive, send)
        elif not self._is_json(scope):
            await JSONResponse(NO_JSON, status_code=415)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        """True if no browser sent it, or a page of this very server, or one that may."""
        headers: Collection[tuple[bytes, bytes]] = scope["headers"]
        origins = _texts(headers, b"origin")
        if origins and all(self._may(origin, scope["path"]) for origin in origins):
            return True
        sites = values_of(headers, b"sec-fetch-site")
        if not OWN_SITES.issuperset(sites):
            return False
        own = {f"{scheme}://{host}" for host in _texts(headers, b"host") for scheme in SCHEMES}
        own.add(self._own.public_origin)
        return own.issuperset(origins)

    def _may(self, origin: str, path: str) -> bool:
        if not path.startswith(FOR_PAGES) or path.startswith(OPERATOR):
            return False
        is_extension = re.fullmatch(EXTENSIONS, origin) is not None
        return is_extension or origin in self._own.allowed_origins

    def _is_json(self, scope: Scope) -> bool:
        """True if it says so; also of what has a secret, and of what sends no body at all."""
        if scope["method"] != "POST" or scope["path"].startswith((*self._own.guarded, *TAKE_FORMS)):
            return True
        if values_of(scope["headers"], b"authorization"):  # which no page adds without asking
            return True
        types = values_of(scope["headers"], b"content-type")
        if not types:
            lengths = values_of(scope["headers"], b"content-length")
            chunked = values_of(scope["headers"], b"transfer-encoding")
            return not chunked and set(lengths) <= {b"0"}
        return all(kind.partition(b";")[0].strip().lower() == JSON.encode() for kind in types)


def _texts(headers: Collection[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for value in values_of(headers, wanted)]


def values_of(headers: Collection[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    """Every value of the header. wanted: its name in small letters."""
    return [value.strip() for name, value in headers if name == wanted]
