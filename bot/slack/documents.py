"""Reports and other long texts, as files in the thread of their card."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bot.slack.errors import errors_of
from bot.slack.web import Web
from bot.slack.workspace import SlackWorkspace
from core.errors import ChatUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.slack.cards import SlackDocument

_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Our files in a thread. A name stands for one content, so each is uploaded once."""

    web: Web
    workspace: SlackWorkspace

    async def put(self, channel: str, thread: str, documents: Iterable[SlackDocument]) -> None:
        """Upload and share the documents, one after the other."""
        for document in documents:
            content = document.text.encode("utf-8", "replace")
            await self.upload(channel, thread, document.name, content, title=document.title)

    async def there(self, channel: str, thread: str) -> set[str]:
        """The names of our files in a thread."""
        me, names, cursor = await self.workspace.me(), set[str](), ""
        while True:
            async with self.web.calling("conversations.replies"):
                page = await self.web.client.conversations_replies(
                    channel=channel, ts=thread, limit=_PAGE, cursor=cursor or None
                )
            for message in page.get("messages") or ():
                if message.get("user") == me.user:
                    names |= {str(file.get("name")) for file in message.get("files") or ()}
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return names

    async def upload(
        self, channel: str, thread: str, name: str, content: bytes, *, title: str
    ) -> None:
        """Get a URL, fill it, complete it: docs.slack.dev/messaging/working-with-files.

        thread: "" for a message of its own.
        """
        async with self.web.calling("files.getUploadURLExternal"):
            ticket = await self.web.client.files_getUploadURLExternal(
                filename=name, length=len(content)
            )
        await self._fill(str(ticket["upload_url"]), content)
        files: list[dict[str, Any]] = [{"id": ticket["file_id"], "title": title}]
        async with self.web.calling("files.completeUploadExternal"):
            await self.web.client.files_completeUploadExternal(
                files=files, channel_id=channel, thread_ts=thread or None
            )

    async def _fill(self, url: str, content: bytes) -> None:
        """Send the content. The URL itself is the permission, so no token is sent."""
        with errors_of("an upload"):
            async with self.web.session.post(url, data=content) as answer:
                if answer.status != HTTPStatus.OK:
                    message = f"Slack did not take a file ({answer.status})"
                    raise ChatUnavailable(message)
