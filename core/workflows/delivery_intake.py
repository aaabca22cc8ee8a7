"""How is a delivery taken in? Journaled as it came, with the job that works on it, then answered.

Whatever arrives gets its row, also what nobody can read: Alertmanager sends for ever what is
refused, and PagerDuty stops sending; so a poison body must be accepted, kept and reported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.alerts import notification, pagerduty
from core.alerts.model import Delivery, DeliveryState, Source
from core.errors import UnparsableDelivery
from core.ids import new_id
from core.jobs.catalogue import process_delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.workflows.delivery_journal import Journal
    from core.workflows.services import Services

UNREADABLE = "unreadable"  # the lane of what has no group
KEPT_OF_OVERSIZED = 64 * 2**10
# What a body belongs to, and keeps its order in; each raises UnparsableDelivery.
GROUPS: Mapping[Source, Callable[[bytes], str]] = {
    Source.ALERTMANAGER: notification.read_group,
    Source.PAGERDUTY: pagerduty.read_group,
}


@dataclass(frozen=True, kw_only=True)
class Body:
    """What came over the wire: all of it, or the first 64 KiB of what was over the limit.

    size: bytes of the whole. sha256: hex digest of the whole.
    """

    kept: bytes = field(repr=False)
    size: int
    sha256: str

    @classmethod
    def of(cls, whole: bytes) -> Body:
        """A body that is in memory already, such as a saved delivery."""
        return cls(kept=whole, size=len(whole), sha256=hashlib.sha256(whole).hexdigest())

    @property
    def is_whole(self) -> bool:
        return len(self.kept) == self.size


def source_of(body: bytes) -> Source:
    """Whose is a body, by its form? For files that people give us; a door knows who posts to it."""
    try:
        pagerduty.read_group(body)
    except UnparsableDelivery:
        return Source.ALERTMANAGER
    return Source.PAGERDUTY


async def accept(
    body: Body,
    *,
    source: Source = Source.ALERTMANAGER,
    name: str = "",
    journal: Journal,
    services: Services,
) -> Delivery:
    """Commit the delivery with its job; what comes back is safe to acknowledge.

    One that cannot be read has a `problem`, and its job reports it. name: the sender's own of it,
    the same however often it is sent. Raises Overloaded or StoreUnavailable, after which nothing
    may be acknowledged.
    """
    clock, chance, tenant_id = services.clock, services.chance, services.rules.tenant_id
    state, group, problem = _judge(body, source)
    delivery = Delivery(
        id=new_id("delivery", clock=clock, chance=chance),
        tenant_id=tenant_id,
        source=source,
        group=group,
        received_at=clock.now(),
        body=body.kept,
        size=body.size,
        sha256=body.sha256,
        state=state,
        problem=problem,
        name=name,
    )
    job = process_delivery(
        delivery.id,
        tenant_id=tenant_id,
        source=delivery.source,
        group=group,
        clock=clock,
        chance=chance,
    )
    await journal.write(delivery, job)
    return delivery


def _judge(body: Body, source: Source) -> tuple[DeliveryState, str, str | None]:
    if not body.is_whole:
        return DeliveryState.OVERSIZED, UNREADABLE, "larger than the limit for a delivery"
    try:
        return DeliveryState.PENDING, GROUPS[source](body.kept), None
    except UnparsableDelivery as error:
        return DeliveryState.UNPARSABLE, UNREADABLE, str(error)
