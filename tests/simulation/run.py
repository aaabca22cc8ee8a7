"""One run of the whole product: a story under faults, then calm until all is done, then a check."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from core.alerts.intake import Body, accept
from core.alerts.model import Source
from core.alerts.routing import Policy
from core.conversation.model import Destination, Room
from core.errors import Unavailable
from core.services import Rules
from storage.memory import MemoryFiles, MemoryStore
from tests.fakes.pagerduty.events import BEGAN
from tests.simulation.alerts import Group, Twin
from tests.simulation.faults import Faults
from tests.simulation.invariants import Ledger, check_always, check_at_the_end, is_foreign
from tests.simulation.pager import PagerDuty, Story
from tests.simulation.people import Crowd, delete_some
from tests.simulation.platform import LOFT, PIGEON, Flock, Line
from tests.simulation.process import Process, adopting
from tests.simulation.stage import ALL_IN_ONE, TEAM, Bells, Build, Role, Seams, Stage
from tests.simulation.trace import Trace
from tests.storage.jobs.virtual_time import LoopClock, VirtualLoop

LONGEST_CALM_S = 1500.0
DOWN_S = (0.5, 15)
ATTIC = Destination(platform=PIGEON, channel="attic", room=Room.CHANNEL)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run was like. seconds: of virtual time; kills: processes that were killed."""

    seed: int
    trace: Trace
    seconds: float
    births: int
    commits: int
    posts: int


def simulate(seed: int, *, build: Build | None = None) -> Outcome:
    """Play the run of a seed; what was broken is in its trace."""
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        runner.get_loop().set_task_factory(adopting)
        return runner.run(Simulation.of(seed, Path(folder), build or Build()).play())


@dataclass
class Simulation:
    """Everything of one run."""

    stage: Stage
    faults: Faults
    trace: Trace
    ledger: Ledger
    roles: tuple[Role, ...]
    random: Random
    lasts_s: float
    processes: dict[str, Process] = field(default_factory=dict)
    leaving: dict[str, asyncio.Event] = field(default_factory=dict)
    over: bool = False

    @classmethod
    def of(cls, seed: int, folder: Path, build: Build) -> Simulation:
        random = Random(f"{seed}: story")
        lasts_s = random.uniform(40, 110)
        trace = Trace()
        faults = Faults.of(Random(f"{seed}: faults"), lasts_s=lasts_s)
        seams = Seams(faults, trace)
        bells = Bells(faults)
        store = MemoryStore(wake=bells, seam=seams.of_store)
        flocks = {
            name: Flock(name, seams.pass_by, trace, Random(f"{seed}: {name}"))
            for name in ("terminal", PIGEON)
        }
        ledger = Ledger(store=store, flocks=flocks, trace=trace)
        seams.checks.append(lambda: check_always(ledger))
        stage = Stage(
            seed=seed,
            rules=_rules(random),
            build=build,
            seams=seams,
            store=store,
            files=MemoryFiles(folder),
            platforms=flocks,
            overlap=timedelta(seconds=random.choice((0, 10, 120))),
            foreign=lambda heard: is_foreign(ledger, heard),
            bells=bells,
        )
        roles = random.choice((ALL_IN_ONE, ALL_IN_ONE, TEAM))
        return cls(stage, faults, trace, ledger, roles, random, lasts_s)

    async def play(self) -> Outcome:
        self.ledger.clock = LoopClock(BEGAN)
        keepers = [asyncio.create_task(self._keep(role)) for role in self.roles]
        await self._story()
        self.trace.note("story", "over: no more faults")
        self.faults.calm = True
        await self._drain()
        self.over = True
        for process in list(self.processes.values()):
            await process.bury()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        check_at_the_end(self.ledger, rules=self.stage.rules)
        return Outcome(
            seed=self.stage.seed,
            trace=self.trace,
            seconds=asyncio.get_running_loop().time(),
            births=self.stage.births,
            commits=self.ledger.commits,
            posts=sum(len(flock.posts) for flock in self.stage.platforms.values()),
        )

    async def _keep(self, role: Role) -> None:
        """Start a process, and again whenever it is gone."""
        life = 0
        while not self.over:
            life += 1
            process = Process(f"{role.name}.{life}")
            self.processes[role.name] = process
            leaving = self.leaving[role.name] = asyncio.Event()
            main = process.spawn(self.stage.live(role, process, leaving))
            main.add_done_callback(lambda _, process=process: process.kill())  # type: ignore[misc]
            self.trace.note(process.name, "starts")
            await process.ended
            await process.bury()
            if not main.cancelled() and (error := main.exception()):
                self.trace.note(process.name, f"ended: {error}")
                if not isinstance(error, Unavailable):
                    self.trace.accuse(f"{process.name} broke: {error!r}")
            await asyncio.sleep(self.faults.pause_s(*DOWN_S))

    async def _story(self) -> None:
        """People, alerts and mishaps, all at once."""
        random = self.random
        pigeon = self.stage.platforms[PIGEON]
        crowd = Crowd(pigeon, random, LoopClock(BEGAN), self.faults, self._interact)
        groups = [
            Group.of(random, number, lasts_s=self.lasts_s)
            for number in range(random.choice((0, 1, 1, 2)))
        ]
        stories = [
            Story.of(random, number, lasts_s=self.lasts_s)
            for number in range(random.choice((0, 0, 1, 2)))
        ]
        self.ledger.groups, self.ledger.stories = groups, stories
        async with asyncio.TaskGroup() as story:
            story.create_task(crowd.live(acts=random.randint(8, 30), lasts_s=self.lasts_s))
            for name in ("east", "west"):
                twin = Twin(
                    name,
                    late_s=random.choice((0.5, 5, 20)),
                    differs=timedelta(milliseconds=random.choice((0, 0, 900))),
                    start=LoopClock(BEGAN).now(),
                    random=random,
                    faults=self.faults,
                    send=self._deliver,
                )
                for group in groups:
                    story.create_task(twin.watch(group, lasts_s=self.lasts_s))
            paging = PagerDuty(random, self.faults, partial(self._deliver, source=Source.PAGERDUTY))
            for one in stories:
                story.create_task(paging.tell(one))
            story.create_task(self._mishaps(pigeon))

    async def _mishaps(self, pigeon: Flock) -> None:
        """Connections that break, messages that are deleted, a channel that is archived a while."""
        random = self.random
        plans = random.choices(
            (self._disconnect, self._delete, self._archive, self._poison, self._restart),
            weights=(3, 2, 1, 1, 2),
            k=random.choice((0, 1, 3, 5)),
        )
        moments = sorted(random.uniform(0, self.lasts_s) for _ in plans)
        for moment, plan in zip(moments, plans, strict=True):
            await asyncio.sleep(max(0, moment - asyncio.get_running_loop().time()))
            await plan(pigeon)

    async def _disconnect(self, pigeon: Flock) -> None:
        self.trace.note(PIGEON, "the connection is lost")
        pigeon.disconnect()

    async def _delete(self, pigeon: Flock) -> None:
        delete_some(pigeon, self.random)

    async def _archive(self, pigeon: Flock) -> None:
        channel = self.random.choice(pigeon.channels()).channel
        pigeon.archived.add(channel)
        self.trace.note(PIGEON, f"{channel} is archived")
        await asyncio.sleep(self.random.uniform(5, 30))
        pigeon.archived.discard(channel)
        self.trace.note(PIGEON, f"{channel} is back")

    async def _restart(self, _: Flock) -> None:
        """A process is told to stop, and does so in order."""
        role = self.random.choice(self.roles).name
        self.trace.note(self.processes[role].name, "is told to stop")
        self.leaving[role].set()

    async def _poison(self, _: Flock) -> None:
        """A body that nobody can read; whoever sends it never gives up either."""
        body = b'{"receiver": "faultmaven", "groupKey": "{}", "alerts": 7'
        while not await self._deliver(body):
            await asyncio.sleep(1)

    async def _deliver(
        self, body: bytes, *, source: Source = Source.ALERTMANAGER, name: str = ""
    ) -> bool:
        """A webhook; False where it was not acknowledged."""
        process = next(iter(self.stage.journals), None)
        if process is None or not process.alive:
            return False
        journal, services = self.stage.journals[process]
        request = process.spawn(
            accept(Body.of(body), source=source, name=name, journal=journal, services=services)
        )
        await asyncio.wait({request})
        if request.cancelled() or isinstance(request.exception(), Unavailable):
            return False
        delivery = request.result()
        self.trace.note("webhook", f"{delivery.id[-12:]} {delivery.state} taken")
        self.ledger.accepted.append(delivery.id)
        return True

    async def _interact(self, line: Line) -> None:
        """A command, button or form; whoever is not answered tries no further."""
        for _ in range(2 if self.faults.happens(self.faults.repeated) else 1):
            process = next(iter(self.stage.listeners), None)
            if process is None or not process.alive:
                return
            taking = process.spawn(self.stage.listeners[process].take(line.heard))
            await asyncio.wait({taking})
            if not taking.cancelled():
                taking.exception()

    async def _drain(self) -> None:
        """Until no job waits and nothing said is unheard; a run that never ends is broken."""
        until = asyncio.get_running_loop().time() + LONGEST_CALM_S
        while left := self.ledger.unfinished():
            if asyncio.get_running_loop().time() > until:
                for one in left:
                    self.trace.accuse(f"never done: {one}")
                return
            await asyncio.sleep(2)


def _rules(random: Random) -> Rules:
    room = random.choice((Room.THREAD, Room.THREAD, Room.CHANNEL))
    loft = Destination(platform=PIGEON, channel=LOFT.channel, room=room)
    places = random.choice(((loft,), (loft,), (loft, ATTIC), ()))
    return Rules(
        resolve_after=timedelta(seconds=random.choice((20, 60))),
        routing=Policy(otherwise=places),
        room=room,
        admins=frozenset({f"{PIGEON}:P1"}),
    )


def quietly() -> None:
    """What the product logs of all these faults is of no interest here."""
    logging.getLogger().setLevel(logging.CRITICAL)
