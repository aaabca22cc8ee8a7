"""What happens in a run: people, alerts, incidents and mishaps, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource
from core.clock import Clock
from tests.simulation.alerts import Group, Twin, insist
from tests.simulation.doors import Doors
from tests.simulation.faults import Faults
from tests.simulation.ledger import Ledger
from tests.simulation.pager import IncidentStory, SimulatedPagerDuty
from tests.simulation.people import SimulatedPeople
from tests.simulation.platform import Flock

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

POISON = b'{"receiver": "faultmaven", "groupKey": "{}", "alerts": 7'


@dataclass
class Plot:
    """Everyone who takes part. restart: tells some process to stop."""

    random: Random
    faults: Faults
    flock: Flock
    ledger: Ledger
    clock: Clock
    doors: Doors
    lasts_s: float
    restart: Callable[[], None]

    async def unfold(self) -> None:
        """Returns when everything has happened, and every webhook was accepted."""
        crowd = SimulatedPeople(
            self.flock, self.random, self.clock, self.faults, self.doors.interact
        )
        acts = self.random.randint(12, 45)
        await _all_of(
            crowd.live(acts=acts, lasts_s=self.lasts_s),
            *self._alerts(),
            *self._incidents(),
            self._mishaps(),
        )

    def _alerts(self) -> list[Coroutine[Any, Any, None]]:
        random = self.random
        count = random.choice((0, 1, 1, 2))
        groups = [Group.of(random, number, lasts_s=self.lasts_s) for number in range(count)]
        self.ledger.truths += [alert for group in groups for alert in group.alerts]
        twins = [
            Twin(
                late_s=random.choice((0.5, 5, 20)),
                differs=timedelta(milliseconds=random.choice((0, 0, 900))),
                start=self.clock.now(),
                random=random,
                faults=self.faults,
                send=self.doors.deliver,
            )
            for _ in range(2)
        ]
        return [twin.watch(group, lasts_s=self.lasts_s) for twin in twins for group in groups]

    def _incidents(self) -> list[Coroutine[Any, Any, None]]:
        count = self.random.choice((0, 0, 1, 2))
        stories = [
            IncidentStory.of(self.random, number, lasts_s=self.lasts_s) for number in range(count)
        ]
        self.ledger.truths += stories
        send = partial(self.doors.deliver, source=AlertSource.PAGERDUTY)
        return [SimulatedPagerDuty(self.random, self.faults, send).tell(story) for story in stories]

    async def _mishaps(self) -> None:
        """One after the other; each may take its time."""
        plans: Sequence[Callable[[], Coroutine[Any, Any, None]]] = self.random.choices(
            (
                self._disconnect,
                self._delete,
                self._archive,
                self._poison,
                self._stop,
            ),
            weights=(2, 2, 2, 1, 2),
            k=self.random.choice((0, 2, 4, 6)),
        )
        moments = sorted(self.random.uniform(0, self.lasts_s) for _ in plans)
        for moment, plan in zip(moments, plans, strict=True):
            await asyncio.sleep(max(0, moment - asyncio.get_running_loop().time()))
            await plan()

    async def _disconnect(self) -> None:
        self.flock.disconnect()

    async def _delete(self) -> None:
        """Somebody tidies up."""
        if shown := self.flock.shown():
            self.flock.delete(self.random.choice(shown))

    async def _archive(self) -> None:
        """A channel takes nothing for a while."""
        channel = self.random.choice(self.flock.channels()).channel
        self.flock.archive(channel)
        await asyncio.sleep(self.random.uniform(5, 30))
        self.flock.unarchive(channel)

    async def _poison(self) -> None:
        """A body that nobody can read; who sends it never gives up either."""
        await insist(lambda: self.doors.deliver(POISON), random=self.random)

    async def _stop(self) -> None:
        """A process is told to stop, and does so in order."""
        self.restart()


async def _all_of(*happenings: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for happening in happenings:
            group.create_task(happening)
