"""Cards follow from events: a unit that changed a case commits the case's newest card with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.messages.outbox import draw_case_card, queue_case_card

if TYPE_CHECKING:
    from core.workflows.store import Unit


async def publish_changed_cases(unit: Unit) -> None:
    """Queue the newest card of each case whose events the unit appended to, once.

    Last in the unit: whatever the card shows is as it will be committed.
    """
    for case_id in sorted(unit.cases.due_cards):
        view = await unit.cases.view(case_id)
        await queue_case_card(unit, view, await draw_case_card(unit, view))
