"""The API for those who sign in, over the wire format, on a store in memory and a set clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from api.access_tokens import AccessTokens
from api.chat import ApiChat
from api.guard import Guard
from api.rate_limits import RateLimits
from api.routers import ROUTERS
from core.accounts.model import AccountRole
from core.context import Rules
from core.errors import StoreUnavailable
from core.investigation.reasoner import Deterministic
from core.workflows.accounts import Registration, make_account
from core.workflows.services import Services
from faultmaven.application import build_app
from faultmaven.wiring import EVERYONE
from faultmaven.worker_pool import WorkerPool, start_pool
from integrations.passwords import BcryptPasswords
from storage.jobs.inprocess import InProcessWakeUp
from storage.memory import MemoryFiles, MemoryJobs, MemoryStore
from tests.fakes.chat import ReadingHere
from tests.fakes.clock import SetClock
from tests.fakes.services import SECRET, memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PASSWORD = "correct horse battery"  # noqa: S105 - of tests  # pragma: allowlist secret
LOG = b"2026-03-11T09:12:01Z ERROR remaining connection slots are reserved\n" * 20
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


@cache
def the_app() -> FastAPI:
    """Made once a process, as its first request takes long; each test says what is behind it."""
    return build_app(*ROUTERS)


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
    app = the_app()
    app.state.guard = guard
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here/api/v1") as client:
        yield Api(app, client, services, clock, mail)


@dataclass
class Desk:
    """dana with a case, and workers that work when a test says so."""

    api: Api
    workers: WorkerPool
    headers: dict[str, str]
    case_id: str = ""
    cut_off: int = 0

    async def seam(self, point: str) -> None:
        """The store breaks at the commit that `cut_off` counts down to."""
        if point == "commit" and self.cut_off:
            self.cut_off -= 1
            if not self.cut_off:
                message = "the disk is full"
                raise StoreUnavailable(message)

    async def turn(self, *, key: str = "key-0001", files: Any = (), **parts: str) -> httpx.Response:
        form = [(name, (None, value)) for name, value in parts.items()]
        form += [("files", file) for file in files]
        headers = self.headers | {"Idempotency-Key": key}
        path = f"/cases/{self.case_id}/turns"
        return await self.api.client.post(path, files=form, headers=headers)

    async def answered(self, **parts: Any) -> dict[str, Any]:
        """The answer, once all is done."""
        asked = await self.turn(**parts)
        assert asked.status_code in (200, 202), asked.text
        await self.workers.run_until_idle()
        body: dict[str, Any] = (await self.turn(**parts)).json()
        return body

    async def press(self, **intent: Any) -> dict[str, Any]:
        key = f"press-{json.dumps(intent).__hash__() & 0xFFFFFFFF:08x}"
        kind, data = str(intent["type"]), json.dumps(intent)
        return await self.answered(key=key, query="…", intent_type=kind, intent_data=data)


@pytest.fixture
async def desk(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for module in ("turns", "agent"):
        monkeypatch.setattr(f"api.{module}.WAITS_S", 0.0)
    monkeypatch.setattr("api.turns.LOOKS_AFTER_S", 0.0)
    monkeypatch.setattr("api.turns.POLLS_S", 0.0)
    desk = Desk(api, None, {})  # type: ignore[arg-type] # made below
    wake = InProcessWakeUp()
    store = MemoryStore(wake=wake, seam=desk.seam)
    store.committed = api.services.store.committed  # type: ignore[attr-defined] # with its accounts
    services = replace(
        api.services,
        store=store,
        file_store=MemoryFiles(tmp_path, clock=api.clock),
        runner=ReadingHere(),
        reasoner=Deterministic(),
        chats=(ApiChat(),),
    )
    api.services = services
    api.serves(services)
    desk.workers = start_pool(MemoryJobs(store), services=services, audiences=EVERYONE, owner="t")
    for runner in desk.workers.runners:
        wake.join(runner.audiences, runner.ring)
    desk.headers = await api.as_somebody()
    desk.case_id = (await api.post("/cases", headers=desk.headers)).json()["case_id"]
    await desk.workers.run_until_idle()
    return desk
