"""What was said in a channel or a thread? Slack's history of it, heard as if it came now."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.slack.paging import PAGE, Paging
from bot.slack.reading import heard_in_message, translating
from bot.slack.web import Web
from core.errors import NotFound, UnparsableDelivery
from core.places import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from core.conversation.messages.incoming import Heard

log = logging.getLogger(__name__)

MOST = 20_000  # messages of one channel that are looked at

Message = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """Read for the bot, whose own messages are left out.

    patience_s: for how long a page may be waited for. All calls raise ChatUnavailable, ChatRefused
    and NotFound.
    """

    web: Web
    bot: str
    patience_s: float

    async def thread(self, place: Place, *, after: str) -> AsyncIterator[Heard]:
        """The replies after the `ts` that is given, oldest first; not what they reply to."""
        asked = {"channel": place.channel, "ts": place.thread, "oldest": after, "limit": PAGE}
        async for page in self._pages("conversations.replies", asked):
            for message in page.get("messages") or ():
                if after < str(message.get("ts", "")) != place.thread:
                    for heard in self._heard(message, place):
                        yield heard

    async def channel(
        self,
        place: Place,
        *,
        after: str,
        looking_back_to: str,
        until: str = "",
        besides: Collection[str] = (),
    ) -> AsyncIterator[Heard]:
        """What stands in the channel itself, oldest first, each with what was replied to it.

        looking_back_to, until: between which `ts` messages are looked at for replies; "" for no
        bound. besides: threads that are read elsewhere.
        """
        for message in await self._told(place, after=after, since=looking_back_to, until=until):
            ts = str(message.get("ts", ""))
            if ts > after:
                for heard in self._heard(message, place):
                    yield heard
            if _replied(message) > after and ts not in besides:
                async for heard in self._below(place, ts, after=after):
                    yield heard

    async def _told(self, place: Place, *, after: str, since: str, until: str) -> list[Message]:
        """Messages that are new or have new replies; Slack gives the newest page first."""
        asked = {"channel": place.channel, "limit": PAGE}
        asked |= {"oldest": since or None, "latest": until or None}
        found: list[Message] = []
        seen = 0
        async for page in self._pages("conversations.history", asked):
            messages = page.get("messages") or ()
            found += (one for one in messages if _newest(one) > after)
            seen += len(messages)
            if seen >= MOST:
                log.warning("%s: what is beyond %d messages is left out", place.channel, seen)
                break
        return sorted(found, key=lambda message: str(message.get("ts", "")))

    async def _below(self, place: Place, ts: str, *, after: str) -> AsyncIterator[Heard]:
        thread = Place(
            platform=place.platform, workspace=place.workspace, channel=place.channel, thread=ts
        )
        try:
            async for heard in self.thread(thread, after=after):
                yield heard
        except NotFound:
            log.info("a thread is gone from %s", place.channel)

    def _heard(self, message: Message, place: Place) -> list[Heard]:
        """One or none: a message that makes no sense keeps nobody from reading the others."""
        try:
            with translating():
                heard = heard_in_message(message, bot=self.bot, channel=place.channel)
        except UnparsableDelivery as error:
            log.warning("a message in %s: %s", place.channel, error)
            return []
        return [heard] if heard is not None else []

    def _pages(self, method: str, asked: Message) -> AsyncIterator[Message]:
        return Paging(web=self.web, method=method, asked=asked, patience_s=self.patience_s).pages()


def _replied(message: Message) -> str:
    return str(message.get("latest_reply") or "")


def _newest(message: Message) -> str:
    return max(str(message.get("ts") or ""), _replied(message))
