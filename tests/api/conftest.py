"""The API for those who sign in, over the wire format, on a store in memory and a set clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from api.access_tokens import AccessTokens
from api.guard import Guard
from api.rate_limits import RateLimits
from api.routers import ROUTERS
from core.accounts.model import AccountRole
from core.context import Rules
from core.workflows.accounts import Registration, make_account
from core.workflows.services import Services
from faultmaven.application import build_app
from integrations.passwords import BcryptPasswords
from tests.fakes.clock import SetClock
from tests.fakes.services import SECRET, memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PASSWORD = "correct horse battery"  # noqa: S105 - of tests  # pragma: allowlist secret
CHEAP = 4  # rounds of bcrypt, the fewest there are


@dataclass
class KeptMail:
    """Mail that went out."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, address: str, *, subject: str, text: str) -> None:
        self.sent.append((address, text))


@dataclass
class Api:
    """A client of the API, and what stands behind it."""

    app: FastAPI
    client: httpx.AsyncClient
    services: Services
    clock: SetClock
    mail: KeptMail

    def serves(self, services: Services) -> None:
        """From now on these."""
        self.app.state.guard = replace(self.app.state.guard, services=services)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.client.post(path, json=body or {}, **more)

    async def sign_in(self, name: str = "dana", password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.post("/auth/login", {"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        known: dict[str, Any] = answer.json()
        return known

    async def as_somebody(self, name: str = "dana") -> dict[str, str]:
        """The header of a sign-in."""
        return bearer((await self.sign_in(name))["access_token"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """dana is a user there, root an admin."""
    clock, mail = SetClock(), KeptMail()
    services = replace(
        memory_services(clock=clock, rules=Rules(registration=True)),
        passwords=BcryptPasswords(cost=CHEAP),
        mail=mail,
    )
    for name, role in (("dana", AccountRole.USER), ("root", AccountRole.ADMIN)):
        wish = Registration(username=name, email=f"{name}@shop.test", password=PASSWORD)
        await make_account(wish, role=role, services=services)
    guard = Guard(services=services, access_tokens=AccessTokens(SECRET), limits=RateLimits())
    app = build_app(*ROUTERS, guard=guard)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here/api/v1") as client:
        yield Api(app, client, services, clock, mail)
