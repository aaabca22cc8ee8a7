"""Where a person works: a chat platform or the terminal. One script plays on each of them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.terminal.uploads import uploads
from core.conversation.commands.arguments import number_or_nothing
from core.conversation.commands.vocabulary import VERBS
from tests.fakes.chat import words_of
from tests.fakes.discord.server import FakeDiscord, a_discord
from tests.fakes.slack import FakeSlack, a_slack, buttons, words
from tests.journeys.alertmanagers import until
from tests.journeys.operator import Operator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.fakes.discord.model import Channel
    from tests.fakes.slack import Channel as SlackChannel
    from tests.fakes.slack import Message


class JourneyStage(Protocol):
    """What dana can do, and what she reads, on one platform.

    case: the number of the case that she is at.
    """

    case: int

    @property
    def settings(self) -> dict[str, str]:
        """Of the processes that are to speak there."""

    async def card(self) -> str:
        """The words of the case card; "" where there is none yet."""

    async def reads(self) -> str:
        """All words where the case is at home, the case card among them."""

    async def says(self, line: str) -> None:
        """A line, in the case's thread, without anybody's name in front."""

    async def commands(self, line: str) -> str:
        """A slash command; the words that she alone is answered."""

    async def presses(self, label: str, *, on: str) -> None:
        """A button, on the newest message that says `on`."""

    async def drops(self, *paths: Path) -> None:
        """Files, and folders as their files, into the case's thread."""


async def waits_for(words: str, read: Callable[[], Awaitable[str]], *, within_s: float = 90) -> str:
    """What is said once it contains the words."""
    text = ""

    async def there() -> bool:
        nonlocal text
        text = await read()
        return words in text

    try:
        await until(there, within_s=within_s)
    except TimeoutError:
        message = f"{words!r} was not said, but {text!r}"
        raise AssertionError(message) from None
    return text


@dataclass
class InTerminal:
    """The command line beside the running processes."""

    operator: Operator | None = None
    case: int = 1
    replies: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {}

    async def card(self) -> str:
        cards = await self._operator.shown("case")
        return words_of(*(card for card in cards if card.case_number == self.case))

    async def reads(self) -> str:
        shown = [words_of(*await self._operator.shown(kind)) for kind in ("case", "answer", "file")]
        return "\n".join([*shown, *self.replies])

    async def says(self, line: str) -> None:
        self.replies.append(words_of(*await self._operator.say(line, case=self.case)))

    async def commands(self, line: str) -> str:
        return words_of(*await self._operator.say(line, case=self.case))

    async def presses(self, label: str, *, on: str) -> None:
        await self.says(label.lower())

    async def drops(self, *paths: Path) -> None:
        await self._operator.drop(*paths, case=self.case)

    @property
    def _operator(self) -> Operator:
        assert self.operator is not None
        return self.operator


@dataclass
class InSlack:
    """dana in #incidents of a Slack on loopback. about: what the card of her case says, if set."""

    slack: FakeSlack
    case: int = 1
    about: str = ""

    @property
    def settings(self) -> dict[str, str]:
        return self.slack.settings()

    async def card(self) -> str:
        root = self._root()
        return words(root) if root else ""

    async def reads(self) -> str:
        return "\n".join(words(message) for message in self.messages)

    async def says(self, line: str) -> None:
        await self.slack.say("dana", "#incidents", line, thread=self._thread())

    async def commands(self, line: str) -> str:
        before = len(self._whispers())
        done = await self.slack.command("/faultmaven", line, "dana", "#incidents")
        assert not done.problem
        if done.reply:
            return words(done.reply)

        async def answered() -> bool:
            return len(self._whispers()) > before

        await until(answered)
        return words(self._whispers()[-1])

    async def presses(self, label: str, *, on: str) -> None:
        shown = [
            message
            for message in self.messages
            if on in words(message) and label in buttons(message)
        ]
        done = await self.slack.press("dana", shown[-1], label)
        assert not done.problem

    async def drops(self, *paths: Path) -> None:
        for upload in uploads(paths):
            content = await asyncio.to_thread(upload.path.read_bytes)
            await self.slack.upload(
                "dana", "#incidents", upload.path.name, content, thread=self._thread()
            )

    @property
    def root(self) -> Message:
        """The message with the case card."""
        root = self._root()
        assert root is not None
        return root

    @property
    def messages(self) -> list[Message]:
        """The case card and what stands in its thread."""
        root = self._root()
        return [root, *self._room.replies(root.ts)] if root else []

    def _whispers(self) -> list[Message]:
        return [message for message in self.slack.seen_by("dana", "#incidents") if message.only_for]

    def _root(self) -> Message | None:
        posted = (message for message in self._room.messages.values() if message.by_app)
        wanted = self.about or f"#{self.case} "
        return next((message for message in posted if wanted in words(message)), None)

    def _thread(self) -> str:
        return self.root.ts

    @property
    def _room(self) -> SlackChannel:
        return self.slack.team.channel("#incidents")


@contextlib.asynccontextmanager
async def in_slack() -> AsyncIterator[InSlack]:
    async with a_slack() as slack:
        yield InSlack(slack)


@dataclass
class InDiscord:
    """ana in #incidents of a Discord on loopback."""

    discord: FakeDiscord
    case: int = 1

    @property
    def settings(self) -> dict[str, str]:
        return self.discord.settings

    async def card(self) -> str:
        posted = self.discord.messages(self.discord.incidents, by=self.discord.world.bot)
        read = (as_read(message.text) for message in posted)
        return next((text for text in read if f"#{self.case} " in text), "")

    async def reads(self) -> str:
        messages = [message for where in self._everywhere() for message in where.messages.values()]
        return as_read("\n".join(message.text for message in messages if not message.only_for))

    async def says(self, line: str) -> None:
        await self.discord.say(self.discord.ana, await self.thread(), line)

    async def commands(self, line: str) -> str:
        verb, _, text = line.partition(" ")
        field = "number" if VERBS[verb].read is number_or_nothing else "text"
        options = {field: int(text) if field == "number" else text} if text else {}
        done = await self.discord.command(
            f"faultmaven {verb}", options, who=self.discord.ana, where=self.discord.incidents
        )
        await done.answered()
        await self.discord.until(lambda: done.text)
        return as_read(done.text)

    async def presses(self, label: str, *, on: str) -> None:
        messages = [message for where in self._everywhere() for message in where.messages.values()]
        shown = [
            message
            for message in messages
            if on in as_read(message.text)
            and label in [button.get("label") for button in message.buttons]
        ]
        pressed = await self.discord.press(shown[-1], label, who=self.discord.ana)
        await pressed.answered()

    async def drops(self, *paths: Path) -> None:
        for upload in uploads(paths):
            content = await asyncio.to_thread(upload.path.read_bytes)
            files = {upload.path.name: content}
            await self.discord.say(self.discord.ana, await self.thread(), "", files=files)

    def _everywhere(self) -> list[Channel]:
        return [self.discord.incidents, *self.discord.threads]

    async def thread(self) -> Channel:
        """It is made a moment after the card that it hangs on."""
        await self.discord.until(lambda: len(self.discord.threads) >= self.case)
        return self.discord.threads[self.case - 1]


def as_read(text: str) -> str:
    """Without the marks of Markdown, which the client draws."""
    return re.sub(r"\\(.)", r"\1", text.replace("**", "").replace("`", ""))


@contextlib.asynccontextmanager
async def in_discord() -> AsyncIterator[InDiscord]:
    async with a_discord() as discord:
        yield InDiscord(discord)
