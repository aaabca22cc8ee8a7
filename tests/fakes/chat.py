"""A chat platform in memory that can be told to fail, and a product in memory that talks to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.clock import SetClock
from core.conversation.model import Card, Command, Place
from core.conversation.verbs import obey
from core.conversation.vocabulary import take_apart
from core.errors import ChatUnavailable, NotFound
from core.evidence.pipeline import extract
from core.jobs.model import Audience
from core.services import Services
from faultmaven.crew import Crew, hire
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from core.evidence.model import Extraction


HOME = Place(platform="terminal", workspace="local", channel="incidents")
EVERYONE = tuple(Audience)


@dataclass
class FakeChat:
    """Messages by name. `failing` calls raise before they take effect, `dying` ones after."""

    platform: str = "terminal"
    messages: dict[str, Card] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    failing: int = 0
    dying: int = 0

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        self._begin("post")
        ref = f"message {len(self.messages) + 1}"
        self.messages[ref], self.markers[marker] = card, ref
        self._end()
        return ref

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        self._begin("edit")
        if ref not in self.messages:
            message = f"no {ref}"
            raise NotFound(message)
        self.messages[ref] = card
        self._end()

    async def find(self, place: Place, *, marker: str) -> str | None:
        self._begin("find")
        return self.markers.get(marker)

    def shown(self, kind: str) -> list[Card]:
        """Cards whose key begins with `kind:`, as they are shown now."""
        return [card for card in self.messages.values() if card.key.startswith(f"{kind}:")]

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        if self.failing:
            self.failing -= 1
            message = "the platform is away"
            raise ChatUnavailable(message)

    def _end(self) -> None:
        if self.dying:
            self.dying -= 1
            message = "the answer was lost"
            raise ChatUnavailable(message)


@dataclass(frozen=True)
class ReadingHere:
    """Files are read for real, in this very process."""

    async def expect(self, *, case_key: bytes) -> None: ...

    async def extract(
        self, path: Path, *, name: str, service: str | None, case_key: bytes
    ) -> Extraction:
        return extract(path, name=name, service=service, case_key=case_key)


@dataclass
class House:
    """The product on a store in memory, its jobs run when a test says so."""

    services: Services
    chat: FakeChat
    crew: Crew
    clock: SetClock

    async def say(self, line: str, *, by: str = "dana", place: Place = HOME) -> tuple[Card, ...]:
        """What a person is answered at once."""
        spoken = take_apart(line)
        command = Command(
            verb=spoken.verb,
            argument=spoken.argument,
            by=by,
            place=place,
            case_number=spoken.case_number,
        )
        return await obey(command, services=self.services)

    async def work(self) -> None:
        """All jobs that may run now, until none is left."""
        await self.crew.run_until_idle()


def in_memory(
    folder: Path,
    *,
    seam: Callable[[str], Awaitable[None]] | None = None,
) -> House:
    clock, chat = SetClock(), FakeChat()
    store = MemoryStore(seam=seam) if seam else MemoryStore()
    services = replace(
        memory_services(store=store, clock=clock, folder=folder),
        runner=ReadingHere(),
        chats={"terminal": chat},
    )
    crew = hire(MemoryJobs(store), services=services, audiences=EVERYONE, owner="test")
    return House(services=services, chat=chat, crew=crew, clock=clock)


def words_of(*cards: Card) -> str:
    """Everything that cards say, for looking for something in it."""
    rows = [row for card in cards for row in (*card.rows, *card.fold)]
    return "\n".join(f"{row.text.text} [{row.citation or ''}]" for row in rows)
