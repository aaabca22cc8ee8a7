"""The door over ASGI: what it answers, and what is on the disk when it does."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from core.alerts.model import Delivery, DeliveryState
from core.context import Rules
from core.errors import StoreUnavailable
from core.workflows.delivery_intake import KEPT_OF_OVERSIZED, BatchRoom, Journal
from storage.memory import MemoryStore
from tests.core.alerts.desk import recorded
from tests.fakes.services import memory_services
from webhooks import body as reading
from webhooks.alertmanager import PATH, alertmanager_router, is_known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.workflows.services import Services

TOKEN = "kiwi-banana"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Disk:
    """Fails commits while told to."""

    problem: Exception | None = None
    slow: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.slow.set()

    async def __call__(self, seam: str) -> None:
        if seam == "commit":
            await self.slow.wait()
            if self.problem is not None:
                raise self.problem


class AlertmanagerServer:
    """A server in process, with all that a test may turn."""

    def __init__(self, *, token: str | None = TOKEN, limit: int = 10_000) -> None:
        self.disk = Disk()
        self.store = MemoryStore(seam=self.disk)
        self.services: Services = replace(
            memory_services(store=self.store), rules=Rules(max_delivery_bytes=limit)
        )
        self.journal = Journal(self.store)
        self.app = FastAPI(redirect_slashes=False)
        self.token = token
        self.open()

    def open(self) -> None:
        router = alertmanager_router(services=self.services, journal=self.journal, token=self.token)
        self.app.include_router(router)

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://faultmaven.example.net")

    @property
    def deliveries(self) -> list[Delivery]:
        return list(self.store.committed.deliveries)


@pytest.fixture
def house() -> AlertmanagerServer:
    return AlertmanagerServer()


@pytest.fixture
async def client(house: AlertmanagerServer) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
async def test_a_delivery_is_committed_before_the_answer(
    house: AlertmanagerServer, client: httpx.AsyncClient, path: str
) -> None:
    body = recorded("single_firing")
    answer = await client.post(path, content=body, headers=BEARER)

    assert answer.status_code == 200
    (delivery,) = house.deliveries
    assert answer.json() == {"delivery": delivery.id}
    assert (delivery.body, delivery.state) == (body, DeliveryState.PENDING)


async def test_the_answer_waits_for_the_disk(
    house: AlertmanagerServer, client: httpx.AsyncClient
) -> None:
    house.disk.slow.clear()
    posting = asyncio.create_task(
        client.post(PATH, content=recorded("single_firing"), headers=BEARER)
    )
    await asyncio.sleep(0.05)
    assert not posting.done()
    house.disk.slow.set()
    assert (await posting).status_code == 200


@pytest.mark.parametrize("path", [PATH, f"{PATH}/", f"{PATH}//", "/webhooks/", "/webhooks"])
@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "PUT", "OPTIONS"])
async def test_nothing_is_ever_redirected(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    """A redirect is followed as a GET without the body, and its 200 counts as delivered."""
    answer = await client.request(method, path, content=b"{}", headers=BEARER)
    assert not answer.is_redirect
    assert answer.is_success is (method == "POST" and path in {PATH, f"{PATH}/"})


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer kiwi",
        f"Bearer {TOKEN}x",
        f"Token {TOKEN}",
        TOKEN,
        "Basic kiwi",
        "Basic " + base64.b64encode(TOKEN.encode()).decode(),
        "Basic " + base64.b64encode(f"{TOKEN}:x".encode()).decode(),
        "Bearer kiwi-b\xe4nana",
    ],
)
async def test_a_wrong_secret_stores_nothing(
    house: AlertmanagerServer, client: httpx.AsyncClient, authorization: str | None
) -> None:
    sent = () if authorization is None else (authorization.encode("latin-1"),)
    headers = [(b"Authorization", value) for value in sent]
    answer = await client.post(PATH, content=recorded("single_firing"), headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text
    assert house.deliveries == []


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {TOKEN}",
        f"bearer {TOKEN}",
        "Basic " + base64.b64encode(f"alertmanager:{TOKEN}".encode()).decode(),
        "basic " + base64.b64encode(f":{TOKEN}".encode()).decode(),
    ],
)
async def test_the_secret_as_bearer_or_basic_password(
    client: httpx.AsyncClient, authorization: str
) -> None:
    headers = {"Authorization": authorization}
    answer = await client.post(PATH, content=recorded("single_firing"), headers=headers)
    assert answer.status_code == 200


def test_a_password_may_hold_a_colon() -> None:
    credentials = base64.b64encode(b"user:with:colons")
    assert is_known([(b"authorization", b"Basic " + credentials)], b"with:colons")


async def test_without_a_token_everyone_may_post() -> None:
    async with AlertmanagerServer(token=None).client() as client:
        assert (await client.post(PATH, content=recorded("single_firing"))).is_success


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", recorded("single_firing")[:100]])
async def test_what_cannot_be_parsed_is_kept_and_answered_200(
    house: AlertmanagerServer, client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post(PATH, content=body, headers=BEARER)

    assert answer.status_code == 200
    (delivery,) = house.deliveries
    assert (delivery.state, delivery.body) == (DeliveryState.UNPARSABLE, body)


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
async def test_no_body_is_answered_otherwise(body: bytes) -> None:
    house = AlertmanagerServer()
    async with house.client() as client:
        answer = await client.post(PATH, content=body, headers=BEARER)
    assert answer.status_code == 200
    assert [delivery.body for delivery in house.deliveries] == [body]


async def test_a_body_over_the_limit_keeps_hash_and_beginning() -> None:
    house = AlertmanagerServer(limit=100_000)
    body = b'{"alerts": [' + b"1," * 2_000_000

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    async with house.client() as client:
        answer = await client.post(PATH, content=chunks(), headers=BEARER)

    assert answer.status_code == 200
    (delivery,) = house.deliveries
    assert delivery.state is DeliveryState.OVERSIZED
    assert delivery.body == body[:KEPT_OF_OVERSIZED]
    assert (delivery.size, delivery.sha256) == (len(body), hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize(("extra", "state"), [(0, "unparsable"), (1, "oversized")])
async def test_the_limit_itself_is_allowed(extra: int, state: str) -> None:
    house = AlertmanagerServer(limit=1000)
    async with house.client() as client:
        await client.post(PATH, content=b"x" * (1000 + extra), headers=BEARER)
    assert [delivery.state.value for delivery in house.deliveries] == [state]


async def test_a_failing_database_is_503_until_it_works_again(
    house: AlertmanagerServer, client: httpx.AsyncClient
) -> None:
    house.disk.problem = StoreUnavailable("the disk is full")
    answer = await client.post(PATH, content=recorded("single_firing"), headers=BEARER)
    assert (answer.status_code, house.deliveries) == (503, [])

    house.disk.problem = None
    answer = await client.post(PATH, content=recorded("single_firing"), headers=BEARER)
    assert (answer.status_code, len(house.deliveries)) == (200, 1)


async def test_overload_is_503_until_it_is_over(
    house: AlertmanagerServer, client: httpx.AsyncClient
) -> None:
    house.journal.most_waiting = 4
    house.disk.slow.clear()
    posts = [
        asyncio.create_task(client.post(PATH, content=recorded("single_firing"), headers=BEARER))
        for _ in range(20)
    ]
    await asyncio.sleep(0.1)
    house.disk.slow.set()
    statuses = [(await post).status_code for post in posts]

    assert set(statuses) == {200, 503}
    assert len(house.deliveries) == statuses.count(200)
    answer = await client.post(PATH, content=recorded("single_firing"), headers=BEARER)
    assert answer.status_code == 200


async def test_memory_for_bodies_is_bounded_and_given_back(
    house: AlertmanagerServer, client: httpx.AsyncClient
) -> None:
    house.journal.room = BatchRoom(2000)
    body = recorded("single_firing")
    for _ in range(5):
        assert (await client.post(PATH, content=body, headers=BEARER)).status_code == 200
    house.journal.room = BatchRoom(500)
    assert (await client.post(PATH, content=body, headers=BEARER)).status_code == 503


async def test_a_sender_that_stalls_is_let_go(
    house: AlertmanagerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST_S", 0.05)

    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    async with house.client() as client:
        answer = await client.post(PATH, content=stalled(), headers=BEARER)
    assert (answer.status_code, house.deliveries) == (503, [])


async def test_a_sender_that_goes_away_leaves_nothing(house: AlertmanagerServer) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer " + TOKEN.encode())]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers}
    await house.app({**scope, "query_string": b"", "root_path": ""}, receive, send)
    assert (sent, house.deliveries) == ([], [])


async def test_outcomes_are_counted(house: AlertmanagerServer, client: httpx.AsyncClient) -> None:
    def counted(outcome: str) -> float:
        labels = {"source": "alertmanager", "outcome": outcome}
        return REGISTRY.get_sample_value("faultmaven_deliveries_total", labels) or 0.0

    outcomes = ("accepted", "unparsable", "unauthorised", "refused")
    before = [counted(outcome) for outcome in outcomes]
    await client.post(PATH, content=recorded("single_firing"), headers=BEARER)
    await client.post(PATH, content=b"", headers=BEARER)
    await client.post(PATH, content=recorded("single_firing"))
    house.disk.problem = StoreUnavailable("the disk is full")
    await client.post(PATH, content=recorded("single_firing"), headers=BEARER)
    assert [counted(outcome) for outcome in outcomes] == [count + 1 for count in before]
