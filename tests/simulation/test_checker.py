"""The checker can fail: a product that is broken on purpose is found out within a few seeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from core.conversation.cards.card import Mark
from core.conversation.messages.message import OutboundState
from core.conversation.ports import Chat
from core.errors import Unavailable
from core.jobs import kinds
from core.jobs.model import JobState
from core.workflows.message_intake import hear
from storage.memory import MemoryJobs, MemoryStore
from storage.memory.claims import lend
from storage.memory.conversation import MemoryConversation
from storage.memory.jobs import MemoryJobTable
from storage.memory.questions import MemoryQuestions
from storage.memory.store import MemoryUnit
from tests.simulation.run import simulate
from tests.simulation.stage import Build

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from core.alerts.model import Delivery
    from core.context import Context
    from core.conversation.cards.card import Card
    from core.conversation.messages.message import (
        IncomingMessage,
        JournaledMessage,
        Opened,
        Opening,
        Outbound,
    )
    from core.jobs.model import Audience, Job
    from core.places import Destination, Place
    from core.workflows.services import Services, Unit

pytestmark = pytest.mark.timeout(120)

TRIED = 40


def is_found_out(build: Build, *, as_: str, first: int = 0) -> bool:
    """Whether a seed reports the problem. first: where to begin, which only saves time."""
    return any(
        as_ in problem
        for seed in range(first, first + TRIED)
        for problem in simulate(seed, build=build).trace.broken
    )


@dataclass(frozen=True)
class Forwarding:
    """A chat that passes everything on."""

    inner: Chat

    @property
    def platform(self) -> str:
        return self.inner.platform

    @property
    def workspace_id(self) -> str:
        return self.inner.workspace_id

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        return await self.inner.post(place, card, marker=marker)

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        await self.inner.edit(place, ref, card)

    async def find(self, place: Place, *, marker: str) -> str | None:
        return await self.inner.find(place, marker=marker)

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        return await self.inner.open(destination, opening, marker=marker, again=again)

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        await self.inner.send_ephemeral(place, card, handle=handle)

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        await self.inner.send_file(place, name, content)


class Blind(Forwarding):
    """Finds nothing of what it has posted."""

    async def find(self, place: Place, *, marker: str) -> str | None:
        return None


class Forgetful(Forwarding):
    """Makes a place anew however often it is asked for the same one."""

    async def open(
        self,
        destination: Destination,
        opening: Opening,
        *,
        marker: str,
        again: bool,
    ) -> Opened:
        return await self.inner.open(destination, opening, marker=marker, again=False)


class Lazy(Forwarding):
    """Says that it has edited, and has not."""

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        """Nothing."""


class MuteChat(Forwarding):
    """Says that it has whispered, and has not."""

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        """Nothing."""


def test_a_platform_that_finds_nothing_posts_twice() -> None:
    assert is_found_out(Build(chat=Blind), as_="posted twice")


def test_a_platform_that_finds_no_place_makes_two() -> None:
    assert is_found_out(Build(chat=Forgetful), as_="two homes")


def test_an_edit_that_is_lost() -> None:
    assert is_found_out(Build(chat=Lazy), as_="another card than the tables say")


def test_a_whisper_that_is_lost() -> None:
    assert is_found_out(Build(chat=MuteChat), as_="seen by nobody")


@dataclass(frozen=True)
class Altered:
    """A store whose units are not what they should be."""

    inner: MemoryStore
    alter: Callable[[MemoryUnit], MemoryUnit]

    @asynccontextmanager
    async def unit(self, context: Context) -> AsyncIterator[Unit]:
        async with self.inner.unit(context) as unit:
            yield self.alter(unit)

    @asynccontextmanager
    async def reading(
        self, context: Context, *, urgent: bool = False, single: bool = False
    ) -> AsyncIterator[Unit]:
        async with self.inner.reading(context, urgent=urgent, single=single) as unit:
            yield unit

    async def check(self) -> None:
        await self.inner.check()

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        await self.inner.journal(deliveries)

    async def hear(self, messages: Sequence[tuple[JournaledMessage, Job]]) -> list[bool]:
        return await self.inner.hear(messages)


class NeverDone(MemoryJobTable):
    """Handlers that do not say, in the unit of their effects, that the job is done."""

    async def done(self, job: Job, *, at: datetime, behind: Sequence[Job] = ()) -> None:
        """Nothing."""


class NeverSending(MemoryConversation):
    """A sender that does not say that it is about to post."""

    async def mark_outbound(self, outbound_id: str, state: OutboundState) -> None:
        if state is not OutboundState.SENDING:
            await super().mark_outbound(outbound_id, state)


class NeverAnswered(MemoryQuestions):
    """Questions stay in the inbox, and are answered at every turn."""

    async def answered(self, question_id: str, *, at: datetime) -> None:
        """Nothing."""


class NeverTold(MemoryConversation):
    """Cards of cases are queued until they are resolved, and not then."""

    async def put_outbound(self, outbound: Outbound) -> list[str]:
        lost = outbound.card.mark is Mark.RESOLVED
        state = OutboundState.STALE if lost else outbound.state
        return await super().put_outbound(replace(outbound, state=state))


def test_effects_that_do_not_commit_with_their_job_happen_twice() -> None:
    def alter(unit: MemoryUnit) -> MemoryUnit:
        return replace(unit, jobs=NeverDone(unit.jobs.tables, unit.jobs.added))

    assert is_found_out(Build(store=lambda store: Altered(store, alter)), as_="became", first=7)


@pytest.mark.parametrize(
    ("kind", "seen"),
    [(kinds.CASE_SETTLE.name, "never resolved"), (kinds.CHAT_FETCH.name, "nobody cared")],
)
def test_work_that_is_never_planned(kind: str, seen: str) -> None:
    class Forgetting(MemoryJobTable):
        async def add(self, job: Job) -> bool:
            return job.kind != kind and await MemoryJobTable.add(self, job)

    def alter(unit: MemoryUnit) -> MemoryUnit:
        return replace(unit, jobs=Forgetting(unit.jobs.tables, unit.jobs.added))

    assert is_found_out(Build(store=lambda store: Altered(store, alter)), as_=seen)


@pytest.mark.parametrize(
    ("broken", "seen", "first"),
    [
        (NeverSending, "posted twice", 2),
        (NeverTold, "shows [", 0),
    ],
)
def test_a_conversation_that_forgets(
    broken: type[MemoryConversation], seen: str, first: int
) -> None:
    def alter(unit: MemoryUnit) -> MemoryUnit:
        return replace(unit, conversation=broken(unit.conversation.tables))

    assert is_found_out(Build(store=lambda store: Altered(store, alter)), as_=seen, first=first)


def test_an_inbox_that_forgets_its_answers() -> None:
    def alter(unit: MemoryUnit) -> MemoryUnit:
        return replace(unit, questions=NeverAnswered(unit.questions.tables))

    assert is_found_out(Build(store=lambda store: Altered(store, alter)), as_="answered")


async def hear_in_a_moment(heard: IncomingMessage, *, services: Services) -> bool:
    """Acknowledges first, and stores what was said when there is time."""

    async def later() -> None:
        await asyncio.sleep(1)
        with suppress(Unavailable):
            await hear(heard, services=services)

    asyncio.create_task(later())  # noqa: RUF006 - lost with the process, as it deserves
    return True


def test_what_is_acknowledged_before_it_is_stored_is_lost() -> None:
    assert is_found_out(Build(hear=hear_in_a_moment), as_="lost")


async def hear_for_good(heard: IncomingMessage, *, services: Services) -> bool:
    """Gives up where the store does not answer at once."""
    try:
        return await hear(heard, services=services)
    except Unavailable:
        return True


def test_what_the_store_did_not_take_is_lost() -> None:
    assert is_found_out(Build(hear=hear_for_good), as_="lost", first=1)


class HastyJobs(MemoryJobs):
    """Claims whatever is ripe, also where its lane is busy."""

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        async with self._store.draft("claim") as tables:
            ripe = [
                job
                for job in tables.waiting
                if job.audience in audiences and job.state is JobState.PENDING and job.run_at <= at
            ]
            return lend(tables, ripe[-1], owner=owner, at=at, lease=lease) if ripe else None


def test_lanes_that_do_not_hold() -> None:
    assert is_found_out(Build(jobs=HastyJobs), as_="run at once")
