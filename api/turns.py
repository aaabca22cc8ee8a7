"""Turns: a question, data or a decision, and its answer: `/api/v1/cases/{id}/turns`."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from api.bounded_routes import api_router
from api.cases import CaseId, Key
from api.extension_words import ORIGINS
from api.form_bodies import FILES, WORDS, form_of
from api.guard import Caller, Reader, TheServices, Writer
from api.markdown import answer_text
from api.parameters import Text
from api.turn_bodies import JobAnswer, TakenAnswer, TurnAnswer, taken_answer, turn_answer
from api.turn_forms import TurnForm, turn_form
from api.turn_wishes import CONFIRMATION, wish_of
from core.conversation.cards.card import Action
from core.evidence.model import EvidenceFile
from core.workflows.exchange_answers import await_answer, last_offer, own_exchange
from core.workflows.exchange_intake import must_take_turns, take_in
from core.workflows.first_look import first_look, unread_files

router = api_router("/api/v1", "turns")

LOOKS_AFTER_S = 0.7  # at files that nobody has read by then
WAITS_S = 20.0
POLLS_S = 1.0
JobId = Annotated[Text, Field(max_length=100)]


@router.post(
    "/cases/{case_id}/turns",
    summary="Ask, or bring data",
    openapi_extra=form_of(
        query=WORDS,
        files=FILES,
        pasted_content=WORDS,
        input_type={"type": "string", "enum": sorted(ORIGINS)},
        source_url=WORDS,
        intent_type=WORDS,
        intent_data=WORDS,
    ),
    responses={202: {"model": TakenAnswer, "description": "It takes longer: poll its Location."}},
)
async def take_turn(
    case_id: CaseId,
    request: Request,
    response: Response,
    caller: Writer,
    services: TheServices,
    key: Key = None,
) -> TurnAnswer | TakenAnswer:
    await must_take_turns(case_id, caller.account, services=services)  # before a body is read
    async with turn_form(request, limit=services.rules.max_file_bytes) as form:
        offer = await _offer(form, case_id, caller, services)
        wish = wish_of(form, key=key or uuid.uuid4().hex, offer=offer)
        exchange = await take_in(case_id, wish, caller.account, services=services)
    answer = await await_answer(exchange, within_s=LOOKS_AFTER_S, services=services)
    unread = [] if answer else await unread_files(exchange, services=services)
    if answer is None and not unread:
        answer = await await_answer(exchange, within_s=WAITS_S, services=services)
    if answer is not None:
        return turn_answer(answer)
    return taken_answer(exchange, response, first_look=await _first_look(unread, services))


async def _first_look(files: list[EvidenceFile], services: TheServices) -> str | None:
    cards = [await first_look(file, services=services) for file in files]
    return answer_text(cards) if cards else None


@router.get("/jobs/{job_id}", summary="The answer to a turn that takes longer")
async def get_job(job_id: JobId, caller: Reader, services: TheServices) -> TurnAnswer | JobAnswer:
    exchange = await own_exchange(job_id, caller.account, services=services)
    answer = await await_answer(exchange, within_s=POLLS_S, services=services)
    return turn_answer(answer) if answer else JobAnswer()


async def _offer(
    form: TurnForm, case_id: str, caller: Caller, services: TheServices
) -> Action | None:
    """What a press of Yes says yes to."""
    if form.intent_type != CONFIRMATION:
        return None
    return await last_offer(case_id, caller.account, services=services)
