"""What clients of the API say of suggestions, and what was said in a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.commands.feedback_commands import GivenFeedback, give_feedback
from core.workflows.case_access import changeable_case, visible_case
from core.workflows.exchange_intake import actor

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.cases.feedback import Feedback
    from core.conversation.commands.arguments import Arguments
    from core.workflows.services import Services


async def give(
    case_id: str, account: Account, wanted: Arguments, *, services: Services
) -> GivenFeedback:
    """Say whether a suggestion helped; the last word counts.

    Raises NotFound, NotPermitted for a viewer, NotAllowedNow.
    """
    by = actor(account, services=services)
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        return await give_feedback(unit, view, wanted, by=by)


async def feedback_of_case(case_id: str, account: Account, *, services: Services) -> list[Feedback]:
    """Each person's last word on each suggestion, the earliest first. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        return await unit.feedback.of_case(case_id)
