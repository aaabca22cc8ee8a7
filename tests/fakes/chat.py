"""A chat platform in memory that can be told to fail, and a product in memory that talks to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.access import PersonProfile, Standing
from core.conversation.cards.card import Card
from core.conversation.commands.command import Command
from core.conversation.commands.parsing import take_apart
from core.conversation.messages.message import (
    Attachment,
    IncomingMessage,
    MessageKind,
    Opened,
    Opening,
)
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.evidence.pipeline import extract
from core.investigation.reasoner import Deterministic
from core.jobs.model import Audience
from core.places import Destination, Place
from core.redaction.engine import Redactor
from core.workflows.command_dispatch import dispatch
from core.workflows.message_intake import hear
from core.workflows.services import Services
from faultmaven.worker_pool import WorkerPool, start_pool
from storage.jobs.inprocess import InProcessWakeUp
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from core.clock import Clock
    from core.evidence.model import ArtifactStore, Extraction, Original
    from core.evidence.ports import FileStore
    from core.investigation.ports import Reasoner
    from core.redaction.engine import Recogniser


HOME = Place(platform="terminal", workspace="local", channel="incidents")
EVERYONE = tuple(Audience)
LOFT = Place(platform="pigeon", workspace="main", channel="loft")
PEOPLE = {
    "P1": PersonProfile(name="dana", standing=Standing.MEMBER),
    "P2": PersonProfile(name="lee", standing=Standing.MEMBER),
    "G1": PersonProfile(name="guest", standing=Standing.GUEST),
    "B1": PersonProfile(name="robot", standing=Standing.BOT),
}


@dataclass
class FakeChat:
    """Messages by name. `failing` calls raise before they take effect, `dying` ones after."""

    platform: str = "terminal"
    workspace_id: str = "local"
    messages: dict[str, Card] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    opened: list[tuple[Destination, Opening]] = field(default_factory=list)
    whispers: list[tuple[str, Card]] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    people: dict[str, PersonProfile] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    handed_out: list[tuple[Place, str, bytes]] = field(default_factory=list)
    overheard: list[IncomingMessage] = field(default_factory=list)
    unknowable: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)  # channels, threads that not everybody may read
    put_out: set[tuple[str, str]] = field(default_factory=set)  # of a channel, a person
    refusing: set[str] = field(default_factory=set)
    takes_files: bool = True  # else a message with one is cut off between the two
    failing: int = 0
    dying: int = 0

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        self._begin("post")
        ref = f"message {len(self.messages) + 1}"
        self.messages[ref], self.markers[marker] = card, ref
        if not self.takes_files and any(row.is_document for row in card.fold):
            message = "the platform did not answer an upload"
            raise ChatUnavailable(message)
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
        ref = self.markers.get(marker)
        if ref and not self.takes_files:  # it is said again, as a whole
            del self.messages[ref], self.markers[marker]
            return None
        return ref

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        if again and marker in self.markers:
            ref = self.markers[marker]
        else:
            ref = await self.post(destination.place, opening.card, marker=marker)
        self.opened.append((destination, opening))
        return Opened(place=replace(destination.place, thread=ref), ref=ref)

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        self._begin("whisper")
        if handle in self.expired:
            message = f"{handle} has expired"
            raise NotFound(message)
        self.whispers.append((handle, card))
        self._end()

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        self._begin("file")
        self.handed_out.append((place, name, content))
        self._end()

    async def profile(self, person: str) -> PersonProfile:
        self._begin("profile")
        if person in self.unknowable:
            message = f"nobody can say who {person} is"
            raise ChatUnavailable(message)
        if person not in self.people:
            message = f"nobody is called {person}"
            raise NotFound(message)
        return self.people[person]

    async def closed_to(self, place: Place) -> Place | None:
        self._begin("closed_to")
        if place.channel in self.unknowable:
            message = f"nobody can say who reads {place.channel}"
            raise ChatUnavailable(message)
        if place.thread in self.closed:
            return place
        is_closed = place.is_private or place.channel in self.closed
        return place.whole_channel if is_closed else None

    async def reads(self, place: Place, person: str) -> bool:
        self._begin("reads")
        if place.channel in self.unknowable:
            message = f"nobody can say who reads {place.channel}"
            raise ChatUnavailable(message)
        return (place.channel, person) not in self.put_out

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        self._begin("fetch")
        if attachment.source not in self.files:
            message = f"{attachment.name} is gone"
            raise NotFound(message)
        yield self.files[attachment.source]

    async def history(self, place: Place, *, after: str) -> AsyncIterator[IncomingMessage]:
        self._begin("history")
        for heard in self.overheard:
            if heard.place == place and heard.ref > after:
                yield heard

    async def unread(self, places: Mapping[Place, str]) -> list[Place]:
        self._begin("unread")
        return [
            place
            for place, after in places.items()
            if any(heard.place == place and heard.ref > after for heard in self.overheard)
        ]

    def shown(self, kind: str) -> list[Card]:
        """Cards whose key begins with `kind:`, as they are shown now."""
        return [card for card in self.messages.values() if card.key.startswith(f"{kind}:")]

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        if call in self.refusing:
            message = f"the scope for `{call}` is missing"
            raise ChatRefused(message)
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
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        return extract(
            original, name=name, service=service, redactor=Redactor(case_key), shelf=shelf
        )


@dataclass
class House:
    """The product on a store in memory, its jobs run when a test says so.

    `pigeon` is a chat platform with people, threads and files, as Slack and Discord are.
    """

    services: Services
    chat: FakeChat
    workers: WorkerPool
    clock: SetClock
    pigeon: FakeChat = field(default_factory=lambda: FakeChat(platform="pigeon"))
    heard: int = 0

    async def hear(  # noqa: PLR0913 - as much as people can do
        self,
        text: str,
        place: Place,
        *,
        by: str = "P1",
        manner: MessageKind = MessageKind.MENTION,
        attachments: tuple[Attachment, ...] = (),
        handle: str = "",
        case: int | None = None,
        to_another: bool = False,
        verb: str = "",
    ) -> bool:
        """A person says something on the pigeons' platform."""
        self.heard += 1
        return await hear(
            IncomingMessage(
                place=place,
                key=f"{place.channel}/{self.heard}",
                by=by,
                manner=manner,
                text=text,
                said_at=self.services.clock.now(),
                ref=f"{self.heard:06}",
                case_number=case,
                attachments=attachments,
                handle=handle,
                to_another=to_another,
                verb=verb,
            ),
            services=self.services,
        )

    async def say(
        self, line: str, *, by: str = "dana", place: Place = HOME, is_of_guest: bool = False
    ) -> tuple[Card, ...]:
        """What a person is answered at once."""
        spoken = take_apart(line)
        command = Command(
            verb=spoken.verb,
            argument=spoken.argument,
            by=by,
            place=place,
            case_number=spoken.case_number,
            is_of_guest=is_of_guest,
        )
        return await dispatch(command, services=self.services)

    async def work(self) -> None:
        """All jobs that may run now, until none is left."""
        await self.workers.run_until_idle()


def in_memory(
    folder: Path,
    *,
    seam: Callable[[str], Awaitable[None]] | None = None,
    clock: Clock | None = None,
    reasoner: Reasoner | None = None,
    files: FileStore | None = None,
    recogniser: Recogniser | None = None,
) -> House:
    """clock: where time shall pass by itself, on a virtual loop. files: where originals rest."""
    chat, pigeon = FakeChat(), FakeChat(platform="pigeon", workspace_id="main", people=dict(PEOPLE))
    own = SetClock()
    wake = InProcessWakeUp()
    store = MemoryStore(wake=wake, seam=seam) if seam else MemoryStore(wake=wake)
    services = memory_services(store=store, clock=own, folder=folder)
    services = replace(
        services,
        file_store=files or services.file_store,
        clock=clock or own,
        runner=ReadingHere(),
        reasoner=reasoner or Deterministic(),
        recogniser=recogniser,
        chats=(chat, pigeon),
        readers=(pigeon,),
    )
    workers = start_pool(MemoryJobs(store), services=services, audiences=EVERYONE, owner="test")
    for runner in workers.runners:
        wake.join(runner.audiences, runner.ring)
    return House(services=services, chat=chat, workers=workers, clock=own, pigeon=pigeon)


def words_of(*cards: Card) -> str:
    """Everything that cards say, for looking for something in it."""
    rows = [row for card in cards for row in (*card.rows, *card.fold)]
    return "\n".join(f"{row.text.text} [{row.citation or ''}]" for row in rows)
