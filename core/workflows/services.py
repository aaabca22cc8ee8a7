"""What every entry point and every job is handed: the ports, once, and the context they act in."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from core.alerts.ports import AlertView, Pager
from core.clock import Clock, Random
from core.context import DEFAULT_TENANT, SYSTEM, Context, Rules
from core.conversation.messages.outbox import publish_changed_cases
from core.conversation.ports import Chat, ChatReader
from core.errors import ChatUnavailable
from core.evidence.ports import Files, FileStore, Runner
from core.investigation.ports import Reasoner
from core.investigation.reasoner import Deterministic
from core.redaction.engine import Recogniser, Redactor
from core.workflows.store import Store, Unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from core.places import Place

Speaker = TypeVar("Speaker", Chat, ChatReader)


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
        )

    @property
    def files(self) -> Files:
        """The tenant's originals."""
        return self.file_store.of_tenant(self.tenant_id)

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

    def reading(self, *, urgent: bool = False) -> AbstractAsyncContextManager[Unit]:
        """A consistent view for readers; see `Store.reading`."""
        return self.store.reading(self.context, urgent=urgent)

    def redactor(self, case_id: str | None = None) -> Redactor:
        """That of a case, whose placeholders mean the same all over it; else the tenant's own."""
        return self.context.redactor(case_id)


def _of_workspace(speakers: Iterable[Speaker], place: Place) -> Speaker:
    for speaker in speakers:
        if (speaker.platform, speaker.workspace_id) == (place.platform, place.workspace):
            return speaker
    message = f"nothing here speaks to {place.platform}"
    if any(speaker.platform == place.platform for speaker in speakers):
        message = f"nothing here speaks to that workspace of {place.platform}"
    raise ChatUnavailable(message, next_step="Start the process that holds its token.")
