from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.discord.model import Intent

if TYPE_CHECKING:
    from tests.bot.discord.office import Office

from core.conversation.model import Room

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
