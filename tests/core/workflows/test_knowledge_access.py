"""Random questions of random people of several tenants show nothing that they may not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.knowledge_access import (
    Findings,
    Question,
    at_the_terminal,
    by_search,
    delete_one,
    in_chat,
    measured,
)
from benchmarks.parts.knowledge_world import build, mark_of, mirrored
from core.knowledge.model import Collection
from tests.fakes.chat import in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.parts.knowledge_world import World


async def test_nobody_is_shown_what_they_may_not_see_and_nothing_deleted_is_found() -> None:
    result = await measured(seed=11, queries=250, tenants=2, cases=4, documents=25)
    assert result["leaks"] == []
    assert result["found_after_deletion"] == result["own_missed"] == 0
    assert result["deleted"] == 5
    assert result["own_looked_for"] > 5
    assert result["documents_shown"] > 500, "the questions find something"
    assert set(result["asked"]) > {"by_search", "in_chat", "by_list", "by_id"}


async def a_world(folder: Path) -> World:
    services = in_memory(folder).services
    return await build(services, seed=3, tenants=1, accounts=3, cases=3, documents=20)


async def test_an_answer_to_somebody_else_counts_as_a_leak(tmp_path: Path) -> None:
    """What proves that the measure can fail: it is held against another person's rights."""
    world = await a_world(tmp_path)
    (tenant,) = world.tenants
    own = next(d for d in tenant.documents.values() if d.collection is Collection.USER)
    stranger = next(account for account in tenant.accounts if account.id != own.writer.id)
    findings = Findings()
    for words in (own.words, mirrored(own.words)):
        asked = Question(tenant=tenant, account=own.writer, words=words, document=own)
        answer = await by_search(world, asked)
        while not answer.whole:
            answer = await by_search(world, asked)
        assert own.mark in answer.shown
        assert not answer.leaked
        answer.allowed.intersection_update(tenant.marks_for(stranger))
        findings.take(by_search, asked, answer)
    assert findings.leaked == 2


async def test_chat_and_terminal_find_what_is_everybodys(tmp_path: Path) -> None:
    world = await a_world(tmp_path)
    (tenant,) = world.tenants
    everybodys = next(d for d in tenant.documents.values() if d.collection is Collection.GLOBAL)
    asked = Question(tenant=tenant, account=tenant.accounts[-1], words=everybodys.words)
    for way in (in_chat, at_the_terminal):
        assert everybodys.mark in (await way(world, asked)).shown


async def test_what_was_deleted_leaves_no_row_and_no_vector(tmp_path: Path) -> None:
    world, findings = await a_world(tmp_path), Findings()
    (tenant,) = world.tenants
    before = set(tenant.documents)
    await delete_one(world, findings)
    assert (findings.deleted, findings.found_after_deletion) == (1, 0)
    (gone,) = before - set(tenant.documents)
    async with tenant.services.reading() as unit:
        assert gone in await unit.documents.changed_since(0)
        assert await unit.documents.to_index([gone]) == []


def test_each_mark_is_a_word_of_its_own() -> None:
    assert len({mark_of(number) for number in range(2_000)}) == 2_000
