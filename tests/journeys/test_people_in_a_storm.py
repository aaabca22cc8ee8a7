"""People in a storm of new cases, on virtual time: they are heard, and answered, within seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.slack.chat_reader import SlackChatReader
from core.alerts.routing import Policy
from core.context import Rules
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.jobs.kinds import CHAT_HEAR, CHAT_READ_ON
from core.jobs.model import JobState
from core.places import Destination, Place
from core.workflows.delivery_intake import Journal
from core.workflows.message_intake import hear
from core.workflows.services import Services
from faultmaven.worker_pool import start_pool
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.chat import EVERYONE, in_memory
from tests.journeys.slack_in_process import InProcessSlack
from tests.journeys.test_card_storm import alert
from tests.storage.jobs.virtual_time import LoopClock, on_virtual_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


pytestmark = pytest.mark.timeout(120)

CASES = 100
HEARD_WITHIN_S, ANSWERED_WITHIN_S = 3.0, 8.0


@dataclass
class Storm:
    """A hundred alerts of as many services, all at once, in one channel of Slack."""

    folder: Path
    workspace: InProcessSlack = field(default_factory=InProcessSlack)
    services: Services = field(init=False)
    jobs: MemoryJobs = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.workspace.slack.team.channel("#incidents").id
        house = in_memory(self.folder, clock=LoopClock())
        store, chat = house.services.store, self.workspace.chat
        assert isinstance(store, MemoryStore)
        self.jobs = MemoryJobs(store)
        home = Destination(platform="slack", channel=self.channel)
        self.services = replace(
            house.services,
            chats=(*house.services.chats, chat),
            readers=(
                *house.services.readers,
                SlackChatReader(web=chat.web, workspace=chat.workspace),
            ),
            rules=Rules(routing=Policy(otherwise=(home,))),
        )
        self.journal = Journal(store)

    async def begin(self) -> None:
        for number in range(CASES):
            await alert(f"service-{number}", number, self.journal, self.services)

    async def say(self, text: str, *, thread: str = "") -> str:
        """The key of what somebody said to the bot."""
        now = self.services.clock.now()
        ref = f"{now.timestamp():.6f}"
        heard = IncomingMessage(
            place=Place(platform="slack", workspace="main", channel=self.channel, thread=thread),
            key=ref,
            by=self.workspace.slack.team.person("dana").id,
            manner=MessageKind.MENTION,
            text=text,
            said_at=now,
            ref=ref,
        )
        assert await hear(heard, services=self.services)
        return ref

    async def waiting(self, kind: str) -> int:
        async with self.services.reading() as unit:
            pending = await unit.jobs.listing(JobState.PENDING, limit=1000)
        return sum(job.kind == kind for job in pending)

    def posted(self, text: str) -> bool:
        calls = self.workspace.slack.called("chat.postMessage")
        return any(text in str(call.arguments) for call in calls if call.status == 200)


def play(folder: Path, story: Callable[[Storm], Awaitable[None]]) -> None:
    async def whole() -> None:
        storm = Storm(folder)
        workers = start_pool(storm.jobs, services=storm.services, audiences=EVERYONE, owner="test")
        async with workers.running():
            await storm.begin()
            await story(storm)
        assert storm.workspace.refused() == []

    on_virtual_time(whole())


async def seconds_until(true: Callable[[], Awaitable[bool]]) -> float:
    began = asyncio.get_running_loop().time()
    while not await true():  # noqa: ASYNC110 - nobody tells us of it
        await asyncio.sleep(0.1)
    return asyncio.get_running_loop().time() - began


def test_who_opens_a_case_sees_its_card_before_those_of_alerts(tmp_path: Path) -> None:
    async def story(storm: Storm) -> None:
        await asyncio.sleep(10)

        async def is_answered() -> bool:
            return storm.posted("search is down")

        await storm.say("open search is down")
        assert await seconds_until(is_answered) < ANSWERED_WITHIN_S
        assert len(storm.workspace.slack.called("chat.postMessage")) < CASES / 2

    play(tmp_path, story)


def test_whoever_speaks_is_heard_while_new_places_are_read(tmp_path: Path) -> None:
    """A hundred cards are posted, one a second, and places are read, 40 a minute at most."""

    async def story(storm: Storm) -> None:
        for _ in range(8):
            await asyncio.sleep(10)

            async def is_heard() -> bool:
                return not await storm.waiting(CHAT_HEAR.name)

            await storm.say("status #1")
            assert await seconds_until(is_heard) < HEARD_WITHIN_S

    play(tmp_path, story)


def test_new_places_are_read_together(tmp_path: Path) -> None:
    """So that nobody who answers to a new card waits for the places of all others."""

    async def story(storm: Storm) -> None:
        for _ in range(9):
            await asyncio.sleep(10)
            assert await storm.waiting(CHAT_READ_ON.name) < 5

    play(tmp_path, story)
