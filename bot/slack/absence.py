"""The time for which messages may not have been heard, kept until they were caught up with."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from bot.slack.payloads import PLATFORM
from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from core.workflows.services import Services

log = logging.getLogger(__name__)

LONGEST = timedelta(hours=24)
OVERLAP = timedelta(seconds=120)  # messages are not always committed in the order of their times
_PATIENCE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class OfflineGap:
    """Start of a gap in hearing: in any channel (`anywhere`), and in those of cases (`at_home`)."""

    anywhere: datetime
    at_home: datetime

    @classmethod
    def since(cls, moment: datetime) -> Self:
        return cls(anywhere=moment, at_home=moment)

    def wider(self, other: OfflineGap | None) -> OfflineGap:
        """The gap that covers both."""
        if other is None:
            return self
        return OfflineGap(
            anywhere=min(self.anywhere, other.anywhere), at_home=min(self.at_home, other.at_home)
        )


async def gap_at_start(services: Services) -> OfflineGap:
    """The gap at the start; ask before anything new is heard, which would hide it.

    What was said before the first start was not said to the bot; but cards of cases were there to
    be answered. While the store cannot tell, the gap is the longest that is ever read.
    """
    now = services.clock.now()
    try:
        async with asyncio.timeout(_PATIENCE_S), services.reading() as unit:
            last = await unit.incoming.newest_on(PLATFORM)
    except (StoreUnavailable, TimeoutError) as error:
        log.warning("not known when Slack was heard last (%s): a day is read", error)
        return OfflineGap.since(now - LONGEST)
    if last is None:
        return OfflineGap(anywhere=now, at_home=now - LONGEST)
    return OfflineGap.since(last.heard_at - OVERLAP)


@dataclass(kw_only=True)
class Absence:
    """The gap that is still to be caught up with. on_line: new messages reach us."""

    on_line: bool
    missed: asyncio.Event = field(default_factory=asyncio.Event)
    _came: datetime | None = None
    _gap: OfflineGap | None = None

    def begin(self, gap: OfflineGap) -> None:
        """Start with this gap: nothing before it is ever read."""
        self._came = gap.anywhere
        self.add(gap)

    def add(self, gap: OfflineGap) -> None:
        """Add a gap to what is to be read."""
        self._gap = gap.wider(self._gap)
        self.missed.set()

    def connected(self) -> None:
        self.on_line = True
        self.missed.set()

    def lost(self, now: datetime) -> None:
        """Note a lost connection; what is said from now on is read once it is back."""
        self.on_line = False
        self._gap = self._just_before(now).wider(self._gap)

    def left_out(self, now: datetime) -> None:
        """Note that Slack has just left out events."""
        self.add(self._just_before(now))

    def take(self, now: datetime) -> OfflineGap:
        """The gap to read now. Whoever does not get to its end has to `add` it again."""
        gap = self._gap or self._just_before(now)
        self._gap = None if self.on_line else self._just_before(now)
        self.missed.clear()
        return gap

    def _just_before(self, now: datetime) -> OfflineGap:
        return OfflineGap.since(max(now - OVERLAP, self._came or now - OVERLAP))
