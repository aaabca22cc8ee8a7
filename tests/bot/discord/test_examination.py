from __future__ import annotations

from typing import Any

import pytest

from bot.discord.examination import permissions_in
from bot.discord.permissions import PERMISSIONS

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
        (0, 1 << 3, [overwrite(GUILD, deny=VIEW)], sum(one.bit for one in PERMISSIONS.values())),
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
