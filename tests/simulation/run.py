"""One run of the whole product: a story under faults, then calm until all is done, then a check."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from core.alerts.routing import Policy
from core.context import Rules
from core.errors import Unavailable
from core.places import CaseRoom, Destination
from storage.memory import MemoryFiles, MemoryStore
from tests.fakes.pagerduty.events import BEGAN
from tests.fakes.services import with_workspaces
from tests.simulation.check_work import check_always
from tests.simulation.doors import Doors
from tests.simulation.faults import Faults
from tests.simulation.ledger import Ledger, is_foreign
from tests.simulation.platform import LOFT, PIGEON, Flock
from tests.simulation.process import Process, adopting
from tests.simulation.promises import check_at_the_end
from tests.simulation.stage import (
    ALL_IN_ONE,
    TEAM,
    Bells,
    Build,
    ProcessRole,
    Seams,
    SimulationStage,
)
from tests.simulation.story import Plot
from tests.simulation.trace import RunTrace
from tests.storage.jobs.virtual_time import LoopClock, VirtualLoop

LONGEST_CALM_S = 900.0
DOWN_S = (0.5, 15)
ATTIC = Destination(platform=PIGEON, workspace="main", channel="attic", room=CaseRoom.CHANNEL)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run was like. seconds: of virtual time."""

    seed: int
    trace: RunTrace
    ledger: Ledger
    seconds: float


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

    stage: SimulationStage
    faults: Faults
    trace: RunTrace
    ledger: Ledger
    roles: tuple[ProcessRole, ...]
    random: Random
    lasts_s: float
    processes: dict[str, Process] = field(default_factory=dict)
    leaving: dict[str, asyncio.Event] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, folder: Path, build: Build) -> Simulation:
        random = _chance(seed, "story")
        lasts_s = random.uniform(30, 80)
        trace, faults = RunTrace(), Faults.of(_chance(seed, "faults"), lasts_s=lasts_s)
        seams, bells, rules = Seams(faults, trace), Bells(faults), _rules(random)
        store = with_workspaces(MemoryStore(wake=bells, seam=seams.of_store))
        flocks = {name: Flock(name, seams.pass_by, trace) for name in ("terminal", PIGEON)}
        ledger = Ledger(store, flocks, trace, rules, LoopClock(BEGAN))
        seams.checks.append(lambda: check_always(ledger))
        stage = SimulationStage(
            seed=seed,
            rules=rules,
            build=build,
            seams=seams,
            store=store,
            files=MemoryFiles(folder, clock=LoopClock(BEGAN)),
            platforms=flocks,
            overlap=timedelta(seconds=random.choice((0, 10, 120))),
            foreign=lambda heard: is_foreign(ledger, heard),
            bells=bells,
            doors=Doors(faults, ledger),
        )
        roles = random.choice((ALL_IN_ONE, ALL_IN_ONE, TEAM))
        return cls(stage, faults, trace, ledger, roles, random, lasts_s)

    async def play(self) -> Outcome:
        keepers = [asyncio.create_task(self._keep(role)) for role in self.roles]
        await self._plot().unfold()
        self.trace.note("story", "over: no more faults")
        self.faults.calm = True
        await self._drain()
        for keeper in keepers:
            keeper.cancel()
        for process in self.processes.values():
            await process.bury()
        check_at_the_end(self.ledger)
        seconds = asyncio.get_running_loop().time()
        return Outcome(seed=self.stage.seed, trace=self.trace, ledger=self.ledger, seconds=seconds)

    def _plot(self) -> Plot:
        return Plot(
            random=self.random,
            faults=self.faults,
            flock=self.stage.platforms[PIGEON],
            ledger=self.ledger,
            clock=self.ledger.clock,
            doors=self.stage.doors,
            lasts_s=self.lasts_s,
            restart=self._restart,
        )

    async def _keep(self, role: ProcessRole) -> None:
        """Start a process, and again whenever it is gone."""
        life = 0
        while True:
            life += 1
            process = self.processes[role.name] = Process(f"{role.name}.{life}")
            leaving = self.leaving[role.name] = asyncio.Event()
            self.trace.note(process.name, "starts")
            main = process.spawn(self.stage.live(role, process, leaving))
            main.add_done_callback(lambda _, process=process: process.kill())  # type: ignore[misc]
            await process.ended
            await process.bury()
            if not main.cancelled() and (error := main.exception()):
                self.trace.note(process.name, f"ended: {error}")
                if not isinstance(error, Unavailable):
                    self.trace.accuse(f"{process.name} broke: {error!r}")
            await asyncio.sleep(self.faults.random.uniform(*DOWN_S))

    def _restart(self) -> None:
        role = self.random.choice(self.roles).name
        self.trace.note(self.processes[role].name, "is told to stop")
        self.leaving[role].set()

    async def _drain(self) -> None:
        """Until no job waits and nothing said is unheard; a run that never ends is broken."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_CALM_S
        while self.ledger.unfinished() and loop.time() < until:  # noqa: ASYNC110 - of all, no event
            await asyncio.sleep(2)
        for unfinished in self.ledger.unfinished():
            self.trace.accuse(f"never done: {unfinished}")


def _rules(random: Random) -> Rules:
    room = random.choice(list(CaseRoom))
    loft = Destination(platform=PIGEON, workspace=LOFT.workspace, channel=LOFT.channel, room=room)
    places = random.choice(((loft,), (loft,), (loft, ATTIC), ()))
    return Rules(
        resolve_after=timedelta(seconds=random.choice((20, 60))),
        routing=Policy(otherwise=places),
        room=room,
        admins=frozenset({f"{PIGEON}:P1"}),
    )


def _chance(seed: int, what: str) -> Random:
    return Random(f"{seed}: {what}")  # noqa: S311 - repeatability is the point
