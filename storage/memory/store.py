"""Units of work in memory: alone while they write, all or nothing when they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.alerts import MemoryDeliveries, MemoryOccurrences
from storage.memory.cases import MemoryCases
from storage.memory.conversation import MemoryConversation
from storage.memory.evidence import MemoryEvidenceFiles
from storage.memory.hearing import MemoryHearing
from storage.memory.jobs import MemoryJobTable
from storage.memory.people import MemoryPeople
from storage.memory.steps import MemorySteps
from storage.memory.tables import Tables

if TYPE_CHECKING:
    from core.alerts.model import Delivery
    from core.conversation.messages.incoming import Utterance
    from core.jobs.model import Job
    from core.ports import WakeUp

Seam = Callable[[str], Awaitable[None]]


async def nothing_happens(seam: str) -> None:
    """The seam of a world in which nothing fails."""


@dataclass(frozen=True)
class MemoryUnit:
    """One unit of work over one draft of the tables."""

    deliveries: MemoryDeliveries
    occurrences: MemoryOccurrences
    cases: MemoryCases
    steps: MemorySteps
    files: MemoryEvidenceFiles
    conversation: MemoryConversation
    hearing: MemoryHearing
    people: MemoryPeople
    jobs: MemoryJobTable


class MemoryStore:
    """A store that forgets everything with the process.

    wake: told the added jobs after each commit.
    seam: awaited at each point where a real store can be slow or fail: `begin` and `commit` of
    units that write (an error at `commit` means that nothing was stored), `committed` (all was
    stored, the caller hears an error), `claim`, `extend`, `finish`, `fail`, `reading`, `check`.
    """

    def __init__(self, *, wake: WakeUp | None = None, seam: Seam = nothing_happens) -> None:
        self.committed = Tables()
        self.wake = wake
        self.seam = seam
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryUnit]:
        async with self.draft("begin") as tables:
            unit = _unit(tables)
            yield unit
        if unit.jobs.added and self.wake:
            await self.wake.wake(unit.jobs.added)

    @asynccontextmanager
    async def reading(self, *, urgent: bool = False) -> AsyncIterator[MemoryUnit]:
        await self.seam("reading")
        yield _unit(self.committed.draft(frozen=True))

    async def check(self) -> None:
        await self.seam("check")

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        async with self.transaction() as unit:
            for delivery, job in deliveries:
                await unit.deliveries.add(delivery)
                if job is not None:
                    await unit.jobs.add(job)

    async def hear(self, said: Sequence[tuple[Utterance, Job]]) -> list[bool]:
        async with self.transaction() as unit:
            return [
                await unit.hearing.add(utterance) and await unit.jobs.add(job)
                for utterance, job in said
            ]

    @asynccontextmanager
    async def draft(self, opening: str) -> AsyncIterator[Tables]:
        """Tables of one's own, which become everyone's when the block ends without an error."""
        async with self._turn:
            await self.seam(opening)
            tables = self.committed.draft()
            yield tables
            if tables.conflicts:
                raise tables.conflicts[0]
            await self.seam("commit")
            self.committed = tables
            await self.seam("committed")


def _unit(tables: Tables) -> MemoryUnit:
    return MemoryUnit(
        deliveries=MemoryDeliveries(tables),
        occurrences=MemoryOccurrences(tables),
        cases=MemoryCases(tables),
        steps=MemorySteps(tables),
        files=MemoryEvidenceFiles(tables),
        conversation=MemoryConversation(tables),
        hearing=MemoryHearing(tables),
        people=MemoryPeople(tables),
        jobs=MemoryJobTable(tables),
    )
