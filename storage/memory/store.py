"""Units of work in memory: alone while they write, all or nothing when they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.context import InContext
from storage.memory.accounts import (
    MemoryAccounts,
    MemoryAuthorizationRequests,
    MemoryClientSessions,
    MemoryMembers,
    MemoryProviderLogins,
    MemorySignIns,
    MemoryTokens,
)
from storage.memory.alerts import MemoryDeliveries, MemoryOccurrences
from storage.memory.case_memories import MemoryCaseMemories
from storage.memory.case_rows import MemoryCaseRows
from storage.memory.cases import MemoryCases
from storage.memory.conversation import MemoryConversation
from storage.memory.evidence import MemoryEvidenceFiles
from storage.memory.exchanges import MemoryExchanges
from storage.memory.facts import MemoryFacts
from storage.memory.feedback import MemoryFeedback
from storage.memory.incoming_messages import MemoryMessageJournal
from storage.memory.jobs import MemoryJobTable
from storage.memory.knowledge import MemoryDocuments
from storage.memory.model_calls import MemoryModelCalls
from storage.memory.people import MemoryPeople
from storage.memory.questions import MemoryQuestions
from storage.memory.steps import MemorySteps
from storage.memory.tables import Tables
from storage.memory.workspaces import MemoryWorkspaces

if TYPE_CHECKING:
    from core.alerts.model import Delivery
    from core.context import Context
    from core.conversation.messages.message import JournaledMessage
    from core.jobs.model import Job
    from core.jobs.ports import WakeUp

Seam = Callable[[str], Awaitable[None]]


async def nothing_happens(seam: str) -> None:
    """The default seam: no delay and no failure."""


@dataclass(frozen=True, kw_only=True)
class MemoryUnit(InContext):
    """One unit of work over one draft of the tables."""

    accounts: MemoryAccounts
    sign_ins: MemorySignIns
    tokens: MemoryTokens
    sessions: MemoryClientSessions
    members: MemoryMembers
    provider_logins: MemoryProviderLogins
    authorization_requests: MemoryAuthorizationRequests
    exchanges: MemoryExchanges
    deliveries: MemoryDeliveries
    occurrences: MemoryOccurrences
    cases: MemoryCases
    case_rows: MemoryCaseRows
    memories: MemoryCaseMemories
    feedback: MemoryFeedback
    questions: MemoryQuestions
    steps: MemorySteps
    files: MemoryEvidenceFiles
    documents: MemoryDocuments
    conversation: MemoryConversation
    incoming: MemoryMessageJournal
    people: MemoryPeople
    facts: MemoryFacts
    model_calls: MemoryModelCalls
    workspaces: MemoryWorkspaces
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
    async def unit(self, context: Context) -> AsyncIterator[MemoryUnit]:
        async with self.draft("begin") as tables:
            unit = _unit(tables.of(context.tenant_id), context)
            yield unit
        await self._wake(unit.jobs.added)

    @asynccontextmanager
    async def reading(
        self, context: Context, *, urgent: bool = False, single: bool = False
    ) -> AsyncIterator[MemoryUnit]:
        await self.seam("reading")
        yield _unit(self.committed.draft(frozen=True).of(context.tenant_id), context)

    async def check(self) -> None:
        await self.seam("check")

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        added: list[Job] = []
        async with self.draft("begin") as tables:
            for delivery, job in deliveries:
                await MemoryDeliveries(tables.of(delivery.tenant_id)).add(delivery)
                if job is not None:
                    await MemoryJobTable(tables.of(job.tenant_id), added).add(job)
        await self._wake(added)

    async def hear(self, messages: Sequence[tuple[JournaledMessage, Job]]) -> list[bool]:
        added: list[Job] = []
        async with self.draft("begin") as tables:
            news = [
                await MemoryMessageJournal(tables.of(utterance.tenant_id)).add(utterance)
                and await MemoryJobTable(tables.of(job.tenant_id), added).add(job)
                for utterance, job in messages
            ]
        await self._wake(added)
        return news

    async def _wake(self, jobs: Sequence[Job]) -> None:
        if jobs and self.wake:
            await self.wake.wake(jobs)

    @asynccontextmanager
    async def draft(self, opening: str) -> AsyncIterator[Tables]:
        """A private copy of the tables, published when the block ends without an error."""
        async with self._turn:
            await self.seam(opening)
            tables = self.committed.draft()
            yield tables
            if tables.conflicts:
                raise tables.conflicts[0]
            await self.seam("commit")
            self.committed = tables
            await self.seam("committed")


def _unit(tables: Tables, context: Context) -> MemoryUnit:
    return MemoryUnit(
        context=context,
        accounts=MemoryAccounts(tables),
        sign_ins=MemorySignIns(tables),
        tokens=MemoryTokens(tables),
        sessions=MemoryClientSessions(tables),
        members=MemoryMembers(tables),
        provider_logins=MemoryProviderLogins(tables),
        authorization_requests=MemoryAuthorizationRequests(tables),
        exchanges=MemoryExchanges(tables),
        deliveries=MemoryDeliveries(tables),
        occurrences=MemoryOccurrences(tables),
        cases=MemoryCases(tables),
        case_rows=MemoryCaseRows(tables),
        memories=MemoryCaseMemories(tables),
        feedback=MemoryFeedback(tables),
        questions=MemoryQuestions(tables),
        steps=MemorySteps(tables),
        files=MemoryEvidenceFiles(tables),
        documents=MemoryDocuments(tables),
        conversation=MemoryConversation(tables),
        incoming=MemoryMessageJournal(tables),
        people=MemoryPeople(tables),
        facts=MemoryFacts(tables),
        model_calls=MemoryModelCalls(tables),
        workspaces=MemoryWorkspaces(tables),
        jobs=MemoryJobTable(tables),
    )
