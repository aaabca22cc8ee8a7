"""Works off deliveries: what waits in one lane is one unit of work.

- In a storm a group's deliveries wait for each other: all that wait change their case at once, by
  one unit with one card. Where that fails, each is tried alone, so that a poison one fails alone.
- What nobody can read is kept, and one card tells people of it; so it is with what held more than
  is worked on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, assert_never

from core.alerts.model import AlertSource, Delivery, DeliveryState
from core.clock import micros
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.outbox import queue_card
from core.errors import Conflict, LeaseLost, Unavailable, UnparsableDelivery
from core.jobs.kinds import DELIVERY_PROCESS
from core.jobs.model import problem_of
from core.text.quantities import clock, counted, size
from core.text.sentences import sentences
from core.workflows.alert_correlation import NotificationProcessor, arrival_of
from core.workflows.incident_correlation import effect_of_event
from core.workflows.services import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.alerts.model import Notification
    from core.jobs.model import Job
    from core.workflows.services import Services

say = sentences("workflows.deliveries")

TRIES = 3
# Deliveries. A unit holds their bodies in memory, the case's lock, and on SQLite the write lock
# that acknowledgements wait for: with 100 their p99 was 250 ms, with 20 it is 63 ms.
MOST_TOGETHER = 20

# One card for all of each kind: the newest one edits it.
UNREADABLE = "deliveries:unreadable"
LEFT_OUT = "deliveries:left-out"

Effect = Callable[[Unit], Awaitable[None]]

log = logging.getLogger(__name__)


async def process_delivery(job: Job, *, services: Services) -> None:
    """Handler of `delivery.process`: its delivery, with those that wait behind it in its lane.

    Raises Conflict where others kept writing first.
    """
    jobs, deliveries = await _waiting(job, services=services)
    if len(jobs) > 1:
        try:
            await _commit(jobs, deliveries, effect_of_notifications(deliveries), services=services)
        except (Conflict, LeaseLost, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 - one is poison, whatever it breaks
            log.warning("%d deliveries are tried one by one: %s", len(jobs), problem_of(error))
        else:
            return
    await _process_alone(job, deliveries[0], services=services)


async def _waiting(job: Job, *, services: Services) -> tuple[list[Job], list[Delivery]]:
    """The job and what may be done with it, each with its delivery, in the order they came.

    A job that failed, or whose runner was lost, takes no others with it.
    """
    async with services.reading() as unit:
        first = await unit.deliveries.get(_delivery_id(job))
        if job.attempts > 1 or first.source is not AlertSource.ALERTMANAGER:
            return [job], [first]
        behind = await unit.jobs.behind(job, at=services.now, most=MOST_TOGETHER - 1)
        deliveries = await unit.deliveries.get_all([_delivery_id(follower) for follower in behind])
        return [job, *behind], [first, *deliveries]


def _delivery_id(job: Job) -> str:
    return DELIVERY_PROCESS.read(job).delivery_id


async def _process_alone(job: Job, delivery: Delivery, *, services: Services) -> None:
    if delivery.state is DeliveryState.OVERSIZED:
        problem = delivery.problem or say("too_large").text
        await report_unreadable(job, delivery, problem=problem, services=services)
        return
    try:
        effect = _effect_of(delivery, services=services)
    except UnparsableDelivery as error:
        await report_unreadable(job, delivery, problem=str(error), services=services)
        return
    await _commit([job], [delivery], effect, services=services)


async def _commit(
    jobs: Sequence[Job], deliveries: Sequence[Delivery], effect: Effect, *, services: Services
) -> None:
    for left in reversed(range(TRIES)):
        try:
            await _commit_once(jobs, deliveries, effect, services=services)
        except Conflict:
            if not left:
                raise
        else:
            return


async def _commit_once(
    jobs: Sequence[Job], deliveries: Sequence[Delivery], effect: Effect, *, services: Services
) -> None:
    async with services.unit() as unit:
        await effect(unit)
        await unit.deliveries.mark_all(
            [delivery.id for delivery in deliveries], DeliveryState.DONE, at=unit.now
        )
        await unit.jobs.done(jobs[0], at=unit.now, behind=jobs[1:])


def effect_of_notifications(deliveries: Sequence[Delivery]) -> Effect:
    """What Alertmanager bodies of one group do, in their order. Raises UnparsableDelivery."""
    arrivals = [arrival_of(delivery) for delivery in deliveries]

    async def place(unit: Unit) -> None:
        await NotificationProcessor(unit).place(arrivals)
        for delivery, arrival in zip(deliveries, arrivals, strict=True):
            await _report_left_out(unit, delivery, arrival.notification)

    return place


def _effect_of(delivery: Delivery, *, services: Services) -> Effect:
    """What a body of any source does. Raises UnparsableDelivery."""
    match delivery.source:
        case AlertSource.ALERTMANAGER:
            return effect_of_notifications([delivery])
        case AlertSource.PAGERDUTY:
            return effect_of_event(delivery, services=services)
        case _:
            assert_never(delivery.source)


async def report_unreadable(
    job: Job, delivery: Delivery, *, problem: str, services: Services
) -> None:
    """Mark it, and show the newest such delivery, and how many there are, where cases open."""
    state = (
        delivery.state if delivery.state is DeliveryState.OVERSIZED else DeliveryState.UNPARSABLE
    )
    log.warning("delivery %s is %s: %s", delivery.id, state, problem)
    now = services.clock.now()
    async with services.unit() as unit:
        await unit.deliveries.mark(delivery.id, state, at=now, problem=problem)
        card = await _card_of_unreadable(unit, delivery, problem)
        await queue_card(unit, None, services.rules.home, card)
        await unit.jobs.done(job, at=now)


async def _card_of_unreadable(unit: Unit, delivery: Delivery, problem: str) -> Card:
    redact = unit.redactor().clean
    now = unit.now
    kept = 0
    for state in (DeliveryState.UNPARSABLE, DeliveryState.OVERSIZED):
        kept += await unit.deliveries.count(state)
    what = say(
        "unreadable",
        counted=counted(kept, "delivery", "deliveries"),
        source=redact(delivery.source.value),
        at=clock(delivery.received_at, now),
        size=size(delivery.size),
        problem=redact(problem),
    )
    next_step = say(
        "kept_as",
        id=redact(delivery.id),
    )
    rows = (Row(text=what, strong=True), Row(text=next_step))
    return Card(key=UNREADABLE, version=micros(now), mark=Mark.REFUSED, rows=rows)


async def _report_left_out(unit: Unit, delivery: Delivery, notification: Notification) -> None:
    """Say where cases open what was left out of a delivery, if anything was."""
    if not (notification.left_out or notification.labels_left_out or notification.texts_cut):
        return
    now = unit.now
    what = say(
        "left_out",
        source=unit.redactor().clean(delivery.source.value),
        at=clock(delivery.received_at, now),
        size=size(delivery.size),
        alerts=counted(notification.left_out, "alert", "alerts"),
        labels=counted(notification.labels_left_out, "label", "labels"),
        texts=counted(notification.texts_cut, "text", "texts"),
    )
    next_step = say(
        "kept_whole_as",
        id=unit.redactor().clean(delivery.id),
    )
    rows = (Row(text=what, strong=True), Row(text=next_step))
    card = Card(key=LEFT_OUT, version=micros(now), mark=Mark.REFUSED, rows=rows)
    await queue_card(unit, None, unit.rules.home, card)
