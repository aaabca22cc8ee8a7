"""The sender does what PagerDuty's documentation says, also with our own door at the other end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from core.alerts.model import DeliveryState
from core.errors import StoreUnavailable
from core.workflows.signature_failures import refused_since
from tests.fakes.pagerduty.events import PagerIncident, a_ping, of_a_service
from tests.fakes.pagerduty.sender import GIVES_UP_S, LARGEST, Subscription
from tests.webhooks.test_pagerduty import OTHER, SECRET, PagerDutyServer
from webhooks.pagerduty import PATH

URL = f"https://faultmaven.example.net{PATH}"


@dataclass
class ScriptedServer:
    """Answers with the next of these, then with 202; None is silence, 0 a broken connection."""

    answers: list[int | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(await request.aread())
        status = self.answers.pop(0) if self.answers else 202
        if status is None:
            await asyncio.Event().wait()
        if status == 0:
            raise httpx.ConnectError("refused")
        return httpx.Response(status or 202)


def a_subscription(server: ScriptedServer, waits: list[float] | None = None) -> Subscription:
    async def pause(seconds: float) -> None:
        await asyncio.sleep(0.01)
        if waits is not None:
            waits.append(seconds)

    client = httpx.AsyncClient(transport=httpx.MockTransport(server))
    return Subscription(URL, client, (SECRET,), pause=pause)


@pytest.mark.parametrize("status", [500, 503, 429, 0])
async def test_what_may_pass_is_tried_again_later_and_later(status: int) -> None:
    waits: list[float] = []
    (webhook,) = await a_subscription(ScriptedServer([status] * 4), waits).send(a_ping())
    assert (webhook.delivered, webhook.answers) == (True, [status] * 4 + [202])
    assert waits == [15, 30, 60, 120]


async def test_after_two_days_it_is_given_up() -> None:
    waits: list[float] = []
    (webhook,) = await a_subscription(ScriptedServer([503] * 99), waits).send(a_ping())
    assert webhook.dropped
    assert GIVES_UP_S <= sum(waits) <= GIVES_UP_S + 3600


@pytest.mark.parametrize("status", [400, 401, 404, 301])
async def test_three_drops_in_a_row_end_it(status: int) -> None:
    server = ScriptedServer([status, 202, status, status, status])
    subscription = a_subscription(server)
    bodies = [of_a_service("service.updated", event_id=str(n)) for n in range(7)]
    webhooks = await subscription.send(*bodies)
    assert subscription.disabled
    assert [webhook.delivered for webhook in webhooks] == [False, True] + [False] * 5
    assert len(server.bodies) == 5
    subscription.enable()
    (after,) = await subscription.send(a_ping())
    assert after.delivered


async def test_what_is_too_large_is_never_sent() -> None:
    server = ScriptedServer()
    (webhook,) = await a_subscription(server).send(b"x" * (LARGEST + 1))
    assert webhook.dropped
    assert server.bodies == []


async def test_an_incidents_webhooks_wait_for_each_other_and_for_no_other() -> None:
    incident, other = PagerIncident(id="Q1"), PagerIncident(id="Q2")
    bodies = [
        incident.happens("incident.triggered"),
        incident.happens("incident.acknowledged", after=5),
        other.happens("incident.triggered"),
    ]
    server = ScriptedServer([503])
    await a_subscription(server).send(*bodies)
    assert [bodies.index(body) for body in server.bodies if body != bodies[2]] == [0, 0, 1]
    assert server.bodies.index(bodies[2]) < server.bodies.index(bodies[1])


class TestWithOurDoor:
    """PagerDuty's behaviour on one side, our door and its jobs on the other."""

    def subscribe(self, house: PagerDutyServer, *secrets: str, twice: bool = False) -> Subscription:
        async def pause(seconds: float) -> None:
            house.disk.problem = None
            house.desk.clock.advance(seconds)

        return Subscription(URL, house.client(), secrets, pause=pause, twice=twice)

    async def test_nothing_is_lost_or_doubled(self) -> None:
        house, incident = PagerDutyServer(SECRET), PagerIncident()
        subscription = self.subscribe(house, SECRET, twice=True)
        house.disk.problem = StoreUnavailable("the disk is full")
        webhooks = await subscription.send(
            incident.happens("incident.triggered"),
            incident.happens("incident.acknowledged", after=10),
            incident.tells("incident.annotated", after=20),
            incident.happens("incident.resolved", after=30),
        )
        assert webhooks[0].answers == [503, 202, 202]
        assert all(webhook.delivered for webhook in webhooks)
        assert len(house.deliveries) == 8
        await house.desk.work()
        case = await house.desk.case()
        assert (case.firing, case.alerts, case.owner) == (0, 1, "Dana Ruiz")
        kinds = await house.desk.kinds(case)
        assert (kinds.count("pager.told"), kinds.count("note.made")) == (3, 1)

    async def test_what_we_do_not_understand_never_costs_the_subscription(self) -> None:
        house = PagerDutyServer(SECRET)
        subscription = self.subscribe(house, SECRET)
        await subscription.send(*(b"%d" % number for number in range(10)))
        assert not subscription.disabled
        assert {delivery.state for delivery in house.deliveries} == {DeliveryState.UNPARSABLE}

    async def test_a_mistyped_secret_costs_it_and_is_told(self) -> None:
        house = PagerDutyServer(SECRET)
        subscription = self.subscribe(house, OTHER)
        pings = [a_ping(event_id=f"01P{number}") for number in range(4)]
        await subscription.send(*pings)
        assert subscription.disabled
        assert await refused_since(services=house.services) is not None
        assert len(house.notices()) == 1

    async def test_a_secret_is_changed_without_a_gap(self) -> None:
        house = PagerDutyServer(OTHER)
        subscription = self.subscribe(house, OTHER)
        first = await subscription.send(a_ping(event_id="1"))
        subscription.secrets = (OTHER, SECRET)  # PagerDuty signs with both
        between = await subscription.send(a_ping(event_id="2"))
        house.open(OTHER, SECRET)
        subscription.client = house.client()
        both = await subscription.send(a_ping(event_id="3"))
        subscription.secrets = (SECRET,)
        last = await subscription.send(a_ping(event_id="4"))
        assert all(webhook.delivered for webhook in [*first, *between, *both, *last])
