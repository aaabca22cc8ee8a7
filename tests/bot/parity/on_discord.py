"""dana in a fake Discord, where she is called ana, our real adapter connected to its gateway."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.discord.access import DiscordAccess
from bot.discord.connection import open_discord
from bot.discord.rooms import place_in
from core.conversation.commands.arguments import NUMBERED, number_or_nothing
from core.conversation.commands.vocabulary import VERBS
from docs.writers.parity import BRINGS_LINES, Way
from tests.bot.parity.story import DROPPED, NEW_LINES, Read, SpokenLine, Went
from tests.bot.parity.world import ParityWorld, until
from tests.fakes.discord.model import Channel, GuildMember
from tests.fakes.discord.people import visible_to
from tests.fakes.discord.server import FakeDiscord, a_discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes.discord.interactions import FakeInteraction
    from tests.fakes.discord.model import Message

ADD_TO_CASE = "Add to case"


@dataclass
class OnDiscord:
    """`command` is the name that slash commands are given by."""

    people: FakeDiscord
    world: ParityWorld
    command: str = "fm"
    lee: GuildMember = field(init=False)
    lobby: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.lee, self.lobby = self.people.add_member("lee"), self.people.add_channel("lobby")

    async def do(self, way: Way, line: SpokenLine) -> Went:
        match way:
            case Way.COMMAND:
                return await self._command(line, self.people.incidents)
            case Way.COMMAND_IN_THREAD:
                return await self._command(line, self._thread)
            case Way.BUTTON:
                opened = await self._press(line)
                return await self._did(opened) if opened else Went.NOWHERE
            case Way.FORM:
                return await self._fill_in(line)
            case Way.MENU | Way.FILE:
                return await self._bring(way, line)
        return await self._say(way, line)

    async def look(self) -> tuple[Read, Read]:
        return self._read(self.people.ana), self._read(self.lee)

    async def settle(self) -> None:
        """The case opens in the channel: a card, and a thread below it."""
        place = place_in(self.people.incidents.id)
        await self.world.met(str(self.people.ana.id), place)
        await self.world.kim("open bookings fail", place)
        await self.world.work()
        await self.world.bring_a_log()

    async def _say(self, way: Way, line: SpokenLine) -> Went:
        people, dana, heard = self.people, self.people.ana, self.world.heard
        match way:
            case Way.DIRECT:
                await people.say(dana, people.direct(dana), line.text)
            case Way.MENTION:  # a second case is opened elsewhere than in the first one's thread
                where = people.incidents if line.verb == "open" else self._thread
                await people.mention(dana, where, line.text)
            case _:
                await people.say(dana, self._thread, line.text)
        await until(lambda: self.world.heard > heard)
        return Went.SAID

    async def _command(self, line: SpokenLine, where: Channel) -> Went:
        if not VERBS[line.verb].is_offered:
            return Went.NOWHERE
        path = f"{self.command} {line.verb}"
        given = self.people.command(path, _options(line), who=self.people.ana, where=where)
        return await self._did(await given)

    async def _press(self, line: SpokenLine) -> FakeInteraction | None:
        """The newest button for the verb that dana has before her."""
        for message in reversed(self._messages(self.people.ana)):
            for button in message.buttons:
                if button["custom_id"].split(":")[1] == line.verb:
                    return await self.people.press(
                        message, button["custom_id"], who=self.people.ana
                    )
        return None

    async def _fill_in(self, line: SpokenLine) -> Went:
        """The form that a button opens."""
        opened = await self._press(line)
        if opened is None or await self._did(opened) is Went.SAID:
            return Went.NOWHERE
        return await self._did(await self.people.submit(opened, {"text": line.rest}))

    async def _bring(self, way: Way, line: SpokenLine) -> Went:
        people, heard = self.people, self.world.heard
        if line.row != BRINGS_LINES:
            return Went.NOWHERE
        if way is Way.FILE:
            await people.say(people.ana, self._thread, "", files={"new.log": DROPPED})
            await until(lambda: self.world.heard > heard)
            return Went.SAID
        message = await people.say(self.lee, self.lobby, NEW_LINES)
        return await self._did(await people.context_menu(ADD_TO_CASE, message, who=people.ana))

    async def _did(self, given: FakeInteraction) -> Went:
        """What came of it: a form, or something heard."""
        await given.answered()
        return Went.ASKED if given.modal else Went.SAID

    @property
    def _thread(self) -> Channel:
        return self.people.threads[0]

    def _messages(self, who: GuildMember) -> list[Message]:
        """What somebody can read, oldest first."""
        rooms = [self.people.incidents, *self.people.threads, self.people.direct(who)]
        messages = [message for room in rooms for message in room.messages.values()]
        seen = [message for message in messages if visible_to(message, who)]
        return sorted(seen, key=lambda message: int(message.id))

    def _read(self, who: GuildMember) -> Read:
        return frozenset((message.id, _as_read(message.text)) for message in self._messages(who))


def _options(line: SpokenLine) -> dict[str, Any]:
    """The fields of the command, filled in: a number, a text, a case."""
    _, _, values = line.text.partition(" ")
    if values.startswith("#"):
        return {"case": int(values[1:])}
    if VERBS[line.verb].read in NUMBERED:
        number, _, text = values.partition(" ")
        return {"number": int(number), "text": text}
    if VERBS[line.verb].read is number_or_nothing:
        return {"number": int(values)} if values else {}
    return {"text": " ".join(values.split("\n"))} if values else {}


def _as_read(text: str) -> str:
    """Without the marks of Markdown, which Discord's client draws."""
    return text.replace("**", "").replace("\\", "")


@asynccontextmanager
async def on_discord(folder: Path, *, command: str = "fm") -> AsyncIterator[OnDiscord]:
    world = ParityWorld.of(folder)
    async with a_discord() as people:
        access = DiscordAccess(
            token=people.token, api_url=people.api_url, gateway_url=people.gateway_url
        )
        async with open_discord(access) as discord:
            world.connect([discord.chat], [discord.chat_reader])
            async with discord.attending(world.services):
                await people.connected()
                await until(people.commands.offered)
                stage = OnDiscord(people, world, command)
                await stage.settle()
                yield stage
