"""What people do with what cases taught: look at it, have it forgotten, and make it anew.

A memory is seen by whoever sees its case; of any other nobody learns that it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.cases.memories import CaseMemory, learn
from core.cases.rows import CaseFilter
from core.errors import NotFound
from core.workflows.case_access import changeable_case, hidden_from, visible_case
from core.workflows.exchange_intake import actor

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.workflows.services import Services, Unit

AT_ONCE = 200  # rows that are looked through for a page


@dataclass(frozen=True, kw_only=True)
class MemoryPage:
    """Some memories, those of the newest cases first. next: `before` of the page that follows."""

    memories: tuple[CaseMemory, ...]
    next: int | None = None


async def list_memories(
    account: Account | None = None,
    *,
    before: int | None = None,
    limit: int,
    services: Services,
) -> MemoryPage:
    """Those of cases that the account sees; all of them without one. before: a case's number."""
    async with services.reading() as unit:
        hidden = await hidden_from(unit, account) if account is not None else set[str]()
        visible = list[CaseMemory]()
        while len(visible) <= limit:
            some = await unit.memories.page(before=before, limit=AT_ONCE)
            visible += [memory for memory in some if memory.case_id not in hidden]
            if len(some) < AT_ONCE:
                break
            before = some[-1].number
    following = visible[limit - 1].number if len(visible) > limit else None
    return MemoryPage(memories=tuple(visible[:limit]), next=following)


async def read_memory(
    case_id: str, account: Account | None = None, *, services: Services
) -> CaseMemory:
    """Raises NotFound, also where the account does not see the case."""
    async with services.reading() as unit:
        if account is not None:
            await visible_case(unit, case_id, account)
        return await _required(unit, case_id)


async def forget_memory(
    case_id: str, account: Account | None = None, *, services: Services
) -> None:
    """Nothing is learned from what happened in the case so far; its log says by whom.

    Raises NotFound, NotPermitted.
    """
    async with services.unit() as unit:
        by = actor(account, services=services) if account else SYSTEM
        if account is not None:
            view = await changeable_case(unit, case_id, account)
        else:
            view = await unit.cases.view(case_id, lock=True)
        await _required(unit, case_id)
        await record(unit, view, case_id, [Change(kind=EventKind.FORGOTTEN)], at=unit.now, actor=by)


async def rebuild_memories(*, services: Services) -> int:
    """Makes every memory anew of its case's log, case by case; how many there are then."""
    every, before, count = CaseFilter(is_archived=True), None, 0
    while True:
        async with services.reading() as unit:
            rows = await unit.case_rows.page(every, limit=AT_ONCE, before=before)
        if not rows:
            return count
        for row in rows:
            count += await _rebuild(row.case.id, services=services)
        before = rows[-1].case.number


async def _rebuild(case_id: str, *, services: Services) -> bool:
    async with services.unit() as unit:
        await learn(unit, await unit.cases.view(case_id, lock=True))
        return await unit.memories.find(case_id) is not None


async def _required(unit: Unit, case_id: str) -> CaseMemory:
    memory = await unit.memories.find(case_id)
    if memory is None:
        message = "nothing was learned from that case"
        raise NotFound(message, next_step="See what was: faultmaven memories list")
    return memory
