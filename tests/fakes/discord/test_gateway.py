"""The gateway of the fake, as discord.py lives with it."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.fakes.discord.client import USUAL, Bot, a_bot, point_at
from tests.fakes.discord.model import GatewayIntent
from tests.fakes.discord.server import FakeDiscord, a_discord

pytestmark = pytest.mark.integration


async def test_a_client_gets_ready_and_knows_the_guild(discord_: FakeDiscord, bot: Bot) -> None:
    (guild,) = bot.guilds
    assert bot.user is not None
    assert str(bot.user.id) == discord_.world.bot.id
    assert [channel.name for channel in guild.text_channels] == ["incidents"]
    assert discord_.gateway.identified[0]["intents"] == USUAL.value


async def test_it_hears_what_people_say_and_the_files_they_drop(
    discord_: FakeDiscord, bot: Bot
) -> None:
    sent = await discord_.say(
        discord_.ana, discord_.incidents, "look", files={"db.log": b"ERROR too many"}
    )
    await discord_.until(lambda: bot.heard)
    (message,) = bot.heard
    assert (message.content, str(message.id)) == ("look", sent.id)
    assert str(message.author.id) == discord_.ana.id
    assert await message.attachments[0].read() == b"ERROR too many"
    assert discord_.cdn.fetched == ["db.log"]


async def test_without_the_content_intent_only_mentions_and_direct_messages_have_content(
    discord_: FakeDiscord,
) -> None:
    deaf = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    async with a_bot(discord_, intents=deaf) as bot:
        ana, here = discord_.ana, discord_.incidents
        await discord_.say(ana, here, "secret", files={"a.log": b"x"})
        await discord_.mention(ana, here, "status")
        await discord_.say(ana, discord_.direct(ana), "psst")
        await discord_.until(lambda: len(bot.heard) == 3)
    assert bot.texts == ["", f"{discord_.world.bot.mention} status", "psst"]
    assert bot.heard[0].attachments == []


@pytest.mark.parametrize("how", ["lost", "closed", "reconnect", "invalid"])
async def test_what_was_said_while_the_line_was_down_is_replayed(
    discord_: FakeDiscord, bot: Bot, how: str
) -> None:
    await discord_.say(discord_.ana, discord_.incidents, "before")
    await discord_.until(lambda: bot.texts == ["before"])
    await discord_.drop(how=how)
    for text in ("one", "two"):
        await discord_.say(discord_.ana, discord_.incidents, text)
    await discord_.until(lambda: "resumed" in bot.events)
    await discord_.until(lambda: bot.texts == ["before", "one", "two"])
    assert len(discord_.gateway.identified) == 1


@pytest.mark.parametrize("how", ["lost", "invalid"])
async def test_a_session_that_is_forgotten_begins_anew_and_misses_things(
    discord_: FakeDiscord, bot: Bot, how: str
) -> None:
    await discord_.drop(how=how, resumable=False)
    await discord_.say(discord_.ana, discord_.incidents, "unheard")
    await discord_.until(lambda: len(discord_.gateway.identified) == 2)
    await discord_.say(discord_.ana, discord_.incidents, "heard")
    await discord_.until(lambda: bot.texts == ["heard"])
    await discord_.until(lambda: bot.events.count("ready") == 2)
    assert "resumed" not in bot.events


async def test_an_intent_that_the_portal_has_not_switched_on_closes_with_4014(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_discord(privileged=GatewayIntent.NONE) as discord_:
        point_at(discord_, monkeypatch)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with a_bot(discord_):
                pass


async def test_a_wrong_token_is_refused_at_both_doors(discord_: FakeDiscord) -> None:
    client = discord.Client(intents=USUAL)
    async with client:
        with pytest.raises(discord.LoginFailure):
            await client.login("wrong")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{discord_.gateway_url}?v=10&encoding=json") as ws,
    ):
        assert (await ws.receive_json())["op"] == 10
        await ws.send_json({"op": 2, "d": {"token": "wrong", "intents": 1}})
        assert (await ws.receive()).data == 4004


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1 << 40}}, 4013),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"op": 2, "d": {"token": "x" * 5000}}, 4002),
    ],
)
async def test_a_client_that_does_not_keep_the_rules_is_closed(
    discord_: FakeDiscord, payload: dict[str, object], code: int
) -> None:
    data = payload["d"]
    if isinstance(data, dict) and data.get("token") == "TOKEN":
        data["token"] = discord_.token
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{discord_.gateway_url}?v=10&encoding=json") as ws,
    ):
        await ws.receive_json()
        await ws.send_json(payload)
        assert (await ws.receive()).data == code


async def test_who_sends_no_heartbeat_is_let_go(discord_: FakeDiscord) -> None:
    discord_.gateway.heartbeat_ms = 50
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{discord_.gateway_url}?v=10&encoding=json") as ws,
    ):
        await ws.receive_json()
        await ws.send_json({"op": 1, "d": None})
        assert (await ws.receive_json())["op"] == 11
        assert (await asyncio.wait_for(ws.receive(), 20)).data == 4000


async def test_a_channel_that_the_bot_cannot_see_is_not_told_of(
    discord_: FakeDiscord, bot: Bot
) -> None:
    private = discord_.add_channel("private")
    discord_.deny(private, "VIEW_CHANNEL")
    await discord_.say(discord_.ana, private, "unheard")
    await discord_.say(discord_.ana, discord_.incidents, "heard")
    await discord_.until(lambda: bot.texts == ["heard"])
