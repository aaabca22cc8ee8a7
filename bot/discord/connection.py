"""Discord as a platform: chat, its reader, gateway and HTTP endpoint, with the settings' token."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.discord.access import DiscordAccess
from bot.discord.chat import DiscordChat
from bot.discord.chat_reader import DiscordChatReader
from bot.discord.doctor_checks import DiscordExamination
from bot.discord.endpoint import router_of
from bot.discord.errors import errors_of_discord
from bot.discord.handles import Acknowledgements
from bot.discord.listener import DiscordListener
from bot.discord.rest import Rest
from bot.discord.rooms import PLATFORM, DiscordRooms
from core.conversation.ports import connect_workspace
from core.errors import FaultMavenError, Unavailable
from core.places import CaseRoom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from fastapi import APIRouter

    from bot.platform import Checked
    from core.workflows.services import Services

log = logging.getLogger(__name__)

_AGAIN_AFTER_S = 5.0
_PATIENT_S = 60.0  # without a connection; then the library's own waiting is cut short
_LOOK_EVERY_S = 5.0


@dataclass
class Discord:
    """The Discord platform. Made by `open_discord`."""

    access: DiscordAccess
    room: CaseRoom = CaseRoom.THREAD
    workspace_id: str = ""
    rest: Rest = field(init=False)
    chat: DiscordChat = field(init=False)
    chat_reader: DiscordChatReader = field(init=False)

    def __post_init__(self) -> None:
        self.rest = Rest(self.access)
        self._rooms = DiscordRooms(self.rest, self.workspace_id)
        self._acknowledgements = Acknowledgements()
        self.chat = DiscordChat(self.rest, self._rooms, self._acknowledgements)
        self.chat_reader = DiscordChatReader(self.rest, self._rooms)

    @property
    def name(self) -> str:
        return PLATFORM

    def router(self, services: Services) -> APIRouter:
        return router_of(
            self.access.public_key, services, self._acknowledgements, self.workspace_id
        )

    def listener(self, services: Services) -> DiscordListener:
        """The listener that `attending` runs."""
        return DiscordListener(self.rest, self._rooms, services, self._acknowledgements)

    @asynccontextmanager
    async def attending(self, services: Services) -> AsyncIterator[None]:
        listener = self.listener(services)
        await listener.begin()
        task = asyncio.create_task(self._attend(listener), name="discord")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def examine(self, channels: Sequence[str]) -> list[Checked]:
        return await DiscordExamination(self.rest, self._rooms, self.room).of(channels)

    async def _attend(self, listener: DiscordListener) -> None:
        """Stay connected for ever; what cannot be mended here is logged and tried again."""
        while True:
            try:
                await self._listen(listener)
                wait_s = _AGAIN_AFTER_S
            except Unavailable as error:
                wait_s = error.retry_after_s or _AGAIN_AFTER_S
                log.warning("%s; again in %.0f s. %s", error, wait_s, error.next_step)
            except FaultMavenError as error:
                wait_s = _PATIENT_S
                log.error("%s; again in %.0f s. %s", error, wait_s, error.next_step)  # noqa: TRY400
            except Exception:  # outermost: a fault of ours must not leave everybody unheard
                wait_s = _PATIENT_S
                log.exception("listening to Discord failed; again in %.0f s", wait_s)
            await asyncio.sleep(wait_s)

    async def _listen(self, listener: DiscordListener) -> None:
        """Listen until the gateway closes for good. Raises ChatUnavailable, which says why."""
        await self.rest.log_in()
        async with listener.services.unit() as unit:
            self._rooms.workspace_id = await connect_workspace(unit, PLATFORM, self.rest.me)
        client = self.rest.client
        if not self.access.gateway_url:
            gateway = await self.rest.call("GET", "/gateway", doing="asking for the gateway")
            client.http.gateway_url = gateway["url"]
        listener.listen_to(client)
        with errors_of_discord("listening"):
            connected = asyncio.create_task(client.connect(), name="discord gateway")
            try:
                async with _history_read(listener):
                    await _watch(connected, listener)
            finally:
                connected.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await connected
                if client.ws is not None and client.ws.open:  # its heart beats in a thread
                    await client.ws.close()


@asynccontextmanager
async def _history_read(listener: DiscordListener) -> AsyncIterator[None]:
    """While the block runs, read what could not be read at the beginning."""
    reading = asyncio.create_task(listener.come_back(), name="discord history")
    try:
        yield
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading


async def _watch(connected: asyncio.Task[None], listener: DiscordListener) -> None:
    """Wait for the connection's end, or for one minute offline: the library waits up to 15."""
    while not connected.done():
        await asyncio.wait([connected], timeout=_LOOK_EVERY_S)
        if not connected.done() and listener.away_s() > _PATIENT_S:
            return
    await connected


@asynccontextmanager
async def open_discord(
    access: DiscordAccess, *, room: CaseRoom = CaseRoom.THREAD, workspace_id: str = ""
) -> AsyncIterator[Discord]:
    """The platform while the block runs. Discord need not be reachable: each call logs in first.

    room: what cases get, so that `examine` asks for no permission that nobody needs.
    workspace_id: ours, which the places of its cases name.
    """
    discord = Discord(access, room, workspace_id)
    try:
        yield discord
    finally:
        await discord.rest.close()
