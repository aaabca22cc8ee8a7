"""What cases taught, in every store; written with the events that it is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change, record
from core.cases.memories import FixOutcome, learn
from core.text.redacted import redacted
from tests.contracts.samples import (
    CONTEXT,
    a_hypothesis,
    a_memory,
    changes_of_a_life,
    later,
    new_case,
    put_case,
)

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.workflows.services import Store, Unit


async def change(unit: Unit, view: CaseView, *changes: Change) -> CaseView:
    view = await unit.cases.view(view.case.id, lock=True)
    return await record(unit, view, view.case.id, changes, at=later(60), actor="ada")


def resolved(words: str) -> Change:
    text = redacted(words)
    return Change(kind=EventKind.RESOLVED, data={"solution": text.digest}, texts=[text])


async def test_what_is_put_is_found_and_replaced_and_removed(store: Store) -> None:
    case_id = (await new_case(store)).case.id
    memory = a_memory(case_id)
    async with store.unit(CONTEXT) as unit:
        await unit.memories.put(a_memory(case_id, took=None, fault=None, alerts=()))
        await unit.memories.put(memory)
    async with store.unit(CONTEXT) as unit:
        assert await unit.memories.find(case_id) == memory
        assert await unit.memories.find("case_other") is None
        await unit.memories.remove(case_id)
        await unit.memories.remove(case_id)
        assert await unit.memories.find(case_id) is None


async def test_those_alike_have_the_fault_or_the_alert(store: Store) -> None:
    async with store.unit(CONTEXT) as unit:
        views = [await put_case(unit) for _ in range(4)]
        pool, disk, alert, _ = memories = [
            a_memory(views[0].case.id, number=1, at=later(3)),
            a_memory(views[1].case.id, number=2, at=later(1), fault="disk_full", alerts=()),
            a_memory(views[2].case.id, number=3, at=later(2), fault=None),
            a_memory(views[3].case.id, number=4, fault="oom", alerts=(redacted("x" * 900),)),
        ]
        for memory in memories:
            await unit.memories.put(memory)
    async with store.reading(CONTEXT) as unit:
        alike, kept = unit.memories.alike, unit.memories.page
        assert await alike(faults={"disk_full"}, alerts={"PoolFull"}, limit=9) == [
            pool,
            alert,
            disk,
        ]
        assert await alike(faults=(), alerts={"x" * 900}, limit=9) == memories[3:]
        assert await alike(faults={"disk_full"}, alerts={"PoolFull"}, limit=1) == [pool]
        assert await alike(faults=(), alerts=(), limit=9) == []
        assert await kept(limit=2) == memories[:1:-1]
        assert await kept(limit=9, before=3) == [disk, pool]


async def test_memories_are_those_of_the_cases_that_are_named(store: Store) -> None:
    async with store.unit(CONTEXT) as unit:
        views = [await put_case(unit) for _ in range(3)]
        memories = [
            a_memory(view.case.id, number=number) for number, view in enumerate(views, start=1)
        ]
        for memory in memories:
            await unit.memories.put(memory)
    async with store.reading(CONTEXT) as unit:
        assert await unit.memories.of_cases([]) == []
        named = await unit.memories.of_cases([views[2].case.id, views[0].case.id, "case_other"])
        assert sorted(named, key=lambda memory: memory.number) == [memories[0], memories[2]]


async def test_a_resolved_case_is_remembered_in_the_unit_of_its_event(store: Store) -> None:
    view = await new_case(store)
    async with store.unit(CONTEXT) as unit:
        fired, *life = changes_of_a_life(a_hypothesis())
        name = redacted("PoolFull")
        named = replace(fired, data={**fired.data, "name": name.digest}, texts=[name])
        await change(unit, view, named, *life)
        memory = await unit.memories.find(view.case.id)
    assert memory
    assert (memory.service, memory.fault) == ("db", "connection_pool_exhausted")
    assert memory.alerts == (name,)
    assert memory.signs == ("pool_timeout", "log")
    assert [(fix.text.text, fix.outcome) for fix in memory.fixes] == [
        ("a larger pool", FixOutcome.WORKED)
    ]
    assert memory.took == later(60) - view.case.opened_at
    async with store.unit(CONTEXT) as unit:  # it is made again of the log alone
        await unit.memories.remove(view.case.id)
        await learn(unit, await unit.cases.view(view.case.id))
        assert await unit.memories.find(view.case.id) == memory


async def test_a_reopened_case_doubts_its_fix_until_another_worked(store: Store) -> None:
    view = await new_case(store)
    async with store.unit(CONTEXT) as unit:
        view = await change(unit, view, resolved("restart it"))
        view = await change(unit, view, Change(kind=EventKind.REOPENED))
        memory = await unit.memories.find(view.case.id)
        assert memory
        assert memory.is_doubted
        assert memory.fix is None
        view = await change(unit, view, resolved("a larger pool"))
        memory = await unit.memories.find(view.case.id)
        assert memory
        assert not memory.is_doubted
        assert [(fix.text.text, fix.outcome) for fix in memory.fixes] == [
            ("restart it", FixOutcome.REOPENED),
            ("a larger pool", FixOutcome.WORKED),
        ]


async def test_nothing_is_learned_of_what_is_deleted_forgotten_or_empty(store: Store) -> None:
    view, other, empty = [await new_case(store) for _ in range(3)]
    async with store.unit(CONTEXT) as unit:
        await change(unit, view, resolved("restart it"), Change(kind=EventKind.ARCHIVED))
        await change(unit, other, resolved("restart it"), Change(kind=EventKind.FORGOTTEN))
        await change(unit, empty, Change(kind=EventKind.RESOLVED, data={"solution": None}))
        assert await unit.memories.page(limit=9) == []
        await change(unit, other, Change(kind=EventKind.REOPENED), resolved("a larger pool"))
        (memory,) = await unit.memories.page(limit=9)
        assert [fix.text.text for fix in memory.fixes] == ["a larger pool"]
