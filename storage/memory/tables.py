"""Tables in memory, and the copy that a unit of work takes of its rows.

Rows are kept by their tenant and a key; a unit reaches those of its tenant, by the key alone.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.access import Identity
    from core.accounts.model import (
        Account,
        AuthorizationRequest,
        CaseMember,
        ClientSession,
        ProviderLogin,
        SignIn,
        Token,
    )
    from core.alerts.model import AlertSource, Delivery, Occurrence
    from core.cases.events import CaseEvent
    from core.cases.feedback import Feedback
    from core.cases.memories import CaseMemory
    from core.cases.model import Question, TurnStep
    from core.cases.projection import CaseView
    from core.cases.rows import ListedCase
    from core.conversation.messages.exchange import ApiExchange
    from core.conversation.messages.message import Binding, JournaledMessage, Message, Outbound
    from core.conversation.ports import Workspace
    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.model_calls import ModelCall
    from core.jobs.model import Job
    from core.jobs.ports import Fact
    from core.knowledge.model import Chunk, ChunkVectors, Document, DocumentVersion
    from core.places import Place
    from core.text.redacted import RedactedText

Key = TypeVar("Key")
Record = TypeVar("Record")


class MemoryTable(Generic[Key, Record]):
    """Rows in the order they were put; a draft copies them at its first change.

    tenant_id: whose rows it is about; None for those of everyone, which can only be looked through.
    """

    def __init__(self, rows: _Rows[Key, Record], tenant_id: str | None = None) -> None:
        self._rows = rows
        self._tenant_id = tenant_id

    def draft(self, *, frozen: bool, conflicts: list[Conflict]) -> MemoryTable[Key, Record]:
        """A private copy of the rows."""
        rows = _Rows(self._rows.by_key, frozen=frozen, conflicts=conflicts)
        return MemoryTable(rows, self._tenant_id)

    def of(self, tenant_id: str) -> MemoryTable[Key, Record]:
        """The rows of one tenant: no others are visible, and changes are theirs."""
        return MemoryTable(self._rows, tenant_id)

    def __iter__(self) -> Iterator[Record]:
        # As a list: simulations look through tables so often that generators take half the time.
        mine = self._tenant_id
        rows = self._rows.by_key.items()
        return iter([row for (tenant_id, _), row in rows if mine is None or tenant_id == mine])

    def items(self) -> Iterator[tuple[Key, Record]]:
        mine = self._tenant_id
        for (tenant_id, key), row in self._rows.by_key.items():
            if mine is None or tenant_id == mine:
                yield key, row

    def __contains__(self, key: Key) -> bool:
        return self._at(key) in self._rows.by_key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, key: Key) -> Record | None:
        return self._rows.by_key.get(self._at(key))

    def require(self, key: Key, record_name: str) -> Record:
        """The row; raises NotFound."""
        if key not in self:
            message = f"no {record_name} {key}"
            raise NotFound(message)
        return self._rows.by_key[self._at(key)]

    def add(self, key: Key, row: Record) -> None:
        """A new row; raises Conflict where the key is taken."""
        if key in self:
            self._rows.conflicts.append(Conflict(f"{key} is stored already"))
            raise self._rows.conflicts[-1]
        self.put(key, row)

    def put(self, key: Key, row: Record) -> None:
        """A new row, or a new state of one that keeps its place in the order."""
        self._rows.to_change()[self._at(key)] = row

    def remove(self, key: Key) -> None:
        del self._rows.to_change()[self._at(key)]

    def _at(self, key: Key) -> tuple[str, Key]:
        if self._tenant_id is None:
            message = "a row is looked up or changed for one tenant only"
            raise RuntimeError(message)
        return self._tenant_id, key


class _Rows(Generic[Key, Record]):
    """By tenant and key; what a draft shares with its windows on one tenant."""

    def __init__(
        self,
        behind: dict[tuple[str, Key], Record] | None = None,
        *,
        frozen: bool = False,
        conflicts: list[Conflict] | None = None,
    ) -> None:
        self.by_key: dict[tuple[str, Key], Record] = {} if behind is None else behind
        self.conflicts = [] if conflicts is None else conflicts
        self._own = behind is None
        self._frozen = frozen

    def to_change(self) -> dict[tuple[str, Key], Record]:
        if self._frozen:
            message = "a unit that only reads was asked to write"
            raise RuntimeError(message)
        if not self._own:
            self.by_key = dict(self.by_key)
            self._own = True
        return self.by_key


class Tables:
    """Every table. `waiting` holds jobs that are pending or running, `settled` the others.

    `conflicts` of a unit keep it from being committed, also where somebody caught them.
    tenant_id: whose rows they show, "" for everyone's.
    """

    counters: MemoryTable[str, int]
    accounts: MemoryTable[str, Account]
    sign_ins: MemoryTable[str, SignIn]
    tokens: MemoryTable[str, Token]
    sessions: MemoryTable[str, ClientSession]
    members: MemoryTable[tuple[str, str], CaseMember]
    provider_logins: MemoryTable[tuple[str, str], ProviderLogin]
    authorization_requests: MemoryTable[str, AuthorizationRequest]
    exchanges: MemoryTable[str, ApiExchange]
    deliveries: MemoryTable[str, Delivery]
    delivery_keys: MemoryTable[tuple[AlertSource, str], str]
    occurrences: MemoryTable[str, Occurrence]
    views: MemoryTable[str, CaseView]
    case_rows: MemoryTable[str, ListedCase]
    memories: MemoryTable[str, CaseMemory]
    feedback: MemoryTable[tuple[str, int], Feedback]
    events: MemoryTable[tuple[str, int], CaseEvent]
    texts: MemoryTable[tuple[str, str], RedactedText]
    steps: MemoryTable[tuple[str, str, int], TurnStep]
    files: MemoryTable[str, EvidenceFile]
    findings: MemoryTable[str, tuple[Finding, ...]]
    documents: MemoryTable[str, Document]
    document_versions: MemoryTable[tuple[str, int], DocumentVersion]
    chunks: MemoryTable[str, tuple[Chunk, ...]]
    chunk_vectors: MemoryTable[str, ChunkVectors]
    document_changes: MemoryTable[str, int]
    bindings: MemoryTable[int, Binding]
    outbound: MemoryTable[str, Outbound]
    messages: MemoryTable[str, Message]
    questions: MemoryTable[str, Question]
    utterances: MemoryTable[tuple[str, str, str], JournaledMessage]
    mention_only: MemoryTable[Place, bool]
    identities: MemoryTable[tuple[str, str, str], Identity]
    facts: MemoryTable[str, Fact]
    model_calls: MemoryTable[str, ModelCall]
    workspaces: MemoryTable[tuple[str, str], Workspace]
    waiting: MemoryTable[str, Job]
    settled: MemoryTable[str, Job]

    def __init__(
        self, behind: Mapping[str, MemoryTable[Any, Any]] | None = None, *, frozen: bool = False
    ) -> None:
        self.tenant_id = ""
        self.whole = self
        self.conflicts: list[Conflict] = []
        self._frozen = frozen
        self._behind = behind or {name: MemoryTable(_Rows()) for name in _TABLES}

    def __getattr__(self, name: str) -> MemoryTable[Any, Any]:
        """Make a table at its first use: a unit needs few of them, and units are many."""
        if name not in _TABLES:
            raise AttributeError(name)
        if self.whole is self:
            own = self._behind[name].draft(frozen=self._frozen, conflicts=self.conflicts)
        else:
            own = getattr(self.whole, name).of(self.tenant_id)
        setattr(self, name, own)
        return own

    def of(self, tenant_id: str) -> Tables:
        """A view of one tenant's rows, which shares its changes with these tables."""
        mine = copy(self.whole)
        for name in _TABLES & vars(mine).keys():
            delattr(mine, name)
        mine.tenant_id, mine.whole = tenant_id, self.whole
        return mine

    def draft(self, *, frozen: bool = False) -> Tables:
        """A copy for one unit of work; frozen, one that refuses changes."""
        used = {name: own for name, own in vars(self).items() if name in _TABLES}
        return Tables({**self._behind, **used}, frozen=frozen)

    def refuse(self, message: str) -> NoReturn:
        """Raises Conflict, as a unique constraint does."""
        self.conflicts.append(Conflict(message))
        raise self.conflicts[-1]

    def next(self, counter: str) -> int:
        """1, 2, 3 …; a number given in a unit that rolls back is given again."""
        counters = self.counters.of(self.tenant_id)
        value = (counters.get(counter) or 0) + 1
        counters.put(counter, value)
        return value


_TABLES = frozenset(Tables.__annotations__)
