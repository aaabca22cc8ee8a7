"""Reads messages of a channel or thread from Slack's history, translated like live ones."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.slack.pagination import PAGE, Paging
from bot.slack.payloads import heard_in_message, translating
from bot.slack.web import Web
from core.errors import NotFound, UnparsableDelivery
from core.places import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from core.conversation.messages.message import IncomingMessage

log = logging.getLogger(__name__)

MOST = 20_000  # messages of one channel that are looked at

Message = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SlackTranscript:
    """Reads on behalf of the bot, whose own messages are left out.

    patience_s: how long to wait for a page. aside: nobody waits for what is read. All calls raise
    ChatUnavailable, ChatRefused and NotFound.
    """

    web: Web
    bot: str
    patience_s: float
    aside: bool = False

    async def thread(self, place: Place, *, after: str) -> AsyncIterator[IncomingMessage]:
        """Replies after the given `ts`, oldest first; without the thread's first message."""
        query = {"channel": place.channel, "ts": place.thread, "oldest": after, "limit": PAGE}
        async for page in self._pages("conversations.replies", query):
            for message in page.get("messages") or ():
                if after < str(message.get("ts", "")) != place.thread:
                    for incoming in self._translated(message, place):
                        yield incoming

    async def spoken_in(self, channel: Place, threads: Mapping[str, str]) -> set[str]:
        """Those of the channel's threads in which people may have spoken after a `ts` each.

        threads: by the `ts` of their first messages. A page of the channel tells of up to 200.
        """
        spoken, unseen = set[str](), set(threads)
        while len(unseen) > 1:
            newest = max(unseen)
            query = {"channel": channel.channel, "latest": newest, "inclusive": True, "limit": PAGE}
            page = await self._paging("conversations.history", query).page()
            shown = {str(message.get("ts")): message for message in page.get("messages") or ()}
            reached = min(shown, default=newest)
            seen = {ts for ts in unseen if ts >= reached}
            spoken |= {ts for ts in seen if self._may_be_spoken_in(shown.get(ts), threads[ts])}
            unseen -= seen
        return spoken | unseen

    def _may_be_spoken_in(self, first: Message | None, after: str) -> bool:
        """Whether others than us may have replied to a thread's first message after a `ts`."""
        if first is None:  # deleted, or left out of the page
            return True
        newest = _newest_reply(first)
        if not newest:  # nobody replied, unless the server does not say when
            return "thread_ts" in first
        people = first.get("reply_users") or []
        is_ours = first.get("reply_users_count") == len(people) and set(people) == {self.bot}
        return newest > after and not is_ours

    async def channel(
        self,
        place: Place,
        *,
        after: str,
        looking_back_to: str,
        until: str = "",
        besides: Collection[str] = (),
    ) -> AsyncIterator[IncomingMessage]:
        """Messages of the channel itself, oldest first, each with the replies to it.

        looking_back_to, until: between which `ts` messages are checked for replies; "" for no
        bound. besides: threads that are read elsewhere.
        """
        for message in await self._changed_messages(
            place, after=after, since=looking_back_to, until=until
        ):
            ts = str(message.get("ts", ""))
            if ts > after:
                for incoming in self._translated(message, place):
                    yield incoming
            if _newest_reply(message) > after and ts not in besides:
                async for incoming in self._replies(place, ts, after=after):
                    yield incoming

    async def _changed_messages(
        self, place: Place, *, after: str, since: str, until: str
    ) -> list[Message]:
        """Messages that are new or have new replies; Slack gives the newest page first."""
        query = {"channel": place.channel, "limit": PAGE}
        query |= {"oldest": since or None, "latest": until or None}
        changed: list[Message] = []
        count = 0
        async for page in self._pages("conversations.history", query):
            messages = page.get("messages") or ()
            changed += (message for message in messages if _newest(message) > after)
            count += len(messages)
            if count >= MOST:
                log.warning("%s: what is beyond %d messages is left out", place.channel, count)
                break
        return sorted(changed, key=lambda message: str(message.get("ts", "")))

    async def _replies(
        self, place: Place, ts: str, *, after: str
    ) -> AsyncIterator[IncomingMessage]:
        thread = Place(
            platform=place.platform, workspace=place.workspace, channel=place.channel, thread=ts
        )
        try:
            async for incoming in self.thread(thread, after=after):
                yield incoming
        except NotFound:
            log.info("a thread is gone from %s", place.channel)

    def _translated(self, message: Message, place: Place) -> list[IncomingMessage]:
        """One or none: a malformed message does not stop the others."""
        try:
            with translating():
                incoming = heard_in_message(message, bot=self.bot, channel=place.channel)
        except UnparsableDelivery as error:
            log.warning("a message in %s: %s", place.channel, error)
            return []
        if incoming is None:
            return []
        return [replace(incoming, place=incoming.place.within(place.workspace))]

    def _pages(self, method: str, query: Message) -> AsyncIterator[Message]:
        return self._paging(method, query).pages()

    def _paging(self, method: str, query: Message) -> Paging:
        return Paging(
            web=self.web,
            method=method,
            asked=query,
            patience_s=self.patience_s,
            aside=self.aside,
        )


def _newest_reply(message: Message) -> str:
    return str(message.get("latest_reply") or "")


def _newest(message: Message) -> str:
    return max(str(message.get("ts") or ""), _newest_reply(message))
