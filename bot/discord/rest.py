"""Discord's REST API, called through discord.py's HTTP client, which keeps the rate limits.

Logging in is part of the first call, so that nothing has to wait for Discord to be there.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
from discord.http import Route

from bot.discord.access import DiscordAccess
from bot.discord.client import DiscordClient
from bot.discord.errors import INTENT, errors_of_discord
from core.errors import ChatUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.discord.cards import DiscordDocument

log = logging.getLogger(__name__)

CONTENT = 1 << 18 | 1 << 19  # resources/application, "Application Flags": also the limited one
CONTENT_IS_OFF = (
    "Message Content is off: commands, buttons, mentions and direct messages are heard, what "
    "people say and drop in a case's thread is not"
)
_CALL_TIMEOUT_S = 60.0


def ask_for_what_is_granted(client: discord.Client) -> None:
    """Drop an intent that is not switched on: Discord would close the connection (4014).

    Without it, what is said to us by name or alone still comes, and commands, and buttons.
    """
    application = client.application
    if application is None or application.flags.value & CONTENT:
        return
    log.warning("%s. %s", CONTENT_IS_OFF, INTENT)
    client._connection._intents.message_content = False  # the library gives out copies only


@dataclass
class Rest:
    """Discord's API. `client` is replaced once its connection was closed for good."""

    access: DiscordAccess
    client: DiscordClient = field(init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _is_over: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        self.client = DiscordClient(self.access)

    @property
    def is_logged_in(self) -> bool:
        client = self.client
        return not client.is_closed() and None not in (client.user, client.application)

    @property
    def me(self) -> str:
        """The bot's own id; "" before it was logged in."""
        return str(self.client.user.id) if self.client.user else ""

    async def log_in(self) -> None:
        """Log in, unless that was done before. Raises ChatUnavailable."""
        async with self._one_at_a_time:
            if self._is_over:  # a handler that still runs would open a session that nobody closes
                raise ChatUnavailable("Discord: our connection has ended")
            if self.is_logged_in:
                return
            if self.client.is_closed():
                await _end(self.client)
                self.client = DiscordClient(self.access)
            try:
                with errors_of_discord("logging in"):
                    async with asyncio.timeout(_CALL_TIMEOUT_S):
                        await self.client.login(self.access.token)
                ask_for_what_is_granted(self.client)
            except BaseException:
                # What was opened for it would stay open, and the next try makes its own.
                await self.client.http.close()
                self.client = DiscordClient(self.access)
                raise

    async def call(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        needs: Sequence[str] = (),
        body: Any = None,
        query: dict[str, Any] | None = None,
        documents: Sequence[DiscordDocument] = (),
        expecting: Sequence[int] = (),
        **ids: str,
    ) -> Any:
        """What Discord answers; None where it refuses with one of the codes in `expecting`.

        path: with `{names}` for `ids`. Raises ChatUnavailable, ChatRefused and NotFound.
        """
        await self.log_in()
        route = Route(method, path, metadata=None, **ids)
        content = _content(body, query, documents)
        with self.calling(doing, needs=needs):
            try:
                async with asyncio.timeout(_CALL_TIMEOUT_S):
                    return await self.client.http.request(route, **content)
            except discord.HTTPException as error:
                if error.code in expecting:
                    return None
                raise

    @contextmanager
    def calling(self, doing: str, *, needs: Sequence[str] = ()) -> Iterator[None]:
        """Translate what the library raises within the block. See `errors_of_discord`."""
        client = self.client
        with errors_of_discord(doing, needs=needs):
            try:
                yield
            except RuntimeError as error:
                # aiohttp, of a session that was closed: the gateway gave up meanwhile.
                if not client.is_closed():
                    raise
                message = f"Discord: {doing}: the connection was just closed"
                raise ChatUnavailable(message, retry_after_s=1.0) from error

    async def close(self) -> None:
        """Close the connection for good."""
        self._is_over = True
        await _end(self.client)


async def _end(client: discord.Client) -> None:
    """Close the client, even where an earlier `close` of the library was stopped half way."""
    closing = asyncio.ensure_future(client.close())
    try:
        await asyncio.wait([closing])
        if not closing.cancelled():
            closing.result()
    finally:
        closing.cancel()
        await client.http.close()


def _content(
    body: Any, query: dict[str, Any] | None, documents: Sequence[DiscordDocument]
) -> dict[str, Any]:
    """The arguments of the library's request: JSON, or a form (reference, "Uploading Files")."""
    content: dict[str, Any] = {"params": query} if query else {}
    if not documents:
        return content if body is None else content | {"json": body}
    files = [discord.File(io.BytesIO(item.content), filename=item.name) for item in documents]
    named = [{"id": nth, "filename": item.filename} for nth, item in enumerate(files)]
    form: list[dict[str, Any]] = [
        {"name": "payload_json", "value": json.dumps(body | {"attachments": named})}
    ]
    form += [
        {
            "name": f"files[{nth}]",
            "value": item.fp,
            "filename": item.filename,
            "content_type": document.media_type,
        }
        for nth, (item, document) in enumerate(zip(files, documents, strict=True))
    ]
    return content | {"files": files, "form": form}
