from __future__ import annotations

import hashlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts.model import AlertSource, DeliveryState
from core.alerts.notification import read_group
from core.jobs.kinds import DELIVERY_PROCESS
from core.jobs.model import JobState
from core.workflows.delivery_intake import (
    GROUPS,
    KEPT_OF_OVERSIZED,
    UNREADABLE,
    DeliveryBody,
    Journal,
    accept,
    source_of,
)
from storage.memory import MemoryStore
from tests.core.alerts.desk import AlertDesk, body_of, recorded
from tests.fakes.pagerduty.events import PagerIncident
from tests.fakes.services import memory_services


async def test_a_delivery_rests_as_it_came_with_its_job_in_its_groups_lane() -> None:
    desk = AlertDesk()
    content = recorded("single_firing")
    delivery = await desk.journal(content)

    stored = await desk.delivery(delivery.id)
    assert stored.body == content
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.state, stored.received_at) == (DeliveryState.PENDING, desk.clock.now())
    async with desk.services.reading() as unit:
        (job,) = await unit.jobs.listing(JobState.PENDING)
    assert job.kind == DELIVERY_PROCESS.name
    assert job.lane == f"intake:default:alertmanager:{read_group(content)}"


async def test_each_delivery_has_its_own_row() -> None:
    desk = AlertDesk()
    ids = {(await desk.journal(recorded("single_firing"))).id for _ in range(3)}
    assert len(ids) == 3


async def test_a_body_over_the_limit_keeps_hash_size_and_beginning() -> None:
    desk = AlertDesk()
    kept = b"[" * KEPT_OF_OVERSIZED
    body = DeliveryBody(kept=kept, size=10**9, sha256="of the whole")
    delivery = await accept(body, journal=Journal(desk.services.store), services=desk.services)

    assert (delivery.state, delivery.group) == (DeliveryState.OVERSIZED, UNREADABLE)
    assert (delivery.size, delivery.sha256, delivery.body) == (10**9, "of the whole", kept)


@given(st.binary(max_size=200) | st.sampled_from([recorded("single_firing")[:-9], b"{}", b"null"]))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
async def test_no_body_is_lost(content: bytes) -> None:
    services = memory_services(store=MemoryStore())
    delivery = await accept(body_of(content), journal=Journal(services.store), services=services)

    async with services.reading() as unit:
        stored = await unit.deliveries.get(delivery.id)
        jobs = await unit.jobs.listing(JobState.PENDING)
    assert (stored.body, stored.state) == (content, DeliveryState.UNPARSABLE)
    assert [job.payload["delivery_id"] for job in jobs] == [delivery.id]


async def test_pagerdutys_lane_is_the_incident_and_its_name_is_kept() -> None:
    desk = AlertDesk()
    body = PagerIncident().tells("incident.annotated")
    delivery = await desk.journal(body, source=AlertSource.PAGERDUTY, name="01HOOK")

    stored = await desk.delivery(delivery.id)
    assert (stored.source, stored.name, stored.body) == (AlertSource.PAGERDUTY, "01HOOK", body)
    async with desk.services.reading() as unit:
        (job,) = await unit.jobs.listing(JobState.PENDING)
    assert job.lane == f"intake:default:pagerduty:{PagerIncident().id}"


async def test_each_source_is_read_by_its_own_rules() -> None:
    desk = AlertDesk()
    alertmanagers, pagerdutys = (
        recorded("single_firing"),
        PagerIncident().happens("incident.triggered"),
    )
    for body, source in [
        (alertmanagers, AlertSource.PAGERDUTY),
        (pagerdutys, AlertSource.ALERTMANAGER),
    ]:
        assert (await desk.journal(body, source=source)).state is DeliveryState.UNPARSABLE
    assert set(GROUPS) == set(AlertSource)
    assert source_of(alertmanagers) is AlertSource.ALERTMANAGER
    assert source_of(pagerdutys) is AlertSource.PAGERDUTY
    assert source_of(b"neither") is AlertSource.ALERTMANAGER
