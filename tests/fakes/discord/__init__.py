"""A small Discord of ours: its gateway, its REST API, its files, on loopback.

`async with a_discord() as discord:` gives one guild with one bot. A process of ours talks to it
with `discord.settings` in its environment; the test plays the people (`discord.say`,
`discord.command`, `discord.press` …) and the misfortunes (`discord.drop`, `discord.fail`,
`discord.limits.narrow`). It refuses what Discord refuses; each rule names the page of Discord's
documentation that it is from.
"""

from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.model import Channel, Intent, Member, Message, User
from tests.fakes.discord.server import TOKEN, Discord, a_discord

__all__ = [
    "TOKEN",
    "Channel",
    "Discord",
    "Intent",
    "Interaction",
    "Member",
    "Message",
    "User",
    "a_discord",
]
