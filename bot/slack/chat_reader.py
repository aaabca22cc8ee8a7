"""The `ChatReader` port over Slack: people's profiles, message history, files."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp

from bot.slack.errors import errors_of
from bot.slack.payloads import PLATFORM, address_of, attachment_of, is_stub
from bot.slack.transcript import SlackTranscript
from bot.slack.web import Web
from bot.slack.workspace import BotIdentity, SlackWorkspace
from core.access import PersonProfile, Standing
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound
from core.places import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from core.conversation.messages.message import Attachment, IncomingMessage

log = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_SILENCE_S = 30.0
_PATIENCE_S = 10.0  # for a page of a history
_SLACKBOT = "USLACKBOT"
_PAGES = (".html", ".htm")
_REDIRECTS = 5
_MEMBERS = 1_000  # a page of a channel's members
_NAMED_WITHIN_S = 0.5  # before what was said is acknowledged
_AGAIN = "Drop the file again."
_LIMITS = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=_SILENCE_S)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@dataclass(frozen=True, kw_only=True)
class SlackChatReader:
    """Asks Slack about people and files; implements `ChatReader`."""

    web: Web
    workspace: SlackWorkspace

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def workspace_id(self) -> str:
        return self.workspace.id

    async def profile(self, person: str) -> PersonProfile:
        me = await self.workspace.me()
        async with self.web.calling("users.info"):
            answer = await self.web.client.users_info(user=person)
        user: dict[str, Any] = answer.get("user") or {}
        return PersonProfile(name=_name(user) or person, standing=standing(user, me=me))

    async def closed_to(self, place: Place) -> Place | None:
        channel = place.whole_channel
        if place.is_private:
            return channel
        async with self.web.calling("conversations.info"):
            answer = await self.web.client.conversations_info(channel=place.channel)
        described: dict[str, Any] = answer.get("channel") or {}
        is_open = described.get("is_channel") is True and described.get("is_private") is False
        return None if is_open else channel

    async def reads(self, place: Place, person: str) -> bool:
        if place.is_private:
            return True
        cursor = ""
        while True:
            async with self.web.calling("conversations.members"):
                answer = await self.web.client.conversations_members(
                    channel=place.channel, limit=_MEMBERS, cursor=cursor
                )
            if person in (answer.get("members") or ()):
                return True
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return False

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The file's content. Raises ChatRefused where Slack serves its login page instead."""
        url = await self._address(attachment)
        with errors_of("the download of a file"):
            async with await self._open(url, attachment) as answer:
                _check_is_file(answer, attachment)
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    yield chunk

    async def named(self, message: IncomingMessage) -> IncomingMessage:
        """The message with names and sizes of files from shared channels, whose events bring an id.

        Slack: docs.slack.dev/apis/slack-connect. It is only a name, so the wait for it is short.
        """
        if not any(is_stub(attached) for attached in message.attachments):
            return message
        try:
            async with asyncio.timeout(_NAMED_WITHIN_S):
                complete = await asyncio.gather(
                    *(self._complete(attached) for attached in message.attachments)
                )
        except (FaultMavenError, TimeoutError) as error:
            log.info("a file has no name yet: %s", error or "no answer in time")
            return message
        return replace(message, attachments=tuple(complete))

    async def history(self, place: Place, *, after: str) -> AsyncIterator[IncomingMessage]:
        """Messages after `after`; in a channel with the replies to each since."""
        resolved = replace(place, channel=await self.workspace.channel(place.channel))
        transcript = await self._transcript()
        messages = (
            transcript.thread(resolved, after=after)
            if place.thread
            else transcript.channel(resolved, after=after, looking_back_to=after, besides=())
        )
        async for message in messages:
            yield message

    async def unread(self, places: Mapping[Place, str]) -> list[Place]:
        transcript, threads = await self._transcript(), defaultdict[Place, dict[str, str]](dict)
        for place, after in places.items():
            if place.thread:
                threads[place.whole_channel][place.thread] = after
        spoken = {
            channel: await transcript.spoken_in(
                replace(channel, channel=await self.workspace.channel(channel.channel)), refs
            )
            for channel, refs in threads.items()
        }
        return [
            place
            for place in places
            if not place.thread or place.thread in spoken[place.whole_channel]
        ]

    async def _transcript(self) -> SlackTranscript:
        """The reader of what nobody waits for."""
        me = await self.workspace.me()
        return SlackTranscript(web=self.web, bot=me.user, patience_s=_PATIENCE_S, aside=True)

    async def _open(self, url: str, attachment: Attachment) -> aiohttp.ClientResponse:
        """The response at the end of Slack's redirects; the token goes to no other host."""
        bearer = {"Authorization": f"Bearer {self.web.access.bot_token}"}
        for _ in range(_REDIRECTS):
            if not self.web.access.trusts(url):
                message = f"{attachment.name} lies outside Slack"
                step = "Drop the file itself instead of a link to it."
                raise ChatRefused(message, next_step=step)
            answer = await self.web.session.get(
                url, headers=bearer, timeout=_LIMITS, allow_redirects=False
            )
            if "location" not in answer.headers:
                return answer
            answer.release()
            url = urljoin(url, answer.headers["location"])
        message = f"Slack sends us around in circles for {attachment.name}"
        raise ChatUnavailable(message)

    async def _address(self, attachment: Attachment) -> str:
        try:
            complete = await self._complete(attachment)
        except NotFound as error:
            message = f"{attachment.name} is gone from Slack"
            raise NotFound(message, next_step=_AGAIN) from error
        if is_stub(complete):
            message = f"Slack does not give {attachment.name} out"
            raise NotFound(message, next_step=_AGAIN)
        return address_of(complete)

    async def _complete(self, attachment: Attachment) -> Attachment:
        """The attachment with its address: a shared channel's file first comes as an id."""
        if not is_stub(attachment):
            return attachment
        async with self.web.calling("files.info"):
            answer = await self.web.client.files_info(file=attachment.id)
        return attachment_of(answer["file"])


def standing(user: Mapping[str, Any], *, me: BotIdentity) -> Standing:
    """The person's standing: docs.slack.dev/reference/objects/user-object."""
    if user.get("is_bot") or user.get("id") == _SLACKBOT:
        return Standing.BOT
    if user.get("deleted") or user.get("is_stranger") or not _is_ours(user, me):
        return Standing.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER


def _is_ours(user: Mapping[str, Any], me: BotIdentity) -> bool:
    """Whether the user is of our workspace or of its organisation."""
    if user.get("team_id", me.team) == me.team:
        return True
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    return bool(me.enterprise) and enterprise == me.enterprise


def _name(user: Mapping[str, Any]) -> str:
    """The name that people see in Slack."""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("name"))
    return next((str(name) for name in names if name), "")


def _check_is_file(answer: aiohttp.ClientResponse, attachment: Attachment) -> None:
    """Raises unless the answer is the file: without a valid token Slack serves a login page."""
    if answer.status in _GONE:
        message = f"{attachment.name} is gone from Slack"
        raise NotFound(message, next_step=_AGAIN)
    if answer.status in _BUSY or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"Slack could not give {attachment.name} ({answer.status})"
        raise ChatUnavailable(message)
    if answer.status != HTTPStatus.OK or _is_sign_in(answer, attachment):
        message = f"Slack does not give {attachment.name} to us"
        step = "Add the scope files:read to the app and install it again."
        raise ChatRefused(message, next_step=step)


def _is_sign_in(answer: aiohttp.ClientResponse, attachment: Attachment) -> bool:
    """Whether the answer is a login page: HTML that was not expected, or of another size."""
    if answer.content_type != "text/html":
        return False
    if not attachment.name.lower().endswith(_PAGES):
        return True
    content_length = None if "content-encoding" in answer.headers else answer.content_length
    return content_length is not None and attachment.size not in (0, content_length)
