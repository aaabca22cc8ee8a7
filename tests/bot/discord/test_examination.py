from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.discord.model import Intent

if TYPE_CHECKING:
    from tests.bot.discord.office import Office

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


@pytest.mark.integration
async def test_doctor_names_each_permission_that_is_missing(office: Office) -> None:
    fake = office.fake
    async with office.open() as platform:
        good = await platform.examine([fake.incidents.id])
        fake.deny(fake.incidents, "CREATE_PUBLIC_THREADS", "EMBED_LINKS")
        bad: list[Any] = await platform.examine(["#incidents", "#nowhere"])
    assert [one.advice for one in good] == ["", "", ""]
    assert "Create Public Threads" in bad[2].says
    assert "Embed Links" in bad[2].says
    assert "no channels named #nowhere" in bad[3].says
    assert "https://discord.com/oauth2/authorize" in bad[3].advice


@pytest.mark.integration
async def test_doctor_says_when_the_token_or_the_intent_is_wrong(office: Office) -> None:
    async with office.open(token="wrong.token.here") as platform:  # noqa: S106
        (checked,) = await platform.examine([])
    assert "does not know the token" in checked.says
    assert "FAULTMAVEN_DISCORD_TOKEN" in checked.advice
    office.fake.world.privileged = Intent(0)
    async with office.open() as platform:
        _, intent = await platform.examine([])
    assert "Message Content is off" in intent.says
    assert "Developer Portal" in intent.advice
