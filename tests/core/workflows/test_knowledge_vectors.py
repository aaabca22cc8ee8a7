"""Documents get vectors behind their reading; what is deleted or replaced is found no more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.knowledge import documents
from core.knowledge.documents import NewDocument
from core.knowledge.model import Collection, ContentType, Document, Reach, scope_of
from core.knowledge.query import SearchQuery
from core.workflows.knowledge_intake import read_document_now
from core.workflows.knowledge_vectors import OF_A_JOB, reindex
from core.workflows.retention import plan_upkeep
from tests.fakes.chat import House, in_memory, words_of
from tests.fakes.embedder import ConceptEmbedder

if TYPE_CHECKING:
    from core.knowledge.search import Passage

SCOPES = ("global", "user:1", "user:2")
QUERY = "standby late"  # shares no word with REPLICA
REPLICA = "# Postgres\n\nThe replica has some lag.\n"
DISK = "# Kubelet\n\nThe disk is full.\n"


def house_with(folder: Path, embedder: ConceptEmbedder | None) -> House:
    house = in_memory(folder)
    house.services.indexes.embedder = embedder
    return house


@pytest.fixture
def embedder() -> ConceptEmbedder:
    return ConceptEmbedder()


@pytest.fixture
def house(tmp_path: Path, embedder: ConceptEmbedder) -> House:
    return house_with(tmp_path, embedder)


async def bring(house: House, text: str, source: str, scope: str = "global") -> Document:
    kind, _, account_id = scope.partition(":")
    new = NewDocument(
        raw=text.encode(),
        content_type=ContentType.MARKDOWN,
        scope=scope,
        collection=Collection(kind),
        source=source,
    )
    assert scope == scope_of(Collection(kind), account_id=account_id)
    async with house.services.unit() as unit:
        document = (await documents.bring(unit, new, by="dana")).document
    return await read_document_now(document, services=house.services)


async def search(house: House, words: str, reach: Reach = Reach.of()) -> list[Passage]:  # noqa: B008
    query = SearchQuery.of(words)
    async with house.services.reading() as unit:
        return await house.services.search_index.search(unit, query, reach, limit=9)


async def sources(house: House, words: str = QUERY, reach: Reach = Reach.of()) -> list[str]:  # noqa: B008
    return [passage.document.source.text for passage in await search(house, words, reach)]


async def nearest(house: House, words: str) -> Passage:
    return (await search(house, words))[0]


async def remove(house: House, document: Document) -> None:
    async with house.services.unit() as unit:
        revision = await unit.documents.next_revision()
        await unit.documents.remove(document.id, revision=revision)


async def test_what_was_read_is_found_by_what_it_means_once_a_worker_was_there(
    house: House,
) -> None:
    await bring(house, REPLICA, "replica.md")
    await bring(house, DISK, "disk.md")
    assert await sources(house) == []
    await house.work()
    assert (await sources(house))[0] == "replica.md"
    assert await sources(house, "drive has no room") == ["disk.md", "replica.md"]


async def test_a_search_in_chat_shows_what_is_near_and_nothing_else(house: House) -> None:
    await bring(house, REPLICA, "replica.md")
    await bring(house, DISK, "disk.md")
    await house.work()
    (card,) = await house.say(f"search {QUERY}")
    assert "Postgres" in words_of(card)
    assert "Kubelet" not in words_of(card)


async def test_a_new_version_is_found_by_its_own_meaning(house: House) -> None:
    await bring(house, REPLICA, "a.md")
    await bring(house, DISK, "b.md")
    await house.work()
    await bring(house, "# Postgres\n\nThe certificate expired.\n", "a.md")
    assert "a.md" not in await sources(house)
    await house.work()
    assert (await sources(house, "tls old"))[0] == "a.md"


async def test_whoever_deletes_or_replaces_while_it_is_embedded_has_the_last_word(
    house: House, embedder: ConceptEmbedder
) -> None:
    loop, gone = asyncio.get_running_loop(), await bring(house, REPLICA, "gone.md")
    await bring(house, DISK, "new.md")

    def change() -> None:
        embedder.before = None
        for change in (remove(house, gone), bring(house, "# Tls\n\nIt is old.\n", "new.md")):
            asyncio.run_coroutine_threadsafe(change, loop).result(timeout=10)

    embedder.before = change
    await house.work()
    assert await sources(house) == ["new.md"]
    assert (await nearest(house, "certificate old")).similarity > 0.6


async def test_a_model_that_cannot_be_loaded_means_words_alone_and_one_line(
    house: House, embedder: ConceptEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    embedder.is_broken = True
    for number in range(OF_A_JOB + 1):
        await bring(house, f"{REPLICA} {number}", f"{number}.md")
    await house.work()
    assert [record.getMessage() for record in caplog.records if "words" in record.msg] == [
        "documents are found by their words alone: the model is cut off"
    ]
    assert len(await sources(house, "replica lag")) == 9


async def test_more_documents_than_a_job_takes_are_all_embedded(
    house: House, embedder: ConceptEmbedder
) -> None:
    for number in range(OF_A_JOB + 3):
        await bring(house, f"# Number{number}\n\nThe disk is full.\n", f"{number}.md")
    await house.work()
    assert len(embedder.texts) == OF_A_JOB + 3


async def test_another_model_takes_over_while_everything_is_found(
    house: House, embedder: ConceptEmbedder
) -> None:
    await bring(house, REPLICA, "a.md")
    await house.work()
    younger = in_memory_again(house, replace(embedder, name="other", texts=[]))
    assert await sources(younger, "replica lag") == ["a.md"]
    assert await sources(younger) == []
    await plan_upkeep(services=younger.services)
    await younger.work()
    assert await sources(younger) == ["a.md"]


def in_memory_again(house: House, embedder: ConceptEmbedder) -> House:
    """The same installation after a start with another model."""
    house.services.indexes.embedder = embedder
    house.services.indexes.by_tenant.clear()
    return house


async def test_reindex_embeds_what_lacks_vectors_or_everything_again(
    tmp_path: Path, embedder: ConceptEmbedder
) -> None:
    house = house_with(tmp_path, None)
    await bring(house, REPLICA, "a.md")
    await house.work()
    services = in_memory_again(house, embedder).services
    assert (await reindex(embedder, again=False, services=services)).documents == 1
    assert (await reindex(embedder, again=False, services=services)).documents == 0
    report = await reindex(embedder, again=True, services=services)
    assert (report.documents, report.chunks) == (1, 1)
    assert await sources(house) == ["a.md"]


made = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(SCOPES), st.booleans()), max_size=8
)


@settings(max_examples=10, deadline=None)
@given(made, st.frozensets(st.sampled_from(SCOPES)))
async def test_nobody_finds_what_is_deleted_or_of_others(
    steps: list[tuple[str, str, bool]], scopes: frozenset[str]
) -> None:
    with TemporaryDirectory() as folder:
        house, there = (
            house_with(Path(folder), ConceptEmbedder()),
            dict[tuple[str, str], Document](),
        )
        for name, scope, stays in steps:
            there[name, scope] = await bring(house, REPLICA + name, f"{name}.md", scope)
            await house.work()
            if not stays:
                await remove(house, there.pop((name, scope)))
        wanted = [f"{name}.md" for name, scope in there if scope in scopes]
        assert sorted(await sources(house, reach=Reach(scopes))) == sorted(wanted)
