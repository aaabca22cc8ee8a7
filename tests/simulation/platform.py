"""A chat platform that survives every kill of ours, and sees for itself what is posted twice.

It knows what a platform knows: channels and threads, messages of people and of ours, who is who,
files, and which of our markers is in which message. a `PlatformMessage` is what a person says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from core.access import PersonProfile, Standing
from core.conversation.cards.card import Card
from core.conversation.messages.message import Attachment, IncomingMessage, Opened, Opening
from core.errors import ChatRefused, NotFound
from core.places import CaseRoom, Destination, Place
from tests.simulation.trace import RunTrace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


Result = TypeVar("Result")

PIGEON = "pigeon"
LOFT = Place(platform=PIGEON, workspace="main", channel="loft")
HANDLE_LASTS_S = 60.0
REFUSES = "is archived"
PEOPLE = {
    "P1": PersonProfile(name="dana", standing=Standing.MEMBER),
    "P2": PersonProfile(name="lee", standing=Standing.MEMBER),
    "P3": PersonProfile(name="ana", standing=Standing.MEMBER),
    "P4": PersonProfile(name="kim", standing=Standing.MEMBER),
    "G1": PersonProfile(name="guest", standing=Standing.GUEST),
    "B1": PersonProfile(name="robot", standing=Standing.BOT),
}


@dataclass
class ShownPost:
    """A message of ours, as it is shown now."""

    ref: str
    place: Place
    card: Card
    marker: str
    deleted: bool = False


@dataclass
class PlatformMessage:
    """Something a person said or did. `taken`: what `hear` returned; None while nobody took it."""

    heard: IncomingMessage
    taken: bool | None = None


@dataclass
class Flock:
    """One platform: its messages in order, its people, and who listens now."""

    name: str
    seam: Callable[[str], Awaitable[None]]
    trace: RunTrace
    posts: dict[str, ShownPost] = field(default_factory=dict)
    lines: list[PlatformMessage] = field(default_factory=list)
    whispers: list[tuple[str, Card]] = field(default_factory=list)
    homes: dict[tuple[int, Destination], Place] = field(default_factory=dict)
    rooms: dict[str, Place] = field(default_factory=dict)  # by the marker they were made with
    files: dict[str, bytes] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    orphans: set[str] = field(default_factory=set)
    abandoned: set[Place] = field(default_factory=set)  # rooms, for the same reason
    doubtful: set[str] = field(default_factory=set)
    connections: list[asyncio.Queue[IncomingMessage | None]] = field(default_factory=list)
    handles: dict[str, float] = field(default_factory=dict)  # when each was made
    too_late: set[str] = field(default_factory=set)  # keys of what could not be whispered any more
    refs: int = 0

    # What we do there.

    @property
    def platform(self) -> str:
        return self.name

    @property
    def workspace_id(self) -> str:
        return "main" if self.name == PIGEON else "local"

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        return await self._call("post", lambda: self._posted(place, card, marker), place, marker)

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        if place.channel in self.archived:
            # What came before this, unanswered, may have got through: an edit, or another message
            # in place of one that was deleted.
            self.doubtful.add(ref)
            twins = [post for post in self.shown() if post.place == place and post.ref != ref]
            self.orphans.update(post.ref for post in twins if post.card.key == card.key)
        await self._call("edit", lambda: self._edited(ref, card), place)

    async def find(self, place: Place, *, marker: str) -> str | None:
        return await self._call("find", lambda: self._found(place, marker), place, marker)

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """A thread below the card; or a channel of the case's own, made first, its card in it."""
        if again and (made := self._shown_with(marker)):
            return await self._call("find", lambda: Opened(place=made.place, ref=made.ref))
        begins = destination.place
        if destination.room is CaseRoom.THREAD:
            return await self._call(
                "open", lambda: self._opened(destination, opening, marker), begins, marker
            )
        room = self.rooms.get(marker) if again else None
        if room is None:
            room = await self._call(
                "open", lambda: self._made(destination, opening, marker), begins, marker
            )
        ref = await self.post(room, opening.card, marker=marker)
        return Opened(place=room, ref=ref)

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        await self._call("whisper", lambda: self._whispered(card, handle), place)

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        """Nobody asks for one here."""

    async def profile(self, person: str) -> PersonProfile:
        def known() -> PersonProfile:
            if person not in PEOPLE:
                message = f"nobody is called {person}"
                raise NotFound(message)
            return PEOPLE[person]

        return await self._call("profile", known)

    async def closed_to(self, place: Place) -> Place | None:
        closed = place.whole_channel if place.is_private else None
        return await self._call("closed_to", lambda: closed)

    async def reads(self, place: Place, person: str) -> bool:
        return await self._call("reads", lambda: True)

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        def content() -> bytes:
            if attachment.source not in self.files:
                message = f"{attachment.name} is gone"
                raise NotFound(message)
            return self.files[attachment.source]

        whole = await self._call("fetch", content)
        half = len(whole) // 2
        yield whole[:half]
        await self.seam("chat:fetch>")
        yield whole[half:]

    async def history(self, place: Place, *, after: str) -> AsyncIterator[IncomingMessage]:
        def said() -> list[IncomingMessage]:
            there = self.said_in(place.whole_channel)
            return [heard for heard in there if heard.place == place and heard.ref > after]

        for heard in await self._call("history", said, place):
            yield heard
            self.taken(heard.key, news=False)  # whoever reads on has done with it

    async def unread(self, places: Mapping[Place, str]) -> list[Place]:
        def spoken_in() -> list[Place]:
            return [place for place in places if self.said_in(place.whole_channel)]

        return await self._call("unread", spoken_in, next(iter(places)))

    async def _call(
        self,
        call: str,
        effect: Callable[[], Result],
        place: Place | None = None,
        marker: str | None = None,
    ) -> Result:
        """It may fail before it takes effect, and its answer may be lost after."""
        await self.seam(f"chat:{call}>")
        if place is not None and place.channel in self.archived:
            # Who is refused the look-up after a lost answer will never know that it was posted.
            self.orphans.update(post.ref for post in self.shown() if post.marker == marker)
            if marker in self.rooms:
                self.abandoned.add(self.rooms[marker])
            message = f"{place.channel} {REFUSES}"
            raise ChatRefused(message)
        result = effect()
        await self.seam(f"chat:{call}<")
        return result

    def _posted(self, place: Place, card: Card, marker: str) -> str:
        twin = self._found(place, marker)
        if twin is not None:
            self.trace.accuse(f"posted twice: {marker} is in {twin} already ({card.key})")
        ref = self.next_ref()
        self.posts[ref] = ShownPost(ref=ref, place=place, card=card, marker=marker)
        self.trace.note(self.name, f"{ref} {_where(place)} posted {_drawn(card)}")
        return ref

    def _edited(self, ref: str, card: Card) -> None:
        post = self.posts[ref]
        if post.deleted:
            message = f"{ref} was deleted"
            raise NotFound(message)
        post.card = card
        self.doubtful.discard(ref)
        self.trace.note(self.name, f"{ref} edited {_drawn(card)}")

    def _found(self, place: Place, marker: str) -> str | None:
        refs = (
            post.ref
            for post in self.posts.values()
            if post.marker == marker
            and not post.deleted
            and post.place.whole_channel == place.whole_channel
        )
        return next(refs, None)

    def _opened(self, destination: Destination, opening: Opening, marker: str) -> Opened:
        ref = self._posted(destination.place, opening.card, marker)
        home = replace(destination.place, thread=ref)
        self.posts[ref].place = home
        self._settle(destination, opening, home)
        return Opened(place=home, ref=ref)

    def _made(self, destination: Destination, opening: Opening, marker: str) -> Place:
        name = f"case-{opening.number}-{self.next_ref()}"
        room = self.rooms[marker] = replace(destination.place, channel=name)
        self._settle(destination, opening, room)
        return room

    def _settle(self, destination: Destination, opening: Opening, home: Place) -> None:
        if (opening.number, destination) in self.homes and not self._is_gone(opening, destination):
            self.trace.accuse(f"two homes of #{opening.number} at {destination}")
        self.homes[opening.number, destination] = home

    def _shown_with(self, marker: str) -> ShownPost | None:
        return next((post for post in self.shown() if post.marker == marker), None)

    def _is_gone(self, opening: Opening, destination: Destination) -> bool:
        """Whether what was made was deleted, or a refusal kept the bot from looking for it."""
        home = self.homes[opening.number, destination]
        cards = [post for post in self.posts.values() if post.place == home]
        cards = [post for post in cards if post.card.key == opening.card.key]
        if not cards:
            return home in self.abandoned
        return all(post.deleted or post.ref in self.orphans for post in cards)

    def _whispered(self, card: Card, handle: str) -> None:
        if asyncio.get_running_loop().time() - self.handles[handle] > HANDLE_LASTS_S:
            self.too_late.add(card.key)
            message = f"{handle} has expired"
            raise NotFound(message)
        self.whispers.append((handle, card))
        self.trace.note(self.name, f"whispered to {handle}: {_drawn(card)}")

    # What people do there.

    def next_ref(self) -> str:
        self.refs += 1
        return f"{self.refs:06}"

    def say(self, heard: IncomingMessage) -> PlatformMessage:
        """A message: in the history for ever, and on its way to whoever listens."""
        line = PlatformMessage(heard=heard)
        self.lines.append(line)
        self.trace.note(heard.by, f"{heard.ref} {_where(heard.place)} {heard.manner}: {heard.text}")
        self.deliver(heard)
        return line

    def act(self, heard: IncomingMessage) -> PlatformMessage:
        """A command, a button or a form: in no history."""
        line = PlatformMessage(heard=heard)
        self.lines.append(line)
        self.handles[heard.handle] = asyncio.get_running_loop().time()
        words = f"{heard.verb} {heard.text}".strip()
        self.trace.note(heard.by, f"{heard.key} {_where(heard.place)} {heard.manner}: {words}")
        return line

    def archive(self, channel: str) -> None:
        self.archived.add(channel)
        self.trace.note(self.name, f"{channel} is archived")

    def unarchive(self, channel: str) -> None:
        self.archived.discard(channel)
        self.trace.note(self.name, f"{channel} is back")

    def delete(self, post: ShownPost) -> None:
        post.deleted = True
        self.trace.note(self.name, f"{post.ref} deleted by somebody")

    def deliver(self, heard: IncomingMessage) -> None:
        for connection in self.connections:
            connection.put_nowait(heard)

    def disconnect(self) -> None:
        """Whoever listens hears nothing more until they connect again."""
        self.trace.note(self.name, "the connection is lost")
        for connection in self.connections:
            connection.put_nowait(None)
        self.connections.clear()

    def channels(self) -> list[Place]:
        """Every channel that we are in."""
        homes = [*self.rooms.values(), *self.homes.values()]
        return list(dict.fromkeys([LOFT, *(home.whole_channel for home in homes)]))

    def said_in(self, channel: Place) -> list[IncomingMessage]:
        """What people said in a channel and its threads, oldest first."""
        return [
            line.heard
            for line in self.lines
            if line.heard.ref and line.heard.place.whole_channel == channel
        ]

    def shown(self) -> list[ShownPost]:
        return [post for post in self.posts.values() if not post.deleted]

    def taken(self, key: str, *, news: bool) -> None:
        """A listener has acknowledged it. news: whether there was anything to do."""
        for line in self.lines:
            if line.heard.key == key:
                line.taken = bool(line.taken) or news


def _where(place: Place) -> str:
    return f"{place.channel}/{place.thread}" if place.thread else place.channel


def _drawn(card: Card) -> str:
    kind, _, rest = card.key.partition(":")
    return f"{kind}:{rest[-12:]} v{card.version} {card.mark}"
