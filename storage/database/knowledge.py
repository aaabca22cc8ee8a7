"""Documents, their versions and their chunks, in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select

from core.errors import NotFound
from core.knowledge.model import Chunk, ChunkVectors, Document, DocumentVersion
from storage.database.bulk import insert_all
from storage.database.repository import Repository
from storage.database.rows import insert_into, read, read_each, upsert_values, values_of
from storage.database.tables import (
    chunk_vectors,
    document_changes,
    document_revisions,
    document_versions,
    documents,
)
from storage.database.tables import chunks as chunk_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement

    from core.knowledge.model import Reach
    from core.text.redacted import RedactedText

AT_ONCE = 500  # values in one IN (…): far below what both databases and their drivers take
_WITHOUT_RAW = [column for column in document_versions.c if column.name != "raw"]


class SqlDocuments(Repository):
    """By id; what is in no scope of a reach is in no row that is read."""

    async def next_revision(self) -> int:
        first = insert_into(self._work, document_revisions).values(
            tenant_id=self._tenant_id, revision=1
        )
        # The row is locked from here on: revisions are committed in their order.
        added = await self._work.execute(
            first.on_conflict_do_update(
                index_elements=["tenant_id"],
                set_={"revision": document_revisions.c.revision + 1},
            ).returning(document_revisions.c.revision)
        )
        return int(added.scalar_one())

    async def revision(self) -> int:
        rows = await self._work.execute(
            select(document_revisions.c.revision).where(self._mine(document_revisions))
        )
        return rows.scalar() or 0

    async def changed_since(self, revision: int) -> list[str]:
        rows = await self._work.execute(
            select(document_changes.c.document_id)
            .where(self._mine(document_changes), document_changes.c.revision > revision)
            .order_by(document_changes.c.revision)
        )
        return list(rows.scalars())

    async def add(self, document: Document, *, revision: int) -> None:
        self._refuse_strangers(document)
        await self._work.execute(documents.insert().values(_values(document)))
        await self._mark(document.id, revision)

    async def update(self, document: Document, *, revision: int) -> None:
        self._refuse_strangers(document)
        changed = await self._work.execute(
            documents.update()
            .where(self._mine(documents), documents.c.id == document.id)
            .values(_values(document))
        )
        if not changed.rowcount:
            raise _no_document()
        await self._mark(document.id, revision)

    async def remove(self, document_id: str, *, revision: int) -> None:
        for table in (chunk_rows, chunk_vectors, document_versions):
            await self._work.execute(
                table.delete().where(self._mine(table), table.c.document_id == document_id)
            )
        removed = await self._work.execute(
            documents.delete().where(self._mine(documents), documents.c.id == document_id)
        )
        if removed.rowcount:
            await self._mark(document_id, revision)

    async def get(self, document_id: str, reach: Reach) -> Document:
        known = await self._list(documents.c.id == document_id, _within(reach))
        if not known:
            raise _no_document()
        return known[0]

    async def of_source(self, scope: str, source: RedactedText) -> Document | None:
        known = await self._list(documents.c.scope == scope, documents.c.source_key == source.text)
        return known[0] if known and source else None

    async def of_digest(self, scope: str, digest: str) -> Document | None:
        known = await self._list(documents.c.scope == scope, documents.c.digest == digest)
        return known[0] if known else None

    async def page(self, reach: Reach, *, before: str = "", limit: int = 100) -> list[Document]:
        wanted = select(documents).where(self._mine(documents), _within(reach))
        if before:
            wanted = wanted.where(documents.c.id < before)
        rows = await self._work.execute(wanted.order_by(documents.c.id.desc()).limit(limit))
        return [read(Document, row) for row in rows.mappings()]

    async def of_case(self, case_id: str) -> list[Document]:
        return await self._list(documents.c.case_id == case_id)

    async def case_ids(self) -> set[str]:
        rows = await self._work.execute(
            select(documents.c.case_id)
            .where(self._mine(documents), documents.c.case_id.is_not(None))
            .distinct()
        )
        return {case_id for case_id in rows.scalars() if case_id is not None}

    async def put_version(self, version: DocumentVersion) -> None:
        self._refuse_strangers(version)
        values = values_of(version)
        insert = insert_into(self._work, document_versions).values(values)
        await self._work.execute(
            insert.on_conflict_do_update(
                index_elements=["document_id", "number"],
                set_=upsert_values(values),
                where=self._mine(document_versions),
            )
        )

    async def version(self, document_id: str, number: int, reach: Reach) -> DocumentVersion:
        rows = await self._work.execute(
            select(document_versions)
            .join(documents)
            .where(
                self._mine(document_versions),
                document_versions.c.document_id == document_id,
                document_versions.c.number == number,
                _within(reach),
            )
        )
        row = rows.mappings().first()
        if row is None:
            raise _no_document()
        return read(DocumentVersion, row)

    async def versions(self, document_id: str, reach: Reach) -> list[DocumentVersion]:
        rows = await self._work.execute(
            select(*_WITHOUT_RAW, literal(None).label("raw"))
            .join_from(document_versions, documents)
            .where(
                self._mine(document_versions),
                document_versions.c.document_id == document_id,
                _within(reach),
            )
            .order_by(document_versions.c.number)
        )
        return [read(DocumentVersion, row) for row in rows.mappings()]

    async def put_chunks(self, document_id: str, chunks: Sequence[Chunk]) -> None:
        self._refuse_strangers(*chunks)
        for table in (chunk_rows, chunk_vectors):
            await self._work.execute(
                table.delete().where(self._mine(table), table.c.document_id == document_id)
            )
        await insert_all(self._work, chunk_rows, chunks)

    async def chunks(self, document_id: str, reach: Reach) -> list[Chunk]:
        rows = await self._work.execute(
            select(chunk_rows)
            .where(
                self._mine(chunk_rows),
                chunk_rows.c.document_id == document_id,
                chunk_rows.c.scope.in_(reach.scopes),
            )
            .order_by(chunk_rows.c.position)
        )
        return [read(Chunk, row) for row in rows.mappings()]

    async def put_vectors(self, vectors: ChunkVectors, *, revision: int) -> None:
        self._refuse_strangers(vectors)
        values = values_of(vectors)
        insert = insert_into(self._work, chunk_vectors).values(values)
        await self._work.execute(
            insert.on_conflict_do_update(
                index_elements=["document_id"],
                set_=upsert_values(values),
                where=self._mine(chunk_vectors),
            )
        )
        await self._mark(vectors.document_id, revision)

    async def vectors(self, document_ids: Collection[str], *, model: str) -> dict[str, bytes]:
        packed, wanted = dict[str, bytes](), list(document_ids)
        for start in range(0, len(wanted), AT_ONCE):
            rows = await self._work.execute(
                select(chunk_vectors.c.document_id, chunk_vectors.c.packed).where(
                    self._mine(chunk_vectors),
                    chunk_vectors.c.model == model,
                    chunk_vectors.c.document_id.in_(wanted[start : start + AT_ONCE]),
                )
            )
            packed |= {document_id: bytes(vectors) for document_id, vectors in rows}
        return packed

    async def without_vectors(self, *, model: str, after: str = "", limit: int) -> list[Document]:
        known = select(chunk_vectors.c.document_id).where(
            self._mine(chunk_vectors), chunk_vectors.c.model == model
        )
        rows = await self._work.execute(
            select(documents)
            .where(
                self._mine(documents),
                documents.c.version > 0,
                documents.c.id > after,
                documents.c.id.not_in(known),
            )
            .order_by(documents.c.id)
            .limit(limit)
        )
        return [read(Document, row) for row in rows.mappings()]

    async def to_index(self, document_ids: Collection[str]) -> list[tuple[Document, list[Chunk]]]:
        to_index = list[tuple[Document, list[Chunk]]]()
        wanted = list(document_ids)
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            known = await self._list(documents.c.id.in_(some), documents.c.version > 0)
            by_document: dict[str, list[Chunk]] = {document.id: [] for document in known}
            for chunk in await self._chunks_of(list(by_document)):
                by_document[chunk.document_id].append(chunk)
            to_index += [(document, by_document[document.id]) for document in known]
        return to_index

    async def _chunks_of(self, document_ids: list[str]) -> list[Chunk]:
        rows = await self._work.execute(
            select(chunk_rows)
            .where(self._mine(chunk_rows), chunk_rows.c.document_id.in_(document_ids))
            .order_by(chunk_rows.c.document_id, chunk_rows.c.position)
        )
        return await read_each(rows.mappings(), lambda row: read(Chunk, row))

    async def _mark(self, document_id: str, revision: int) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "document_id": document_id,
            "revision": revision,
        }
        insert = insert_into(self._work, document_changes).values(values)
        await self._work.execute(
            insert.on_conflict_do_update(
                index_elements=["tenant_id", "document_id"],
                set_=upsert_values({"revision": revision}),
            )
        )

    async def _list(self, *conditions: ColumnElement[bool]) -> list[Document]:
        wanted = select(documents).where(self._mine(documents), *conditions)
        rows = await self._work.execute(wanted.order_by(documents.c.id))
        return [read(Document, row) for row in rows.mappings()]


def _within(reach: Reach) -> ColumnElement[bool]:
    return documents.c.scope.in_(reach.scopes)


def _values(document: Document) -> dict[str, Any]:
    return {**values_of(document), "source_key": document.source.text}


def _no_document() -> NotFound:
    return NotFound("Document not found", next_step="See GET /api/v1/knowledge/documents.")
