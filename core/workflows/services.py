"""What every entry point and every job is handed: the ports, once, and the context they act in.

`Store` hands out units of work: what is written in one is committed together when its block ends
and rolled back when it raises. No other port is called inside an open unit.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from core.accounts.passwords import NoPasswords
from core.accounts.ports import IdentityProvider, Mail, Passwords
from core.alerts.ports import AlertView, Pager
from core.clock import Clock, Random
from core.context import DEFAULT_TENANT, SYSTEM, Context, Rules
from core.conversation.messages.outbox import publish_changed_cases
from core.conversation.ports import Chat, ChatReader, Unit
from core.conversation.reports.ports import Typesetter
from core.errors import ChatUnavailable
from core.evidence.id_spans import RecentIdSpans
from core.evidence.ports import Files, FileStore, Runner
from core.investigation.language_model import LanguageModel
from core.investigation.ports import Reasoner
from core.investigation.reasoner import Deterministic
from core.knowledge.search import SearchIndexes, TenantIndex
from core.redaction.engine import Recogniser, Redactor
from core.redaction.long_texts import LongTexts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    from core.alerts.model import Delivery
    from core.conversation.messages.message import JournaledMessage
    from core.jobs.model import Job
    from core.knowledge.ports import Embedder
    from core.places import Place

__all__ = ["Services", "Store", "Unit"]

Speaker = TypeVar("Speaker", Chat, ChatReader)


class Store(Protocol):
    """Where everything rests. After each commit it wakes runners for the jobs the unit added."""

    def unit(self, context: Context) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that may write rows of the context's tenant, and sees no others.

        Raises StoreUnavailable when it cannot commit, and Conflict where another unit wrote first
        what only one may write; it is undone then, also where the block caught the error.
        """

    def reading(
        self, context: Context, *, urgent: bool = False, single: bool = False
    ) -> AbstractAsyncContextManager[Unit]:
        """A consistent view for readers; it waits for no writer and writes nothing.

        urgent: somebody outside waits for an answer; what is in no hurry begins after it.
        single: one statement is all that is read, so that no transaction has to hold several.
        """

    async def check(self) -> None:
        """Raises StoreUnavailable unless a write could be committed now."""

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        """Commit deliveries and the jobs they cause in one transaction: the intake's hot path."""

    async def hear(self, messages: Sequence[tuple[JournaledMessage, Job]]) -> list[bool]:
        """Commit what was said, each with the job that takes it up, before other writers.

        False for what was heard already, by its key: nothing is stored of it.
        """


@dataclass(frozen=True, kw_only=True)
class Services:
    """The ports, wired once (`faultmaven.wiring`), and handed to workflows by name."""

    store: Store
    file_store: FileStore
    runner: Runner
    clock: Clock
    random: Random
    secret: bytes = field(repr=False)
    naming: bytes | None = field(
        default=None, repr=False
    )  # placeholders by it; by default `secret`
    tenant_id: str = DEFAULT_TENANT
    principal: str = SYSTEM
    reasoner: Reasoner = field(default_factory=Deterministic)
    chats: tuple[Chat, ...] = ()  # one a workspace; of Slack and Discord in the bot process only
    readers: tuple[ChatReader, ...] = ()
    alertmanagers: tuple[AlertView, ...] = ()
    pager: Pager | None = None
    passwords: Passwords = field(default_factory=NoPasswords)
    mail: Mail | None = None
    provider: IdentityProvider | None = None  # None where nobody signs in at one
    model: LanguageModel | None = None  # None where no model is set, or its library is missing
    typesetter: Typesetter | None = None  # None where its library is not installed
    indexes: SearchIndexes = field(default_factory=SearchIndexes)  # of documents, one a process
    id_spans: RecentIdSpans = field(default_factory=RecentIdSpans)  # the same
    long_texts: LongTexts = field(default_factory=LongTexts)  # the same
    rules: Rules = field(default_factory=Rules)
    recogniser: Recogniser | None = None  # finds what rules cannot, where one is installed

    @property
    def context(self) -> Context:
        """For whom the next unit of work is opened."""
        return Context(
            clock=self.clock,
            random=self.random,
            secret=self.naming or self.secret,
            tenant_id=self.tenant_id,
            principal=self.principal,
            rules=self.rules,
            recogniser=self.recogniser,
            long_texts=self.long_texts,
        )

    @property
    def files(self) -> Files:
        """The tenant's originals."""
        return self.file_store.of_tenant(self.tenant_id)

    @property
    def search_index(self) -> TenantIndex:
        """That of the tenant's documents."""
        return self.indexes.of_tenant(self.tenant_id)

    @property
    def embedder(self) -> Embedder | None:
        """None where documents are found by their words alone."""
        return self.indexes.embedder

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def chat_at(self, place: Place) -> Chat:
        """The one that speaks in the place's workspace. Raises ChatUnavailable."""
        return _of_workspace(self.chats, place)

    def reader_at(self, place: Place) -> ChatReader:
        """The one that reads in the place's workspace. Raises ChatUnavailable."""
        return _of_workspace(self.readers, place)

    def of_tenant(self, tenant_id: str) -> Services:
        """The same for another tenant: what is read and written is theirs alone."""
        return self if tenant_id == self.tenant_id else replace(self, tenant_id=tenant_id)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A unit of work that may write; the cards of the cases it changes commit with it.

        Raises StoreUnavailable when it cannot commit, and Conflict; see `Store.unit`.
        """
        async with self.store.unit(self.context) as unit:
            yield unit
            await publish_changed_cases(unit)

    def reading(
        self, *, urgent: bool = False, single: bool = False
    ) -> AbstractAsyncContextManager[Unit]:
        """A consistent view for readers; see `Store.reading`."""
        return self.store.reading(self.context, urgent=urgent, single=single)

    def redactor(self, case_id: str | None = None) -> Redactor:
        """That of a case, whose placeholders mean the same all over it; else the tenant's own."""
        return self.context.redactor(case_id)

    async def read_ahead(self, *texts: str) -> None:
        """Look for secrets in what people sent, before the unit that cleans these very texts.

        The event loop goes on meanwhile, and no transaction is open.
        """
        await self.redactor().read_ahead(*texts)


def _of_workspace(speakers: Iterable[Speaker], place: Place) -> Speaker:
    for speaker in speakers:
        if (speaker.platform, speaker.workspace_id) == (place.platform, place.workspace):
            return speaker
    message = f"nothing here speaks to {place.platform}"
    if any(speaker.platform == place.platform for speaker in speakers):
        message = f"nothing here speaks to that workspace of {place.platform}"
    raise ChatUnavailable(message, next_step="Start the process that holds its token.")
