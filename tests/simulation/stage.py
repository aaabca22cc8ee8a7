"""The product as one process holds it, on a store that survives the process.

A test that wants to see the checker fail builds one part wrongly (`Build`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from core.context import Rules
from core.conversation.messages.message import IncomingMessage
from core.conversation.ports import Chat
from core.evidence.pipeline import extract
from core.investigation.reasoner import decide_and_answer
from core.jobs.model import Audience
from core.jobs.ports import Jobs
from core.redaction.engine import Redactor
from core.workflows.delivery_intake import Journal
from core.workflows.message_intake import hear
from core.workflows.services import Services, Store
from faultmaven.worker_pool import WorkerPool, start_pool
from storage.memory import MemoryFiles, MemoryJobs, MemoryStore
from tests.fakes.clock import SeededRandom
from tests.fakes.pagerduty.events import BEGAN
from tests.fakes.services import SECRET
from tests.simulation.doors import Doors
from tests.simulation.faults import Blow, Faults
from tests.simulation.listener import Hear, PlatformListener
from tests.simulation.pace import PacedJobs, PacedStore
from tests.simulation.platform import PIGEON, Flock
from tests.simulation.process import Process
from tests.simulation.trace import RunTrace
from tests.storage.jobs.virtual_time import LoopClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.model import ArtifactStore, Extraction, Original
    from core.investigation.decision import Decision, Situation
    from core.investigation.ports import TurnInProgress
    from core.jobs.model import Job


@dataclass(frozen=True, kw_only=True)
class ProcessRole:
    """What a process is for. doors: webhooks come in there. alone: nobody else holds leases."""

    name: str
    audiences: tuple[Audience, ...]
    doors: bool = False
    listens: bool = False
    alone: bool = False


ALL_IN_ONE = (
    ProcessRole(name="up", audiences=tuple(Audience), doors=True, listens=True, alone=True),
)
TEAM = (
    ProcessRole(name="serve", audiences=(), doors=True),
    ProcessRole(name="worker", audiences=(Audience.ANY, Audience.WORKER)),
    ProcessRole(name="bot", audiences=(Audience.BOT, Audience.EAR), listens=True),
)


@dataclass(frozen=True)
class Build:
    """How parts of the product are made."""

    store: Callable[[MemoryStore], Store] = lambda store: store
    jobs: Callable[[MemoryStore], Jobs] = MemoryJobs
    chat: Callable[[Chat], Chat] = lambda chat: chat
    hear: Hear = hear


@dataclass
class Seams:
    """Where the world gets in between: a kill, a delay, an error."""

    faults: Faults
    trace: RunTrace
    checks: list[Callable[[], None]] = field(default_factory=list)
    opened: str = ""

    async def pass_by(self, moment: str) -> None:
        process = Process.current()
        process.must_live()
        if blow := self.faults.blow_at(moment):
            await self._strike(process, blow)
        if not moment.startswith("store:"):
            await process.thaw()
        if delay_s := self.faults.delay_s(moment):
            await asyncio.sleep(delay_s)
            process.must_live()
        if error := self.faults.error(moment):
            self.trace.note(process.name, f"{moment} fails: {error}")
            raise error

    async def _strike(self, process: Process, blow: Blow) -> None:
        if blow.still_s is None:
            self.trace.note(process.name, f"killed at {blow.moment}")
            await process.die()
        else:
            self.trace.note(process.name, f"stands still for {blow.still_s} s at {blow.moment}")
            process.freeze(blow.still_s)

    async def of_store(self, moment: str) -> None:
        """`store:unit`, `store:unit:commit`, `store:claim:committed`; one writes at a time."""
        if moment not in ("commit", "committed"):
            self.opened = _OPENINGS.get(moment, moment)
            await self.pass_by(f"store:{self.opened}")
            return
        if moment == "committed":
            for check in self.checks:
                check()
        await self.pass_by(f"store:{self.opened}:{moment}")


_OPENINGS = {"begin": "unit"}


@dataclass
class SlowReasoner:
    """The deterministic reasoner behind a port that takes its time."""

    seams: Seams

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        await self.seams.pass_by("reasoner")
        return decide_and_answer(situation)


@dataclass
class SlowRunner:
    """Files are read for real, in this very process; it takes its time."""

    seams: Seams

    async def expect(self, *, case_key: bytes) -> None: ...

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        await self.seams.pass_by("runner")
        return extract(
            original, name=name, service=service, redactor=Redactor(case_key), shelf=shelf
        )


@dataclass
class Bells:
    """Wakes the runners of every process that lives; between processes a wake-up may be lost."""

    faults: Faults
    worker_pools: dict[Process, WorkerPool] = field(default_factory=dict)

    async def wake(self, jobs: Sequence[Job]) -> None:
        wanted = {job.audience for job in jobs}
        for process, workers in self.worker_pools.items():
            for runner in workers.runners if process.alive else ():
                if wanted & set(runner.audiences) and not self.faults.happens(_LOST):
                    runner.ring()


_LOST = 0.1


@dataclass
class SimulationStage:
    """What survives: the tables, the files, the platforms; and what every process is made of."""

    seed: int
    rules: Rules
    build: Build
    seams: Seams
    store: MemoryStore
    files: MemoryFiles
    platforms: dict[str, Flock]
    overlap: timedelta
    foreign: Callable[[IncomingMessage], bool]
    bells: Bells
    doors: Doors
    births: int = 0

    async def live(self, role: ProcessRole, process: Process, leaving: asyncio.Event) -> None:
        """One process from its start until it leaves; it is killed from outside."""
        self.births += 1
        services = self._services(role)
        workers = start_pool(
            PacedJobs(self.build.jobs(self.store)),
            services=services,
            audiences=role.audiences,
            owner=process.name,
        )
        if role.alone:
            await workers.take_over_leases()
        async with AsyncExitStack() as stack:
            self._announce(role, process, services, workers, stack)
            if workers.runners:
                await stack.enter_async_context(workers.running())
            group = await stack.enter_async_context(asyncio.TaskGroup())
            listening = group.create_task(self._listen(role, process, services))
            stack.callback(listening.cancel)
            await leaving.wait()

    def _announce(
        self,
        role: ProcessRole,
        process: Process,
        services: Services,
        workers: WorkerPool,
        stack: AsyncExitStack,
    ) -> None:
        self.bells.worker_pools[process] = workers
        stack.callback(self.bells.worker_pools.pop, process)
        if role.doors:
            self.doors.journals[process] = (Journal(services.store), services)
            stack.callback(self.doors.journals.pop, process)

    async def _listen(self, role: ProcessRole, process: Process, services: Services) -> None:
        if not role.listens:
            return
        listener = PlatformListener(
            self.platforms[PIGEON], services, self.build.hear, self.overlap, self.foreign
        )
        self.doors.listeners[process] = listener
        try:
            await listener.attend()
        finally:
            del self.doors.listeners[process]

    def _services(self, role: ProcessRole) -> Services:
        speaks = Audience.BOT in role.audiences
        platforms = self.platforms if speaks else {}
        return Services(
            store=PacedStore(self.build.store(self.store)),
            file_store=self.files,
            runner=SlowRunner(self.seams),
            clock=LoopClock(BEGAN),
            random=SeededRandom(self.seed * 1000 + self.births),
            secret=SECRET,
            reasoner=SlowReasoner(self.seams),
            chats=tuple(self.build.chat(flock) for flock in platforms.values()),
            readers=(platforms[PIGEON],) if speaks else (),
            rules=self.rules,
        )
