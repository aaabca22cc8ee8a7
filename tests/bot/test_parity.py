"""The parity table of the docs says what really happens, on every platform and in every way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.commands.vocabulary import VERBS
from docs.writers.parity import DISCORD, ROWS, SLACK, TERMINAL, WAYS, ReplyVisibility, Way, cells
from tests.bot.parity.in_terminal import in_terminal
from tests.bot.parity.on_discord import on_discord
from tests.bot.parity.on_slack import on_slack
from tests.bot.parity.story import LINES, play

if TYPE_CHECKING:
    from pathlib import Path

TABLE = cells()
COMMANDS = (Way.COMMAND, Way.COMMAND_IN_THREAD)

pytestmark = pytest.mark.integration


def column(platform: str, way: Way) -> dict[str, ReplyVisibility]:
    """What the table says."""
    return {row.name: TABLE[platform, way, row.name].seen for row in ROWS}


def each(platform: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", WAYS[platform], ids=lambda way: way.name.lower())


@each(TERMINAL)
async def test_in_the_terminal(tmp_path: Path, way: Way) -> None:
    async with in_terminal(tmp_path) as stage:
        assert await play(stage, way) == column(TERMINAL, way)


@each(SLACK)
async def test_on_slack(tmp_path: Path, way: Way) -> None:
    async with on_slack(tmp_path) as stage:
        assert await play(stage, way) == column(SLACK, way)


@each(DISCORD)
async def test_on_discord(tmp_path: Path, way: Way) -> None:
    async with on_discord(tmp_path) as stage:
        assert await play(stage, way) == column(DISCORD, way)


async def test_the_longer_command_does_the_same_on_slack(tmp_path: Path) -> None:
    async with on_slack(tmp_path, command="/faultmaven") as stage:
        assert await play(stage, Way.COMMAND) == column(SLACK, Way.COMMAND)


async def test_the_longer_command_does_the_same_on_discord(tmp_path: Path) -> None:
    async with on_discord(tmp_path, command="faultmaven") as stage:
        assert await play(stage, Way.COMMAND) == column(DISCORD, Way.COMMAND)


def test_every_verb_is_in_the_table_and_is_tried() -> None:
    assert {row.verb for row in ROWS} == set(VERBS)
    assert {line.row for line in LINES} == {row.name for row in ROWS}


def test_every_hole_has_its_reason() -> None:
    for where, cell in TABLE.items():
        assert bool(cell.why) == (cell.seen is ReplyVisibility.NOBODY), where
