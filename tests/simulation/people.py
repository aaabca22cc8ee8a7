"""What people say and do in a run: all verbs, in threads and channels, by every manner.

Each line carries a word of its own, by which its effects are recognised in the tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.conversation.messages.message import Attachment, IncomingMessage, MessageKind
from core.conversation.messages.message_context import AGAIN
from tests.simulation.faults import Faults
from tests.simulation.platform import LOFT, PEOPLE, Flock, PlatformMessage

if TYPE_CHECKING:
    from core.places import Place

AMONG_PEOPLE = (
    "looking at {word}",
    "looking at {word}",
    "what changed in {word}?",
    "why 1, {word}?",
    "correction: {word} began earlier",
    "confirm 1 {word}",
    "reject 1 {word}",
    "status",
    "hypotheses",
    "evidence 02:41:07 ERROR QueuePool limit of size 2 overflow 0 reached\n02:41:08 INFO {word}",
)
TO_US = (
    "open {word} is slow",
    "open {word} is slow",
    "ask what changed in {word}?",
    "ask what changed in {word}?",
    "confirm 1 {word}",
    "resolve {word} was restarted",
    "resolve {word} was restarted",
    "reopen",
    "cancel",
    "correct {word} began earlier",
    "listen mentions",
    "listen all",
    "hypotesis",
    "status",
    "help",
    "",
)
FORMS = (
    "ask what changed in {word}?",
    "resolve {word} was restarted",
    "correct {word} began earlier",
    "reject 1 {word}",
    "open {word} is slow",
)
LOG = """2026-01-01T00:00:{s:02}Z ERROR QueuePool limit of size 2 overflow 0 reached
2026-01-01T00:00:{s:02}Z ERROR QueuePool limit of size 2 overflow 0 reached
2026-01-01T00:00:{s:02}Z INFO {word}
"""


@dataclass
class SimulatedPeople:
    """Everyone on one platform. interact: hands an act to a listener, and says whether it took."""

    flock: Flock
    random: Random
    clock: Clock
    faults: Faults
    interact: Callable[[PlatformMessage], Coroutine[Any, Any, None]]
    words: int = 0

    async def live(self, *, acts: int, lasts_s: float) -> None:
        """So many acts, spread over the time; what is pressed is waited for by nobody else."""
        moments = sorted(self.random.uniform(0, lasts_s) for _ in range(acts))
        async with asyncio.TaskGroup() as group:
            for moment in moments:
                await asyncio.sleep(max(0, moment - asyncio.get_running_loop().time()))
                what = self.random.choices(
                    (self._talk, self._drop, self._call, self._command, self._press, self._fill),
                    weights=(8, 2, 5, 3, 4, 2),
                )[0]
                line = what()
                if line is not None and not line.heard.ref:
                    group.create_task(self.interact(line))

    def _talk(self) -> PlatformMessage:
        """In a thread, or in the channel where no case is at home."""
        text = self.random.choice(AMONG_PEOPLE)
        to_another = "{word}" in text and self._rarely()
        return self._say(text, self._place(), MessageKind.MESSAGE, to_another=to_another)

    def _drop(self) -> PlatformMessage:
        """A log, sometimes the same one twice, sometimes one that is gone when we come for it."""
        word = self._word()
        content = LOG.format(word=word, s=self.random.randrange(60)).encode()
        source = f"file-{word}"
        if not self._rarely():
            self.flock.files[source] = content
        name = self.random.choice(("checkout.log", "orders.log", f"{word}.log"))
        files = [Attachment(id=source, name=name, size=len(content), source=source)]
        if self._rarely():
            files.append(Attachment(id=f"{source}-b", name="b.txt", size=4, source=source))
        text = self.random.choice(("", f"the log of {word}"))
        manner = self.random.choice((MessageKind.MESSAGE, MessageKind.MESSAGE, MessageKind.MENTION))
        place = self.random.choice((LOFT, self._place(), self._place()))
        return self._say(text, place, manner, attachments=tuple(files))

    def _call(self) -> PlatformMessage:
        return self._say(self.random.choice(TO_US), self._place(), MessageKind.MENTION)

    def _command(self) -> PlatformMessage:
        """Slash commands do not work inside threads."""
        place = self._place().whole_channel
        text = self.random.choice(TO_US)
        number = self._number()
        if number and not text.startswith("open") and self._rarely():
            text = f"#{number} {text}"
        return self._do(text, place, MessageKind.COMMAND)

    def _press(self) -> PlatformMessage | None:
        """A button on any card that is shown; gladly one of a picker."""
        posts = [post for post in self.flock.shown() if post.card.actions]
        pickers = [post for post in posts if post.card.actions[0].verb == AGAIN]
        if not posts:
            return None
        post = self.random.choice(pickers if pickers and self.random.random() < 0.5 else posts)
        action = self.random.choice(post.card.actions)
        number = post.card.case_number
        verb, text = action.verb, action.argument
        if verb == AGAIN:  # no verb of ours: it stands for another line
            verb, text = "", f"{verb} {text}"
        return self._do(text, post.place, MessageKind.BUTTON, number=number, verb=verb)

    def _fill(self) -> PlatformMessage | None:
        posts = [post for post in self.flock.shown() if post.card.case_number]
        if not posts:
            return None
        post = self.random.choice(posts)
        verb, _, text = self.random.choice(FORMS).partition(" ")
        number = post.card.case_number
        return self._do(text, post.place, MessageKind.FORM, number=number, verb=verb)

    def _say(
        self,
        text: str,
        place: Place,
        manner: MessageKind,
        *,
        attachments: tuple[Attachment, ...] = (),
        to_another: bool = False,
    ) -> PlatformMessage:
        ref = self.flock.next_ref()
        heard = IncomingMessage(
            place=place,
            key=f"{place.channel}/{ref}",
            by=self._person(),
            manner=manner,
            text=text.format(word=self._word()),
            said_at=self.clock.now(),
            ref=ref,
            attachments=attachments,
            to_another=to_another,
        )
        line = self.flock.say(heard)
        if self.faults.happens(self.faults.repeated):
            again_s = self.random.uniform(0, 20)
            asyncio.get_running_loop().call_later(again_s, self.flock.deliver, heard)
        return line

    def _do(
        self,
        text: str,
        place: Place,
        manner: MessageKind,
        *,
        number: int | None = None,
        verb: str = "",
    ) -> PlatformMessage:
        self.words += 1
        heard = IncomingMessage(
            place=place,
            key=f"act/{self.words}",
            by=self._person(),
            manner=manner,
            text=text.format(word=self._word()),
            said_at=self.clock.now(),
            case_number=number,
            verb=verb,
            handle=f"handle-{self.words}",
        )
        return self.flock.act(heard)

    def _person(self) -> str:
        return self.random.choices(list(PEOPLE), weights=(6, 6, 4, 4, 2, 1))[0]

    def _place(self) -> Place:
        """Nobody talks in a channel in which nothing stands yet."""
        begun = {post.place for post in self.flock.posts.values()}
        homes = [home for home in self.flock.homes.values() if home in begun]
        return self.random.choice([LOFT, *homes, *homes, *homes])

    def _number(self) -> int | None:
        numbers = [number for number, _ in self.flock.homes]
        return self.random.choice(numbers) if numbers else None

    def _word(self) -> str:
        self.words += 1
        return f"zebra{self.words}"

    def _rarely(self) -> bool:
        return self.random.random() < 0.15
