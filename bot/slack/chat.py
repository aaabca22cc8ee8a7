"""The `Chat` port over Slack: posts, edits and finds cards, and answers one person."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.cards import SlackMessage, message_of, remark_of
from bot.slack.documents import Documents
from bot.slack.errors import (
    NO_THREAD,
    NOT_A_MEMBER,
    UNDRAWABLE,
    begun,
    errors_of,
    name_of,
)
from bot.slack.payloads import PLATFORM
from bot.slack.response_handle import ResponseHandle
from bot.slack.rooms import SlackRooms
from bot.slack.web import Web
from bot.slack.workspace import SlackWorkspace
from core.conversation.messages.message import Opened, Opening
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.places import CaseRoom, Destination, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from core.conversation.cards.card import Card

log = logging.getLogger(__name__)
T = TypeVar("T")

MARKED = "faultmaven_card"
_PAGE, _PAGES = 200, 10
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
# A card is not to be decorated: no previews, no mentions, no markup made from what it says.
_LITERAL: dict[str, Any] = {"parse": "none", "link_names": False}
_UNADORNED: dict[str, Any] = _LITERAL | {
    "mrkdwn": False,
    "unfurl_links": False,
    "unfurl_media": False,
}
# Where one person cannot be shown something in a channel, the answer goes to what they pressed.
_NOT_THERE = frozenset({"user_not_in_channel", "not_in_channel", "channel_not_found"})


@dataclass(frozen=True, kw_only=True)
class SlackChat:
    """Posts, edits and finds cards; implements `Chat`."""

    web: Web
    workspace: SlackWorkspace

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def workspace_id(self) -> str:
        return self.workspace.id

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        """Post a card; a reply never makes the bot enter a channel.

        Where the thread's first message was deleted, the card is posted in the channel.
        """
        channel, message = await self.workspace.channel(place.channel), message_of(card)
        thread = place.thread
        try:
            ref = await self._post(
                channel, thread, message, marker=marker, broadcast=card.broadcast
            )
        except (ChatRefused, NotFound) as error:
            if not thread or name_of(error) not in NO_THREAD:
                raise
            ref, thread = await self._post(channel, "", message, marker=marker), ""
        await self._add_documents(channel, thread or ref, message)
        return ref

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        channel, message = await self.workspace.channel(place.channel), message_of(card)

        async def update(shown: SlackMessage) -> None:
            async with self.web.calling("chat.update", channel=channel):
                await self.web.client.chat_update(
                    channel=channel, ts=ref, text=shown.text, blocks=shown.blocks, **_LITERAL
                )

        await _send_with_fallback(update, message)
        if message.documents:
            thread = place.thread or ref
            present = await self._documents.there(channel, thread)
            missing = [document for document in message.documents if document.name not in present]
            await self._documents.put(channel, thread, missing)

    async def find(self, place: Place, *, marker: str) -> str | None:
        channel = await self.workspace.channel(place.channel)
        try:
            message = await self._marked(channel, place.thread, marker)
        except NotFound:  # the thread is gone: see `post`
            message = await self._marked(channel, "", marker)
        if message is None:
            return None
        ref, names = str(message["ts"]), _payload(message).get("documents") or ()
        if names and not await self._documents.there(channel, place.thread or ref) >= set(names):
            # Cut off between the message and its file: it is said again, as a whole.
            async with self.web.calling("chat.delete"):
                await self.web.client.chat_delete(channel=channel, ts=ref)
            return None
        return ref

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        if destination.room is CaseRoom.THREAD:
            return await self._open_thread(destination, opening, marker=marker, again=again)
        rooms = SlackRooms(web=self.web, workspace=self.workspace, chat=self)
        try:
            channel = await rooms.channel(opening, marker=marker, again=again)
        except ChatRefused as error:
            if not destination.channel:
                raise
            log.warning("#%d gets a thread instead of a channel: %s", opening.number, error)
            opened = await self._open_thread(destination, opening, marker=marker, again=again)
            await self._remark(opened, error, marker=f"{marker}:instead", again=again)
            return opened
        with begun():
            return await rooms.furnish(channel, destination, opening, marker=marker, again=again)

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        holds_document = any(row.is_document for row in card.fold)  # it cannot be attached
        reach, message = ResponseHandle.load(handle), message_of(card, unfolded=holds_document)
        channel = await self.workspace.channel(place.channel)
        try:
            await self._whisper(channel, reach, message)
        except (ChatRefused, NotFound) as error:
            if name_of(error) in NO_THREAD and reach.thread:
                await self._whisper(channel, replace(reach, thread=""), message)
            elif name_of(error) in _NOT_THERE:
                await self._respond(reach, message)
            else:
                raise

    async def enter(self, channel: str, message: SlackMessage, *, marker: str) -> str:
        """Post into a channel that was configured for cases, joining it where needed."""
        try:
            return await self._post(channel, "", message, marker=marker)
        except ChatRefused as error:
            if name_of(error) not in NOT_A_MEMBER:
                raise
            await self._join(channel, refused=error)
        return await self._post(channel, "", message, marker=marker)

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        channel = await self.workspace.channel(place.channel)
        await self._documents.upload(channel, place.thread, name, content, title=name)

    async def _open_thread(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        channel = await self.workspace.channel(destination.channel)
        place = Place(platform=PLATFORM, workspace=destination.workspace, channel=channel)
        ref = await self._opened_before(place, marker=marker) if again else None
        if ref is None:
            message = message_of(opening.card)
            ref = await self.enter(channel, message, marker=marker)
            await self._add_documents(channel, ref, message)
        return Opened(place=replace(place, thread=ref), ref=ref)

    async def _remark(
        self, opened: Opened, error: ChatRefused, *, marker: str, again: bool
    ) -> None:
        """Say below the card why the case has no channel of its own."""
        channel, thread = opened.place.channel, opened.place.thread
        with begun():
            if again and await self._marked(channel, thread, marker):
                return
            remark = remark_of(f"No channel of its own: {error}.", error.next_step)
            await self._post(channel, thread, remark, marker=marker)

    async def _whisper(self, channel: str, reach: ResponseHandle, message: SlackMessage) -> None:
        async def show(shown: SlackMessage) -> None:
            async with self.web.calling("chat.postEphemeral"):
                await self.web.client.chat_postEphemeral(
                    channel=channel,
                    user=reach.user,
                    thread_ts=reach.thread or None,
                    text=shown.text,
                    blocks=shown.blocks,
                    **_LITERAL,
                )

        await _send_with_fallback(show, message)

    @property
    def _documents(self) -> Documents:
        return Documents(web=self.web, workspace=self.workspace)

    async def _add_documents(self, channel: str, thread: str, message: SlackMessage) -> None:
        with begun():
            await self._documents.put(channel, thread, message.documents)

    async def _opened_before(self, place: Place, *, marker: str) -> str | None:
        """The card of an interrupted call; None also where the bot never joined the channel."""
        try:
            return await self.find(place, marker=marker)
        except ChatRefused as error:
            if name_of(error) not in NOT_A_MEMBER:
                raise
            return None

    async def _post(
        self,
        channel: str,
        thread: str,
        message: SlackMessage,
        *,
        marker: str,
        broadcast: bool = False,
    ) -> str:
        """broadcast: a reply in a thread is shown in the channel, too."""
        payload = {"marker": marker, "documents": [document.name for document in message.documents]}

        async def post(shown: SlackMessage) -> str:
            async with self.web.calling("chat.postMessage", channel=channel):
                answer = await self.web.client.chat_postMessage(
                    channel=channel,
                    thread_ts=thread or None,
                    reply_broadcast=(broadcast and bool(thread)) or None,
                    text=shown.text,
                    blocks=shown.blocks,
                    metadata={"event_type": MARKED, "event_payload": payload},
                    **_UNADORNED,
                )
            return str(answer["ts"])

        return await _send_with_fallback(post, message)

    async def _join(self, channel: str, *, refused: ChatRefused) -> None:
        """Only public channels can be joined: for others the first refusal has the advice."""
        try:
            async with self.web.calling("conversations.join"):
                await self.web.client.conversations_join(channel=channel)
        except ChatRefused as error:
            raise refused from error

    async def _respond(self, reach: ResponseHandle, message: SlackMessage) -> None:
        """Raises NotFound where the response URL has expired: after 30 minutes or five answers."""
        if not reach.response_url or not self.web.access.trusts(reach.response_url):
            gone = "whoever asked is not in the channel"
            raise NotFound(gone)
        url = AsyncWebhookClient(reach.response_url, session=self.web.session, retry_handlers=[])
        with errors_of("response_url"):
            answer = await url.send(
                text=message.text,
                blocks=message.blocks,
                response_type="ephemeral",
                replace_original=False,
            )
        if answer.status_code in _GONE:
            gone = "whoever asked cannot be answered there any more"
            raise NotFound(gone)
        if answer.status_code != HTTPStatus.OK:
            failed = f"Slack did not take an answer ({answer.status_code})"
            raise ChatUnavailable(failed)

    async def _marked(self, channel: str, thread: str, marker: str) -> dict[str, Any] | None:
        me = await self.workspace.me()
        async for message in self.recent(channel, thread):
            payload = _payload(message)
            if message.get("user") == me.user and payload.get("marker") == marker:
                return message
        return None

    async def recent(self, channel: str, thread: str) -> AsyncIterator[dict[str, Any]]:
        """Messages of a channel, newest first, or of a thread; 2,000 at most."""
        method = "conversations.replies" if thread else "conversations.history"
        query: dict[str, Any] = {"channel": channel, "limit": _PAGE, "include_all_metadata": True}
        for _ in range(_PAGES):
            async with self.web.calling(method):
                if thread:
                    page = await self.web.client.conversations_replies(ts=thread, **query)
                else:
                    page = await self.web.client.conversations_history(**query)
            for message in page.get("messages") or ():
                yield message
            query["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not query["cursor"]:
                return


async def _send_with_fallback(
    send: Callable[[SlackMessage], Awaitable[T]], message: SlackMessage
) -> T:
    """Send a message, without blocks if Slack refuses them: not all its limits are documented."""
    try:
        return await send(message)
    except ChatRefused as error:
        if name_of(error) not in UNDRAWABLE or not message.blocks:
            raise
        log.warning("said without its blocks: %s", error)
        return await send(message.in_words())


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    metadata = message.get("metadata") or {}
    ours = metadata.get("event_type") == MARKED
    return (metadata.get("event_payload") or {}) if ours else {}
