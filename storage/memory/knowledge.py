"""Documents, their versions and their chunks, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import NotFound
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.knowledge.model import Chunk, ChunkVectors, Document, DocumentVersion, Reach
    from core.text.redacted import RedactedText

REVISION = "document_revision"


@dataclass(frozen=True)
class MemoryDocuments:
    """By id; what is in no scope of a reach is not there."""

    tables: Tables

    async def next_revision(self) -> int:
        return self.tables.next(REVISION)

    async def revision(self) -> int:
        return self.tables.counters.get(REVISION) or 0

    async def changed_since(self, revision: int) -> list[str]:
        changes = sorted((at, id_) for id_, at in self.tables.document_changes.items())
        return [document_id for at, document_id in changes if at > revision]

    async def add(self, document: Document, *, revision: int) -> None:
        refuse_strangers(self.tables.tenant_id, document)
        if await self.of_source(document.scope, document.source) is not None:
            self.tables.refuse("its source has a document already")
        self.tables.documents.add(document.id, document)
        self.tables.document_changes.put(document.id, revision)

    async def update(self, document: Document, *, revision: int) -> None:
        refuse_strangers(self.tables.tenant_id, document)
        if document.id not in self.tables.documents:
            raise _no_document()
        self.tables.documents.put(document.id, document)
        self.tables.document_changes.put(document.id, revision)

    async def remove(self, document_id: str, *, revision: int) -> None:
        if document_id not in self.tables.documents:
            return
        self.tables.documents.remove(document_id)
        for key, _ in list(self.tables.document_versions.items()):
            if key[0] == document_id:
                self.tables.document_versions.remove(key)
        for derived in (self.tables.chunks, self.tables.chunk_vectors):
            if document_id in derived:
                derived.remove(document_id)
        self.tables.document_changes.put(document_id, revision)

    async def get(self, document_id: str, reach: Reach) -> Document:
        document = self.tables.documents.get(document_id)
        if document is None or document.scope not in reach.scopes:
            raise _no_document()
        return document

    async def of_source(self, scope: str, source: RedactedText) -> Document | None:
        known = (document for document in self.tables.documents if document.scope == scope)
        return next((known for known in known if source and known.source == source), None)

    async def of_digest(self, scope: str, digest: str) -> Document | None:
        wanted = (scope, digest)
        mine = [known for known in self._by_id() if (known.scope, known.digest) == wanted]
        return mine[0] if mine else None

    async def page(self, reach: Reach, *, before: str = "", limit: int = 100) -> list[Document]:
        mine = [
            document
            for document in reversed(self._by_id())
            if document.scope in reach.scopes and (not before or document.id < before)
        ]
        return mine[:limit]

    async def of_case(self, case_id: str) -> list[Document]:
        return [document for document in self._by_id() if document.case_id == case_id]

    async def case_ids(self) -> set[str]:
        return {known.case_id for known in self.tables.documents if known.case_id is not None}

    async def put_version(self, version: DocumentVersion) -> None:
        refuse_strangers(self.tables.tenant_id, version)
        self.tables.document_versions.put((version.document_id, version.number), version)

    async def version(self, document_id: str, number: int, reach: Reach) -> DocumentVersion:
        await self.get(document_id, reach)
        version = self.tables.document_versions.get((document_id, number))
        if version is None:
            raise _no_document()
        return version

    async def versions(self, document_id: str, reach: Reach) -> list[DocumentVersion]:
        document = self.tables.documents.get(document_id)
        if document is None or document.scope not in reach.scopes:
            return []
        mine = [v for v in self.tables.document_versions if v.document_id == document_id]
        return [replace(v, raw=None) for v in sorted(mine, key=lambda v: v.number)]

    async def put_chunks(self, document_id: str, chunks: Sequence[Chunk]) -> None:
        refuse_strangers(self.tables.tenant_id, *chunks)
        if document_id in self.tables.documents:
            self.tables.chunks.put(document_id, tuple(chunks))
            if document_id in self.tables.chunk_vectors:
                self.tables.chunk_vectors.remove(document_id)

    async def chunks(self, document_id: str, reach: Reach) -> list[Chunk]:
        mine = self.tables.chunks.get(document_id) or ()
        return [chunk for chunk in mine if chunk.scope in reach.scopes]

    async def put_vectors(self, vectors: ChunkVectors, *, revision: int) -> None:
        refuse_strangers(self.tables.tenant_id, vectors)
        self.tables.chunk_vectors.put(vectors.document_id, vectors)
        self.tables.document_changes.put(vectors.document_id, revision)

    async def vectors(self, document_ids: Collection[str], *, model: str) -> dict[str, bytes]:
        known = (self.tables.chunk_vectors.get(document_id) for document_id in document_ids)
        return {
            vectors.document_id: vectors.packed
            for vectors in known
            if vectors is not None and vectors.model == model
        }

    async def without_vectors(self, *, model: str, after: str = "", limit: int) -> list[Document]:
        embedded = await self.vectors([document.id for document in self._by_id()], model=model)
        return [
            document
            for document in self._by_id()
            if document.version and document.id > after and document.id not in embedded
        ][:limit]

    async def to_index(self, document_ids: Collection[str]) -> list[tuple[Document, list[Chunk]]]:
        known = [document for document in self._by_id() if document.id in set(document_ids)]
        return [
            (document, list(self.tables.chunks.get(document.id) or ()))
            for document in known
            if document.version
        ]

    def _by_id(self) -> list[Document]:
        return sorted(self.tables.documents, key=lambda document: document.id)


def _no_document() -> NotFound:
    return NotFound("Document not found", next_step="See GET /api/v1/knowledge/documents.")
