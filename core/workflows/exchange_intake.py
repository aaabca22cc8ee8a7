"""How a turn over the API is taken in: noted under its key, its data stored, its question heard.

A question over the API is the same question as in chat: it is journaled, taken up by the job that
takes up what people say in chat, and answered by the cards that it would have there. Whatever is
sent again with its key goes on where the first try was cut off, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.access import Identity, PersonProfile, Standing
from core.cases import lifecycle
from core.conversation.messages.exchange import WORKSPACE, ApiExchange, DataOrigin, api_place
from core.conversation.messages.message import (
    Binding,
    IncomingMessage,
    JournaledMessage,
    MessageKind,
)
from core.errors import Conflict, KeyReused
from core.jobs.kinds import hear_after_reading, hear_message
from core.places import API
from core.text.redacted import RedactedText, storable
from core.text.sentences import sentences
from core.workflows.attachment_intake import free_name
from core.workflows.case_access import changeable_case, must_respond
from core.workflows.evidence_intake import receive_file

if TYPE_CHECKING:
    from datetime import datetime

    from core.accounts.model import Account
    from core.cases.model import Case
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

say = sentences("workflows.exchange_intake")

CLOSED_BY_REQUEST = say("closed_by_request")


@dataclass(frozen=True, kw_only=True)
class SentData:
    """Data on its way in. name: "" for pasted text. digest: SHA-256. open: its content, anew."""

    name: str
    size: int
    digest: str
    open: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a client sends as one turn. verb: chosen, not to be guessed at in the text.

    digest: of all that was sent. reply: what answers it, where nothing is to be asked. closes: it
    closes the case.
    """

    key: str
    digest: str
    text: str = ""
    verb: str = ""
    argument: str = ""
    data: tuple[SentData, ...] = ()
    origin: DataOrigin = DataOrigin.FILE
    reply: RedactedText | None = None
    closes: bool = False

    @property
    def asks(self) -> bool:
        return bool(self.verb or self.text)


async def must_take_turns(case_id: str, account: Account, *, services: Services) -> None:
    """Raises NotFound, and NotPermitted for a viewer."""
    async with services.reading() as unit:
        await must_respond(unit, case_id, account)


async def take_in(case_id: str, wish: Wish, account: Account, *, services: Services) -> ApiExchange:
    """The exchange, taken up; that of an earlier try where its key was used before.

    Raises NotFound, NotPermitted, WrongUsage where the key came with something else, NotAllowedNow
    where a case that is over is to be closed, TooLarge, StoreUnavailable.
    """
    await services.read_ahead(storable(wish.text))
    async with services.unit() as unit:
        view = await changeable_case(unit, case_id, account)
        exchange = await unit.exchanges.of_key(account.id, case_id, wish.key)
        if exchange is None:
            exchange = await _note(unit, view.case, wish, account)
            if wish.closes:
                by = actor(account, services=services)
                await lifecycle.close(unit, view, by=by, why=CLOSED_BY_REQUEST)
    must_be_of(exchange, wish.digest)
    if not exchange.is_taken_up:
        await _take_up(exchange, view.case, wish, account, services=services)
    async with services.reading() as unit:
        return await unit.exchanges.get(exchange.id)


async def _note(unit: Unit, case: Case, wish: Wish, account: Account) -> ApiExchange:
    last = await unit.exchanges.last_numbers([case.id])
    exchange_id = unit.new_id("exchange")
    suffix = exchange_id.partition("_")[2]
    exchange = ApiExchange(
        id=exchange_id,
        tenant_id=unit.context.tenant_id,
        account_id=account.id,
        case_id=case.id,
        number=last.get(case.id, 0) + 1,
        key=wish.key,
        digest=wish.digest,
        asked_at=unit.now,
        text=unit.redactor(case.id).clean(storable(wish.text)),
        origin=wish.origin,
        message_id=f"utt_{suffix}" if wish.asks and wish.reply is None else "",
        reply=wish.reply,
    )
    await unit.exchanges.add(exchange)
    await bind_api_place(unit, case, account)
    return exchange


async def bind_api_place(unit: Unit, case: Case, account: Account) -> None:
    """From now on the account is told what is told in the case's channels."""
    place = api_place(account.id, case.id)
    await unit.conversation.bind(Binding(tenant_id=case.tenant_id, case_id=case.id, place=place))


async def _take_up(
    exchange: ApiExchange, case: Case, wish: Wish, account: Account, *, services: Services
) -> None:
    await _introduce(account, at=services.now, services=services)
    files = [await _receive(exchange, data, account, services=services) for data in wish.data]
    taken = replace(exchange, files=tuple(dict.fromkeys(files)))
    if exchange.message_id:
        job = await _hear(taken, case, wish, services=services)
        taken = replace(taken, job_id=job.id)
    async with services.unit() as unit:
        await unit.exchanges.update(taken)


async def _introduce(account: Account, *, at: datetime, services: Services) -> None:
    """Who signed in is known: nobody need be asked who speaks."""
    profile = PersonProfile(
        name=services.context.clean_name(account.username), standing=Standing.MEMBER
    )
    identity = Identity(
        tenant_id=account.tenant_id,
        platform=API,
        workspace=WORKSPACE,
        external_id=account.id,
        user_id=account.id,
        profile=profile,
        met_at=at,
        seen_at=at,
    )
    async with services.unit() as unit:
        await unit.people.meet(identity)


async def _receive(
    exchange: ApiExchange, data: SentData, account: Account, *, services: Services
) -> str:
    """The id of the file."""
    named = replace(data, name=name_of(exchange, data))
    return await receive_data(exchange.case_id, named, account, services=services)


async def receive_data(
    case_id: str,
    data: SentData,
    account: Account,
    *,
    service: str | None = None,
    services: Services,
) -> str:
    """The id of the file; of the one that the case has already, where it is the same.

    Raises TooLarge, StoreUnavailable.
    """
    async with services.reading() as unit:
        name = await free_name(unit, case_id, data.name, data.digest)
    file = await receive_file(
        case_id,
        data.open(),
        name=name,
        by=actor(account, services=services),
        service=service,
        size=data.size,
        services=services,
    )
    if file is not None:
        return file.id
    async with services.reading() as unit:
        known = await unit.files.of_content(case_id, data.digest)
        clean = unit.redactor(case_id).clean(name).text
        return next((same for same in known if same.name.text == clean), known[0]).id


def name_of(exchange: ApiExchange, data: SentData) -> str:
    """`pasted-content-20260311-091205.txt`, where it came without a name."""
    if data.name:
        return data.name
    start = "page-capture" if exchange.origin is DataOrigin.PAGE else "pasted-content"
    return f"{start}-{exchange.asked_at:%Y%m%d-%H%M%S}.txt"


async def _hear(exchange: ApiExchange, case: Case, wish: Wish, *, services: Services) -> Job:
    """Journal the question, to be taken up when the data that came with it has been read."""
    heard = IncomingMessage(
        place=exchange.place,
        key=f"{exchange.account_id}:{exchange.case_id}:{exchange.key}",
        by=exchange.account_id,
        manner=MessageKind.MENTION,
        text=storable(wish.argument if wish.verb else wish.text),
        said_at=exchange.asked_at,
        case_number=case.number,
        verb=wish.verb,
    )
    utterance = JournaledMessage(
        id=exchange.message_id,
        tenant_id=exchange.tenant_id,
        heard_at=services.now,
        heard=heard,
    )
    job = _job(exchange, services=services)
    with suppress(Conflict):  # another try, at this moment or before, added the very same
        await services.store.hear([(utterance, job)])
    return job


def _job(exchange: ApiExchange, *, services: Services) -> Job:
    """A try that goes on after another makes the very same job."""
    context, place = services.context, exchange.place
    if exchange.files:
        last = exchange.files[-1]
        job = hear_after_reading(exchange.message_id, place, file_id=last, context=context)
    else:
        job = hear_message(exchange.message_id, place, context)
    return replace(job, id=f"job_{exchange.message_id.partition('_')[2]}")


def actor(account: Account, *, services: Services) -> str:
    """How the log of a case names somebody."""
    return services.context.clean_name(f"@{account.username}")


def must_be_of(exchange: ApiExchange, digest: str) -> None:
    """Raises KeyReused where the key of the exchange came with something else now."""
    if exchange.digest != digest:
        message = "this Idempotency-Key came with another body before"
        raise KeyReused(message)
