from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.connection import open_discord
from bot.discord.permissions import PERMISSIONS
from core.places import CaseRoom
from tests.fakes.discord.model import GatewayIntent, Kind, Overwrite
from tests.fakes.discord.permissions import bits

if TYPE_CHECKING:
    from tests.bot.discord.office import DiscordOffice


@pytest.mark.integration
async def test_doctor_names_each_permission_that_is_missing(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.open() as platform:
        good = await platform.examine([fake.incidents.id])
        fake.deny(fake.incidents, "CREATE_PUBLIC_THREADS", "EMBED_LINKS")
        bad: list[Any] = await platform.examine(["#incidents", "#nowhere"])
    assert [check.advice for check in good] == [""] * 4
    *_, lacking, unknown = bad
    assert "Create Public Threads" in lacking.says
    assert "Embed Links" in lacking.says
    assert "no channels named #nowhere" in unknown.says
    assert "https://discord.com/oauth2/authorize" in unknown.advice


@pytest.mark.integration
async def test_doctor_says_when_the_token_or_the_intent_is_wrong(office: DiscordOffice) -> None:
    async with office.open(token="wrong.token.here") as platform:  # noqa: S106
        (checked,) = await platform.examine([])
    assert "does not know the token" in checked.says
    assert "FAULTMAVEN_DISCORD_TOKEN" in checked.advice
    office.fake.world.privileged = GatewayIntent(0)
    async with office.open() as platform:
        _, intent, _ = await platform.examine([])
    assert "Message Content is off" in intent.says
    assert "Developer Portal" in intent.advice
    assert "a case's thread is not" in intent.says


@pytest.mark.integration
async def test_doctor_says_what_a_hidden_channel_most_likely_is(office: DiscordOffice) -> None:
    fake = office.fake
    fake.deny(fake.incidents, "VIEW_CHANNEL")
    async with office.open() as platform:
        *_, hidden = await platform.examine(["#incidents"])
    assert "may not see that channel" in hidden.says
    assert "allow View Channels" in hidden.advice
    assert "https://discord.com/oauth2/authorize" in hidden.advice


@pytest.mark.integration
async def test_doctor_says_what_channels_of_cases_lack(office: DiscordOffice) -> None:
    """What the configured channel allows the bot is not allowed in the ones that it makes."""
    fake = office.fake
    fake.only("MANAGE_CHANNELS", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES")
    wanted = [*PERMISSIONS]
    fake.incidents.overwrites = {
        fake.world.bot.id: Overwrite(fake.world.bot.id, 1, allow=bits(*wanted))
    }
    async with open_discord(office.access(), room=CaseRoom.CHANNEL) as platform:
        *_, lacking = await platform.examine(["#incidents"])
    assert lacking.says.startswith("missing in the server")
    assert "View Channels, Read Message History" in lacking.advice


@pytest.mark.integration
async def test_doctor_says_what_is_no_home_for_a_case(office: DiscordOffice) -> None:
    fake = office.fake
    above = fake.add_channel("above")
    above.kind = Kind.CATEGORY
    fake.add_forum("tagless", needs_tag=True)
    fake.add_forum("tagged", tags=("incident",), needs_tag=True)
    thread = fake.thread(fake.ana, fake.incidents, "lunch")
    async with office.open() as platform:
        names = [above.id, "#tagless", "#tagged", thread.id]
        *_, category, tagless, tagged, lunch = await platform.examine(names)
    assert "is a category" in category.says
    assert "wants a tag on every post" in tagless.says
    assert "Edit the forum" in tagless.advice
    assert tagged.advice == ""
    assert "is a thread" in lunch.says
