"""What is known from before: cases that are over, and documents: `/api/v1/context/retrieve`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId
from api.extension_words import STATES
from api.guard import Reader, TheServices
from api.knowledge import PassageAnswer, passage_answer
from api.parameters import Text
from core.errors import WrongUsage
from core.workflows.case_requests import case_status
from core.workflows.knowledge_search import SearchWish, search
from core.workflows.past_cases import PastCase, past_cases

router = api_router("/api/v1/context", "questions")

MOST = 20
Words = Annotated[Text, Query(max_length=1_000)]
MINUTE_S = 60


class PastCaseAnswer(ApiAnswer):
    """A case that is over. share: of the words looked for that are its own, 0 to 1."""

    case_id: str
    number: int
    title: str
    state: str
    service: str | None
    root_cause: str | None
    solution: str | None
    opened_at: WireTime
    minutes_to_end: int | None
    share: float


class ContextAnswer(ApiAnswer):
    """What is known from before, best first."""

    cases: list[PastCaseAnswer]
    documents: list[PassageAnswer]


@router.get("/retrieve", summary="Past cases and documents that tell of the same")
async def retrieve(
    caller: Reader,
    services: TheServices,
    query: Words = "",
    case_id: Annotated[CaseId | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 5,
) -> ContextAnswer:
    words, account = query.strip(), caller.account
    if case_id is not None:
        status = await case_status(case_id, account, services=services)
        words = words or status.case.title.text
    if not words:
        message = "nothing is looked for"
        raise WrongUsage(message, next_step="Send `query`, or `case_id`.")
    alike = await past_cases(words, account, case_id=case_id or "", limit=limit, services=services)
    passages = await search(SearchWish(query=words, limit=limit), account, services=services)
    return ContextAnswer(
        cases=[_past(past) for past in alike],
        documents=[passage_answer(passage) for passage in passages],
    )


def _past(past: PastCase) -> PastCaseAnswer:
    case = past.row.case
    return PastCaseAnswer(
        case_id=case.id,
        number=case.number,
        title=case.title.text,
        state=STATES[case.state],
        service=case.service,
        root_cause=past.cause.text if past.cause else None,
        solution=past.solution.text if past.solution else None,
        opened_at=case.opened_at,
        minutes_to_end=int(past.took.total_seconds() // MINUTE_S) if past.took else None,
        share=round(past.share, 3),
    )
