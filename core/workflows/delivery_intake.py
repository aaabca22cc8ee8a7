"""How a delivery is taken in: journaled as it came, with its job, then answered.

Whatever arrives gets its row, also what nobody can read: Alertmanager sends for ever what is
refused, and PagerDuty stops sending; so a poison body must be accepted, kept and reported.

While one commit runs, whatever arrives gathers for the next: a lone delivery waits for nobody,
and sixty-four at once share one `fsync`. Nothing waits on a timer.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from core.alerts import notification, pagerduty
from core.alerts.model import AlertSource, Delivery, DeliveryState
from core.errors import (
    FaultMavenError,
    Overloaded,
    StoreUnavailable,
    Unavailable,
    UnparsableDelivery,
)
from core.jobs.kinds import delivery_job
from core.jobs.model import Job
from core.text.sentences import sentences
from core.workflows.services import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from core.workflows.services import Services

say = sentences("workflows.deliveries")

MOST_WAITING = 4096
MOST_BYTES = 64 * 2**20
BATCH = 512
FAILURE_COUNTS_S = 10.0  # senders try again within seconds, and a check must not lock them out


class BatchRoom:
    """Memory for bodies that have arrived and are not yet committed, shared by all requests."""

    def __init__(self, size: int = MOST_BYTES) -> None:
        self._free = size

    def share(self) -> Share:
        """A request's part of the room, given back when its block ends."""
        return Share(self)

    def give(self, size: int) -> None:
        self._free += size

    def take(self, size: int) -> None:
        """Raises Overloaded where there is less than `size` bytes."""
        if size > self._free:
            message = "more deliveries are under way than memory is set aside for"
            raise Overloaded(message)
        self._free -= size


class Share:
    """What one request holds of the room."""

    def __init__(self, room: BatchRoom) -> None:
        self._room = room
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._room.give(self._taken)

    def take(self, size: int) -> None:
        """Raises Overloaded."""
        self._room.take(size)
        self._taken += size


@dataclass
class Journal:
    """Commits deliveries with the jobs they cause; `write` returns when they are on the disk.

    One event loop only. `room` bounds the bodies in memory, `most_waiting` how many wait.
    """

    store: Store
    most_waiting: int = MOST_WAITING
    batch: int = BATCH
    room: BatchRoom = field(default_factory=BatchRoom)
    _waiting: deque[_Waiting] = field(default_factory=deque, init=False)
    _writer: asyncio.Task[None] | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)
    _failure: tuple[float, FaultMavenError] | None = field(default=None, init=False)

    async def write(self, delivery: Delivery, job: Job | None) -> None:
        """Raises Overloaded (nothing was stored) or StoreUnavailable (nothing is promised)."""
        if self._closed or len(self._waiting) >= self.most_waiting:
            message = "shutting down" if self._closed else "more deliveries wait than are accepted"
            raise Overloaded(message)
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(delivery, job, written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="journal")
        await written

    async def check(self) -> None:
        """Raises the failure of the last commit, for as long as it says how the next would go."""
        if self._failure is not None:
            failed_at, error = self._failure
            if asyncio.get_running_loop().time() - failed_at < FAILURE_COUNTS_S:
                raise error

    async def close(self) -> None:
        """Accept nothing more, and return when all that waits is answered."""
        self._closed = True
        if self._writer is not None:
            await self._writer

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                count = min(self.batch, len(self._waiting))
                await self._commit([self._waiting.popleft() for _ in range(count)])
        finally:
            self._writer = None
            _refuse(self._waiting, StoreUnavailable("the journal stopped"))

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self.store.journal([(entry.delivery, entry.job) for entry in batch])
        except FaultMavenError as error:
            self._failure = (asyncio.get_running_loop().time(), error)
            _refuse(batch, error)
        else:
            self._failure = None
            for entry in batch:
                if not entry.written.done():  # a request that gave up has cancelled its future
                    entry.written.set_result(None)
        finally:
            _refuse(batch, StoreUnavailable("the journal broke off"))


@dataclass(frozen=True)
class _Waiting:
    delivery: Delivery
    job: Job | None
    written: asyncio.Future[None]


def _refuse(batch: Sequence[_Waiting] | deque[_Waiting], error: FaultMavenError) -> None:
    """Tell each that has no answer yet; no request is left hanging, whatever broke."""
    why = error if isinstance(error, Unavailable) else StoreUnavailable(str(error))
    for entry in batch:
        if not entry.written.done():
            entry.written.set_exception(why)


UNREADABLE = "unreadable"  # the lane of what has no group
KEPT_OF_OVERSIZED = 64 * 2**10
# What a body belongs to, and keeps its order in; each raises UnparsableDelivery.
GROUPS: Mapping[AlertSource, Callable[[bytes], str]] = {
    AlertSource.ALERTMANAGER: notification.read_group,
    AlertSource.PAGERDUTY: pagerduty.read_group,
}


@dataclass(frozen=True, kw_only=True)
class DeliveryBody:
    """What came over the wire: all of it, or the first 64 KiB of what was over the limit.

    size: bytes of the whole. sha256: hex digest of the whole.
    """

    kept: bytes = field(repr=False)
    size: int
    sha256: str

    @classmethod
    def of(cls, whole: bytes) -> DeliveryBody:
        """A body that is in memory already, such as a saved delivery."""
        return cls(kept=whole, size=len(whole), sha256=hashlib.sha256(whole).hexdigest())

    @property
    def is_whole(self) -> bool:
        return len(self.kept) == self.size


def source_of(body: bytes) -> AlertSource:
    """The source of a body, by its form: for files that people hand in."""
    try:
        pagerduty.read_group(body)
    except UnparsableDelivery:
        return AlertSource.ALERTMANAGER
    return AlertSource.PAGERDUTY


def is_delivery(body: bytes) -> bool:
    """Whether a body is an alert as Alertmanager or PagerDuty delivers it."""
    for read_group in GROUPS.values():
        with suppress(UnparsableDelivery):
            read_group(body)
            return True
    return False


async def accept(
    body: DeliveryBody,
    *,
    source: AlertSource = AlertSource.ALERTMANAGER,
    name: str = "",
    journal: Journal,
    services: Services,
) -> Delivery:
    """Commit the delivery with its job; what comes back is safe to acknowledge.

    One that cannot be read has a `problem`, and its job reports it. name: the sender's own of it,
    the same however often it is sent. Raises Overloaded or StoreUnavailable, after which nothing
    may be acknowledged.
    """
    context = services.context
    state, group, problem = _judge(body, source)
    delivery = Delivery(
        id=context.new_id("delivery"),
        tenant_id=context.tenant_id,
        source=source,
        group=group,
        received_at=context.now,
        body=body.kept,
        size=body.size,
        sha256=body.sha256,
        state=state,
        problem=problem,
        name=name,
    )
    job = delivery_job(delivery.id, source=delivery.source, group=group, context=context)
    await journal.write(delivery, job)
    return delivery


def _judge(body: DeliveryBody, source: AlertSource) -> tuple[DeliveryState, str, str | None]:
    if not body.is_whole:
        return DeliveryState.OVERSIZED, UNREADABLE, say("too_large").text
    try:
        return DeliveryState.PENDING, GROUPS[source](body.kept), None
    except UnparsableDelivery as error:
        return DeliveryState.UNPARSABLE, UNREADABLE, str(error)


async def replay(
    *, ids: Sequence[str] | None = None, since: datetime | None = None, services: Services
) -> list[str]:
    """Plan the deliveries again, oldest first where they come from `since`; says which.

    Harmless as often as one likes: each keeps the time it was received, so that what was old
    news stays old news. Raises NotFound for an id that was never journaled or is purged.
    """
    async with services.unit() as unit:
        chosen = list(ids or [])
        if since is not None:
            chosen += [
                delivery_id
                for delivery_id in await unit.deliveries.since(since)
                if delivery_id not in chosen
            ]
        planned = []
        for delivery in [await unit.deliveries.get(delivery_id) for delivery_id in chosen]:
            job = delivery_job(
                delivery.id, source=delivery.source, group=delivery.group, context=unit.context
            )
            await unit.jobs.add(job)
            planned.append(delivery.id)
    return planned
