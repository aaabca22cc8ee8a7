"""Who speaks, and what is in the files they drop?"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp

from bot.slack.errors import errors_of
from bot.slack.reading import address_of, attachment_of, is_stub
from bot.slack.transcript import Transcript
from bot.slack.web import Web
from bot.slack.workspace import Me, Workspace
from core.access.model import Profile, Standing
from core.errors import ChatRefused, ChatUnavailable, FaultMavenError, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from core.conversation.messages.incoming import Attachment, Heard
    from core.places import Place

log = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_SILENCE_S = 30.0
_PATIENCE_S = 10.0  # for a page of a history
_SLACKBOT = "USLACKBOT"
_PAGES = (".html", ".htm")
_REDIRECTS = 5
_NAMED_WITHIN_S = 0.5  # before what was said is acknowledged
_AGAIN = "Drop the file again."
_LIMITS = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=_SILENCE_S)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@dataclass(frozen=True, kw_only=True)
class SlackEar:
    """Asks Slack about people and files; implements `core.ports.Ear`."""

    web: Web
    workspace: Workspace

    async def profile(self, person: str) -> Profile:
        me = await self.workspace.me()
        async with self.web.calling("users.info"):
            answer = await self.web.client.users_info(user=person)
        user: dict[str, Any] = answer.get("user") or {}
        return Profile(name=_name(user) or person, standing=standing(user, me=me))

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """Raises ChatRefused where Slack shows its login page instead of the file."""
        url = await self._address(attachment)
        with errors_of("the download of a file"):
            async with await self._opened(url, attachment) as answer:
                _must_be_the_file(answer, attachment)
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    yield chunk

    async def named(self, heard: Heard) -> Heard:
        """With the names and sizes of files from shared channels, whose events bring an id alone.

        Slack: docs.slack.dev/apis/slack-connect. It is only a name: nobody waits long for it.
        """
        if not any(is_stub(one) for one in heard.attachments):
            return heard
        try:
            async with asyncio.timeout(_NAMED_WITHIN_S):
                whole = await asyncio.gather(*(self._whole(one) for one in heard.attachments))
        except (FaultMavenError, TimeoutError) as error:
            log.info("a file has no name yet: %s", error or "no answer in time")
            return heard
        return replace(heard, attachments=tuple(whole))

    async def history(self, place: Place, *, after: str) -> AsyncIterator[Heard]:
        """In a channel with what was replied to it since; a reply comes after what it is to."""
        me, channel = await self.workspace.me(), await self.workspace.channel(place.channel)
        there = replace(place, channel=channel)
        transcript = Transcript(web=self.web, bot=me.user, patience_s=_PATIENCE_S)
        told = (
            transcript.thread(there, after=after)
            if place.thread
            else transcript.channel(there, after=after, looking_back_to=after, besides=())
        )
        async for heard in told:
            yield heard

    async def _opened(self, url: str, attachment: Attachment) -> aiohttp.ClientResponse:
        """The answer at the end of Slack's redirects; the token goes nowhere else with them."""
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
            whole = await self._whole(attachment)
        except NotFound as error:
            message = f"{attachment.name} is gone from Slack"
            raise NotFound(message, next_step=_AGAIN) from error
        if is_stub(whole):
            message = f"Slack does not give {attachment.name} out"
            raise NotFound(message, next_step=_AGAIN)
        return address_of(whole)

    async def _whole(self, attachment: Attachment) -> Attachment:
        """Of a file from a shared channel only the id is known at first."""
        if not is_stub(attachment):
            return attachment
        async with self.web.calling("files.info"):
            answer = await self.web.client.files_info(file=attachment.id)
        return attachment_of(answer["file"])


def standing(user: Mapping[str, Any], *, me: Me) -> Standing:
    """Slack: docs.slack.dev/reference/objects/user-object."""
    if user.get("is_bot") or user.get("id") == _SLACKBOT:
        return Standing.BOT
    if user.get("deleted") or user.get("is_stranger") or not _is_ours(user, me):
        return Standing.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER


def _is_ours(user: Mapping[str, Any], me: Me) -> bool:
    """Of our workspace, or of the organisation that it belongs to."""
    if user.get("team_id", me.team) == me.team:
        return True
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    return bool(me.enterprise) and enterprise == me.enterprise


def _name(user: Mapping[str, Any]) -> str:
    """What people call them in Slack."""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("name"))
    return next((str(name) for name in names if name), "")


def _must_be_the_file(answer: aiohttp.ClientResponse, attachment: Attachment) -> None:
    """Without a valid token Slack answers with a login page, or sends the reader to one."""
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
    """A page where none was dropped, or one of another size."""
    if answer.content_type != "text/html":
        return False
    if not attachment.name.lower().endswith(_PAGES):
        return True
    told = None if "content-encoding" in answer.headers else answer.content_length
    return told is not None and attachment.size not in (0, told)
