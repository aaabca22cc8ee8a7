"""Tenants with accounts, private and shared cases, and documents of which each has its own mark.

Who may see a document is worked out here from what was made, and from nothing that the product
answers: `World.marks_for` is held against what it shows.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from core.accounts.model import Account, AccountRole, CaseRole
from core.conversation.commands.command import Command
from core.knowledge.model import Collection, ContentType
from core.knowledge.search import SearchIndexes
from core.places import Place
from core.workflows import knowledge_documents
from core.workflows.command_dispatch import dispatch
from core.workflows.knowledge_documents import DocumentWish
from core.workflows.knowledge_intake import read_document_now
from core.workflows.knowledge_vectors import reindex
from core.workflows.services import Services
from tests.contracts.samples import a_member, an_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.knowledge.vectors import Vectors

SHARED = (
    "replica",
    "lag",
    "disk",
    "full",
    "pod",
    "crash",
    "certificate",
    "expired",
    "queue",
    "consumer",
    "latency",
    "timeout",
    "memory",
    "leak",
    "rollback",
    "deploy",
    "cache",
    "miss",
    "gateway",
    "refused",
    "pool",
    "exhausted",
    "checkout",
    "billing",
    "search",
    "orders",
)
TAGS = ("db", "web", "queue", "network")
SIZE = 512  # numbers of a vector
_LETTERS = "bcdfghjkmnpqrtvw"  # no ending of English is made of them


@dataclass(frozen=True)
class MirrorEmbedder:
    """Implements `Embedder`: a word and the same spelt backwards mean the same."""

    name: str = "mirror"
    size: int = SIZE

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.size, 0.01, np.float32)
        for word in text.lower().split():
            vector[zlib.crc32(min(word, word[::-1]).encode()) % self.size] += 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


def mirrored(text: str) -> str:
    """Found by meaning alone, where `MirrorEmbedder` says what things mean."""
    return " ".join(word[::-1] for word in text.split())


@dataclass(frozen=True, kw_only=True)
class CaseHere:
    """A case, where it is talked about, and whose it is. members: empty for one of the team."""

    id: str
    place: Place
    members: frozenset[str]

    def is_seen_by(self, account: Account) -> bool:
        return account.is_admin or not self.members or account.id in self.members


@dataclass(frozen=True, kw_only=True)
class MarkedDocument:
    """A document, and the word that is in no other. writer: who brought it, and may delete it."""

    id: str
    mark: str
    words: str
    tag: str
    collection: Collection
    writer: Account
    case: CaseHere | None = None

    def is_seen_by(self, account: Account) -> bool:
        match self.collection:
            case Collection.GLOBAL:
                return True
            case Collection.USER:
                return account.id == self.writer.id
            case Collection.CASE:
                return self.case is not None and self.case.is_seen_by(account)

    def is_shown_in(self, case: CaseHere | None) -> bool:
        """In the thread of a case, to whoever reads it; None: anywhere else."""
        is_of_it = case is not None and self.case is not None and self.case.id == case.id
        return self.collection is Collection.GLOBAL or is_of_it


@dataclass(kw_only=True)
class TenantWorld:
    """What one tenant has."""

    services: Services
    accounts: list[Account] = field(default_factory=list)
    cases: list[CaseHere] = field(default_factory=list)
    documents: dict[str, MarkedDocument] = field(default_factory=dict)

    def marks_for(self, account: Account) -> set[str]:
        """Of what the account may see."""
        return _marks(each for each in self.documents.values() if each.is_seen_by(account))

    def marks_in(self, case: CaseHere | None) -> set[str]:
        """Of what may be shown in the thread of a case."""
        return _marks(each for each in self.documents.values() if each.is_shown_in(case))

    def cases_of(self, account: Account) -> list[CaseHere]:
        return [case for case in self.cases if case.is_seen_by(account)]


def _marks(documents: Iterable[MarkedDocument]) -> set[str]:
    return {document.mark for document in documents}


@dataclass(kw_only=True)
class World:
    """All tenants of an installation. chance: repeats itself for the same seed."""

    chance: random.Random
    tenants: list[TenantWorld] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    @property
    def documents(self) -> list[MarkedDocument]:
        return [document for tenant in self.tenants for document in tenant.documents.values()]

    async def add_document(self, tenant: TenantWorld) -> MarkedDocument:
        """Of a random collection, brought by somebody who may, read and embedded."""
        collection, case = self.chance.choice(list(Collection)), None
        writers = [account for account in tenant.accounts if account.is_admin]
        if collection is not Collection.GLOBAL:
            writers = tenant.accounts
        writer = self.chance.choice(writers)
        if collection is Collection.CASE:
            case = self.chance.choice(tenant.cases_of(writer))
        mark = mark_of(next(self.numbers))
        words = " ".join([mark, *self.chance.sample(SHARED, 6)])
        tag = self.chance.choice(TAGS)
        wish = DocumentWish(
            raw=f"# {words}\n\n{words}\n".encode(),
            content_type=ContentType.MARKDOWN,
            collection=collection,
            case_id=case.id if case else "",
            source=f"runbooks/{mark}.md",
            tags=(tag,),
        )
        brought = await knowledge_documents.bring(wish, writer, services=tenant.services)
        await read_document_now(brought, services=tenant.services)
        if tenant.services.embedder:
            await reindex(tenant.services.embedder, again=False, services=tenant.services)
        document = MarkedDocument(
            id=brought.id,
            mark=mark,
            words=words,
            tag=tag,
            collection=collection,
            writer=writer,
            case=case,
        )
        tenant.documents[document.id] = document
        return document


def mark_of(number: int) -> str:
    """A word that no other number has."""
    digits = [_LETTERS[number >> shift & 15] for shift in (12, 8, 4, 0)]
    return f"zx{''.join(digits)}q"


async def build(
    services: Services, *, seed: int, tenants: int, accounts: int, cases: int, documents: int
) -> World:
    """So many of each in each tenant."""
    world = World(chance=random.Random(seed))  # noqa: S311 - repeatability is the point
    services = replace(services, indexes=SearchIndexes(embedder=MirrorEmbedder()))
    for number in range(tenants):
        tenant = TenantWorld(services=services.of_tenant(f"tenant-{number}"))
        world.tenants.append(tenant)
        await _add_accounts(tenant, accounts)
        for thread in range(cases):
            await _add_case(world, tenant, thread)
        for _ in range(documents):
            await world.add_document(tenant)
    return world


async def _add_accounts(tenant: TenantWorld, accounts: int) -> None:
    """The first is an admin's."""
    for number in range(accounts):
        account = an_account(
            tenant_id=tenant.services.tenant_id,
            username=f"user{number}",
            email=None,
            role=AccountRole.USER if number else AccountRole.ADMIN,
        )
        tenant.accounts.append(account)
        async with tenant.services.unit() as unit:
            await unit.accounts.add(account)


async def _add_case(world: World, tenant: TenantWorld, thread: int) -> None:
    """The first is the team's; another is, or is that of one to three accounts."""
    place = Place(platform="pigeon", workspace="main", channel="loft", thread=f"t{thread}")
    command = Command(verb="open", argument=f"something {thread} is wrong", by="dana", place=place)
    await dispatch(command, services=tenant.services)
    members = world.chance.sample(tenant.accounts, world.chance.randint(0, 3) if thread else 0)
    async with tenant.services.unit() as unit:
        case = await unit.cases.by_number(thread + 1)
        for account in members:
            member = a_member(case.id, account.id, role=CaseRole.OWNER)
            await unit.members.put(replace(member, tenant_id=tenant.services.tenant_id))
    ids = frozenset(account.id for account in members)
    tenant.cases.append(CaseHere(id=case.id, place=place, members=ids))
