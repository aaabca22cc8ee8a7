"""dana in a fake Slack, our real adapter connected in Socket Mode; lee is called kim there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.slack.budgets import Budgets
from bot.slack.connection import Slack, open_slack
from core.places import Place
from docs.writers.parity import BRINGS_LINES, Way
from tests.bot.parity.story import DROPPED, NEW_LINES, Read, SpokenLine, Went
from tests.bot.parity.world import ParityWorld, until
from tests.bot.slack.desk import access_of
from tests.fakes.slack import FakeSlack, Limits, NotPossible, a_slack, buttons, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from tests.fakes.slack import Done, Message, View

ROOM, ADD_TO_CASE = "#incidents", "Add to case"


class Unbounded(Budgets):
    """Slack's pace is not what is asked here."""

    async def take(self, method: str, *, channel: str = "", aside: bool = False) -> None: ...


@dataclass
class OnSlack:
    """`command` is the name that slash commands are given by."""

    people: FakeSlack
    world: ParityWorld
    command: str = "/fm"
    thread: str = ""

    async def do(self, way: Way, line: SpokenLine) -> Went:
        match way:
            case Way.COMMAND:
                return await self._command(line.text)
            case Way.COMMAND_IN_THREAD:
                return await self._command(line.text, thread=self.thread)
            case Way.BUTTON:
                went = await self._press(line)
                self._close()
                return went
            case Way.FORM:
                return await self._fill_in(line)
            case Way.MENU | Way.FILE:
                return await self._bring(way, line)
        return await self._say(way, line)

    async def look(self) -> tuple[Read, Read]:
        mine = frozenset(map(_as_read, self._direct))
        return self._read("dana") | mine, self._read("kim")

    async def settle(self) -> None:
        """The case opens in the channel: a card, and a thread below it."""
        channel = self.people.team.channel(ROOM).id
        place = Place(platform="slack", workspace="main", channel=channel)
        await self.world.met(self.people.team.person("dana").id, place)
        await self.world.kim("open bookings fail", place)
        await self.world.work()
        (card,) = self.people.seen_by("dana", ROOM)
        self.thread = card.ts
        await self.world.bring_a_log()

    async def _say(self, way: Way, line: SpokenLine) -> Went:
        people, text = self.people, line.text
        match way:
            case Way.DIRECT:
                message = await people.direct("dana", text)
            case Way.MENTION:  # a second case is opened elsewhere than in the first one's thread
                thread = "" if line.verb == "open" else self.thread
                message = await people.mention("dana", ROOM, text, thread=thread)
            case _:
                message = await people.say("dana", ROOM, text, thread=self.thread)
        assert message.acked
        return Went.SAID

    async def _command(self, text: str, *, thread: str = "") -> Went:
        try:
            act = self.people.command(self.command, text, "dana", ROOM, thread=thread)
            return await self._did(act)
        except NotPossible:
            return Went.NOWHERE

    async def _press(self, line: SpokenLine) -> Went:
        """The newest button for the verb that dana has before her."""
        for message in reversed(self.people.seen_by("dana", ROOM)):
            for action in buttons(message).values():
                if action.split(":")[1] == line.verb:
                    return await self._did(self.people.press("dana", message, action))
        return Went.NOWHERE

    async def _fill_in(self, line: SpokenLine) -> Went:
        """The form that a button opens, or a command without more words."""
        went = await self._press(line)
        if went is Went.NOWHERE:
            went = await self._command(line.verb)
        if (form := self._form) is None:
            return Went.NOWHERE
        return await self._did(self.people.submit(form, {"said": line.rest}))

    async def _bring(self, way: Way, line: SpokenLine) -> Went:
        if line.row != BRINGS_LINES:
            assert len(self.people.app.shortcuts) == 1
            return Went.NOWHERE
        if way is Way.FILE:
            await self.people.upload("dana", ROOM, "new.log", DROPPED, thread=self.thread)
            return Went.SAID
        message = await self.people.say("kim", "#lobby", NEW_LINES)
        return await self._did(self.people.shortcut("dana", message.message, ADD_TO_CASE))

    async def _did(self, act: Awaitable[Done]) -> Went:
        """What came of it: a form, or something heard."""
        heard = self.world.heard
        done = await act
        assert not done.problem
        await until(lambda: self._form or self.world.heard > heard)
        return Went.ASKED if self._form else Went.SAID

    def _close(self) -> None:
        if self._form:
            self._form.open = False

    @property
    def _form(self) -> View | None:
        return self.people.modal_of("dana")

    @property
    def _direct(self) -> list[Message]:
        dana = self.people.team.person("dana").id
        return list(self.people.team.im_of(self.people.app.bot_user, dana).messages.values())

    def _read(self, who: str) -> Read:
        return frozenset(map(_as_read, self.people.seen_by(who, ROOM)))


def _as_read(message: Message) -> tuple[str, str]:
    return message.ts, words(message)


@asynccontextmanager
async def on_slack(folder: Path, *, command: str = "/fm") -> AsyncIterator[OnSlack]:
    world = ParityWorld.of(folder)
    async with a_slack(limits=Limits(on=False)) as people, open_slack(access_of(people)) as paced:
        slack = Slack(replace(paced.web, budgets=Unbounded()), workspace_id="main")
        world.connect([slack.chat], [slack.chat_reader])
        async with slack.attending(world.services):
            await until(lambda: people.sockets.connections)
            stage = OnSlack(people, world, command)
            await stage.settle()
            yield stage
