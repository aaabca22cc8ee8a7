"""The product on a store in memory, with one case; a platform is connected to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.terminal.chat import TerminalChat
from core.cases.events import EventKind
from core.cases.investigation_state import SOLUTION, Solution, SolutionState
from core.cases.lifecycle import SYSTEM, Change, record
from core.context import HOME
from core.conversation.cards.card import Mark
from core.conversation.commands.command import Command
from core.conversation.commands.parsing import take_apart
from core.investigation.reasoner import decide_and_answer
from core.jobs.kinds import CHAT_HEAR, CHAT_PROGRESS, CHAT_SEND
from core.text.redacted import RedactedText
from core.workflows.command_dispatch import dispatch
from core.workflows.evidence_intake import receive_file
from core.workflows.services import Services
from faultmaven.worker_pool import WorkerPool, start_pool
from storage.memory import MemoryJobs, MemoryStore
from tests.contracts.samples import a_heard, an_utterance
from tests.fakes.chat import EVERYONE, ReadingHere
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from core.cases.projection import CaseView
    from core.conversation.ports import Chat, ChatReader
    from core.investigation.decision import Decision, Situation
    from core.investigation.ports import TurnInProgress
    from core.places import Place

LOG = "".join(
    f"2026-11-20T02:4{minute}:07Z ERROR checkout {what}\n"
    for minute in range(3)
    for what in (
        "QueuePool limit of size 10 overflow 0 reached, connection timed out, timeout 5.00",
        "java.lang.OutOfMemoryError: Java heap space",
    )
)
SOON_S = 20.0  # on a machine that is busy with other things


@dataclass
class HeldReasoner:
    """A reasoner whose turns can be kept waiting, as a slow port would."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    holding: int = 0

    def hold(self) -> None:
        self.free.clear()
        self.holding = 0

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        self.holding += not self.free.is_set()
        await self.free.wait()
        return decide_and_answer(situation)


@dataclass
class ParityWorld:
    """`case` is where all of it happens: number 1."""

    services: Services
    store: MemoryStore
    clock: SetClock
    reasoner: HeldReasoner
    workers: WorkerPool

    @classmethod
    def of(cls, folder: Path) -> ParityWorld:
        store, clock, reasoner = MemoryStore(), SetClock(datetime.now(UTC)), HeldReasoner()
        reasoner.free.set()
        services = replace(
            memory_services(store=store, clock=clock, folder=folder),
            runner=ReadingHere(),
            reasoner=reasoner,
        )
        world = cls(services, store, clock, reasoner, workers=None)  # type: ignore[arg-type]
        world.connect((), ())
        return world

    def connect(self, chats: Sequence[Chat], readers: Sequence[ChatReader]) -> None:
        """Speaks to these platforms, and to the terminal, from now on."""
        self.services = replace(
            self.services, chats=(TerminalChat(), *chats), readers=tuple(readers)
        )
        self.workers = start_pool(
            MemoryJobs(self.store), services=self.services, audiences=EVERYONE, owner="test"
        )

    @property
    def heard(self) -> int:
        """How many things people have said to us so far."""
        return len(self.store.committed.utterances)

    async def work(self) -> None:
        """All that is due, until nothing is left."""
        await self.workers.run_until_idle()

    async def case(self) -> CaseView:
        async with self.services.reading() as unit:
            case = await unit.cases.by_number(1)
            return await unit.cases.view(case.id)

    async def events(self) -> list[EventKind]:
        """What has ever happened, in all cases."""
        async with self.services.reading() as unit:
            cases = await unit.cases.listing()
            return [event.kind for case in cases for event in await unit.cases.events(case.id)]

    async def kim(self, line: str, place: Place = HOME) -> None:
        """Somebody else, elsewhere, brings the case into the state that is wanted."""
        spoken = take_apart(line)
        command = Command(
            verb=spoken.verb, argument=spoken.argument, by="kim", place=place, case_number=1
        )
        (card,) = await dispatch(command, services=self.services)
        assert card.mark is not Mark.REFUSED, card

    async def met(self, person: str, place: Place) -> None:
        """The person, by the platform's id, was heard at the place before: they may be there."""
        async with self.services.unit() as unit:
            await unit.incoming.add(an_utterance(a_heard(by=person, place=place)))

    async def bring_a_log(self) -> None:
        """After which the case has two hypotheses."""
        case = (await self.case()).case
        await receive_file(
            case.id, _log(), name="api.log", by="kim", service="checkout", services=self.services
        )
        await self.work()
        assert len((await self.case()).hypotheses) == 2

    async def propose_a_fix(self) -> None:
        """As a turn does that has found the cause."""
        fix = Solution(
            number=1,
            hypothesis=1,
            text=RedactedText.format("more memory"),
            expects=RedactedText.format("every alert ends"),
            state=SolutionState.PROPOSED,
            proposed_at=self.clock.now(),
        )
        texts: dict[str, RedactedText] = {}
        data = SOLUTION.dump_python(fix, mode="json", context={"texts": texts})
        change = Change(
            kind=EventKind.SOLUTION_PROPOSED, data={"solution": data}, texts=list(texts.values())
        )
        async with self.services.unit() as unit:
            case = await unit.cases.by_number(1)
            view = await unit.cases.view(case.id, lock=True)
            now = self.clock.now()
            await record(unit, view, case.id, [change], at=now, actor=SYSTEM)
        await self.work()

    @asynccontextmanager
    async def a_turn_under_way(self, asks: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
        """Somebody asks, and is not answered before what was said in the block is taken up."""
        self.reasoner.hold()
        await asks()
        turn = asyncio.create_task(self.work())
        await until(lambda: self.reasoner.holding)
        self.clock.advance(4)  # after which the line that says so is shown, with its button
        working = asyncio.create_task(self._work_on())
        await until(lambda: not self._waits_for(CHAT_PROGRESS.name, CHAT_SEND.name))
        yield
        await until(lambda: not self._waits_for(CHAT_HEAR.name))
        self.reasoner.free.set()
        working.cancel()
        await asyncio.gather(turn, working, return_exceptions=True)
        await self.work()

    async def _work_on(self) -> None:
        """A runner that is idle does not see what another one's job adds: the held turn's wait."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.work())
                await asyncio.sleep(0.02)

    def _waits_for(self, *kinds: str) -> bool:
        """Whether a job of these kinds is due or running."""
        now = self.clock.now()
        return any(job.kind in kinds and job.run_at <= now for job in self.store.committed.waiting)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not true():  # noqa: ASYNC110 - nobody tells us of it
            await asyncio.sleep(0.002)


async def _log() -> AsyncIterator[bytes]:
    yield LOG.encode()
