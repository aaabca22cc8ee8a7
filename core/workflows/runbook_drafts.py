"""Drafts of runbooks, made of what cases taught. Nothing is learned by making one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.ports import gather
from core.conversation.case_memories import feedback_for
from core.conversation.reports.runbook_draft import TaughtCase, runbook_draft
from core.errors import NotFound
from core.investigation.precedents import LikeCase, precedents

if TYPE_CHECKING:
    from core.cases.memories import CaseMemory
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit

AT_ONCE = 200  # memories that are looked through
MOST = 30  # cases of a draft, the newest


async def draft_runbook(alert: str, *, services: Services) -> RedactedText:
    """Markdown of what the newest cases of the team that had the alert taught.

    What everybody is to read is made of no case that not everybody sees. Raises NotFound where
    no case that is over had the alert.
    """
    async with services.reading() as unit:
        memories = await _memories_of(unit, alert)
        if not memories:
            message = f"no case that taught anything had the alert {alert}"
            raise NotFound(message, next_step="See which did: faultmaven memories list")
        cases = [TaughtCase(memory, await gather(unit, memory.case_id)) for memory in memories]
        like = LikeCase(
            cause=None,
            alerts=frozenset({alert}),
            at=unit.now,
            feedback=await feedback_for(unit, memories),
        )
        name = next(name for name in memories[0].alerts if name.text == alert)
    return runbook_draft(name, cases, precedents(memories, like))


async def _memories_of(unit: Unit, alert: str) -> list[CaseMemory]:
    """The newest, of the team's cases."""
    mine: list[CaseMemory] = []
    before: int | None = None
    while len(mine) < MOST:
        some = await unit.memories.page(limit=AT_ONCE, before=before)
        private = await unit.members.cases(among=[memory.case_id for memory in some])
        mine += [
            memory
            for memory in some
            if memory.case_id not in private and alert in {name.text for name in memory.alerts}
        ]
        if len(some) < AT_ONCE:
            break
        before = some[-1].number
    return mine[:MOST]
