"""Documents, their versions and chunks, and what changed when, in every store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.errors import Conflict, NotFound
from core.knowledge.model import ChunkVectors, Collection, Reach, ReadingState, scope_of
from core.text.redacted import RedactedText, redacted
from tests.contracts.samples import (
    CONTEXT,
    a_chunk,
    a_document,
    a_version,
    an_account,
    later,
    put_case,
)

if TYPE_CHECKING:
    from core.knowledge.model import Document
    from core.workflows.services import Store, Unit

ALL, NOTHING = Reach.of(), Reach()


async def stored(unit: Unit, document: Document) -> Document:
    await unit.documents.add(document, revision=await unit.documents.next_revision())
    await unit.documents.put_version(a_version(document.id))
    await unit.documents.put_chunks(document.id, [a_chunk(document.id, scope=document.scope)])
    return document


class TestDocuments:
    async def test_come_back_as_they_were(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            view = await put_case(unit)
            account = an_account()
            await unit.accounts.add(account)
            document = a_document(
                scope=scope_of(Collection.CASE, case_id=view.case.id),
                collection=Collection.CASE,
                case_id=view.case.id,
                account_id=account.id,
                tags=("db", "lag"),
                newest=2,
                state=ReadingState.FAILED,
                problem=redacted("it is no text"),
                updated_at=later(5),
            )
            await stored(unit, document)
        async with store.reading(CONTEXT) as unit:
            reach = Reach(frozenset({document.scope}))
            assert await unit.documents.get(document.id, reach) == document
            assert await unit.documents.of_case(view.case.id) == [document]
            assert await unit.documents.case_ids() == {view.case.id}

    async def test_are_seen_within_a_reach_only(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document())
        other = Reach(frozenset({"user:account_1", "case:case_1"}))
        async with store.reading(CONTEXT) as unit:
            assert await unit.documents.page(ALL) == [document]
            for reach in (NOTHING, other):
                assert await unit.documents.page(reach) == []
                assert await unit.documents.versions(document.id, reach) == []
                assert await unit.documents.chunks(document.id, reach) == []
                with pytest.raises(NotFound):
                    await unit.documents.get(document.id, reach)
                with pytest.raises(NotFound):
                    await unit.documents.version(document.id, 1, reach)

    async def test_one_source_of_a_scope_is_one_document(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            first = await stored(unit, a_document())
            nameless = a_document(source=RedactedText.EMPTY, digest="d2")
            await stored(unit, nameless)
            await stored(unit, a_document(source=RedactedText.EMPTY, digest="d3"))
            assert await unit.documents.of_source(first.scope, first.source) == first
            assert await unit.documents.of_source("user:1", first.source) is None
            assert await unit.documents.of_source(first.scope, RedactedText.EMPTY) is None
            assert await unit.documents.of_digest(first.scope, "d2") == nameless
        with pytest.raises(Conflict):
            async with store.unit(CONTEXT) as unit:
                await stored(unit, a_document())

    async def test_a_very_long_source_is_found_and_shown(self, store: Store) -> None:
        source = redacted("folder/" * 140 + "lag.md")
        async with store.unit(CONTEXT) as unit:
            await stored(unit, a_document(source=source))
            known = await unit.documents.of_source("global", source)
        assert known is not None
        assert known.source == source

    async def test_pages_are_newest_first(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            ids = [f"doc_{n}" for n in range(5)]
            for id_ in ids:
                await stored(unit, a_document(id=id_, source=redacted(id_)))
            first = await unit.documents.page(ALL, limit=2)
            rest = await unit.documents.page(ALL, before=first[-1].id)
        assert [document.id for document in (*first, *rest)] == ids[::-1]

    async def test_what_is_removed_leaves_nothing_but_its_change(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document())
            revision = await unit.documents.next_revision()
            await unit.documents.remove(document.id, revision=revision)
            await unit.documents.remove("doc_unknown", revision=revision)
        async with store.reading(CONTEXT) as unit:
            assert await unit.documents.page(ALL) == []
            assert await unit.documents.chunks(document.id, ALL) == []
            assert await unit.documents.versions(document.id, ALL) == []
            assert await unit.documents.to_index([document.id]) == []
            assert await unit.documents.changed_since(revision - 1) == [document.id]
        with pytest.raises(NotFound):
            async with store.unit(CONTEXT) as unit:
                await unit.documents.update(document, revision=revision)


class TestVersions:
    async def test_are_replaced_by_number_and_listed_without_what_was_brought(
        self, store: Store
    ) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document())
            second = a_version(document.id, number=2, content=None)
            await unit.documents.put_version(second)
            assert (await unit.documents.version(document.id, 2, ALL)) == second
            read = replace(second, raw=None, content=redacted("more lag"))
            await unit.documents.put_version(read)
            listed = await unit.documents.versions(document.id, ALL)
        assert [version.number for version in listed] == [1, 2]
        assert listed == [replace(a_version(document.id), raw=None), read]


class TestChunks:
    async def test_take_the_place_of_those_before(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document())
            news = [a_chunk(document.id, position=n, text=redacted(f"step {n}")) for n in (0, 1)]
            await unit.documents.put_chunks(document.id, news)
        async with store.reading(CONTEXT) as unit:
            assert await unit.documents.chunks(document.id, ALL) == news
            assert await unit.documents.to_index([document.id, "doc_0"]) == [(document, news)]

    async def test_of_a_document_that_is_yet_to_be_read_are_in_no_index(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document(version=0))
            assert await unit.documents.to_index([document.id]) == []


async def test_revisions_count_up_and_say_what_changed(store: Store) -> None:
    async with store.reading(CONTEXT) as unit:
        assert await unit.documents.revision() == 0
    async with store.unit(CONTEXT) as unit:
        first = await stored(unit, a_document(source=redacted("a")))
        second = await stored(unit, a_document(source=redacted("b")))
        await unit.documents.update(first, revision=await unit.documents.next_revision())
    async with store.reading(CONTEXT) as unit:
        assert await unit.documents.revision() == 3
        assert await unit.documents.changed_since(0) == [second.id, first.id]
        assert await unit.documents.changed_since(2) == [first.id]
        assert await unit.documents.changed_since(3) == []


class TestVectors:
    async def test_are_those_of_one_model_until_other_chunks_come(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document(version=1))
            vectors = ChunkVectors(
                document_id=document.id, tenant_id=document.tenant_id, model="m", packed=b"1"
            )
            for packed in (b"1", b"22"):
                revision = await unit.documents.next_revision()
                await unit.documents.put_vectors(replace(vectors, packed=packed), revision=revision)
        async with store.unit(CONTEXT) as unit:
            assert await unit.documents.changed_since(revision - 1) == [document.id]
            assert await unit.documents.vectors([document.id, "x"], model="m") == {
                document.id: b"22"
            }
            assert await unit.documents.vectors([document.id], model="other") == {}
            await unit.documents.put_chunks(document.id, [a_chunk(document.id)])
        async with store.reading(CONTEXT) as unit:
            assert await unit.documents.vectors([document.id], model="m") == {}

    async def test_documents_without_any_of_a_model_come_by_id(self, store: Store) -> None:
        none = RedactedText.EMPTY
        async with store.unit(CONTEXT) as unit:
            first, second, third = [
                await stored(unit, a_document(id=f"doc_{number}", source=none, version=1))
                for number in range(3)
            ]
            await stored(unit, a_document(id="doc_unread", source=none, version=0))
            revision = await unit.documents.next_revision()
            vectors = ChunkVectors(
                document_id=second.id, tenant_id=second.tenant_id, model="m", packed=b""
            )
            await unit.documents.put_vectors(vectors, revision=revision)
            await unit.documents.remove(third.id, revision=revision)
        async with store.reading(CONTEXT) as unit:
            assert await unit.documents.without_vectors(model="m", limit=9) == [first]
            both = await unit.documents.without_vectors(model="", limit=9)
            assert both == [first, second]
            assert await unit.documents.without_vectors(model="", after=first.id, limit=1) == [
                second
            ]

    async def test_go_with_their_document(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            document = await stored(unit, a_document(version=1))
            vectors = ChunkVectors(
                document_id=document.id, tenant_id=document.tenant_id, model="m", packed=b"1"
            )
            revision = await unit.documents.next_revision()
            await unit.documents.put_vectors(vectors, revision=revision)
            await unit.documents.remove(document.id, revision=revision)
            assert await unit.documents.vectors([document.id], model="m") == {}
