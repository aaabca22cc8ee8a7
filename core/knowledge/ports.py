"""What knowledge needs of the world: its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.jobs import ports as jobs_ports

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.knowledge.model import Chunk, Document, DocumentVersion, Reach
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

    async def to_index(self, document_ids: Collection[str]) -> list[tuple[Document, list[Chunk]]]:
        """Those of these documents that are there, with their chunks: of any scope."""


class KnowledgeUnit(jobs_ports.JobsUnit, Protocol):
    """A unit of work with the repository of documents."""

    @property
    def documents(self) -> DocumentRepository: ...
