"""How is what people say committed in time, and in its order? What waits together goes together.

The gateway wants no acknowledgement and sends nothing twice. So what is said waits for the store
for as long as that takes, and what was said later waits behind it; meanwhile more gathers, and all
of it is the next commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from core.conversation.messages.incoming import Heard
from core.errors import Unavailable
from core.workflows.message_intake import hear_all
from core.workflows.services import Services

log = logging.getLogger(__name__)

BATCH = 64
_PATIENCE_S = 1.0


@dataclass
class Intake:
    """Everything that is being heard over the gateway. One event loop only.

    had: called with each when it is committed, in their order.
    """

    services: Services
    had: Callable[[Heard], None]
    _waiting: deque[Heard] = field(default_factory=deque)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, heard: Heard) -> None:
        """Returns when it is committed. Its place is that of the call: nothing is awaited before.

        asyncio's lock is fair, and each turn commits at least one: so this one, at the latest, has
        committed by the end of its own turn.
        """
        self._waiting.append(heard)
        async with self._turn:
            if batch := [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]:
                await self._commit(batch)

    async def _commit(self, batch: list[Heard]) -> None:
        try:
            await self._patiently(batch)
        except Exception:  # outermost: a fault of ours with one message is not to cost the others
            log.exception("%d of what was said cannot be committed", len(batch))
            if len(batch) > 1:
                for one in batch:
                    await self._commit([one])
            return
        for one in batch:
            self.had(one)

    async def _patiently(self, batch: list[Heard]) -> None:
        while True:
            try:
                await hear_all(batch, services=self.services)
            except Unavailable as error:
                log.warning("what was said waits for the database: %s", error)
                await asyncio.sleep(_PATIENCE_S)
            else:
                return
