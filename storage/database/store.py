"""Units of work in a database: one transaction each, with a repository per aggregate."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from storage.database.alerts import SqlDeliveries, SqlOccurrences
from storage.database.cases import SqlCases
from storage.database.conversation import SqlConversation
from storage.database.engine import Database, Work, connect
from storage.database.evidence import SqlEvidenceFiles
from storage.database.hearing import SqlHearing
from storage.database.jobs import SqlJobTable
from storage.database.people import SqlPeople
from storage.database.steps import SqlSteps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.alerts.model import Delivery
    from core.conversation.messages.incoming import Utterance
    from core.jobs.model import Job
    from core.ports import WakeUp
    from storage.database.seal import Seal


@dataclass(frozen=True)
class SqlUnit:
    """One unit of work over one transaction."""

    deliveries: SqlDeliveries
    occurrences: SqlOccurrences
    cases: SqlCases
    steps: SqlSteps
    files: SqlEvidenceFiles
    conversation: SqlConversation
    hearing: SqlHearing
    people: SqlPeople
    jobs: SqlJobTable


class SqlStore:
    """A store in SQLite or PostgreSQL. wake: told the added jobs after each commit."""

    def __init__(self, database: Database, *, wake: WakeUp | None = None) -> None:
        self.database = database
        self.wake = wake

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlUnit]:
        async with self.database.writing() as work:
            unit = _unit(work)
            yield unit
        await self._wake(unit.jobs.added)

    @asynccontextmanager
    async def reading(self, *, urgent: bool = False) -> AsyncIterator[SqlUnit]:
        async with self.database.reading(urgent=urgent) as work:
            yield _unit(work)

    async def check(self) -> None:
        """Commits something that changes no row but must reach the disk."""
        async with self.database.writing() as work:
            writes = "PRAGMA user_version = 0" if work.is_sqlite else "SELECT pg_current_xact_id()"
            await work.execute(text(writes))

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        if not deliveries:
            return
        async with self.database.writing(urgent=True) as work:
            jobs = SqlJobTable(work)
            await SqlDeliveries(work).add_all([delivery for delivery, _ in deliveries])
            await jobs.add_all([job for _, job in deliveries if job is not None])
        await self._wake(jobs.added)

    async def hear(self, said: Sequence[tuple[Utterance, Job]]) -> list[bool]:
        if not said:
            return []
        async with self.database.writing(urgent=True) as work:
            jobs = SqlJobTable(work)
            news = await SqlHearing(work).add_all([utterance for utterance, _ in said])
            await jobs.add_all([job for utterance, job in said if utterance.id in news])
        await self._wake(jobs.added)
        return [utterance.id in news for utterance, _ in said]

    async def _wake(self, jobs: Sequence[Job]) -> None:
        if jobs and self.wake:
            await self.wake.wake(jobs)


@asynccontextmanager
async def open_store(
    url: str, *, wake: WakeUp | None = None, seal: Seal | None = None
) -> AsyncIterator[SqlStore]:
    """A store whose connections close with the block. Raises WrongUsage for an odd URL.

    seal: of what came from outside, where the installation has a secret.
    """
    database = connect(url, seal=seal)
    try:
        yield SqlStore(database, wake=wake)
    finally:
        await database.close()


def _unit(work: Work) -> SqlUnit:
    return SqlUnit(
        deliveries=SqlDeliveries(work),
        occurrences=SqlOccurrences(work),
        cases=SqlCases(work),
        steps=SqlSteps(work),
        files=SqlEvidenceFiles(work),
        conversation=SqlConversation(work),
        hearing=SqlHearing(work),
        people=SqlPeople(work),
        jobs=SqlJobTable(work),
    )
