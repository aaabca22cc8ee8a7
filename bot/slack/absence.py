"""Since when might somebody have spoken to us in vain? What is heard meanwhile must not hide it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from bot.slack.reading import PLATFORM
from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from core.workflows.services import Services

log = logging.getLogger(__name__)

LONGEST = timedelta(hours=24)
OVERLAP = timedelta(seconds=120)  # messages are not always committed in the order of their times
_PATIENCE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Gap:
    """From when on what was said may not have been heard: anywhere, and where cases are at home."""

    anywhere: datetime
    at_home: datetime

    @classmethod
    def since(cls, moment: datetime) -> Self:
        return cls(anywhere=moment, at_home=moment)

    def wider(self, other: Gap | None) -> Gap:
        """Both of them."""
        if other is None:
            return self
        return Gap(
            anywhere=min(self.anywhere, other.anywhere), at_home=min(self.at_home, other.at_home)
        )


async def gap_at_start(services: Services) -> Gap:
    """To be asked before anything can be heard: whoever was heard last had our attention.

    What was said before we ever came was not said to us; but our own cards were there to be
    answered. While the store cannot tell, it is as long as anything is taken up at all.
    """
    now = services.clock.now()
    try:
        async with asyncio.timeout(_PATIENCE_S), services.store.reading() as unit:
            last = await unit.hearing.newest_on(services.rules.tenant_id, PLATFORM)
    except (StoreUnavailable, TimeoutError) as error:
        log.warning("not known when Slack was heard last (%s): a day is read", error)
        return Gap.since(now - LONGEST)
    if last is None:
        return Gap(anywhere=now, at_home=now - LONGEST)
    return Gap.since(last.heard_at - OVERLAP)


@dataclass(kw_only=True)
class Absence:
    """What is still to be caught up with. on_line: what is said now reaches us."""

    on_line: bool
    missed: asyncio.Event = field(default_factory=asyncio.Event)
    _came: datetime | None = None
    _gap: Gap | None = None

    def begin(self, gap: Gap) -> None:
        """We come: what was said before all of it is none of our business later on either."""
        self._came = gap.anywhere
        self.add(gap)

    def add(self, gap: Gap) -> None:
        """To be read, together with what is waiting for that already."""
        self._gap = gap.wider(self._gap)
        self.missed.set()

    def connected(self) -> None:
        self.on_line = True
        self.missed.set()

    def lost(self, now: datetime) -> None:
        """Nothing can be read yet that is said from now on: that is done when it is over."""
        self.on_line = False
        self._gap = self._just_before(now).wider(self._gap)

    def left_out(self, now: datetime) -> None:
        """Slack says that it has kept something from us just now."""
        self.add(self._just_before(now))

    def take(self, now: datetime) -> Gap:
        """What is to be read now. Whoever does not get to its end has to `add` it again."""
        taken = self._gap or self._just_before(now)
        self._gap = None if self.on_line else self._just_before(now)
        self.missed.clear()
        return taken

    def _just_before(self, now: datetime) -> Gap:
        return Gap.since(max(now - OVERLAP, self._came or now - OVERLAP))
