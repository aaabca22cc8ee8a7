"""The answer to a turn over the API: the cards that came of it, once none is in progress."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.evidence_files import unpacked_of
from core.cases.projection import CaseView
from core.conversation.cards.answer_cards import QUESTION
from core.conversation.cards.card import Card, Mark
from core.conversation.cards.evidence_cards import batch_card
from core.conversation.cards.feedback_cards import VERB as FEEDBACK
from core.conversation.cards.quotes import with_shown_names
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.exchange import ApiExchange, api_place
from core.conversation.messages.outbox import draw_case_card
from core.errors import NotFound, OurFault
from core.evidence.model import EvidenceFile, FileState
from core.jobs.kinds import CASE_INVESTIGATE
from core.jobs.model import JobState
from core.workflows.case_access import visible_case
from core.workflows.exchange_intake import bind_api_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.accounts.model import Account
    from core.conversation.cards.card import Action
    from core.conversation.messages.message import Message
    from core.workflows.services import Services, Unit

LOOKS_EVERY_S = 0.1


@dataclass(frozen=True, kw_only=True)
class ExchangeAnswer:
    """An exchange with what answers it. files: what came with it, as it is now."""

    exchange: ApiExchange
    view: CaseView
    cards: tuple[Card, ...]
    files: tuple[EvidenceFile, ...] = ()


async def own_exchange(exchange_id: str, account: Account, *, services: Services) -> ApiExchange:
    """Raises NotFound where it is another account's, or its case is hidden from the account now."""
    async with services.reading(urgent=True) as unit:
        try:
            exchange = await unit.exchanges.get(exchange_id)
        except NotFound as error:
            raise _no_such_job() from error
        if exchange.opens or exchange.account_id != account.id:
            raise _no_such_job()
        await visible_case(unit, exchange.case_id, account)
        return exchange


async def await_answer(
    exchange: ApiExchange, *, within_s: float, services: Services
) -> ExchangeAnswer | None:
    """The answer, as soon as it is complete; None where that takes longer. Raises OurFault."""
    deadline = asyncio.get_running_loop().time() + within_s
    while (answer := await answer_to(exchange, services=services)) is None:
        if asyncio.get_running_loop().time() >= deadline:
            return None
        await asyncio.sleep(LOOKS_EVERY_S)
    return answer


async def said_so_far(exchange: ApiExchange, *, services: Services) -> list[Card]:
    """The cards that answer it as they are now, also those in progress."""
    async with services.reading(urgent=True) as unit:
        return await _replies(unit, exchange)


async def answer_to(exchange: ApiExchange, *, services: Services) -> ExchangeAnswer | None:
    """None while it is in progress. Raises OurFault where it will never be complete."""
    async with services.reading(urgent=True) as unit:
        answer = await _read(unit, exchange)
    if answer is None or exchange.answered_at is not None:
        return answer
    async with services.unit() as unit:
        settled = replace(answer.exchange, answered_at=unit.now)
        await unit.exchanges.update(settled)
    return replace(answer, exchange=settled)


async def answers_in(case_id: str, *, unit: Unit) -> list[ExchangeAnswer]:
    """All exchanges of a case; those that wait for an answer have no cards yet."""
    view = await unit.cases.view(case_id)
    return [
        await _gather(unit, exchange, view)
        if exchange.answered_at is not None
        else ExchangeAnswer(exchange=exchange, view=view, cards=())
        for exchange in await unit.exchanges.of_case(case_id)
    ]


async def conversation_of(
    case_id: str, account: Account, *, services: Services
) -> list[ExchangeAnswer]:
    """All exchanges of a case; those that are answered by now are settled. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        waiting = [
            exchange
            for exchange in await unit.exchanges.of_case(case_id)
            if exchange.answered_at is None
        ]
    for exchange in waiting:
        with suppress(OurFault):  # whoever asked is told where they ask for it
            await answer_to(exchange, services=services)
    async with services.reading() as unit:
        return await answers_in(case_id, unit=unit)


async def tell(case_id: str, account: Account, *, services: Services) -> None:
    """From now on the account is told of the case, if it is not yet. Raises NotFound."""
    async with services.reading() as unit:
        view = await visible_case(unit, case_id, account)
        bound = await unit.conversation.bindings(case_id)
    if api_place(account.id, case_id) not in [binding.place for binding in bound]:
        async with services.unit() as unit:
            await bind_api_place(unit, view.case, account)


async def news_of(
    case_id: str, account: Account, *, after: int, services: Services
) -> list[Message]:
    """What changed since seq `after` where the account is told of the case. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        return await unit.conversation.messages(api_place(account.id, case_id), after=after)


async def last_offer(case_id: str, account: Account, *, services: Services) -> Action | None:
    """What the last answer to the account in the case offers first, that changes something.

    Raises NotFound.
    """
    async with services.reading() as unit:
        view = await visible_case(unit, case_id, account)
        asked = await unit.exchanges.of_case(case_id)
        mine = [exchange for exchange in asked if exchange.account_id == account.id]
        if not mine or mine[-1].answered_at is None:
            return None
        answer = await _gather(unit, mine[-1], view)
    offered = (action for card in answer.cards for action in card.actions)
    offered = (action for action in offered if action.verb != FEEDBACK)  # it answers nothing
    return next((action for action in offered if VERBS[action.verb].changes), None)


async def _read(unit: Unit, exchange: ApiExchange) -> ExchangeAnswer | None:
    if not await _is_complete(unit, exchange):
        return None
    answer = await _gather(unit, exchange, await unit.cases.view(exchange.case_id))
    if answer.cards or exchange.reply is not None:
        return answer
    # What was said brought data, which is told by the state of the case.
    if not await _is_settled(unit, exchange.case_id):
        return None
    return replace(answer, cards=(await draw_case_card(unit, answer.view),))


async def _is_complete(unit: Unit, exchange: ApiExchange) -> bool:
    if not exchange.is_taken_up:
        return False
    files = await _with_members(unit, await _files(unit, exchange))
    if any(file.state is FileState.RECEIVED for file in files):
        return False
    if not exchange.message_id:
        return exchange.reply is not None or await _is_settled(unit, exchange.case_id)
    return (
        await _is_done(unit, exchange)
        and await _is_answered(unit, exchange)
        and await unit.jobs.is_lane_free(exchange.place.lane)
    )


async def _is_settled(unit: Unit, case_id: str) -> bool:
    """Whether all that the case has was read and weighed."""
    lane = CASE_INVESTIGATE.lane.format(case_id=case_id)
    return not await unit.files.is_any_unread(case_id) and await unit.jobs.is_lane_free(lane)


async def _is_done(unit: Unit, exchange: ApiExchange) -> bool:
    """Whether the question was taken up. Raises OurFault where that failed for good."""
    try:
        job = await unit.jobs.get(exchange.job_id)
    except NotFound:  # done so long ago that it is forgotten
        return True
    if job.state is JobState.DEAD:
        message = "that failed: an error of ours. What you sent is kept"
        raise OurFault(message, next_step="Say it another way.")
    return job.state is JobState.DONE


async def _is_answered(unit: Unit, exchange: ApiExchange) -> bool:
    try:
        question = await unit.questions.get(exchange.question_id)
    except NotFound:  # it was no question, but a command
        return True
    return question.answered_at is not None


async def _gather(unit: Unit, exchange: ApiExchange, view: CaseView) -> ExchangeAnswer:
    """What is shown at its place; what came with it is told first."""
    files = await _files(unit, exchange)
    cards = [card for card in await _replies(unit, exchange) if card.mark is not Mark.PROGRESS]
    if files:
        present = await unit.files.ever_in_case(view.case.id)
        came = await _with_members(unit, files)
        file_card = batch_card(view.case, came, await unit.files.findings(view.case.id))
        cards.insert(0, with_shown_names(file_card, present))
        if not exchange.message_id:
            cards.append(await draw_case_card(unit, view))
    return ExchangeAnswer(exchange=exchange, view=view, cards=tuple(cards), files=tuple(files))


async def _replies(unit: Unit, exchange: ApiExchange) -> list[Card]:
    """In the order in which they were said."""
    if not exchange.message_id:
        return []
    shown = await unit.conversation.messages(exchange.place)
    wanted = f"{QUESTION}{exchange.question_id}"
    replies = [
        message for message in shown if exchange.is_reply(message) or message.card.key == wanted
    ]
    return [message.card for message in sorted(replies, key=lambda message: message.id)]


async def _files(unit: Unit, exchange: ApiExchange) -> list[EvidenceFile]:
    return await unit.files.get_all(exchange.files) if exchange.files else []


def _no_such_job() -> NotFound:
    return NotFound("Job not found", next_step="Ask again: POST /api/v1/cases/{id}/turns.")


async def _with_members(unit: Unit, files: Sequence[EvidenceFile]) -> list[EvidenceFile]:
    """The files, and of archives all that was unpacked of them."""
    archives = [file for file in files if file.is_unpacked]
    present = await unit.files.of_case(archives[0].case_id) if archives else []
    members = [member for archive in archives for member in unpacked_of(archive, present)]
    return [*files, *members]
