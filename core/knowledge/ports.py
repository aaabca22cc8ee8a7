"""What knowledge needs of the world: its tables, and what texts mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.jobs import ports as jobs_ports
from core.knowledge.search_filter import EVERY_DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.knowledge.model import Chunk, ChunkVectors, Document, DocumentVersion, Reach
    from core.knowledge.search_filter import SearchFilter
    from core.knowledge.vectors import Neighbour, Vectors
    from core.text.redacted import RedactedText


class DocumentRepository(Protocol):
    """By id. What reads is asked within a reach, and sees nothing outside it.

    Writers of a tenant take turns: each begins with `next_revision`.
    """

    async def next_revision(self) -> int:
        """One more than the last; until the unit ends no other unit gets one."""

    async def revision(self) -> int:
        """The last that was committed; 0 before the first."""

    async def changed_since(self, revision: int) -> list[str]:
        """Ids of documents that were added, changed or removed after that revision."""

    async def add(self, document: Document, *, revision: int) -> None:
        """Raises Conflict where its scope has a document of its source."""

    async def update(self, document: Document, *, revision: int) -> None:
        """Raises NotFound."""

    async def remove(self, document_id: str, *, revision: int) -> None:
        """With its versions and chunks; no change where it is not there."""

    async def get(self, document_id: str, reach: Reach) -> Document:
        """Raises NotFound."""

    async def of_source(self, scope: str, source: RedactedText) -> Document | None: ...
    async def of_digest(self, scope: str, digest: str) -> Document | None:
        """The one whose newest content has this digest."""

    async def page(self, reach: Reach, *, before: str = "", limit: int = 100) -> list[Document]:
        """Newest first. before: the id of the last of the page before."""

    async def of_case(self, case_id: str) -> list[Document]:
        """In the order they were made."""

    async def case_ids(self) -> set[str]:
        """Of all cases that have documents."""

    async def put_version(self, version: DocumentVersion) -> None:
        """Insert it, or replace the one of its number."""

    async def version(self, document_id: str, number: int, reach: Reach) -> DocumentVersion:
        """Raises NotFound."""

    async def versions(self, document_id: str, reach: Reach) -> list[DocumentVersion]:
        """Oldest first, without what was brought (`raw`)."""

    async def put_chunks(self, document_id: str, chunks: Sequence[Chunk]) -> None:
        """In the place of those that the document had."""

    async def chunks(self, document_id: str, reach: Reach) -> list[Chunk]:
        """In the order of the document."""

    async def put_vectors(self, vectors: ChunkVectors, *, revision: int) -> None:
        """In the place of those that the document had; they go when it gets other chunks."""

    async def vectors(self, document_ids: Collection[str], *, model: str) -> dict[str, bytes]:
        """By the id of the document, of those that have some of this model: of any scope."""

    async def without_vectors(self, *, model: str, after: str = "", limit: int) -> list[Document]:
        """Those that are found and have none of this model, by id. after: the last one known."""

    async def to_index(self, document_ids: Collection[str]) -> list[tuple[Document, list[Chunk]]]:
        """Those of these documents that are there, with their chunks: of any scope."""


class KnowledgeUnit(jobs_ports.JobsUnit, Protocol):
    """A unit of work with the repository of documents."""

    @property
    def documents(self) -> DocumentRepository: ...


class Embedder(Protocol):
    """Turns texts into vectors: those of texts that mean the same are near each other."""

    @property
    def name(self) -> str:
        """Of the model. Vectors of another name cannot be compared with its own."""

    @property
    def size(self) -> int:
        """Numbers of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text. It costs CPU: call it off the loop, from any thread.

        Raises ModelUnavailable where the model cannot be loaded.
        """


class VectorIndex(Protocol):
    """The vectors of a tenant's documents. It holds nothing that the tables do not."""

    def __len__(self) -> int:
        """Documents."""

    def __contains__(self, document_id: object) -> bool: ...
    def replace(self, document: Document, packed: bytes) -> None:
        """Put its vectors in the place of those it had."""

    def remove(self, document_id: str) -> None:
        """No change where it is not there."""

    def nearest(
        self, vector: Vectors, reach: Reach, *, only: SearchFilter = EVERY_DOCUMENT, limit: int
    ) -> list[Neighbour]:
        """The documents whose nearest chunk is nearest, nearest first.

        What is outside the reach, or what the filter does not take, is not looked at.
        """
