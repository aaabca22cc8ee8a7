"""Catches up on what was said while the bot was away, from the channels' history, oldest first.

Reading begins after the last message that was heard in each place; a message that was heard
before is recognised by its key and does nothing. A place that Discord does not let us read does
not hold up the others: it stays owed, and is read when the obstacle is gone.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bot.discord.history import DiscordHistory
from bot.discord.missed_messages import ActivePlaces, MissedMessages
from bot.discord.rest import Rest
from bot.discord.rooms import PLATFORM, DiscordRooms
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound, Unavailable
from core.places import Place
from core.workflows.message_intake import hear_all
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.conversation.messages.message import IncomingMessage

log = logging.getLogger(__name__)

T = TypeVar("T")

_PATIENCE_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_PER_PLACE_S = 10.0  # then others have their turn
_LISTED_WITHIN_S = 15.0
_ROUND_S = 5.0  # what takes longer is read while listening goes on
_BEFORE_S = 1.5  # for what was missed in a place, before what is said there now
_AT_ONCE = 100  # messages in one commit: a page of Discord's
_OVERLAP = timedelta(minutes=2)  # what was heard last need not be what was said last


@dataclass
class DiscordCatchUp:
    """Reads on from where hearing ended. owed: the places that are still to be read.

    wait: sleeps until the next try; takes seconds.
    """

    rest: Rest
    rooms: DiscordRooms
    services: Services
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    owed: dict[Place, MissedMessages] = field(default_factory=dict)
    _since: datetime | None = None  # until then somebody was listening; None where nobody ever was
    _begun: bool = False
    _unlisted: bool = False  # places without a case are still to be looked for
    _is_done: bool = False
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._active_places = ActivePlaces(self.rest, self.rooms, self.services)
        self._history = DiscordHistory(self.rest, self.rooms)

    def had(self, heard: IncomingMessage) -> None:
        """Note that a message was heard live."""
        self._active_places.seen[heard.place] = _id_of(heard)

    async def begin(self) -> None:
        """Note where hearing ended, before anything new is heard. Raises StoreUnavailable."""
        async with self.services.reading() as unit:
            last = await unit.incoming.newest_on(PLATFORM)
        if last is not None:
            self._since = min(last.heard_at, last.heard.said_at) - _OVERLAP
            self._active_places.known.add(last.heard.by)
        self._begun = True

    async def read_on(self, *, left_at: datetime | None = None) -> int:
        """Hear all that was said since; returns the number of messages.

        left_at: when the connection was lost; None where there was none yet. Waits where the store
        is away, and a moment where Discord is: meanwhile nothing new may be heard.
        """
        if not self._begun:
            await self._patiently(self.begin)
        async with self._one_at_a_time:
            if left_at is not None and self._is_done:
                self._since = left_at - _OVERLAP
            self._unlisted, self._is_done = True, False
            for missed in await self._patiently(self._active_places.of_cases):
                self.owed.setdefault(missed.place, missed)
            return await self._round(within_s=_ROUND_S, gone_on=False)

    async def read_before(self, place: Place) -> None:
        """Hear what was missed in a place before what somebody says there now, if that is quick."""
        missed = self.owed.get(place)
        if missed is None:
            return
        try:
            async with asyncio.timeout(_BEFORE_S):
                messages = [message async for message in self._said(missed)]
        except (FaultMavenError, TimeoutError) as error:
            log.info("what was said in %s is read later: %s", place.channel, error)
            return
        if messages:
            await self._take(messages, missed)
        self.owed.pop(place, None)

    async def come_back(self) -> None:
        """For ever: read what is owed, from time to time, while listening goes on."""
        for patience_s in itertools.chain(_PATIENCE_S, itertools.repeat(_PATIENCE_S[-1])):
            await self.wait(patience_s)
            async with self._one_at_a_time:
                if self.owed or self._unlisted:
                    heard = await self._round(within_s=None, gone_on=True)
                    log.info("%d caught up later", heard)

    async def _round(self, *, within_s: float | None, gone_on: bool) -> int:
        """Read the channels of open cases first, then places that may hold a mention of the bot."""
        until = _now() + within_s if within_s is not None else None
        heard = await self._settle(list(self.owed.values()), until)
        if self._unlisted:
            heard += await self._settle(await self._listed(gone_on=gone_on), until)
        self._is_done = not self.owed and not self._unlisted
        return heard

    async def _listed(self, *, gone_on: bool) -> list[MissedMessages]:
        """Further places to read; empty where Discord is away for more than a moment."""
        candidates = self._active_places.elsewhere(since=self._since, gone_on=gone_on)
        try:
            async with asyncio.timeout(_LISTED_WITHIN_S):
                missed = [place async for place in candidates if place.place not in self.owed]
        except (Unavailable, TimeoutError) as error:
            log.warning("where we were called meanwhile is looked for later: %s", error)
            return []
        self.owed |= {place.place: place for place in missed}
        self._unlisted = False
        return missed

    async def _settle(self, owed: list[MissedMessages], until: float | None) -> int:
        """Read the given places, one after the other."""
        heard = 0
        for nth, missed in enumerate(owed):
            if until is not None and _now() > until:
                log.warning("%d places are caught up later", len(owed) - nth)
                return heard
            place = missed.place
            if place not in self.owed:  # somebody spoke there, and it was read for them
                continue
            try:
                heard += await self._read(missed)
            except ChatUnavailable as error:
                log.warning("what was said in %s is read later: %s", place.channel, error)
            except (ChatRefused, NotFound) as error:
                log.warning("no catching up in %s: %s", place.channel, error)
                self.owed.pop(place, None)
            else:
                self.owed.pop(place, None)
        return heard

    async def _read(self, missed: MissedMessages) -> int:
        """Read one place to its end. Raises ChatUnavailable where Discord stays away."""
        begun, waited_s, heard = _now(), 0.0, 0
        for patience_s in _PATIENCE_S:
            try:
                async for page in self._pages(missed):
                    heard += await self._take(page, missed)
            except ChatUnavailable as error:
                wait_s = max(error.retry_after_s or 0.0, patience_s)
                if max(waited_s, _now() - begun) + wait_s > _PER_PLACE_S:
                    raise
                log.warning("catching up goes on in %s s: %s", wait_s, error)
                await self.wait(wait_s)
                waited_s += wait_s
            else:
                return heard
        raise AssertionError

    async def _pages(self, missed: MissedMessages) -> AsyncIterator[list[IncomingMessage]]:
        page: list[IncomingMessage] = []
        async for heard in self._said(missed):
            page.append(heard)
            if len(page) == _AT_ONCE:
                yield page
                page = []
        if page:
            yield page

    def _said(self, missed: MissedMessages) -> AsyncIterator[IncomingMessage]:
        """What is still to be heard of a place."""
        after = self.owed.get(missed.place, missed).after
        return self._history.said(missed.place, after=after, most=missed.most)

    async def _take(self, messages: list[IncomingMessage], missed: MissedMessages) -> int:
        news = await self._patiently(partial(hear_all, messages, services=self.services))
        place, last = missed.place, _id_of(messages[-1])
        self.owed[place] = replace(missed, after=last)
        newest_seen = self._active_places.seen
        newest_seen[place] = max(last, newest_seen.get(place, 0))
        return sum(news)

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        """The result of `step`, tried again for as long as the store is away."""
        for patience_s in itertools.chain(_PATIENCE_S, itertools.repeat(_PATIENCE_S[-1])):
            try:
                return await step()
            except Unavailable as error:
                wait_s = error.retry_after_s or patience_s
                log.warning("catching up goes on in %s s: %s", wait_s, error)
                await self.wait(wait_s)
        raise AssertionError


def _now() -> float:
    return asyncio.get_running_loop().time()


def _id_of(heard: IncomingMessage) -> int:
    return int(heard.ref.rpartition("/")[2])
