"""The door over ASGI: who is let in, what is answered, and what is on the disk when it is."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from core.alerts.model import AlertSource, Delivery, DeliveryState
from core.context import Rules
from core.errors import StoreUnavailable
from core.jobs.kinds import DELIVERY_PROCESS
from core.jobs.model import JobState
from core.workflows.delivery_intake import KEPT_OF_OVERSIZED, BatchRoom, Journal
from core.workflows.signature_failures import KEY, refused_since
from storage.memory import MemoryStore
from tests.core.alerts.desk import AlertDesk
from tests.fakes.context import CONTEXT
from tests.fakes.pagerduty.events import PagerIncident, a_ping
from tests.fakes.pagerduty.signatures import NAME, SIGNATURE, headers_of, signature
from tests.fakes.services import memory_services
from tests.webhooks.test_alertmanager import Disk
from webhooks.pagerduty import (
    PATH,
    PagerDutyEndpoint,
    is_signed,
    name_of,
    pagerduty_router,
    signatures,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.places import Place
    from core.workflows.services import Services

SECRET = "mackerel"  # noqa: S105 # pragma: allowlist secret
OTHER = "herring"
QUICK = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    max_examples=300,
    deadline=None,
)
UNHURRIED = pytest.mark.timeout(60)


class PagerDutyServer:
    """The door over a store in memory, and the jobs behind it."""

    def __init__(
        self, *secrets: str, limit: int = 10_000, admins: frozenset[str] = frozenset()
    ) -> None:
        self.disk = Disk()
        self.store = MemoryStore(seam=self.disk)
        rules = Rules(max_delivery_bytes=limit, admins=admins)
        self.services: Services = memory_services(store=self.store, rules=rules)
        self.journal = Journal(self.store)
        self.open(*secrets)

    def open(self, *secrets: str) -> None:
        """A server process with these secrets begins to listen."""
        self.app = FastAPI(redirect_slashes=False)
        self.app.include_router(
            pagerduty_router(services=self.services, journal=self.journal, secrets=secrets)
        )

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="https://faultmaven.example.net")

    @property
    def deliveries(self) -> list[Delivery]:
        return [delivery for delivery in self.store.committed.deliveries if delivery.size]

    @property
    def desk(self) -> AlertDesk:
        return AlertDesk(self.services)

    def notices(self) -> list[tuple[Place, str]]:
        rows = [queued for queued in self.store.committed.outbound if queued.card.key == KEY]
        return [(queued.place, queued.card.rows[0].text.text) for queued in rows]


@pytest.fixture
def house() -> PagerDutyServer:
    return PagerDutyServer(SECRET)


@pytest.fixture
async def client(house: PagerDutyServer) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


def a_trigger() -> bytes:
    return PagerIncident().happens("incident.triggered")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
async def test_a_delivery_is_committed_before_the_answer(
    house: PagerDutyServer, client: httpx.AsyncClient, path: str
) -> None:
    body = a_trigger()
    answer = await client.post(path, content=body, headers=headers_of(body, SECRET))

    assert answer.status_code == 202
    (delivery,) = house.deliveries
    assert answer.json() == {"delivery": delivery.id}
    assert (delivery.body, delivery.state) == (body, DeliveryState.PENDING)
    assert (delivery.source, delivery.group) == (AlertSource.PAGERDUTY, PagerIncident().id)
    assert delivery.name == "01WEBHOOK"
    async with house.store.reading(CONTEXT) as unit:
        (job,) = await unit.jobs.listing(JobState.PENDING)
    assert job.kind == DELIVERY_PROCESS.name
    assert job.lane == f"intake:default:pagerduty:{PagerIncident().id}"


async def test_the_answer_waits_for_the_disk(
    house: PagerDutyServer, client: httpx.AsyncClient
) -> None:
    house.disk.slow.clear()
    body = a_trigger()
    posting = asyncio.create_task(client.post(PATH, content=body, headers=headers_of(body, SECRET)))
    await asyncio.sleep(0.05)
    assert not posting.done()
    house.disk.slow.set()
    assert (await posting).status_code == 202


@pytest.mark.parametrize("path", [PATH, f"{PATH}/", f"{PATH}//", "/webhooks/"])
@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
async def test_nothing_is_ever_redirected(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    body = a_trigger()
    answer = await client.request(method, path, content=body, headers=headers_of(body, SECRET))
    assert not answer.is_redirect
    assert answer.is_success is (method == "POST" and path in {PATH, f"{PATH}/"})


@pytest.mark.parametrize(
    "given_signature",
    [
        None,
        "",
        "v1=",
        "v1",
        "v1=,v1=",
        "v1=" + "0" * 64,
        "v0={good}",
        "v2={good}",
        "{good}",
        "V1={good}",
        "v1={good}0",
        "v1=\xe4\xf6",
        "v1=" + signature(a_trigger(), OTHER).removeprefix("v1="),
        "v1=" + signature(a_trigger() + b" ", SECRET).removeprefix("v1="),
    ],
)
async def test_a_wrong_signature_stores_nothing(
    house: PagerDutyServer, client: httpx.AsyncClient, given_signature: str | None
) -> None:
    body = a_trigger()
    good = signature(body, SECRET).removeprefix("v1=")
    headers = []
    if given_signature is not None:
        value = given_signature.replace("{good}", good).encode("latin-1")
        headers.append((SIGNATURE.encode(), value))
    answer = await client.post(PATH, content=body, headers=headers)

    assert answer.status_code == 401
    assert "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS" in answer.json()["next_step"]
    assert SECRET not in answer.text
    assert answer.headers["WWW-Authenticate"]
    assert house.deliveries == []


@pytest.mark.parametrize(
    ("signed_with", "set_here"),
    [
        ((SECRET,), (SECRET,)),
        ((SECRET,), (OTHER, SECRET)),
        ((OTHER, SECRET), (SECRET,)),
        ((OTHER, SECRET), (SECRET, OTHER)),
    ],
)
async def test_any_signature_with_any_secret_will_do(
    signed_with: tuple[str, ...], set_here: tuple[str, ...]
) -> None:
    body = a_trigger()
    async with PagerDutyServer(*set_here).client() as client:
        answer = await client.post(PATH, content=body, headers=headers_of(body, *signed_with))
    assert answer.status_code == 202


async def test_versions_to_come_do_not_disturb(client: httpx.AsyncClient) -> None:
    body = a_trigger()
    several = f"v9=whatever, {signature(body, SECRET)} ,v0=00"
    assert (await client.post(PATH, content=body, headers={SIGNATURE: several})).status_code == 202
    apart = [(SIGNATURE, "v1=00"), (SIGNATURE, signature(body, SECRET))]
    assert (await client.post(PATH, content=body, headers=apart)).status_code == 202


async def test_without_a_secret_nobody_is_let_in() -> None:
    house = PagerDutyServer()
    body = a_trigger()
    async with house.client() as client:
        for secret in ("", SECRET):
            answer = await client.post(PATH, content=body, headers=headers_of(body, secret))
            assert answer.status_code == 401
            assert answer.json()["detail"] == "no secret of PagerDuty is set here"
    assert house.deliveries == []


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"{}", a_trigger()[:100], b'{"event": 1}']
)
async def test_what_is_signed_and_not_understood_is_kept(
    house: PagerDutyServer, client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post(PATH, content=body, headers=headers_of(body, SECRET))
    assert answer.status_code == 202
    (delivery,) = house.deliveries if body else list(house.store.committed.deliveries)
    assert (delivery.state, delivery.body) == (DeliveryState.UNPARSABLE, body)


async def test_the_signature_covers_what_is_not_kept() -> None:
    house = PagerDutyServer(SECRET, limit=100_000)
    body = b'{"event": [' + b"1," * 500_000

    async def chunks(content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    async with house.client() as client:
        headers = headers_of(body, SECRET)
        forged = await client.post(PATH, content=chunks(body[:-1] + b" "), headers=headers)
        answer = await client.post(PATH, content=chunks(body), headers=headers)

    assert (forged.status_code, answer.status_code) == (401, 202)
    (delivery,) = house.deliveries
    assert delivery.state is DeliveryState.OVERSIZED
    assert delivery.body == body[:KEPT_OF_OVERSIZED]
    assert (delivery.size, delivery.sha256) == (len(body), hashlib.sha256(body).hexdigest())


async def test_trouble_of_ours_is_503_so_that_it_is_sent_again(
    house: PagerDutyServer, client: httpx.AsyncClient
) -> None:
    body = a_trigger()
    house.disk.problem = StoreUnavailable("the disk is full")
    answer = await client.post(PATH, content=body, headers=headers_of(body, SECRET))
    assert (answer.status_code, house.deliveries) == (503, [])
    assert answer.headers["Retry-After"] == "5"
    house.disk.problem = None
    house.journal.room = BatchRoom(10)
    answer = await client.post(PATH, content=body, headers=headers_of(body, SECRET))
    assert answer.status_code == 503
    house.journal.room = BatchRoom()
    answer = await client.post(PATH, content=body, headers=headers_of(body, SECRET))
    assert (answer.status_code, len(house.deliveries)) == (202, 1)


async def test_a_sender_that_goes_away_leaves_nothing(house: PagerDutyServer) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    door = PagerDutyEndpoint(services=house.services, journal=house.journal, secrets=[SECRET])
    headers = [(SIGNATURE.lower().encode(), signature(b"", SECRET).encode())]
    await door({"type": "http", "method": "POST", "headers": headers}, receive, send)
    assert (sent, house.deliveries) == ([], [])


async def test_outcomes_are_counted(house: PagerDutyServer, client: httpx.AsyncClient) -> None:
    def counted(outcome: str) -> float:
        labels = {"source": "pagerduty", "outcome": outcome}
        return REGISTRY.get_sample_value("faultmaven_deliveries_total", labels) or 0.0

    outcomes = ("accepted", "unparsable", "unauthorised", "refused")
    before = [counted(outcome) for outcome in outcomes]
    body = a_trigger()
    await client.post(PATH, content=body, headers=headers_of(body, SECRET))
    await client.post(PATH, content=b"x", headers=headers_of(b"x", SECRET))
    await client.post(PATH, content=body, headers=headers_of(body, OTHER))
    house.disk.problem = StoreUnavailable("the disk is full")
    await client.post(PATH, content=body, headers=headers_of(body, SECRET))
    assert [counted(outcome) for outcome in outcomes] == [count + 1 for count in before]


class TestThreeInARow:
    """A mistyped secret: the third refusal costs the subscription, so somebody must hear of it."""

    async def forge(self, client: httpx.AsyncClient, times: int) -> None:
        body = a_trigger()
        for _ in range(times):
            answer = await client.post(PATH, content=body, headers=headers_of(body, OTHER))
            assert answer.status_code == 401

    async def good(
        self, house: PagerDutyServer, client: httpx.AsyncClient, event_id: str = "01PING"
    ) -> None:
        body = a_ping(event_id=event_id)
        answer = await client.post(
            PATH, content=body, headers=headers_of(body, SECRET, name=event_id)
        )
        assert answer.status_code == 202
        await house.desk.work()

    async def test_is_told_once_until_a_good_one_comes(self) -> None:
        house = PagerDutyServer(SECRET, admins=frozenset({"slack:U0DANA", "discord:42"}))
        async with house.client() as client:
            await self.forge(client, 2)
            assert house.notices() == []
            assert await refused_since(services=house.services) is None
            await self.forge(client, 1)
            notices = house.notices()
            assert {(place.platform, place.channel) for place, _ in notices} == {
                ("terminal", "incidents"),
                ("slack", "@U0DANA"),
                ("discord", "@42"),
            }
            assert all(
                "3 webhooks in a row had a wrong signature" in notice for _, notice in notices
            )
            assert await refused_since(services=house.services) == house.desk.clock.now()
            for _ in range(3):
                house.desk.clock.advance(60)
                await self.forge(client, 3)
            assert house.notices() == notices

            house.desk.clock.advance(60)
            await self.good(house, client)
            assert await refused_since(services=house.services) is None
            over = [notice for _, notice in house.notices()[3:]]
            assert len(over) == 3
            assert all("signatures are right again" in notice for notice in over)
            house.desk.clock.advance(60)
            await self.forge(client, 3)
            assert len(house.notices()) == 9

    async def test_two_are_no_row_when_a_good_one_is_between(self) -> None:
        house = PagerDutyServer(SECRET)
        async with house.client() as client:
            for number in range(3):
                await self.forge(client, 2)
                await self.good(house, client, f"01PING{number}")
        assert house.notices() == []

    async def test_is_a_fact_that_outlives_the_process(self) -> None:
        house = PagerDutyServer(SECRET)
        async with house.client() as client:
            await self.forge(client, 3)
        house.open(SECRET)
        assert await refused_since(services=house.services) is not None
        async with house.client() as client:
            house.desk.clock.advance(60)
            await self.forge(client, 3)
            assert len(house.notices()) == 1
            await self.good(house, client)
        assert await refused_since(services=house.services) is None

    async def test_says_where_no_secret_is_set(self) -> None:
        house = PagerDutyServer()
        async with house.client() as client:
            await self.forge(client, 3)
        (row,) = [queued for queued in house.store.committed.outbound if queued.card.key == KEY]
        assert "is not set" in row.card.rows[1].text.text

    async def test_a_database_that_is_away_is_no_reason_to_break(
        self, house: PagerDutyServer
    ) -> None:
        house.disk.problem = StoreUnavailable("the disk is full")
        async with house.client() as client:
            await self.forge(client, 3)
            house.disk.problem = None
            house.desk.clock.advance(60)
            await self.forge(client, 1)
        assert len(house.notices()) == 1


def mutations(body: bytes) -> st.SearchStrategy[bytes]:
    """The body with a byte changed, taken out or put in, or cut."""
    places = st.integers(min_value=0, max_value=len(body) - 1)
    changed = st.builds(
        lambda at, byte: body[:at] + bytes([byte]) + body[at + 1 :], places, st.integers(0, 255)
    )
    without = st.builds(lambda at: body[:at] + body[at + 1 :], places)
    more = st.builds(lambda at, byte: body[:at] + byte + body[at:], places, st.binary(min_size=1))
    cut = st.builds(lambda at: body[:at], places)
    return (changed | without | more | cut).filter(lambda request: request != body)


async def knock(door: PagerDutyEndpoint, body: bytes, headers: dict[str, str]) -> int:
    """One request without a client between: the status it is answered."""
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await door({"type": "http", "method": "POST", "headers": raw}, receive, send)
    status = sent[0]["status"]
    assert isinstance(status, int)
    return status


def a_door() -> tuple[PagerDutyServer, PagerDutyEndpoint]:
    house = PagerDutyServer(SECRET, OTHER)
    return house, PagerDutyEndpoint(
        services=house.services, journal=house.journal, secrets=[SECRET, OTHER]
    )


@UNHURRIED
@given(mutations(a_trigger()))
@QUICK
async def test_no_mutated_body_comes_in(body: bytes) -> None:
    house, door = a_door()
    assert await knock(door, body, headers_of(a_trigger(), SECRET, OTHER)) == 401
    assert house.deliveries == []


@UNHURRIED
@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=200))
@QUICK
async def test_no_made_up_signature_opens_the_door(made_up: str) -> None:
    house, door = a_door()
    assert await knock(door, a_trigger(), {SIGNATURE: made_up, NAME: made_up}) == 401
    assert house.deliveries == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["event", "data", "type", "id", "incident", "status", "summary"])
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
DATA_TYPES = (
    "incident",
    "incident_note",
    "incident_responder",
    "incident_status_update",
    "incident_field_values",
    "incident_conference_bridge",
    "incident_role_assignment",
    "incident_task",
    "incident_action_invocation",
    "incident_workflow_instance",
    "service",
)
KEYS = (
    "id", "status", "title", "number", "created_at", "reopened_at", "service", "assignees", "teams",
    "priority", "urgency", "html_url", "resolve_reason", "incident", "content", "trimmed", "user",
    "message", "state", "custom_fields", "changed_custom_fields", "conference_numbers", "name",
    "conference_url", "incident_role_assignments", "action", "incident_workflow", "summary",
)  # fmt: skip
DATA = st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.sampled_from(DATA_TYPES) | st.text(max_size=5),
    st.dictionaries(st.sampled_from(KEYS), JSON | st.just("Q1") | st.just("resolved"), max_size=8),
)
EVENTS = st.fixed_dictionaries(
    {
        "event": st.fixed_dictionaries(
            {
                "id": st.text(min_size=1, max_size=30),
                "event_type": st.sampled_from(["incident.triggered", "incident.annotated", "x.y"])
                | st.text(min_size=1, max_size=30),
                "occurred_at": st.sampled_from(
                    [
                        "2026-11-20T08:00:00Z",
                        "0001-01-01T00:00:00Z",
                        "9999-12-31T23:59:59-23:00",
                        None,
                    ]
                ),
                "agent": JSON,
                "data": DATA,
            }
        )
    }
)


@UNHURRIED
@given(JSON | EVENTS)
@settings(QUICK, max_examples=100)
async def test_any_json_that_is_signed_is_taken_and_breaks_nothing(content: Any) -> None:
    house, door = a_door()
    body = json.dumps(content).encode()
    assert await knock(door, body, headers_of(body, SECRET)) == 202
    await house.desk.work()
    (delivery,) = house.deliveries
    assert delivery.state in {DeliveryState.DONE, DeliveryState.UNPARSABLE}


@UNHURRIED
@given(st.data())
@settings(QUICK, max_examples=100)
async def test_replays_are_taken_and_change_nothing(data: st.DataObject) -> None:
    incident = PagerIncident()
    bodies = [
        incident.happens("incident.triggered"),
        incident.happens("incident.acknowledged", after=10),
        incident.tells("incident.annotated", after=20),
        incident.happens("incident.resolved", after=30),
    ]
    house, door = a_door()
    for number, body in enumerate(bodies):
        assert await knock(door, body, headers_of(body, SECRET, name=f"w{number}")) == 202
    await house.desk.work()
    (case,) = await house.desk.cases()
    again = data.draw(st.lists(st.sampled_from(bodies), min_size=1, max_size=6))
    for body in again:
        name = data.draw(st.sampled_from(["w0", "w1", "w3", "fresh", "", "\xe4"]))
        assert await knock(door, body, headers_of(body, SECRET, name=name)) == 202
    await house.desk.work()
    assert await house.desk.cases() == [case]
    assert len(house.deliveries) == len(bodies) + len(again)


async def test_deep_nesting_is_not_understood_and_breaks_nothing() -> None:
    house = PagerDutyServer(SECRET, limit=1_000_000)
    door = PagerDutyEndpoint(services=house.services, journal=house.journal, secrets=[SECRET])
    body = b'{"event": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert await knock(door, body, headers_of(body, SECRET)) == 202
    await house.desk.work()
    (delivery,) = house.deliveries
    assert delivery.state is DeliveryState.UNPARSABLE


def test_names_are_taken_only_where_they_are_plain() -> None:
    assert name_of([(b"x-webhook-id", b" 01ABC-9 ")]) == "01ABC-9"
    for odd in (b"", b"with space", b"\xff", b"x" * 129, b"nul\0"):
        assert name_of([(b"x-webhook-id", odd)]) == ""
    assert name_of([]) == ""


def test_signatures_of_version_1_only() -> None:
    headers = [(b"x-pagerduty-signature", b"v1=aa, v2=bb,v1=cc"), (b"other", b"v1=dd")]
    assert signatures(headers) == [b"aa", b"cc"]
    assert not is_signed([], [b"aa"])
    assert not is_signed([b"aa"], [])
