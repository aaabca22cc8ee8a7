"""Catches up on missed messages, at the start and after each time offline."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.slack.absence import Absence
from bot.slack.history import SlackHistory
from core.clock import Clock
from core.errors import FaultMavenError

if TYPE_CHECKING:
    from bot.slack.absence import OfflineGap

log = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0


@dataclass(kw_only=True)
class SlackCatchUp:
    """Reads what was missed. done: set once the first gap was read."""

    history: SlackHistory
    absence: Absence
    clock: Clock
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep_up(self) -> None:
        """Read each gap as it arises, until cancelled."""
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

    async def _read(self, gap: OfflineGap) -> None:
        """Read the gap; whatever stops that, a bug included, the gap stays to be read."""
        complete = False
        try:
            news = await self.history.catch_up(gap)
            complete = True
        finally:
            if not complete:
                self.absence.add(gap)
        if news:
            log.info("caught up with Slack: %d", news)
