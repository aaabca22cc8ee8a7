"""The platform over a socket: our fake of Discord, gateway and REST, on loopback."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.discord.rooms import place_in
from core.conversation.messages.message import MessageKind
from core.conversation.ports import connect_workspace
from core.errors import ChatUnavailable
from tests.bot.discord.office import CARD, DiscordOffice, served
from tests.fakes.discord.model import GatewayIntent

pytestmark = pytest.mark.integration


async def test_what_is_said_and_asked_is_heard(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.attended():
        await fake.mention(fake.ana, fake.incidents, "hypotheses")
        await fake.say(fake.ana, fake.direct(fake.ana), "status")
        await fake.until(lambda: len(office.heard) == 2)
        await fake.until(fake.commands.offered)
        interaction = await fake.command(
            "fm status", {"case": 128}, who=fake.ana, where=fake.incidents
        )
        await interaction.answered()
    assert office.texts == ["hypotheses", "status", "status"]
    assert office.heard[1].place == place_in(f"@{fake.ana.id}")
    assert office.heard[1].manner is MessageKind.MENTION
    assert office.heard[2].case_number == 128


async def test_with_a_token_of_another_bot_cases_open_where_that_one_is(
    office: DiscordOffice,
) -> None:
    async with office.services.unit() as unit:
        before = await connect_workspace(unit, "discord", "1")
    async with office.attended() as platform:
        assert platform.chat.workspace_id not in ("", before)
        assert platform.chat_reader.workspace_id == platform.chat.workspace_id
        async with office.services.reading() as unit:
            rows = await unit.workspaces.of_platform("discord")
        assert [row.external_id for row in rows] == [platform.rest.me, "1"]


@pytest.mark.parametrize("resumable", [True, False])
async def test_a_lost_line_loses_nothing_and_keeps_order(
    office: DiscordOffice, *, resumable: bool
) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    async with office.attended() as platform:

        async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
            """The library's own hook waits five seconds between two sessions."""

        platform.rest.client.before_identify_hook = at_once  # type: ignore[method-assign]
        await fake.say(fake.ana, fake.incidents, "before")
        await fake.until(lambda: office.texts == ["before"])
        await fake.drop(how="lost", resumable=resumable)
        await fake.say(fake.ana, fake.incidents, "in the gap")
        await fake.connected()
        await fake.say(fake.ana, fake.incidents, "after")
        await fake.until(lambda: len(office.heard) == 3)
    assert office.texts == ["before", "in the gap", "after"]
    assert len(fake.gateway.identified) == (1 if resumable else 2)


async def test_what_is_said_waits_for_the_database(office: DiscordOffice) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    async with office.attended():
        office.fail_next_commit()
        for text in ("one", "two", "three"):
            await fake.say(fake.ana, fake.incidents, text)
        await fake.until(lambda: len(office.heard) == 3)
    assert office.texts == ["one", "two", "three"]


async def test_a_burst_is_acknowledged_in_time(office: DiscordOffice) -> None:
    """Discord gives three seconds; the answers do not wait for each other."""
    fake = office.fake
    async with office.attended():
        await fake.until(fake.commands.offered)
        asked = [
            await fake.command("fm status", who=fake.ana, where=fake.incidents) for _ in range(60)
        ]
        await asyncio.gather(*(interaction.answered() for interaction in asked))
    waited = sorted(interaction.answered_at - interaction.at for interaction in asked)
    assert waited[-1] < 3.0
    assert len(office.heard) == 60


async def test_commands_are_sent_once_and_not_at_each_start(office: DiscordOffice) -> None:
    fake = office.fake
    route = "/applications/{app}/guilds/{guild}/commands"
    for start in (1, 2):
        async with office.attended():
            await fake.until(lambda: len(fake.calls_of(f"GET {route}")) == start)  # noqa: B023
            await fake.until(fake.commands.offered)
    offered = {command["name"] for command in fake.commands.offered()}
    assert offered == {"fm", "faultmaven", "Add to case"}
    assert len(fake.calls_of(f"PUT {route}")) == 1


async def test_discord_need_not_be_there_at_the_start(office: DiscordOffice) -> None:
    place = place_in("1")
    async with office.open(api_url="http://127.0.0.1:9/api/v10") as platform:
        with pytest.raises(ChatUnavailable):
            await platform.chat.post(place, CARD, marker="out_1")
        async with platform.attending(office.services):
            await asyncio.sleep(0.05)


async def test_what_only_a_person_can_mend_is_said_in_the_log(
    office: DiscordOffice, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="bot.discord"):
        async with (
            office.open(token="wrong.token.here") as platform,  # noqa: S106
            platform.attending(office.services),
        ):
            await office.fake.until(lambda: "does not know the token" in caplog.text)
    assert "wrong.token.here" not in caplog.text
    assert office.fake.token not in caplog.text


async def test_without_the_intent_all_is_heard_that_is_said_to_us(
    office: DiscordOffice, caplog: pytest.LogCaptureFixture
) -> None:
    """Discord would close a connection that asks for it; what it keeps from us is not guessed."""
    fake = office.fake
    fake.world.privileged = GatewayIntent(0)
    await office.at_home(fake.incidents.id)
    with caplog.at_level(logging.WARNING, logger="bot.discord"):
        async with office.attended():
            await fake.until(fake.commands.offered)
            await fake.say(fake.ana, fake.incidents, "it began at 02:41")
            await fake.say(fake.ana, fake.incidents, "", files={"db.log": b"ERROR"})
            await fake.mention(fake.ana, fake.incidents, "hypotheses")
            await fake.say(fake.ana, fake.direct(fake.ana), "status")
            await fake.until(lambda: len(office.heard) == 2)
            interaction = await fake.command("fm status", who=fake.ana, where=fake.incidents)
            await interaction.answered()
    assert office.texts == ["hypotheses", "status", "status"]
    assert "Message Content is off" in caplog.text
    assert "Developer Portal" in caplog.text


async def test_discord_can_post_interactions_instead(office: DiscordOffice) -> None:
    """The portal checks the address first; then the same works without the gateway."""
    fake = office.fake
    async with (
        office.attended(public_key=fake.public_key) as platform,
        served(platform.router(office.services)) as url,
    ):
        await fake.until(fake.commands.offered)
        await fake.use_http(f"{url}/discord/interactions")
        interaction = await fake.command(
            "fm hypotheses", {"case": 128}, who=fake.ana, where=fake.incidents
        )
        await interaction.answered()
        (heard,) = office.heard
        await platform.chat.send_ephemeral(heard.place, CARD, handle=heard.handle)
        await fake.until(lambda: interaction.text)
        choices = await fake.autocomplete(
            "fm status", "case", "", who=fake.ana, where=fake.incidents
        )
    assert (heard.verb, heard.text, heard.case_number) == ("hypotheses", "", 128)
    assert interaction.kind == 5
    assert [message.only_for for message in interaction.shown] == [fake.ana.id]
    assert choices == []


async def test_a_line_that_is_lost_while_catching_up_hides_nothing(office: DiscordOffice) -> None:
    """What comes over the resumed line waits until the history has been read."""
    fake = office.fake
    await office.at_home(fake.incidents.id)
    await fake.say(fake.ana, fake.incidents, "while away")
    fake.fail("GET /channels/{channel}/messages", 429, retry_after_s=1.0)
    async with office.attended():
        await fake.until(lambda: fake.calls_of("GET /channels/{channel}/messages"))
        await fake.drop(how="lost", resumable=True)
        await fake.connected()
        await fake.say(fake.ana, fake.incidents, "after")
        await fake.until(lambda: len(office.heard) == 2)
    assert office.texts == ["while away", "after"]


async def test_what_is_forwarded_is_said_by_who_forwards_it_with_its_files(
    office: DiscordOffice,
) -> None:
    """Live, read later from the history, and added by its menu; expired addresses are renewed."""
    fake = office.fake
    general = fake.add_channel("general")
    first = await fake.say(fake.ana, general, "pool is at 10/10", files={"db.log": b"ERROR"})
    await office.at_home(fake.incidents.id)
    async with office.attended() as platform:
        await fake.until(fake.commands.offered)
        live = await fake.forward(fake.ana, fake.incidents, first)
        await fake.until(lambda: len(office.heard) == 1)
        asked = await fake.context_menu("Add to case", live, who=fake.ana)
        await asked.answered()
        office.forward(hours=30)
        content = [
            chunk
            for message in office.heard
            async for chunk in platform.chat_reader.fetch(message.attachments[0])
        ]
    await fake.forward(fake.ana, fake.incidents, first)
    async with office.attended():
        await fake.until(lambda: len(office.heard) == 3)
    assert [message.text for message in office.heard] == ["pool is at 10/10"] * 3
    assert [message.attachments[0].name for message in office.heard] == ["db.log"] * 3
    assert not any(message.to_another for message in office.heard)
    assert content == [b"ERROR", b"ERROR"]
