"""Whether suggestions helped: `/api/v1/cases/{id}/feedback`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.bodies import ApiAnswer, ApiBody, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId
from api.guard import Reader, TheServices, Writer
from core.cases.feedback import SuggestionKind
from core.conversation.commands.arguments import Arguments
from core.workflows import suggestion_feedback

router = api_router("/api/v1/cases", "cases")

Reference = Annotated[str, Field(max_length=80, pattern=r"^[\w.-]*$")]


class FeedbackBody(ApiBody):
    """What is said of a suggestion.

    number: of the step, from 1; of the past case whose fix it is; of the hypothesis that is
    checked. reference: a runbook's id, "" for the one that fits the case.
    """

    suggestion: SuggestionKind
    number: Annotated[int, Field(ge=0, lt=2**31)] = 0
    reference: Reference = ""
    helped: bool


class FeedbackAnswer(ApiAnswer):
    """What was said of a suggestion, and what all say of it by now, in whichever case.

    suggestion: its kind and name, such as `runbook:doc_1`. what: the same in words. is_known: the
    account had said so before.
    """

    suggestion: str
    what: str
    helped: bool
    is_known: bool
    helped_count: int
    unhelpful_count: int


class SpokenFeedback(ApiAnswer):
    """What one person said last of one suggestion."""

    suggestion: str
    helped: bool
    by: str
    at: WireTime


class FeedbackListAnswer(ApiAnswer):
    """What people said of suggestions in a case, the earliest first."""

    feedback: list[SpokenFeedback]


@router.post("/{case_id}/feedback", summary="Say whether a suggestion helped")
async def give_feedback(
    case_id: CaseId, wish: FeedbackBody, caller: Writer, services: TheServices
) -> FeedbackAnswer:
    wanted = Arguments(
        act=wish.suggestion, number=wish.number, text=wish.reference, helped=wish.helped
    )
    given = await suggestion_feedback.give(case_id, caller.account, wanted, services=services)
    return FeedbackAnswer(
        suggestion=given.named.suggestion.text,
        what=given.named.words.text,
        helped=given.helped,
        is_known=given.is_known,
        helped_count=given.tally.helped,
        unhelpful_count=given.tally.unhelpful,
    )


@router.get("/{case_id}/feedback", summary="Which suggestions of a case helped")
async def list_feedback(
    case_id: CaseId, caller: Reader, services: TheServices
) -> FeedbackListAnswer:
    words = await suggestion_feedback.feedback_of_case(case_id, caller.account, services=services)
    return FeedbackListAnswer(
        feedback=[
            SpokenFeedback(
                suggestion=word.suggestion.text, helped=word.helped, by=word.by, at=word.at
            )
            for word in words
        ]
    )
