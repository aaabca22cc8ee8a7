from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.application import interactions
from bot.discord.errors import HIDDEN

if TYPE_CHECKING:
    from tests.bot.discord.office import DiscordOffice

pytestmark = pytest.mark.integration

COMMANDS = "GET /applications/{app}/guilds/{guild}/commands"


async def test_doctor_says_whether_commands_are_offered(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.open() as platform:
        *_, before = await platform.examine([])
    async with office.attended() as platform:
        await fake.until(fake.commands.offered)
        *_, after = await platform.examine([])
    assert (before.says, before.advice) == ("offered when the bot process starts", "")
    assert (after.says, after.advice) == ("/faultmaven, /fm and Add to case are offered", "")


async def test_doctor_says_when_the_scope_for_commands_is_missing(office: DiscordOffice) -> None:
    office.fake.fail(COMMANDS, 403, code=HIDDEN)
    async with office.open() as platform:
        *_, commands = await platform.examine([])
    assert "the scope applications.commands is missing" in commands.says
    assert "applications.commands" in commands.advice


async def test_doctor_says_when_the_bot_is_in_no_server(office: DiscordOffice) -> None:
    office.fake.world.is_invited = False
    async with office.open() as platform:
        *_, commands = await platform.examine([])
    assert commands.says == "the bot is in no server"
    assert "https://discord.com/oauth2/authorize" in commands.advice


@pytest.mark.parametrize(
    ("url", "set_key", "says", "is_fine"),
    [
        ("", "", None, True),
        ("", "ab", None, True),
        ("https://bot.invalid/discord/interactions", "AB", "the key fits", True),
        ("https://bot.invalid/discord/interactions", "", "nothing can check who posts", False),
        ("https://bot.invalid/discord/interactions", "cd", "of another application", False),
        ("", "cd", "of another application", False),
    ],
)
def test_doctor_says_whether_posted_interactions_can_be_checked(
    url: str, set_key: str, says: str | None, *, is_fine: bool
) -> None:
    described = {"interactions_endpoint_url": url or None, "verify_key": "ab"}
    checked = list(interactions(described, public_key=set_key))
    assert len(checked) == (says is not None)
    for check in checked:
        assert says is not None
        assert says in check.says
        assert (check.advice == "") is is_fine
