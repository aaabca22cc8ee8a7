"""Ports as a process reaches them: where it stands still, so does everything it asks for."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.jobs.ports import Jobs
from core.workflows.services import Store, Unit
from tests.simulation.process import Process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime, timedelta

    from core.alerts.model import Delivery
    from core.context import Context
    from core.conversation.messages.message import JournaledMessage
    from core.jobs.model import Audience, Job


@dataclass(frozen=True)
class PacedStore:
    """Waits before it takes a turn at the tables, not while it holds them."""

    inner: Store

    @asynccontextmanager
    async def unit(self, context: Context) -> AsyncIterator[Unit]:
        await Process.current().thaw()
        async with self.inner.unit(context) as unit:
            yield unit

    @asynccontextmanager
    async def reading(
        self, context: Context, *, urgent: bool = False, single: bool = False
    ) -> AsyncIterator[Unit]:
        await Process.current().thaw()
        async with self.inner.reading(context, urgent=urgent, single=single) as unit:
            yield unit

    async def check(self) -> None:
        await Process.current().thaw()
        await self.inner.check()

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        await Process.current().thaw()
        await self.inner.journal(deliveries)

    async def hear(self, messages: Sequence[tuple[JournaledMessage, Job]]) -> list[bool]:
        await Process.current().thaw()
        return await self.inner.hear(messages)


@dataclass(frozen=True)
class PacedJobs:
    """The same for claims and what becomes of them."""

    inner: Jobs

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        await Process.current().thaw()
        return await self.inner.claim(audiences, owner=owner, at=at, lease=lease)

    async def extend(self, job: Job, *, until: datetime) -> None:
        await Process.current().thaw()
        await self.inner.extend(job, until=until)

    async def finish(self, job: Job, *, at: datetime) -> None:
        await Process.current().thaw()
        await self.inner.finish(job, at=at)

    async def fail(
        self,
        job: Job,
        *,
        at: datetime,
        retry_at: datetime | None,
        problem: str,
        counts: bool = True,
    ) -> None:
        await Process.current().thaw()
        await self.inner.fail(job, at=at, retry_at=retry_at, problem=problem, counts=counts)

    async def end_leases(self, *, at: datetime) -> int:
        await Process.current().thaw()
        return await self.inner.end_leases(at=at)
