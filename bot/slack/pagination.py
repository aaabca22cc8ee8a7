"""Reads lists that Slack gives page by page to their end.

Slack: docs.slack.dev/apis/web-api/pagination. Items are filtered after a page was cut, so a page
may be short or empty long before the last one: only the cursor tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.slack.web import Web, patiently

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

PAGE = 200
LARGEST_PAGE = 999  # docs.slack.dev/reference/methods/conversations.list: "under 1000"

Page = dict[str, Any]


@dataclass(kw_only=True)
class Paging:
    """One list.

    patience_s: how long to wait for a page. aside: nobody waits for the list. cursor: how far it
    was read, also by a reader that broke off; None at its end.
    """

    web: Web
    method: str
    asked: dict[str, Any]
    patience_s: float
    aside: bool = False
    cursor: str | None = ""

    async def pages(self) -> AsyncIterator[Page]:
        """The pages that were not read yet. Raises ChatUnavailable, ChatRefused, NotFound."""
        while self.cursor is not None:
            yield await self.page()

    async def page(self) -> Page:
        """The next page, where there is one. Raises like `pages`."""
        page = await patiently(self._page, patience_s=self.patience_s)
        following = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        # A list that leads back to where we are has no end.
        self.cursor = following if following not in ("", self.cursor) else None
        return page

    async def _page(self) -> Page:
        client = self.web.client
        calls = {
            "conversations.history": client.conversations_history,
            "conversations.list": client.conversations_list,
            "conversations.replies": client.conversations_replies,
            "users.conversations": client.users_conversations,
        }
        async with self.web.calling(self.method, aside=self.aside):
            answer: AsyncSlackResponse = await calls[self.method](
                **self.asked, cursor=self.cursor or None
            )
        return dict(answer.data) if isinstance(answer.data, dict) else {}
