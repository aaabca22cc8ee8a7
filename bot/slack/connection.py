"""Slack, connected: the one thing of this room that the wiring makes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
from fastapi import APIRouter
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response

from bot.slack.chat import SlackChat
from bot.slack.ear import SlackEar
from bot.slack.examination import Examination
from bot.slack.history import History
from bot.slack.listener import QUIET, Listener
from bot.slack.reading import PLATFORM
from bot.slack.signature import is_genuine
from bot.slack.socket_mode import SocketMode
from bot.slack.web import Web
from bot.slack.workspace import Workspace
from core.errors import FaultMavenError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from starlette.requests import Request

    from bot.platform import Checked
    from bot.slack.access import SlackAccess
    from core.services import Services

log = logging.getLogger(__name__)

PATH = "/slack/events"
_TIMEOUT = aiohttp.ClientTimeout(total=15)
_PATIENCE_S = 5.0  # for what was missed to be heard before what comes now
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0


class Slack:
    """One app in one workspace; implements `bot.platform.Platform`."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.workspace = Workspace(web=web)
        self._chat = SlackChat(web=web, workspace=self.workspace)
        self._ear = SlackEar(web=web, workspace=self.workspace)
        self._missed = asyncio.Event()
        self._alone_since: datetime | None = None
        self._listener: Listener | None = None

    @property
    def name(self) -> str:
        return PLATFORM

    @property
    def chat(self) -> SlackChat:
        return self._chat

    @property
    def ear(self) -> SlackEar:
        return self._ear

    def router(self, services: Services) -> APIRouter:
        router, secret = APIRouter(), self.web.access.signing_secret
        handler = AsyncSlackRequestHandler(self._listening(services).app)

        async def events(request: Request) -> Response:
            """Nothing is read of what is not signed."""
            body, now = await request.body(), services.clock.now()
            if not secret or not is_genuine(body, request.headers, secret=secret, now=now):
                return Response(status_code=401)
            return await handler.handle(request)

        router.add_route(PATH, events, methods=["POST"])
        return router

    @asynccontextmanager
    async def attending(self, services: Services) -> AsyncIterator[None]:
        listener = self._listening(services)
        caught_up = asyncio.Event()
        history = History(
            web=self.web, workspace=self.workspace, services=services, take=listener.take
        )
        duties = [_for_ever(lambda: self._keep_up(history, caught_up))]
        if self.web.access.app_token:
            line = SocketMode(
                web=self.web,
                app=listener.app,
                connected=self._missed.set,
                lost=lambda: self._left_alone(services.clock.now()),
            )
            duties.append(_for_ever(lambda: _after(caught_up, line.keep_open)))
        self._missed.set()
        tasks = [asyncio.create_task(duty) for duty in duties]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await listener.close()

    async def examine(self, channels: Sequence[str]) -> list[Checked]:
        return await Examination(web=self.web, workspace=self.workspace).all(channels)

    def _listening(self, services: Services) -> Listener:
        if self._listener is None or self._listener.services is not services:
            self._listener = Listener(
                web=self.web,
                workspace=self.workspace,
                chat=self._chat,
                services=services,
                missed=self._missed.set,
            )
        return self._listener

    def _left_alone(self, now: datetime) -> None:
        """Until all is read that was said since, this is where reading begins."""
        self._alone_since = min(now, self._alone_since or now)

    async def _keep_up(self, history: History, caught_up: asyncio.Event) -> None:
        """Read what was missed at the start, and whenever there was nobody on the line."""
        wait = _FIRST_WAIT_S
        while True:
            await self._missed.wait()
            self._missed.clear()
            since, self._alone_since = self._alone_since, None
            try:
                news = await replace(history, alone_since=since).catch_up()
            except FaultMavenError as error:
                log.warning("cannot catch up with Slack: %s", error)
                if since is not None:
                    self._left_alone(since)
                self._missed.set()
                await asyncio.sleep(getattr(error, "retry_after_s", None) or wait)
                wait = min(2 * wait, _LONGEST_WAIT_S)
            else:
                wait = _FIRST_WAIT_S
                caught_up.set()
                if news:
                    log.info("caught up with Slack: %d", news)


@asynccontextmanager
async def open_slack(access: SlackAccess) -> AsyncIterator[Slack]:
    """Asks nothing of Slack yet, which may be away."""
    # A proxy is taken from the environment, and NO_PROXY is kept, which the SDK itself does not.
    async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session:
        client = AsyncWebClient(
            token=access.bot_token,
            base_url=access.api_url,
            session=session,
            logger=QUIET,
            # A call that is made again by itself could post twice: the runner looks first.
            retry_handlers=[],
        )
        client.proxy = None
        yield Slack(Web(access=access, client=client, session=session))


async def _after(caught_up: asyncio.Event, duty: Callable[[], Awaitable[None]]) -> None:
    """So that things are heard in their order; but nobody waits long for that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await caught_up.wait()
    await duty()


async def _for_ever(duty: Callable[[], Awaitable[None]]) -> None:
    """The outermost loop of a duty: whatever stops it, it is taken up again."""
    while True:
        try:
            await duty()
        except Exception:  # a mistake of ours must not leave Slack unattended
            log.exception("a duty in Slack broke off")
        await asyncio.sleep(_LONGEST_WAIT_S)
