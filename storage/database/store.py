"""Units of work in a database: one transaction each, with a repository per aggregate."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.context import InContext
from storage.database.accounts import (
    SqlAccounts,
    SqlAuthorizationRequests,
    SqlClientSessions,
    SqlMembers,
    SqlProviderLogins,
    SqlSignIns,
    SqlTokens,
)
from storage.database.alerts import SqlDeliveries, SqlOccurrences, add_deliveries
from storage.database.case_memories import SqlCaseMemories
from storage.database.case_rows import SqlCaseRows
from storage.database.cases import SqlCases
from storage.database.conversation import SqlConversation
from storage.database.engine import ANSWERED_S, Database, Work, connect
from storage.database.evidence import SqlEvidenceFiles
from storage.database.exchanges import SqlExchanges
from storage.database.facts import SqlFacts
from storage.database.feedback import SqlFeedback
from storage.database.incoming_messages import SqlMessageJournal, add_utterances
from storage.database.jobs import SqlJobTable, add_jobs
from storage.database.knowledge import SqlDocuments
from storage.database.model_calls import SqlModelCalls
from storage.database.people import SqlPeople
from storage.database.questions import SqlQuestions
from storage.database.readiness import Readiness, need_own_secret
from storage.database.recent_counts import RecentCounts
from storage.database.steps import SqlSteps
from storage.database.workspaces import SqlWorkspaces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.alerts.model import Delivery
    from core.context import Context
    from core.conversation.messages.message import JournaledMessage
    from core.jobs.model import Job
    from core.jobs.ports import WakeUp
    from storage.database.seal import ColumnSeal


@dataclass(frozen=True, kw_only=True)
class SqlUnit(InContext):
    """One unit of work over one transaction."""

    accounts: SqlAccounts
    sign_ins: SqlSignIns
    tokens: SqlTokens
    sessions: SqlClientSessions
    members: SqlMembers
    provider_logins: SqlProviderLogins
    authorization_requests: SqlAuthorizationRequests
    exchanges: SqlExchanges
    deliveries: SqlDeliveries
    occurrences: SqlOccurrences
    cases: SqlCases
    case_rows: SqlCaseRows
    memories: SqlCaseMemories
    feedback: SqlFeedback
    questions: SqlQuestions
    steps: SqlSteps
    files: SqlEvidenceFiles
    documents: SqlDocuments
    conversation: SqlConversation
    incoming: SqlMessageJournal
    people: SqlPeople
    facts: SqlFacts
    model_calls: SqlModelCalls
    workspaces: SqlWorkspaces
    jobs: SqlJobTable


class SqlStore:
    """A store in SQLite or PostgreSQL. wake: told the added jobs after each commit."""

    def __init__(self, database: Database, *, wake: WakeUp | None = None) -> None:
        self.database = database
        self.wake = wake
        self._readiness = Readiness(database)
        self._counts = RecentCounts()

    @asynccontextmanager
    async def unit(self, context: Context) -> AsyncIterator[SqlUnit]:
        async with self.database.writing() as work:
            unit = _unit(work, context, self._counts)
            yield unit
        self.database.ended.update(unit.jobs.ended)
        await self._wake(unit.jobs.added)

    @asynccontextmanager
    async def reading(
        self, context: Context, *, urgent: bool = False, single: bool = False
    ) -> AsyncIterator[SqlUnit]:
        async with self.database.reading(urgent=urgent, single=single) as work:
            yield _unit(work, context, self._counts)

    async def check(self) -> None:
        await self._readiness.prove()

    async def close(self) -> None:
        """Close every connection, and wait for whoever still looks at the file."""
        await self._readiness.close()
        await self.database.close()

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        if not deliveries:
            return
        await self._readiness.trust()
        async with self.database.writing(urgent=True) as work:
            await need_own_secret(work)
            await add_deliveries(work, [delivery for delivery, _ in deliveries])
            added = await add_jobs(work, [job for _, job in deliveries if job is not None])
        await self._wake(added)

    async def hear(self, messages: Sequence[tuple[JournaledMessage, Job]]) -> list[bool]:
        if not messages:
            return []
        await self._readiness.trust()
        async with self.database.writing(urgent=True) as work:
            await need_own_secret(work)
            news = await add_utterances(work, [utterance for utterance, _ in messages])
            added = await add_jobs(
                work, [job for utterance, job in messages if utterance.id in news]
            )
        await self._wake(added)
        return [utterance.id in news for utterance, _ in messages]

    async def _wake(self, jobs: Sequence[Job]) -> None:
        if jobs and self.wake:
            await self.wake.wake(jobs)


@asynccontextmanager
async def open_store(
    url: str, *, wake: WakeUp | None = None, seal: ColumnSeal | None = None
) -> AsyncIterator[SqlStore]:
    """A store whose connections close with the block. Raises WrongUsage for an odd URL.

    seal: of what came from outside, where the installation has a secret.
    """
    store = SqlStore(connect(url, seal=seal, answered_s=ANSWERED_S), wake=wake)
    try:
        yield store
    finally:
        await store.close()


def _unit(work: Work, context: Context, counts: RecentCounts) -> SqlUnit:
    tenant_id = context.tenant_id
    return SqlUnit(
        context=context,
        accounts=SqlAccounts(work, tenant_id),
        sign_ins=SqlSignIns(work, tenant_id),
        tokens=SqlTokens(work, tenant_id),
        sessions=SqlClientSessions(work, tenant_id),
        members=SqlMembers(work, tenant_id),
        provider_logins=SqlProviderLogins(work, tenant_id),
        authorization_requests=SqlAuthorizationRequests(work, tenant_id),
        exchanges=SqlExchanges(work, tenant_id),
        deliveries=SqlDeliveries(work, tenant_id),
        occurrences=SqlOccurrences(work, tenant_id),
        cases=SqlCases(work, tenant_id),
        case_rows=SqlCaseRows(work, tenant_id, counts),
        memories=SqlCaseMemories(work, tenant_id),
        feedback=SqlFeedback(work, tenant_id),
        questions=SqlQuestions(work, tenant_id),
        steps=SqlSteps(work, tenant_id),
        files=SqlEvidenceFiles(work, tenant_id),
        documents=SqlDocuments(work, tenant_id),
        conversation=SqlConversation(work, tenant_id),
        incoming=SqlMessageJournal(work, tenant_id),
        people=SqlPeople(work, tenant_id),
        facts=SqlFacts(work, tenant_id),
        model_calls=SqlModelCalls(work, tenant_id),
        workspaces=SqlWorkspaces(work, tenant_id),
        jobs=SqlJobTable(work, tenant_id),
    )
