"""The host names of this installation. A request for any other is refused.

A page of anyone's can have its own name point to this machine (DNS rebinding), and its scripts
then talk to whatever listens here. Such a page can neither use a bare address nor a name that
nobody can register, so these are let in; so is what proves itself with a secret of its own.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from faultmaven.settings import Settings

ALLOWED_HOSTS = "FAULTMAVEN_ALLOWED_HOSTS"
SIGNED = ("/webhooks/pagerduty", "/slack/", "/discord/")  # nothing gets in without its signature
WITH_TOKEN = ("/webhooks/alertmanager",)  # where a token is set


@dataclass(frozen=True)
class OwnNames:
    """names: in small letters. guarded: paths that ask for a secret, whatever the name.

    public_origin: of the public URL, as a browser writes it; empty where none is set.
    allowed_origins: pages that may call, beside our own.
    """

    names: frozenset[str]
    guarded: tuple[str, ...] = ()
    public_origin: str = ""
    allowed_origins: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> OwnNames:
        names = {settings.host, urlsplit(settings.public_url).hostname or ""}
        names.update(settings.allowed_hosts)
        token = WITH_TOKEN if settings.alertmanager_token else ()
        return cls(
            frozenset(name.lower() for name in names),
            guarded=(*SIGNED, *token),
            public_origin=_origin_of(settings.public_url),
            allowed_origins=tuple(_origin_of(url) for url in settings.allowed_origins),
        )

    def has(self, host: str) -> bool:
        """True if the value of a Host header is a name of ours."""
        name = _name(host)
        return name in self.names or "." not in name or _is_address(name)


class OnlyOwnNames:
    """Middleware: 400 for a request that names another host."""

    def __init__(self, app: ASGIApp, *, own: OwnNames) -> None:
        self._app = app
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._lets_in(scope):
            await self._app(scope, receive, send)
            return
        refusal = {
            "detail": "this server does not go by the name in the Host header",
            "next_step": f"Add the name to {ALLOWED_HOSTS}, or set FAULTMAVEN_PUBLIC_URL.",
        }
        await JSONResponse(refusal, status_code=400)(scope, receive, send)

    def _lets_in(self, scope: Scope) -> bool:
        if scope["path"].startswith(self._own.guarded):
            return True
        return all(self._own.has(host) for host in hosts_of(scope["headers"]))


def hosts_of(headers: Collection[tuple[bytes, bytes]]) -> list[str]:
    """Every Host header; one that is missing is HTTP/1.0, which no browser speaks."""
    return [value.decode("latin-1") for name, value in headers if name == b"host"]


def _name(host: str) -> str:
    """Without the port, the brackets of an IPv6 address and the root's dot, in small letters."""
    try:
        name = urlsplit(f"//{host.strip()}").hostname or ""
    except ValueError:
        return "not.a.name"
    return name.removesuffix(".")


def _origin_of(url: str) -> str:
    """Scheme and host, with the port where it is not the scheme's own."""
    parts = urlsplit(url.lower())
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}" if parts.netloc else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
