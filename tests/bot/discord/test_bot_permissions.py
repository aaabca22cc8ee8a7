"""What Discord's documentation computes, and what the fake of it does, is what we compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.bot_permissions import BotPermissions, permissions_in, permissions_in_guild
from bot.discord.permissions import EVERYTHING, PERMISSIONS

if TYPE_CHECKING:
    from tests.bot.discord.office import DiscordOffice

VIEW, SEND = PERMISSIONS["VIEW_CHANNEL"].bit, PERMISSIONS["SEND_MESSAGES"].bit
GUILD, ME, ROLE, OTHER = "1", "2", "3", "4"


def overwrite(who: str, *, allow: int = 0, deny: int = 0) -> dict[str, Any]:
    return {"id": who, "type": 0, "allow": str(allow), "deny": str(deny)}


@pytest.mark.parametrize(
    ("everyone", "role", "overwrites", "held"),
    [
        (VIEW, SEND, [], VIEW | SEND),
        (VIEW | SEND, 0, [overwrite(GUILD, deny=SEND)], VIEW),
        (VIEW | SEND, 0, [overwrite(GUILD, deny=SEND), overwrite(ROLE, allow=SEND)], VIEW | SEND),
        (VIEW | SEND, 0, [overwrite(ROLE, allow=SEND), overwrite(ME, deny=SEND)], VIEW),
        (VIEW | SEND, 0, [overwrite(OTHER, deny=SEND)], VIEW | SEND),
        (0, 1 << 3, [overwrite(GUILD, deny=VIEW)], EVERYTHING),
    ],
)
def test_permissions_are_computed_as_discord_does(
    everyone: int, role: int, overwrites: list[dict[str, Any]], held: int
) -> None:
    channel = {"id": "9", "guild_id": GUILD, "permission_overwrites": overwrites}
    roles = [
        {"id": GUILD, "permissions": str(everyone)},
        {"id": ROLE, "permissions": str(role)},
        {"id": OTHER, "permissions": str(1 << 3)},
    ]
    assert permissions_in(channel, me=ME, mine=[ROLE], roles=roles) == held


def test_roles_count_together_and_those_of_others_do_not() -> None:
    roles = [
        {"id": overwritten, "permissions": str(bit)}
        for overwritten, bit in ((GUILD, VIEW), (ROLE, SEND))
    ]
    assert permissions_in_guild(GUILD, mine=[], roles=roles) == VIEW
    assert permissions_in_guild(GUILD, mine=[ROLE], roles=roles) == VIEW | SEND


@pytest.mark.integration
async def test_discord_is_asked_for_the_roles(office: DiscordOffice) -> None:
    fake = office.fake
    fake.deny(fake.incidents, "SEND_MESSAGES")
    async with office.open() as platform:
        rights = BotPermissions(platform.rest)
        channel = await platform.chat.rooms.describe(fake.incidents.id)
        assert await rights.in_channel(channel) == fake.world.rights(fake.incidents)
        in_guild = await rights.in_guild(channel["guild_id"])
    assert in_guild & ~fake.world.rights(fake.incidents) == SEND
