"""What clients of the API say of suggestions, and what was said in a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.feedback import NO_FEEDBACK, FeedbackTally, SuggestionKey, tallies
from core.conversation.commands.feedback_commands import give_feedback, named_suggestion
from core.text.redacted import RedactedText
from core.workflows.case_access import changeable_case, visible_case
from core.workflows.exchange_intake import actor

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.cases.feedback import Feedback
    from core.conversation.commands.arguments import Arguments
    from core.workflows.services import Services


@dataclass(frozen=True, kw_only=True)
class GivenFeedback:
    """What somebody said. what: the suggestion, in words. tally: of what all say by now.

    is_known: they had said so before, and nothing was recorded.
    """

    suggestion: SuggestionKey
    what: RedactedText
    helped: bool
    tally: FeedbackTally
    is_known: bool


async def give(
    case_id: str, account: Account, wanted: Arguments, *, services: Services
) -> GivenFeedback:
    """Say whether a suggestion helped; the last word counts.

    Raises NotFound, NotPermitted for a viewer, NotAllowedNow.
    """
    by = actor(account, services=services)
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        named = await named_suggestion(unit, view, wanted)
        is_new = await give_feedback(unit, view, named, helped=wanted.helped, by=by)
        spoken = tallies(await unit.feedback.about([named.suggestion]), at=unit.now)
    return GivenFeedback(
        suggestion=named.suggestion,
        what=named.words,
        helped=wanted.helped,
        tally=spoken.get(named.suggestion, NO_FEEDBACK),
        is_known=not is_new,
    )


async def feedback_of_case(case_id: str, account: Account, *, services: Services) -> list[Feedback]:
    """Each person's last word on each suggestion, the earliest first. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        return await unit.feedback.of_case(case_id)
