"""How what people say is taken in: journaled in batches, then acknowledged.

A listener only translates and calls `hear`. What is not meant for us is not even kept.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.conversation.messages.channels import case_here
from core.conversation.messages.message import IncomingMessage, JournaledMessage, MessageKind
from core.errors import FaultMavenError, NotFound, StoreUnavailable
from core.jobs.kinds import CHAT_READ_ON, hear_message
from core.text.redacted import storable
from core.workflows.account_links import use_up
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.model import Job
    from core.places import Place
    from core.workflows.services import Unit


log = logging.getLogger(__name__)

VERB = re.compile("[a-z]{1,20}")
READ_TOGETHER = 200  # places of one channel: as many as a page of Slack's history tells of
READ_AT_ONCE = 20  # of them by one job: what breaks off begins again


async def hear(heard: IncomingMessage, *, services: Services) -> bool:
    """Commit what was said, with the job that takes it up; what comes back may be acknowledged.

    False where there is nothing to do: it was heard before, or it is not for us.
    Raises StoreUnavailable, after which nothing may be acknowledged.
    """
    (news,) = await hear_all([heard], services=services)
    return news


async def hear_all(messages: Sequence[IncomingMessage], *, services: Services) -> list[bool]:
    """The same for what was said close together, in its order and in one commit."""
    for heard in messages:
        await use_up(heard, services=services)
    ours = await _ours(messages, services=services)
    if not any(ours):
        return ours
    journaled = [
        _utterance(heard, services=services)
        for heard, is_ours in zip(messages, ours, strict=True)
        if is_ours
    ]
    news = iter(await services.store.hear(journaled))
    return [is_ours and next(news) for is_ours in ours]


async def _ours(messages: Sequence[IncomingMessage], *, services: Services) -> list[bool]:
    """For each message whether it is meant for the bot; a place is looked up once."""
    overheard = [heard for heard in messages if heard.manner is MessageKind.MESSAGE]
    listening: dict[tuple[Place, bool], bool] = {}
    if overheard:
        async with services.reading(urgent=True) as unit:
            for heard in overheard:
                where = heard.place, bool(heard.attachments)
                if where not in listening:
                    listening[where] = await _listens(unit, *where)
    return [
        message.manner is not MessageKind.MESSAGE
        or listening[message.place, bool(message.attachments)]
        for message in messages
    ]


def _utterance(heard: IncomingMessage, *, services: Services) -> tuple[JournaledMessage, Job]:
    """What is journaled, and the job that takes it up."""
    utterance = JournaledMessage(
        id=services.context.new_id("utt"),
        tenant_id=services.context.tenant_id,
        heard_at=services.clock.now(),
        heard=_storable(heard),
    )
    return utterance, hear_message(utterance.id, heard.place, services.context)


def _storable(heard: IncomingMessage) -> IncomingMessage:
    """The message with texts that every store takes; whoever says it may send any character."""
    attachments = tuple(
        replace(
            attachment,
            id=storable(attachment.id),
            name=storable(attachment.name),
            source=storable(attachment.source),
        )
        for attachment in heard.attachments
    )
    # Of no other form is any verb of ours; text rests sealed, and is shown redacted.
    is_verb = not heard.verb or VERB.fullmatch(heard.verb) is not None
    return replace(
        heard,
        text=storable(heard.text if is_verb else f"{heard.verb} {heard.text}"),
        key=storable(heard.key),
        by=storable(heard.by),
        verb=heard.verb if is_verb else "",
        ref=storable(heard.ref),
        attachments=attachments,
    )


async def read_on(job: Job, *, services: Services) -> None:
    """Handler of `chat.read_on`: hear what was said in a place between its making and our commit.

    In a storm many are made in a channel, and a platform lets us read fewer than it lets us make:
    which of them are worth reading is asked of all that wait together.
    Raises ChatUnavailable, after which it is read again; what is known by then is not heard twice.
    """
    channel = CHAT_READ_ON.read(job).place
    if channel.platform == services.rules.home.platform:  # it has no people whom we could miss
        return
    async with services.reading() as unit:
        behind = await unit.jobs.behind(job, at=services.clock.now(), most=READ_TOGETHER)
    left = await _read_places([job, *behind], services=services)
    read = [waiting for waiting in behind if CHAT_READ_ON.read(waiting).place not in left]
    async with services.unit() as unit:
        await unit.jobs.done(job, at=services.clock.now(), behind=read)


async def _read_places(jobs: Sequence[Job], *, services: Services) -> set[Place]:
    """Hear what was said in the places of one channel; those that are left to another job."""
    after: dict[Place, str] = {}
    for payload in map(CHAT_READ_ON.read, jobs):
        after.setdefault(payload.place, payload.after)  # of two for one place the earlier
    reader = services.reader_at(next(iter(after)))
    unread = await reader.unread(after)
    for place in unread[:READ_AT_ONCE]:
        try:
            async for heard in reader.history(place, after=after[place]):
                await hear(heard, services=services)
        except NotFound as error:
            log.info("%s is gone before it was read: %s", place.channel, error)
    return set(unread[READ_AT_ONCE:])


async def _listens(unit: Unit, place: Place, has_files: bool) -> bool:  # noqa: FBT001
    """Whether a case is at home there and the bot takes in every message of the channel.

    A file is evidence wherever a case is at home, also where we listen to our name only, and in a
    channel with threads of open cases.
    """
    if await case_here(unit, place) is None:
        is_of_channel = has_files and not place.thread
        return is_of_channel and bool(await unit.conversation.open_cases_in(place))
    return has_files or not await unit.incoming.mention_only(place)


BATCH = 64  # a commit that takes longer would keep the first of them waiting


@dataclass
class MessageBatches:
    """Everything that is being heard on one platform. One event loop only."""

    services: Services
    _waiting: defaultdict[str, deque[_Waiting]] = field(default_factory=lambda: defaultdict(deque))
    _turns: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def take(self, heard: IncomingMessage) -> bool:
        """As `hear`, in the order of the calls."""
        channel = heard.place.channel
        mine = _Waiting(heard, asyncio.get_running_loop().create_future())
        self._waiting[channel].append(mine)
        async with self._turns[channel]:
            while not mine.news.done():
                await self._commit(self._waiting[channel])
        return mine.news.result()

    async def _commit(self, waiting: deque[_Waiting]) -> None:
        batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
        try:
            news = await hear_all([entry.heard for entry in batch], services=self.services)
        except FaultMavenError as error:
            _refuse(batch, error)
        else:
            for entry, is_news in zip(batch, news, strict=True):
                entry.news.set_result(is_news)
        finally:
            _refuse(batch, StoreUnavailable("what was said is not committed: it broke off"))


@dataclass(frozen=True)
class _Waiting:
    heard: IncomingMessage
    news: asyncio.Future[bool]


def _refuse(batch: Sequence[_Waiting], error: FaultMavenError) -> None:
    """Tell each that has no answer yet, so that nobody is left hanging."""
    for entry in batch:
        if not entry.news.done():
            entry.news.set_exception(error)
            entry.news.exception()  # whoever gave up waiting asks no more
