"""The peer: discord.py alone, which answers commands and buttons at once and keeps nothing.

    python -m benchmarks.parts.bare_discord

Token, addresses and channel are in the environment, as for our own bot.
"""

from __future__ import annotations

import os

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

INTENTS = discord.Intents(guilds=True, guild_messages=True, message_content=True)


class Bare(discord.Client):
    """Says one thing with a button on it, in a thread of its own, and then listens."""

    def __init__(self, channel: int) -> None:
        super().__init__(intents=INTENTS)
        self.channel = channel
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="fm", description="Cases")
        group.command(name="status", description="Status")(_status)
        self.tree.add_command(group)

    async def setup_hook(self) -> None:
        await self.tree.sync()
        channel = await self.fetch_channel(self.channel)
        if not isinstance(channel, discord.TextChannel):
            raise TypeError(channel)
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Evidence", custom_id="fm:evidence:1:"))
        message = await channel.send("here", view=view)
        await message.create_thread(name="here")

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.defer(ephemeral=True, thinking=True)

    async def on_message(self, message: discord.Message) -> None:
        """Discord wants no acknowledgement for it."""


async def _status(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)


def main() -> None:
    """Until it is killed."""
    Route.BASE = os.environ["FAULTMAVEN_DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["FAULTMAVEN_DISCORD_GATEWAY_URL"])
    bare = Bare(int(os.environ["FAULTMAVEN_DISCORD_CHANNEL"]))
    bare.run(os.environ["FAULTMAVEN_DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
