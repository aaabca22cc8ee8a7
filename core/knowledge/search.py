"""Searching: the index of each tenant, brought up to date before it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import ModelUnavailable
from core.knowledge.chunk_vectors import model_name
from core.knowledge.fusion import CANDIDATES, NOWHERE, Neighbourhood
from core.knowledge.index import DocumentHit, SearchIndex
from core.knowledge.model import Chunk, Document
from core.knowledge.ports import Embedder, VectorIndex
from core.knowledge.search_filter import EVERY_DOCUMENT
from core.knowledge.vectors import MatrixIndex

if TYPE_CHECKING:
    from core.knowledge.model import Reach
    from core.knowledge.ports import KnowledgeUnit
    from core.knowledge.query import SearchQuery
    from core.knowledge.search_filter import SearchFilter


OpenVectors = Callable[[str, Embedder], VectorIndex]


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A document that was found, and its chunks that fit best, best first."""

    document: Document
    score: float
    share: float  # of what is asked for, 0 to 1
    similarity: float  # of its nearest chunk in meaning, 0 where it is not near
    chunks: tuple[Chunk, ...]


@dataclass
class SearchIndexes:
    """Those of a process, one a tenant. They hold nothing that the tables do not.

    embedder: None where texts are found by their words alone. open_vectors: where those of a tenant
    are, by its id and a model.
    """

    embedder: Embedder | None = None
    open_vectors: OpenVectors = lambda _, embedder: MatrixIndex(embedder.size)
    by_tenant: dict[str, TenantIndex] = field(default_factory=dict)

    def of_tenant(self, tenant_id: str) -> TenantIndex:
        if tenant_id not in self.by_tenant:
            meanings = None
            if self.embedder:
                vectors = self.open_vectors(tenant_id, self.embedder)
                meanings = MeaningIndex(embedder=self.embedder, vectors=vectors)
            self.by_tenant[tenant_id] = TenantIndex(meanings=meanings)
        return self.by_tenant[tenant_id]


@dataclass
class MeaningIndex:
    """Vectors of documents, and who makes that of a query."""

    embedder: Embedder
    vectors: VectorIndex

    def near(self, text: str, reach: Reach, only: SearchFilter) -> Neighbourhood:
        """Nothing where no document is embedded, or the model cannot be loaded."""
        if not len(self.vectors):
            return NOWHERE
        try:
            (vector,) = self.embedder.embed([text])
        except ModelUnavailable:  # whoever loads it has logged why, once
            return NOWHERE
        neighbours = self.vectors.nearest(vector, reach, only=only, limit=CANDIDATES)
        return Neighbourhood(neighbours=neighbours, embedded=self.vectors)


@dataclass
class TenantIndex:
    """The index of one tenant, and who may use it now."""

    index: SearchIndex = field(default_factory=SearchIndex)
    meanings: MeaningIndex | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def search(
        self,
        unit: KnowledgeUnit,
        query: SearchQuery,
        reach: Reach,
        *,
        only: SearchFilter = EVERY_DOCUMENT,
        limit: int,
    ) -> list[Passage]:
        """The documents that fit best, best first. unit: what it sees is what is found."""
        async with self.turn:
            await self._renew(unit)
            near = await self._near(query, reach, only)
            hits = await asyncio.to_thread(
                self.index.search, query.terms, reach, only=only, near=near, limit=limit
            )
        return [await _passage(unit, hit, reach) for hit in hits]

    async def _near(self, query: SearchQuery, reach: Reach, only: SearchFilter) -> Neighbourhood:
        if self.meanings is None:
            return NOWHERE
        return await asyncio.to_thread(self.meanings.near, query.text, reach, only)

    async def _renew(self, unit: KnowledgeUnit) -> None:
        revision = await unit.documents.revision()
        if revision == self.index.revision:
            return
        changed = await unit.documents.changed_since(self.index.revision)
        for start in range(0, len(changed), AT_ONCE):
            some = changed[start : start + AT_ONCE]
            documents = await unit.documents.to_index(some)
            packed = await self._packed(unit, some)
            await asyncio.to_thread(self._take, some, documents, packed)
        self.index.revision = revision

    async def _packed(self, unit: KnowledgeUnit, document_ids: list[str]) -> dict[str, bytes]:
        if self.meanings is None:
            return {}
        return await unit.documents.vectors(document_ids, model=model_name(self.meanings.embedder))

    def _take(
        self,
        changed: list[str],
        documents: list[tuple[Document, list[Chunk]]],
        packed: dict[str, bytes],
    ) -> None:
        for document_id in changed:
            self.index.remove(document_id)
            if self.meanings and document_id not in packed:
                self.meanings.vectors.remove(document_id)
        for document, chunks in documents:
            self.index.replace(document, chunks)
            if self.meanings and document.id in packed:
                self.meanings.vectors.replace(document, packed[document.id])


AT_ONCE = 100  # documents


async def _passage(unit: KnowledgeUnit, hit: DocumentHit, reach: Reach) -> Passage:
    document = await unit.documents.get(hit.document_id, reach)
    by_position = {
        chunk.position: chunk for chunk in await unit.documents.chunks(hit.document_id, reach)
    }
    # A server of vectors may be ahead of what this unit sees, or behind it.
    best = tuple(by_position[at] for at in hit.positions if at in by_position)
    return Passage(
        document=document,
        score=hit.score,
        share=hit.share,
        similarity=hit.similarity,
        chunks=best,
    )
