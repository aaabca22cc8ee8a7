"""What was said while nobody listened? Read from Slack's history, and heard as if it came now.

What was heard before is not heard again, so reading too much does no harm. Nothing older than a
day is taken up: whoever waited that long has asked somebody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.slack.reading import PLATFORM, heard_in_message
from bot.slack.web import Web
from bot.slack.workspace import Workspace
from core.conversation.model import INSTALLATION, Heard, Place
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.services import Services

log = logging.getLogger(__name__)

_AGE = timedelta(hours=24)
_OVERLAP_S = 120.0  # messages are not always committed in the order of their times
_PAGE, _PAGES = 200, 5
_LONGEST_WAIT_S = 60.0
_KINDS = "public_channel,private_channel,im"

Message = dict[str, Any]
Page = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class History:
    """Reads what was missed and hands it to `take`.

    alone_since: from when on nobody was on the line, where we know; what is heard again before
    all is read must not hide what came before it.
    """

    web: Web
    workspace: Workspace
    services: Services
    take: Callable[[Heard | None], Awaitable[bool]]
    alone_since: datetime | None = None

    async def catch_up(self) -> int:
        """Says how much of what was said was news. Raises ChatUnavailable, StoreUnavailable."""
        bot, homes = (await self.workspace.me()).user, await self._homes()
        news = 0
        for home in homes:
            if home.thread:
                begun = await self._begun(home, otherwise=home.thread)
                news += await self._skipping(self._thread(home, begun, bot), home)
        for channel in dict.fromkeys([*(home.channel for home in homes), *await self._joined()]):
            whole = Place(platform=PLATFORM, workspace=INSTALLATION, channel=channel)
            news += await self._skipping(self._channel(whole, homes, bot), whole)
        return news

    async def _skipping(self, reading: Awaitable[int], place: Place) -> int:
        """A channel that is gone keeps nobody from reading the others."""
        try:
            return await reading
        except (ChatRefused, NotFound) as error:
            log.info("cannot read what was missed in %s: %s", place.channel, error)
            return 0

    async def _channel(self, whole: Place, homes: Sequence[Place], bot: str) -> int:
        """What stands in the channel itself, and in threads that are the home of no case.

        Where nothing was heard yet, it is read from when we last heard anything at all in Slack;
        what was said before we ever came was not said to us.
        """
        near = [home for home in homes if home.channel == whole.channel]
        # Where a thread of ours stands, we were there when it began.
        since = min((home.thread for home in near), default=None)
        begun = await self._begun_among([whole, *near], otherwise=since)
        if begun is None:
            return 0
        news, threads = 0, {home.thread for home in near}
        for message in await self._said(whole, since="" if whole in near else begun):
            ts = str(message.get("ts", ""))
            if ts > begun:
                news += await self._heard(message, whole, bot)
            if str(message.get("latest_reply", "")) > begun and ts not in threads:
                thread = _below(whole, ts)
                news += await self._thread(thread, begun, bot)
        return news

    async def _thread(self, place: Place, begun: str, bot: str) -> int:
        """The replies after `begun`, oldest first."""
        news = 0
        cursor = ""
        while True:
            page = await self._patiently(
                "conversations.replies",
                channel=place.channel,
                ts=place.thread,
                oldest=begun,
                limit=_PAGE,
                cursor=cursor or None,
            )
            for message in page.get("messages") or ():
                if str(message.get("ts", "")) > begun:
                    news += await self._heard(message, place, bot)
            cursor = _next(page)
            if not cursor:
                return news

    async def _said(self, place: Place, *, since: str) -> list[Message]:
        """Of the channel itself, oldest first; Slack gives the newest page first."""
        found: list[Message] = []
        cursor = ""
        for _ in range(_PAGES):
            page = await self._patiently(
                "conversations.history",
                channel=place.channel,
                oldest=since or None,
                limit=_PAGE,
                cursor=cursor or None,
            )
            found += page.get("messages") or ()
            cursor = _next(page)
            if not cursor:
                break
        return sorted(found, key=lambda message: str(message.get("ts", "")))

    async def _joined(self) -> list[str]:
        """Channels and direct conversations that the bot is in."""
        found: list[str] = []
        cursor = ""
        while True:
            page = await self._patiently(
                "users.conversations",
                types=_KINDS,
                exclude_archived=True,
                limit=_PAGE,
                cursor=cursor or None,
            )
            found += (str(one["id"]) for one in page.get("channels") or ())
            cursor = _next(page)
            if not cursor:
                return found

    async def _patiently(self, method: str, **asked: Any) -> Page:
        """A page, also where the budget or Slack says that it must wait for it."""
        calls = {
            "conversations.history": self.web.client.conversations_history,
            "conversations.replies": self.web.client.conversations_replies,
            "users.conversations": self.web.client.users_conversations,
        }
        while True:
            try:
                async with self.web.calling(method):
                    answer = await calls[method](**asked)
            except ChatUnavailable as error:
                if error.retry_after_s is None or error.retry_after_s > _LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(error.retry_after_s)
            else:
                return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def _heard(self, message: Message, place: Place, bot: str) -> int:
        return int(await self.take(heard_in_message(message, bot=bot, channel=place.channel)))

    async def _homes(self) -> list[Place]:
        async with self.services.store.reading() as unit:
            return [one.place for one in await unit.conversation.homes(PLATFORM)]

    async def _begun(self, place: Place, *, otherwise: str) -> str:
        """From when on it is read: what was heard there last, at most a day ago."""
        return await self._begun_among([place], otherwise=otherwise) or ""

    async def _begun_among(self, places: Sequence[Place], *, otherwise: str | None) -> str | None:
        """The same for what was heard last in any of several; `otherwise` for nothing at all."""
        refs: list[float] = []
        async with self.services.store.reading() as unit:
            for place in places:
                newest = await unit.hearing.newest(place)
                refs += [float(newest.heard.ref)] if newest else []
            if not refs and otherwise is None:
                last = await unit.hearing.newest_on(self.services.rules.tenant_id, PLATFORM)
                refs += [last.heard_at.timestamp()] if last else []
        if not refs and otherwise is None:
            return None
        oldest = (self.services.clock.now() - _AGE).timestamp()
        begun = max(refs) - _OVERLAP_S if refs else float(otherwise or 0)
        if self.alone_since is not None:
            begun = min(begun, self.alone_since.timestamp() - _OVERLAP_S)
        return f"{max(begun, oldest):.6f}"


def _below(whole: Place, ts: str) -> Place:
    return Place(
        platform=whole.platform, workspace=whole.workspace, channel=whole.channel, thread=ts
    )


def _next(page: Page) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
