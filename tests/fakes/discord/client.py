"""A small bot of discord.py alone, so that the fake is tried by somebody who does not know it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import pytest

    from tests.fakes.discord.server import FakeDiscord

USUAL = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


class Bot(discord.Client):
    """Keeps what it was told. `/fm ask` answers, `/fm slow` defers, `Add to case` is in menus."""

    def __init__(self, intents: discord.Intents) -> None:
        nobody = discord.AllowedMentions.none()
        super().__init__(intents=intents, allowed_mentions=nobody, guild_ready_timeout=0.02)
        self.heard: list[discord.Message] = []
        self.interactions: list[discord.Interaction] = []
        self.events: list[str] = []
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="fm", description="Cases")
        group.command(name="ask", description="Ask")(app_commands.autocomplete(text=suggest)(ask))
        group.command(name="slow", description="Takes long")(slow)
        self.tree.add_command(group)
        self.tree.context_menu(name="Add to case")(add_to_case)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.append(interaction)
        if interaction.type == discord.InteractionType.component:
            await self._pressed(interaction)
        elif interaction.type == discord.InteractionType.modal_submit:
            await interaction.response.send_message("thanks", ephemeral=True)

    async def _pressed(self, interaction: discord.Interaction) -> None:
        data: Mapping[str, object] = interaction.data or {}
        match data.get("custom_id"):
            case "edit":
                await interaction.response.edit_message(content="edited")
            case "why":
                await interaction.response.send_modal(Why())

    async def on_ready(self) -> None:
        self.events.append("ready")

    async def on_resumed(self) -> None:
        self.events.append("resumed")

    @property
    def texts(self) -> list[str]:
        return [message.content for message in self.heard]

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Not the usual 5 s between two of them: the fake allows more."""


class Why(discord.ui.Modal, title="Why not?"):
    reason: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        label="Reason", custom_id="reason", max_length=50
    )


async def ask(interaction: discord.Interaction, text: str, case: int | None = None) -> None:
    await interaction.response.send_message(f"you asked {text} of {case}", ephemeral=True)


async def suggest(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    words = ("why 1?", "why 2?", "what changed?")
    return [app_commands.Choice(name=word, value=word) for word in words if word.startswith(typed)]


async def slow(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send("the answer")
    await interaction.followup.send("one thing more")


async def add_to_case(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"added {message.content}")


def point_at(discord_: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two places where discord.py keeps Discord's address."""
    monkeypatch.setattr(Route, "BASE", discord_.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(discord_.gateway_url))


@asynccontextmanager
async def a_bot(discord_: FakeDiscord, *, intents: discord.Intents = USUAL) -> AsyncIterator[Bot]:
    """Connected and ready; closed at the end of the block."""
    bot = Bot(intents)
    async with bot:
        running = asyncio.create_task(bot.start(discord_.token))
        waiting = asyncio.create_task(bot.wait_until_ready())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
            if running.done():
                running.result()
            yield bot
        finally:
            for task in (running, waiting):
                task.cancel()
            # Only then: who is closed while it listens still dispatches, on a loop it gave up.
            await asyncio.gather(running, waiting, return_exceptions=True)
            await bot.close()
