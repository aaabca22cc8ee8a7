"""dana in a fake Slack, our real adapter connected to it in Socket Mode."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.slack.budgets import Budgets
from bot.slack.connection import Slack, open_slack
from core.conversation.model import Place
from docs.writers.parity import BRINGS_LINES, Way
from tests.bot.parity.story import NEW_LINES, Line, Read, Went
from tests.bot.parity.world import World, until
from tests.bot.slack.desk import access_of
from tests.fakes.slack import FakeSlack, Limits, a_slack, buttons, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes.slack import Done, Message

ROOM, MENU = "#incidents", "Add to case"


class Unbounded(Budgets):
    """Slack's pace is not what is asked here."""

    async def take(self, method: str, *, channel: str = "") -> None: ...


@dataclass
class OnSlack:
    """`command` is the name that slash commands are given by."""

    people: FakeSlack
    world: World
    thread: str = ""
    command: str = "/fm"

    async def do(self, way: Way, line: Line) -> Went:
        match way:
            case Way.COMMAND:
                return await self._asked(self.people.command(self.command, line.text, "dana", ROOM))
            case Way.COMMAND_IN_THREAD:
                return Went.NOWHERE
            case _:
                return await self._said(way, line)
