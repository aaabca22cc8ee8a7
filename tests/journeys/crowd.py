"""Several people who talk at once, on a chat platform of the tests. Nobody waits for anybody."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tests.fakes.discord.model import GuildMember
from tests.fakes.discord.server import FakeDiscord, a_discord
from tests.fakes.slack import FakeSlack, Limits, a_slack, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.discord.interactions import FakeInteraction
    from tests.fakes.discord.model import Channel
    from tests.fakes.discord.model import Message as DiscordMessage
    from tests.fakes.slack import AppDelivery, Message

NAMES = (
    *("ada", "bea", "cem", "dov", "eli", "fay"),
    *("gil", "hao", "ida", "jon", "kai", "lea"),
)


class Crowd(Protocol):
    """Twelve people in the incident channel; `thread` is where the case is at home."""

    platform: str

    @property
    def settings(self) -> dict[str, str]:
        """Of the processes that are to listen there."""

    @property
    def is_heard(self) -> bool:
        """Whether the bot is connected."""

    async def says(self, text: str, *, named: bool = False) -> str:
        """The next person says it in the thread, to the bot by its name if `named`.

        Gives what the tables will know it by.
        """

    async def drops(self, name: str, content: bytes) -> str:
        """The next person drops a file into the thread."""

    async def commands(self, verb: str) -> str:
        """The next person types a slash command."""

    async def presses(self, label: str) -> str:
        """The next person presses a button of the case card."""

    def answered(self) -> dict[str, float | None]:
        """Seconds to the acknowledgement of everything that wants one; None where it never came.

        Of Discord these are commands and buttons: messages are not acknowledged.
        """

    async def cut(self) -> None:
        """The network between the bot and the platform is gone for a moment."""

    def shown(self) -> list[str]:
        """The words of each message of the bot's that everyone sees, the case card first."""


@dataclass
class CrowdInSlack:
    """Twelve members of #incidents."""

    slack: FakeSlack
    platform: str = "slack"
    names: Iterator[str] = field(default_factory=lambda: itertools.cycle(NAMES))

    def __post_init__(self) -> None:
        for name in NAMES:
            self.slack.team.channel("#incidents").members.add(self.slack.team.add_person(name).id)

    @property
    def settings(self) -> dict[str, str]:
        return self.slack.settings()

    @property
    def is_heard(self) -> bool:
        return self.slack.office.carrier is not self.slack.sockets or bool(
            self.slack.sockets.connections
        )

    @property
    def thread(self) -> str:
        return self._root.ts

    async def says(self, text: str, *, named: bool = False) -> str:
        text = f"@{self.slack.app.name} {text}" if named else text
        message = await self.slack.say(next(self.names), "#incidents", text, thread=self.thread)
        return f"{message.message.channel}/{message.ts}"

    async def drops(self, name: str, content: bytes) -> str:
        message = await self.slack.upload(
            next(self.names), "#incidents", name, content, thread=self.thread
        )
        return f"{message.message.channel}/{message.ts}"

    async def commands(self, verb: str) -> str:
        done = await self.slack.command("/fm", verb, next(self.names), "#incidents")
        return _trigger(done.delivery)

    async def presses(self, label: str) -> str:
        return _trigger((await self.slack.press(next(self.names), self._root, label)).delivery)

    def answered(self) -> dict[str, float | None]:
        deliveries = [
            delivery
            for delivery in self.slack.office.deliveries
            if not delivery.event.get("bot_id")
        ]
        worst: dict[str, float | None] = {}
        for delivery in deliveries:
            # A mention comes twice, and a file beside its message: the slowest of them counts.
            # The first try is what counts; that a later one was answered is no excuse.
            key, after_s = _key(delivery), delivery.attempts[0].answered_after_s
            before = worst.get(key, 0.0)
            worst[key] = None if before is None or after_s is None else max(before, after_s)
        return worst

    async def cut(self) -> None:
        self.slack.drop()

    def shown(self) -> list[str]:
        channel = self.slack.team.channel("#incidents")
        ours = [message for message in channel.messages.values() if message.by_app]
        return [words(message) for message in ours]

    @property
    def _root(self) -> Message:
        channel = self.slack.team.channel("#incidents")
        return next(message for message in channel.messages.values() if message.by_app)


@dataclass
class CrowdInDiscord:
    """Twelve members of a guild."""

    discord: FakeDiscord
    platform: str = "discord"
    members: Iterator[GuildMember] = field(init=False)

    def __post_init__(self) -> None:
        self.members = itertools.cycle([self.discord.add_member(name) for name in NAMES])

    @property
    def settings(self) -> dict[str, str]:
        return self.discord.settings

    @property
    def is_heard(self) -> bool:
        return bool(self.discord.gateway.live)

    @property
    def thread(self) -> Channel:
        return self.discord.threads[0]

    async def says(self, text: str, *, named: bool = False) -> str:
        say = self.discord.mention if named else self.discord.say
        return self._key(await say(next(self.members), self.thread, text))

    async def drops(self, name: str, content: bytes) -> str:
        dropped = {name: content}
        message = await self.discord.say(next(self.members), self.thread, "", files=dropped)
        return self._key(message)

    async def commands(self, verb: str) -> str:
        who = next(self.members)
        asked = await self.discord.command(f"fm {verb}", who=who, where=self.thread)
        return await self._answer_to(asked)

    async def presses(self, label: str) -> str:
        who = next(self.members)
        return await self._answer_to(await self.discord.press(self._card, label, who=who))

    def answered(self) -> dict[str, float | None]:
        asked = self.discord.doors.by_token.values()
        return {
            _name(interaction): interaction.answered_at - interaction.at
            if interaction.answer
            else None
            for interaction in asked
        }

    async def cut(self) -> None:
        await self.discord.drop()

    def shown(self) -> list[str]:
        places = (self.discord.incidents, *self.discord.threads)
        ours = [self.discord.messages(channel, by=self.discord.world.bot) for channel in places]
        return [message.text for message in itertools.chain(*ours)]

    @property
    def _card(self) -> DiscordMessage:
        places = (self.discord.incidents, *self.discord.threads)
        ours = (self.discord.messages(channel, by=self.discord.world.bot) for channel in places)
        return next(message for message in itertools.chain(*ours) if message.buttons)

    def _key(self, message: DiscordMessage) -> str:
        return f"{message.channel}/{message.id}"

    async def _answer_to(self, asked: FakeInteraction) -> str:
        with contextlib.suppress(TimeoutError):
            await asked.answered()
        return _name(asked)


def _key(delivery: AppDelivery) -> str:
    """Of messages and mentions, and of files that were dropped with one."""
    event = delivery.event
    if not event:
        return _trigger(delivery)
    ts = event.get("ts") or event["file_id"]
    return f"{event.get('channel') or event['channel_id']}/{ts}"


def _trigger(delivery: AppDelivery) -> str:
    return f"trigger/{delivery.payload['trigger_id']}"


def _name(asked: FakeInteraction) -> str:
    return f"interaction/{asked.id}"


@contextlib.asynccontextmanager
async def a_crowd(
    platform: str, *, limits: Limits | None = None, pace: float = 0.001
) -> AsyncIterator[Crowd]:
    """On `slack` or `discord`, listening on loopback.

    limits: Slack's, unless others are given. pace: the part of Slack's minutes between retries.
    """
    if platform == "slack":
        async with a_slack(limits=limits, pace=pace) as slack:
            yield CrowdInSlack(slack)
    else:
        async with a_discord() as discord:
            yield CrowdInDiscord(discord)
