"""Catches up on missed messages from Slack's history, handled as if they came now.

What was heard before is not heard again, so reading too much does no harm. Nothing older than a
day is read: whoever waited that long has asked somebody else. But a new message may be in an
older thread, which the history shows at the place of its first message.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.slack.absence import LONGEST, OVERLAP, OfflineGap
from bot.slack.payloads import PLATFORM
from bot.slack.transcript import SlackTranscript
from bot.slack.web import Web
from bot.slack.workspace import CHANNELS_AND_PEOPLE, SlackWorkspace
from core.conversation.messages.message import IncomingMessage
from core.errors import ChatRefused, FaultMavenError, NotFound
from core.places import Place
from core.workflows.services import Services

log = logging.getLogger(__name__)

_PATIENCE_S = 60.0  # for a page
_BEFORE_S = 1.5  # for what was missed in a thread, before what is said there now
_NEVER = float("inf")
# Slack delivers three times, the last after six minutes: docs.slack.dev/apis/events-api, "Retries".
_BRIDGED = timedelta(minutes=6)
_OLD_THREADS = timedelta(days=7)  # that anybody still replies in


@dataclass(frozen=True, kw_only=True)
class SlackHistory:
    """Reads what was missed and hands it to `take`."""

    web: Web
    workspace: SlackWorkspace
    services: Services
    take: Callable[[IncomingMessage | None], Awaitable[bool]]
    # Threads of cases that are still to be read, and the `ts` after which.
    _owed: dict[Place, str] = field(default_factory=dict)
    _listing: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while they are looked for

    async def catch_up(self, gap: OfflineGap) -> int:
        """Read the gap; returns the count of news. Raises ChatUnavailable, StoreUnavailable."""
        if gap.anywhere.timestamp() < self._oldest:
            log.warning("away from Slack for more than a day: what was said before is left out")
        async with self._listing:
            bot, places = (await self.workspace.me()).user, await self._case_places()
            transcript = SlackTranscript(web=self.web, bot=bot, patience_s=_PATIENCE_S, aside=True)
            await self._list_threads(transcript, places, gap)
        news = 0
        for place in list(self._owed):
            if after := self._owed.get(place):  # else somebody spoke there meanwhile
                news += await self._hear(transcript.thread(place, after=after), place)
                self._owed.pop(place, None)
        channels = await self._channels(places)
        for channel in channels:
            news += await self._hear(
                await self._messages(transcript, channel, places, gap), channel
            )
        if self.services.clock.now() - gap.anywhere > _BRIDGED:
            for channel in channels:
                news += await self._hear(
                    await self._older(transcript, channel, places, gap), channel
                )
        return news

    async def read_before(self, place: Place) -> None:
        """Hear what was missed in a thread, before what somebody says there now is heard.

        Only where that is quick: Slack wants what is said now acknowledged within 3 s.
        """
        with suppress(FaultMavenError, TimeoutError):
            async with asyncio.timeout(_BEFORE_S):
                async with self._listing:
                    after = self._owed.get(place)
                if after is None:
                    return
                bot = (await self.workspace.me()).user
                transcript = SlackTranscript(web=self.web, bot=bot, patience_s=_BEFORE_S)
                missed = [message async for message in transcript.thread(place, after=after)]
            for message in missed:
                await self.take(message)
            self._owed.pop(place, None)

    async def _list_threads(
        self, transcript: SlackTranscript, places: Sequence[Place], gap: OfflineGap
    ) -> None:
        """Add the threads of cases in which people may have spoken to those that are to be read."""
        channels = defaultdict[Place, dict[str, str]](dict)
        for place in places:
            if place.thread:
                bound = gap.at_home.timestamp()
                after = await self._after(place, bound, otherwise=float(place.thread))
                channels[place.whole_channel][place.thread] = after
        for channel, threads in channels.items():
            try:
                spoken = await transcript.spoken_in(channel, threads)
            except (ChatRefused, NotFound) as error:
                log.info("cannot read what was missed in %s: %s", channel.channel, error)
                continue
            for thread in sorted(spoken):
                self._owed.setdefault(replace(channel, thread=thread), threads[thread])

    async def _hear(self, messages: AsyncIterator[IncomingMessage], place: Place) -> int:
        """The number of new messages. A place that is gone does not stop the others."""
        news = 0
        try:
            async for message in messages:
                news += int(await self.take(message))
        except (ChatRefused, NotFound) as error:
            log.info("cannot read what was missed in %s: %s", place.channel, error)
        return news

    async def _messages(
        self, transcript: SlackTranscript, channel: Place, places: Sequence[Place], gap: OfflineGap
    ) -> AsyncIterator[IncomingMessage]:
        """Messages of the channel itself, and of threads that belong to no case.

        In a case's own channel any thread may go on; elsewhere those that began within a day.
        """
        case_channel = [place for place in places if place.channel == channel.channel]
        # Where a card of ours stands, we were there when it was posted.
        joined = min((float(place.thread or 0) for place in case_channel), default=_NEVER)
        spoken_to = min(gap.anywhere.timestamp(), max(gap.at_home.timestamp(), joined))
        return transcript.channel(
            channel,
            after=await self._after(channel, spoken_to),
            looking_back_to="" if channel in case_channel else _ts(self._oldest),
            besides={place.thread for place in case_channel},
        )

    async def _older(
        self, transcript: SlackTranscript, channel: Place, places: Sequence[Place], gap: OfflineGap
    ) -> AsyncIterator[IncomingMessage]:
        """Replies in threads that are older than a day and belong to no case."""
        return transcript.channel(
            channel,
            after=await self._after(channel, gap.anywhere.timestamp()),
            looking_back_to=_ts(self._oldest - _OLD_THREADS.total_seconds()),
            until=_ts(self._oldest),
            besides={place.thread for place in places if place.channel == channel.channel},
        )

    async def _after(self, place: Place, bound: float, *, otherwise: float = _NEVER) -> str:
        """The `ts` to read a place after: not later than the message that was heard there last.

        otherwise: the bound where none was.
        """
        async with self.services.reading() as unit:
            newest = await unit.incoming.newest(place)
        if newest is not None:
            otherwise = float(newest.heard.ref) - OVERLAP.total_seconds()
        return _ts(max(min(bound, otherwise), self._oldest))

    @property
    def _oldest(self) -> float:
        return (self.services.clock.now() - LONGEST).timestamp()

    async def _channels(self, places: Sequence[Place]) -> list[Place]:
        """Channels and direct conversations that the bot is in, those with cases first."""
        joined = [
            str(channel["id"]) async for channel in self.workspace.joined(CHANNELS_AND_PEOPLE)
        ]
        channels = dict.fromkeys([*(place.channel for place in places), *joined])
        return [
            Place(platform=PLATFORM, workspace=self.workspace.id, channel=channel)
            for channel in channels
        ]

    async def _case_places(self) -> list[Place]:
        async with self.services.reading() as unit:
            return [binding.place for binding in await unit.conversation.case_places(PLATFORM)]


def _ts(seconds: float) -> str:
    return f"{seconds:.6f}"
