"""Posts a message into a channel exactly once, edits it, and finds it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.discord.cards import carries
from bot.discord.errors import THREAD_ARCHIVED
from bot.discord.rest import Rest

if TYPE_CHECKING:
    from bot.discord.cards import DiscordMessage
    from bot.discord.handles import MessageHandle

SILENT = 1 << 12  # Discord: resources/message, SUPPRESS_NOTIFICATIONS
_PAGE = 100  # Discord: resources/message, "Get Channel Messages"
_PAGES = 3
_NONCE = 24  # characters; Discord takes 25
_TO_POST = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS")
_TO_POST_IN_THREADS = ("VIEW_CHANNEL", "SEND_MESSAGES_IN_THREADS", "EMBED_LINKS")


def named_once(body: dict[str, Any], marker: str) -> dict[str, Any]:
    """The body with a nonce: for some minutes Discord posts no second message with the same one."""
    nonce = hashlib.sha256(marker.encode()).hexdigest()[:_NONCE]
    return body | {"nonce": nonce, "enforce_nonce": True}


@dataclass(frozen=True)
class Posting:
    """Messages in channels and threads. thread: whether the channel is a thread."""

    rest: Rest

    async def post(
        self, channel_id: str, message: DiscordMessage, *, marker: str, thread: bool
    ) -> str:
        """Post a message; returns its id."""
        posted = await self._in_open_thread(
            "POST",
            "/channels/{channel_id}/messages",
            doing="posting a card",
            needs=_TO_POST_IN_THREADS if thread else _TO_POST,
            body=named_once(message.body, marker),
            documents=message.documents,
            channel_id=channel_id,
        )
        return str(posted["id"])

    async def reply(
        self, handle: MessageHandle, message: DiscordMessage, *, marker: str, thread: bool
    ) -> None:
        """Answer one person where all can see it: below their message, and nobody is notified.

        It stays: deleting it after some seconds, as some bots do, would take it from whoever
        reads slowly, and from what is read again after the incident.
        """
        reference = {"message_id": handle.message, "fail_if_not_exists": False}
        body = message.body | {"message_reference": reference, "flags": SILENT}
        quiet = replace(message, body=body)
        await self.post(handle.channel, quiet, marker=marker, thread=thread)

    async def edit(self, channel_id: str, message_id: str, message: DiscordMessage) -> None:
        """Raises NotFound where the message is gone."""
        await self._in_open_thread(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            doing="editing a card",
            needs=_TO_POST,
            body=message.body,
            documents=message.documents,
            channel_id=channel_id,
            message_id=message_id,
        )

    async def find(self, channel_id: str, *, marker: str) -> dict[str, Any] | None:
        """Our own message with this marker among the newest 300 of the channel."""
        query: dict[str, Any] = {"limit": _PAGE}
        for _ in range(_PAGES):
            page: list[dict[str, Any]] = await self.rest.call(
                "GET",
                "/channels/{channel_id}/messages",
                doing="looking for a card",
                needs=("READ_MESSAGE_HISTORY",),
                query=query,
                channel_id=channel_id,
            )
            for message in page:
                if str(message["author"]["id"]) == self.rest.me and carries(message, marker):
                    return message
            if len(page) < _PAGE:
                return None
            query["before"] = page[-1]["id"]
        return None

    async def _in_open_thread(self, method: str, path: str, **request: Any) -> Any:
        """Make a call, reopening the thread first where Discord has archived it.

        Where it is locked, too, Discord refuses that unless the bot has Manage Threads.
        """
        answer = await self.rest.call(method, path, expecting=(THREAD_ARCHIVED,), **request)
        if answer is not None:
            return answer
        await self.rest.call(
            "PATCH",
            "/channels/{channel_id}",
            doing="opening an archived thread again; a locked one needs Manage Threads",
            body={"archived": False},
            channel_id=request["channel_id"],
        )
        return await self.rest.call(method, path, **request)
