"""Finds a channel's id by its name: Slack only lists all channels, page by page.

Channels that the bot is in come first: there are few, and one of them is mostly meant. Every name
that is seen is kept; a search that breaks off goes on where it was when it is taken up again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.slack.errors import is_unknown_method, name_of
from bot.slack.pagination import LARGEST_PAGE, Paging
from bot.slack.web import Web
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError

if TYPE_CHECKING:
    from bot.slack.pagination import Page

_KINDS = "public_channel,private_channel"
_PATIENCE_S = 20.0  # for a page: the list itself allows one in about four seconds
_STALE_S = 300.0  # after that a cursor is worth nothing
_REPEATED_S = 30.0  # whoever asks for what there is not, in a storm, is not looked for each time


@dataclass(kw_only=True)
class ChannelDirectory:
    """Names of channels with their ids, as far as they were listed."""

    web: Web
    _ids: dict[str, str] = field(default_factory=dict)
    _unread: list[Paging] = field(default_factory=list)
    _touched: float = float("-inf")  # when we last read, by the loop's clock
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def id_of(self, name: str) -> str | None:
        """The channel's id; None where the bot can see no such channel.

        name: without `#`. Archived channels are left out. Raises ChatUnavailable, ChatRefused.
        """
        async with self._turn:
            if name not in self._ids:
                await self._look_for(name)
            return self._ids.get(name)

    async def _look_for(self, name: str) -> None:
        quiet_s = asyncio.get_running_loop().time() - self._touched
        if not self._unread and quiet_s < _REPEATED_S:
            return
        if not self._unread or quiet_s > _STALE_S:
            self._unread = [self._list("users.conversations"), self._list("conversations.list")]
        try:
            await self._read_until(name)
        except ChatRefused as error:
            self._unread, self._touched = [], float("-inf")
            if name_of(error) == "invalid_cursor":
                message = "the list of channels has changed meanwhile"
                raise ChatUnavailable(message) from error
            raise

    async def _read_until(self, name: str) -> None:
        while self._unread:
            try:
                is_found = await self._read(self._unread[0], name)
            except FaultMavenError as error:
                if not is_unknown_method(error) or len(self._unread) == 1:
                    raise
                is_found = False  # the other list has it as well
            if is_found:
                # The next look begins anew: by then there may be other channels.
                self._unread, self._touched = [], float("-inf")
                return
            del self._unread[0]

    async def _read(self, names: Paging, name: str) -> bool:
        async for page in names.pages():
            self._note(page)
            if name in self._ids:
                return True
        return False

    def _note(self, page: Page) -> None:
        self._touched = asyncio.get_running_loop().time()
        for channel in page.get("channels") or ():
            if channel.get("name") and not channel.get("is_archived"):
                self._ids.setdefault(str(channel["name"]), str(channel["id"]))

    def _list(self, method: str) -> Paging:
        query = {"types": _KINDS, "exclude_archived": True, "limit": LARGEST_PAGE}
        return Paging(web=self.web, method=method, asked=query, patience_s=_PATIENCE_S)
