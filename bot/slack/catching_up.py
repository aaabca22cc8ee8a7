"""When is it read what was missed? At the start, and whenever nobody was on the line."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.slack.absence import Absence
from bot.slack.history import History
from core.clock import Clock
from core.errors import FaultMavenError

if TYPE_CHECKING:
    from bot.slack.absence import Gap

log = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0


@dataclass(kw_only=True)
class CatchingUp:
    """done: once everything was read that was missed before."""

    history: History
    absence: Absence
    clock: Clock
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep_up(self) -> None:
        """Until it is cancelled."""
        wait = _FIRST_WAIT_S
        while True:
            await self.absence.missed.wait()
            gap = self.absence.take(self.clock.now())
            try:
                await self._read(gap)
            except FaultMavenError as error:
                log.warning("cannot catch up with Slack: %s", error)
                await asyncio.sleep(getattr(error, "retry_after_s", None) or wait)
                wait = min(2 * wait, _LONGEST_WAIT_S)
            else:
                wait = _FIRST_WAIT_S
                self.done.set()

    async def _read(self, gap: Gap) -> None:
        """Whatever keeps us from its end, a bug of ours too, it stays to be read."""
        read = False
        try:
            news = await self.history.catch_up(gap)
            read = True
        finally:
            if not read:
                self.absence.add(gap)
        if news:
            log.info("caught up with Slack: %d", news)
