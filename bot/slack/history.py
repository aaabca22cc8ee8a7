"""What was said while nobody listened? Read from Slack's history, and heard as if it came now.

What was heard before is not heard again, so reading too much does no harm. Nothing older than a
day is taken up: whoever waited that long has asked somebody else. But what is said now may be said
in an older thread, which the history shows at the place of its first message.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.slack.absence import LONGEST, OVERLAP, Gap
from bot.slack.reading import PLATFORM
from bot.slack.transcript import Transcript
from bot.slack.web import Web
from bot.slack.workspace import CHANNELS_AND_PEOPLE, Workspace
from core.conversation.messages.incoming import Heard
from core.errors import ChatRefused, NotFound
from core.places import INSTALLATION, Place
from core.workflows.services import Services

log = logging.getLogger(__name__)

_PATIENCE_S = 60.0  # for a page
_NEVER = float("inf")
# Slack delivers three times, the last after six minutes: docs.slack.dev/apis/events-api, "Retries".
_BRIDGED = timedelta(minutes=6)
_OLD_THREADS = timedelta(days=7)  # that anybody still replies in


@dataclass(frozen=True, kw_only=True)
class History:
    """Reads what was missed and hands it to `take`."""

    web: Web
    workspace: Workspace
    services: Services
    take: Callable[[Heard | None], Awaitable[bool]]

    async def catch_up(self, gap: Gap) -> int:
        """Says how much of what was said was news. Raises ChatUnavailable, StoreUnavailable."""
        if gap.anywhere.timestamp() < self._oldest:
            log.warning("away from Slack for more than a day: what was said before is left out")
        me, homes = await self.workspace.me(), await self._homes()
        transcript = Transcript(web=self.web, bot=me.user, patience_s=_PATIENCE_S)
        news = 0
        for home in homes:
            if home.thread:
                here = gap.at_home.timestamp()
                after = await self._after(home, here, otherwise=float(home.thread))
                news += await self._hear(transcript.thread(home, after=after), home)
        wholes = await self._wholes(homes)
        for whole in wholes:
            news += await self._hear(await self._told(transcript, whole, homes, gap), whole)
        if self.services.clock.now() - gap.anywhere > _BRIDGED:
            for whole in wholes:
                news += await self._hear(await self._older(transcript, whole, homes, gap), whole)
        return news

    async def _hear(self, told: AsyncIterator[Heard], place: Place) -> int:
        """How much of it was news. A place that is gone keeps nobody from reading the others."""
        news = 0
        try:
            async for heard in told:
                news += int(await self.take(heard))
        except (ChatRefused, NotFound) as error:
            log.info("cannot read what was missed in %s: %s", place.channel, error)
        return news

    async def _told(
        self, transcript: Transcript, whole: Place, homes: Sequence[Place], gap: Gap
    ) -> AsyncIterator[Heard]:
        """What stands in the channel itself, and in threads that are the home of no case.

        In a case's own channel any thread may go on; elsewhere those that began within a day.
        """
        near = [home for home in homes if home.channel == whole.channel]
        # Where a card of ours stands, we were there when it was posted.
        came = min((float(home.thread or 0) for home in near), default=_NEVER)
        spoken_to = min(gap.anywhere.timestamp(), max(gap.at_home.timestamp(), came))
        return transcript.channel(
            whole,
            after=await self._after(whole, spoken_to),
            looking_back_to="" if whole in near else _ts(self._oldest),
            besides={home.thread for home in near},
        )

    async def _older(
        self, transcript: Transcript, whole: Place, homes: Sequence[Place], gap: Gap
    ) -> AsyncIterator[Heard]:
        """What was replied in threads that began more than a day ago, and are no case's home."""
        return transcript.channel(
            whole,
            after=await self._after(whole, gap.anywhere.timestamp()),
            looking_back_to=_ts(self._oldest - _OLD_THREADS.total_seconds()),
            until=_ts(self._oldest),
            besides={home.thread for home in homes if home.channel == whole.channel},
        )

    async def _after(self, place: Place, bound: float, *, otherwise: float = _NEVER) -> str:
        """The `ts` after which a place is read: not later than what was heard there last.

        otherwise: where nothing was.
        """
        async with self.services.store.reading() as unit:
            newest = await unit.hearing.newest(place)
        if newest is not None:
            otherwise = float(newest.heard.ref) - OVERLAP.total_seconds()
        return _ts(max(min(bound, otherwise), self._oldest))

    @property
    def _oldest(self) -> float:
        return (self.services.clock.now() - LONGEST).timestamp()

    async def _wholes(self, homes: Sequence[Place]) -> list[Place]:
        """Channels and direct conversations that the bot is in, those with cases first."""
        joined = [str(one["id"]) async for one in self.workspace.joined(CHANNELS_AND_PEOPLE)]
        channels = dict.fromkeys([*(home.channel for home in homes), *joined])
        return [Place(platform=PLATFORM, workspace=INSTALLATION, channel=one) for one in channels]

    async def _homes(self) -> list[Place]:
        async with self.services.store.reading() as unit:
            return [one.place for one in await unit.conversation.homes(PLATFORM)]


def _ts(seconds: float) -> str:
    return f"{seconds:.6f}"
