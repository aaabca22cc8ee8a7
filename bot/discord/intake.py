"""Commits messages of people in time and in order; what waits together is committed together.

The gateway wants no acknowledgement and sends nothing twice. So a message waits for the store for
as long as that takes, and later ones wait behind it; they become the next commit together.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from core.conversation.messages.message import IncomingMessage
from core.errors import Unavailable
from core.workflows.message_intake import hear_all
from core.workflows.services import Services

log = logging.getLogger(__name__)

BATCH = 64
_PATIENCE_S = 1.0


@dataclass
class Intake:
    """Messages that arrive over the gateway. For one event loop only.

    had: called with each message once it is committed, in order.
    """

    services: Services
    had: Callable[[IncomingMessage], None]
    _waiting: deque[IncomingMessage] = field(default_factory=deque)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, message: IncomingMessage) -> None:
        """Returns when the message is committed, in the order of the calls.

        asyncio's lock is fair, and each turn commits at least one: so this one, at the latest, has
        committed by the end of its own turn.
        """
        self._waiting.append(message)
        async with self._turn:
            if batch := [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]:
                await self._commit(batch)

    async def _commit(self, batch: list[IncomingMessage]) -> None:
        try:
            await self._patiently(batch)
        except Exception:  # outermost: a fault of ours with one message is not to cost the others
            log.exception("%d of what was said cannot be committed", len(batch))
            if len(batch) > 1:
                for message in batch:
                    await self._commit([message])
            return
        for message in batch:
            self.had(message)

    async def _patiently(self, batch: list[IncomingMessage]) -> None:
        while True:
            try:
                await hear_all(batch, services=self.services)
            except Unavailable as error:
                log.warning("what was said waits for the database: %s", error)
                await asyncio.sleep(_PATIENCE_S)
            else:
                return
