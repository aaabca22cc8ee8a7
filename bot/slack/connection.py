"""Slack as a platform: chat, its reader, Socket Mode, HTTP endpoint, with the settings' tokens."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import aiohttp

from bot.slack.absence import Absence, gap_at_start
from bot.slack.catch_up import SlackCatchUp
from bot.slack.chat import SlackChat
from bot.slack.chat_reader import SlackChatReader
from bot.slack.client import PostingClient
from bot.slack.doctor_checks import SlackExamination
from bot.slack.endpoint import router_of
from bot.slack.history import SlackHistory
from bot.slack.listener import QUIET, SlackListener
from bot.slack.payloads import PLATFORM
from bot.slack.socket_mode import SocketMode
from bot.slack.web import Web
from bot.slack.workspace import SlackWorkspace
from core.conversation.ports import connect_workspace
from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from fastapi import APIRouter

    from bot.platform import Checked
    from bot.slack.access import SlackAccess
    from core.places import Place
    from core.workflows.services import Services

log = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_PATIENCE_S = 5.0  # for what was missed to be heard before what comes now
_BROKE_OFF_S = 60.0
_JOIN_AGAIN_S = 5.0


class Slack:
    """One app in one workspace; implements `bot.platform.Platform`."""

    def __init__(self, web: Web, *, workspace_id: str = "") -> None:
        self.web = web
        self.workspace = SlackWorkspace(web=web, id=workspace_id)
        self._chat = SlackChat(web=web, workspace=self.workspace)
        self._chat_reader = SlackChatReader(web=web, workspace=self.workspace)
        self._absence = Absence(on_line=web.access.app_token is None)
        self._listener: SlackListener | None = None
        self._history: SlackHistory | None = None

    @property
    def name(self) -> str:
        return PLATFORM

    @property
    def chat(self) -> SlackChat:
        return self._chat

    @property
    def chat_reader(self) -> SlackChatReader:
        return self._chat_reader

    def router(self, services: Services) -> APIRouter:
        return router_of(self.web.access.signing_secret, lambda: self._listening(services))

    @asynccontextmanager
    async def attending(self, services: Services) -> AsyncIterator[None]:
        listener, absence = self._listening(services), self._absence
        absence.begin(await gap_at_start(services))
        history = self._history = SlackHistory(
            web=self.web, workspace=self.workspace, services=services, take=listener.take
        )
        catching_up = SlackCatchUp(history=history, absence=absence, clock=services.clock)
        duties = [_for_ever(catching_up.keep_up), _for_ever(lambda: self._join(services))]
        if self.web.access.app_token:
            line = SocketMode(
                web=self.web,
                answer=listener.answer,
                connected=absence.connected,
                lost=lambda: absence.lost(services.clock.now()),
            )
            duties.append(_for_ever(lambda: _after(catching_up.done, line.keep_open)))
        tasks = [asyncio.create_task(duty) for duty in duties]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await listener.close()

    async def _join(self, services: Services) -> None:
        """Learn which workspace the token is of, as soon as Slack says so; then wait for ever."""
        while True:
            with suppress(Unavailable):
                team = (await self.workspace.me()).team
                async with services.unit() as unit:
                    self.workspace.id = await connect_workspace(unit, PLATFORM, team)
                await asyncio.Event().wait()
            await asyncio.sleep(_JOIN_AGAIN_S)

    async def examine(self, channels: Sequence[str]) -> list[Checked]:
        return await SlackExamination(web=self.web, workspace=self.workspace).all(channels)

    async def _read_before(self, place: Place) -> None:
        if self._history is not None:
            await self._history.read_before(place)

    def _listening(self, services: Services) -> SlackListener:
        if self._listener is None or self._listener.services is not services:
            self._listener = SlackListener(
                web=self.web,
                workspace=self.workspace,
                chat=self._chat,
                services=services,
                missed=lambda: self._absence.left_out(services.clock.now()),
                before=self._read_before,
            )
        return self._listener


@asynccontextmanager
async def open_slack(access: SlackAccess, *, workspace_id: str = "") -> AsyncIterator[Slack]:
    """The platform while the block runs. No call is made yet, as Slack may be away.

    workspace_id: ours, which the places of its cases name.
    """
    # A proxy is taken from the environment, and NO_PROXY is kept, which the SDK itself does not.
    async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session:
        client = PostingClient(
            token=access.bot_token,
            base_url=access.api_url,
            session=session,
            logger=QUIET,
            # A call that is made again by itself could post twice: the runner looks first.
            retry_handlers=[],
        )
        client.proxy = None
        web = Web(access=access, client=client, session=session)
        yield Slack(web, workspace_id=workspace_id)


async def _after(caught_up: asyncio.Event, duty: Callable[[], Awaitable[None]]) -> None:
    """Start `duty` after catching up, for the order of messages; but wait only briefly."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await caught_up.wait()
    await duty()


async def _for_ever(duty: Callable[[], Awaitable[None]]) -> None:
    """Run a duty again whenever it ends or fails."""
    while True:
        try:
            await duty()
        except Exception:  # a mistake of ours must not leave Slack unattended
            log.exception("a duty in Slack broke off")
        await asyncio.sleep(_BROKE_OFF_S)
