"""What an installation can have gone through: deliveries, and jobs that failed for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, Delivery, DeliveryState
from core.jobs import kinds
from core.places import Place
from core.workflows.delivery_intake import DeliveryBody, accept

if TYPE_CHECKING:
    from faultmaven.wiring import Installation

AHEAD = timedelta(hours=1)


async def a_dead_job(house: Installation) -> str:
    """A delivery's job whose delivery is not there fails for good at once."""
    services = house.services
    job = kinds.delivery_job(
        "delivery_gone",
        source="alertmanager",
        group="g",
        context=services.context,
    )
    async with services.unit() as unit:
        await unit.jobs.add(job)
    await house.workers.run_until_idle()
    return job.id


async def a_delivery_from_the_future(house: Installation) -> None:
    now = house.services.clock.now()
    delivery = Delivery(
        id="delivery_ahead",
        tenant_id=house.services.context.tenant_id,
        source=AlertSource.ALERTMANAGER,
        group="g",
        received_at=now + AHEAD,
        body=b"{}",
        size=2,
        sha256="",
        state=DeliveryState.DONE,
    )
    await house.services.store.journal([(delivery, None)])


async def a_delivery(house: Installation, *, body: bytes) -> str:
    """Journaled, and worked on: its id."""
    delivery = await accept(DeliveryBody.of(body), journal=house.journal, services=house.services)
    await house.workers.run_until_idle()
    return delivery.id


async def a_failing_job(house: Installation, *, minutes: int) -> None:
    """An answer that Slack does not take since so long."""
    now = house.services.clock.now()
    place = Place(platform="slack", workspace="T1", channel="C1")
    async with house.services.unit() as unit:
        job = kinds.send_outbound("out_1", place, unit.context, is_answer=True)
        await unit.jobs.add(
            replace(
                job,
                created_at=now - timedelta(minutes=minutes),
                problem="Slack did not answer an upload",
            )
        )
