"""Searching: the index of each tenant, brought up to date before it is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.knowledge.index import DocumentHit, SearchIndex
from core.knowledge.model import Chunk, Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.knowledge.model import Reach
    from core.knowledge.ports import KnowledgeUnit


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A document that was found, and its chunks that fit best, best first."""

    document: Document
    score: float
    share: float  # of what is asked for, 0 to 1
    chunks: tuple[Chunk, ...]


@dataclass
class SearchIndexes:
    """Those of a process, one a tenant. They hold nothing that the tables do not."""

    by_tenant: dict[str, TenantIndex] = field(default_factory=dict)

    def of_tenant(self, tenant_id: str) -> TenantIndex:
        return self.by_tenant.setdefault(tenant_id, TenantIndex())


@dataclass
class TenantIndex:
    """The index of one tenant, and who may use it now."""

    index: SearchIndex = field(default_factory=SearchIndex)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def search(
        self,
        unit: KnowledgeUnit,
        query: Mapping[str, float],
        reach: Reach,
        *,
        tags: frozenset[str] = frozenset(),
        limit: int,
    ) -> list[Passage]:
        """The documents that fit best, best first. unit: what it sees is what is found."""
        async with self.turn:
            await self._renew(unit)
            hits = await asyncio.to_thread(self.index.search, query, reach, tags=tags, limit=limit)
        return [await _passage(unit, hit, reach) for hit in hits]

    async def _renew(self, unit: KnowledgeUnit) -> None:
        revision = await unit.documents.revision()
        if revision == self.index.revision:
            return
        changed = await unit.documents.changed_since(self.index.revision)
        for start in range(0, len(changed), AT_ONCE):
            some = changed[start : start + AT_ONCE]
            documents = await unit.documents.to_index(some)
            await asyncio.to_thread(self._take, some, documents)
        self.index.revision = revision

    def _take(self, changed: list[str], documents: list[tuple[Document, list[Chunk]]]) -> None:
        for document_id in changed:
            self.index.remove(document_id)
        for document, chunks in documents:
            self.index.replace(document, chunks)


AT_ONCE = 100  # documents


async def _passage(unit: KnowledgeUnit, hit: DocumentHit, reach: Reach) -> Passage:
    document = await unit.documents.get(hit.document_id, reach)
    by_position = {
        chunk.position: chunk for chunk in await unit.documents.chunks(hit.document_id, reach)
    }
    best = tuple(by_position[position] for position in hit.positions)
    return Passage(document=document, score=hit.score, share=hit.share, chunks=best)
