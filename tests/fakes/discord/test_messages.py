"""Messages, threads and their limits, as discord.py sends them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest

if TYPE_CHECKING:
    from tests.fakes.discord.client import Bot
    from tests.fakes.discord.server import FakeDiscord

pytestmark = pytest.mark.integration


def here(discord_: FakeDiscord, bot: Bot) -> discord.TextChannel:
    channel = bot.get_channel(int(discord_.incidents.id))
    assert isinstance(channel, discord.TextChannel)
    return channel


def buttons(*custom_ids: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for custom_id in custom_ids:
        view.add_item(discord.ui.Button(label=custom_id[:80], custom_id=custom_id))
    return view


async def test_a_message_is_posted_edited_and_read_back(discord_: FakeDiscord, bot: Bot) -> None:
    channel = here(discord_, bot)
    embed = discord.Embed(description="5xx 8 %", colour=0xED4245)
    sent = await channel.send(embed=embed, view=buttons("fm:more:1:"))
    await sent.edit(embed=discord.Embed(description="5xx 1 %"))
    (seen,) = [message async for message in channel.history(limit=10)]
    assert seen.embeds[0].description == "5xx 1 %"
    assert seen.edited_at is not None
    assert discord_.messages(discord_.incidents)[0].text == "5xx 1 %\nfm:more:1:"


async def test_history_goes_on_after_a_message_and_in_pages(
    discord_: FakeDiscord, bot: Bot
) -> None:
    for number in range(7):
        await discord_.say(discord_.ana, discord_.incidents, str(number))
    channel, third = here(discord_, bot), discord_.messages(discord_.incidents)[2]
    after = [m.content async for m in channel.history(after=discord.Object(int(third.id)))]
    newest = [m.content async for m in channel.history(limit=2)]
    assert (after, newest) == (["3", "4", "5", "6"], ["6", "5"])


async def test_the_same_nonce_is_the_same_message(discord_: FakeDiscord, bot: Bot) -> None:
    channel = here(discord_, bot)
    first = await channel.send("card", nonce="out_1")
    again = await channel.send("card", nonce="out_1")
    other = await channel.send("card", nonce="out_2")
    assert (first.id == again.id, first.id == other.id) == (True, False)
    assert len(discord_.messages(discord_.incidents)) == 2
    (read, *_) = [message async for message in channel.history(limit=1)]
    assert read.nonce is None  # told once, to who sent it


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ({"content": "x" * 2_001}, "content"),
        ({"embeds": [discord.Embed(title="x" * 257)]}, "embeds.0.title"),
        ({"embeds": [discord.Embed(description="x" * 4_097)]}, "embeds.0.description"),
        ({"embeds": [discord.Embed(description="x" * 3_001) for _ in "ab"]}, "embeds"),
        ({"content": "x", "view": buttons("a" * 101)}, "components.custom_id"),
        ({"content": "x", "view": buttons("a", "a")}, "components.custom_id"),
    ],
)
async def test_what_is_too_long_is_refused_with_its_place(
    discord_: FakeDiscord, bot: Bot, message: dict[str, Any], where: str
) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await here(discord_, bot).send(**message)
    assert (refused.value.status, refused.value.code) == (400, 50035)
    assert f"In {where}" in refused.value.text
    assert discord_.messages(discord_.incidents) == []


async def test_new_components_exclude_content_and_count_their_text(
    discord_: FakeDiscord, bot: Bot
) -> None:
    channel = here(discord_, bot)
    layout = discord.ui.LayoutView()
    layout.add_item(discord.ui.Container(discord.ui.TextDisplay("# checkout")))
    sent = await channel.send(view=layout)
    assert discord_.messages(discord_.incidents)[0].text == "# checkout"
    with pytest.raises(discord.HTTPException, match="In content"):
        await sent.edit(content="old")
    layout.add_item(discord.ui.TextDisplay("x" * 3_995))
    with pytest.raises(discord.HTTPException, match="4000"):
        await sent.edit(view=layout)


async def test_an_empty_message_is_refused(discord_: FakeDiscord, bot: Bot) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await here(discord_, bot).send("   ")
    assert refused.value.code == 50006


async def test_only_allowed_mentions_ping(discord_: FakeDiscord, bot: Bot) -> None:
    channel, ana = here(discord_, bot), discord_.ana
    text = f"@everyone {ana.mention}"
    await channel.send(text)
    await channel.send(text, allowed_mentions=discord.AllowedMentions.all())
    quiet, loud = discord_.messages(discord_.incidents)
    assert (quiet.pings, quiet.pings_everyone) == ([], False)
    assert (loud.pings, loud.pings_everyone) == ([ana.user], True)


async def test_a_file_that_the_bot_sends_can_be_fetched_until_its_address_expires(
    discord_: FakeDiscord, bot: Bot
) -> None:
    channel = here(discord_, bot)
    sent = await channel.send(file=discord.File(io.BytesIO(b"long"), "case.txt"))
    assert await sent.attachments[0].read() == b"long"
    discord_.world.now.forward(discord_.world.urls_last_s + 1)
    with pytest.raises(discord.NotFound):
        await sent.attachments[0].read()
    fresh = await channel.fetch_message(sent.id)
    assert await fresh.attachments[0].read() == b"long"


async def test_permissions_decide_and_say_which_kind_is_missing(
    discord_: FakeDiscord, bot: Bot
) -> None:
    channel = here(discord_, bot)
    discord_.deny(discord_.incidents, "EMBED_LINKS")
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send(embed=discord.Embed(description="x"))
    assert refused.value.code == 50013
    discord_.deny(discord_.incidents, "VIEW_CHANNEL")
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("x")
    assert refused.value.code == 50001
    with pytest.raises(discord.Forbidden) as refused:
        await channel.guild.create_text_channel("inc-1")
    assert refused.value.code == 50013
    assert discord_.rest.invalid == 3


async def test_only_own_messages_are_edited(discord_: FakeDiscord, bot: Bot) -> None:
    message = await discord_.say(discord_.ana, discord_.incidents, "mine")
    theirs = here(discord_, bot).get_partial_message(int(message.id))
    with pytest.raises(discord.Forbidden) as refused:
        await theirs.edit(content="yours")
    assert refused.value.code == 50005


async def test_somebody_who_takes_no_direct_messages_gets_none(
    discord_: FakeDiscord, bot: Bot
) -> None:
    discord_.ana.user.accepts_dms = False
    user = await bot.fetch_user(int(discord_.ana.id))
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("psst")
    assert refused.value.code == 50007


async def test_a_thread_hangs_below_its_message_and_has_its_id(
    discord_: FakeDiscord, bot: Bot
) -> None:
    card = await here(discord_, bot).send("card")
    thread = await card.create_thread(name="#1 checkout", auto_archive_duration=1440)
    await thread.send("begun")
    await discord_.say(discord_.ana, discord_.threads[0], "inside")
    await discord_.until(lambda: "inside" in bot.texts)
    assert thread.id == card.id
    assert bot.heard[-1].channel == thread
    with pytest.raises(discord.HTTPException) as refused:
        await card.create_thread(name="again")
    assert refused.value.code == 160004


async def test_in_an_archived_thread_nothing_is_edited_and_a_message_opens_it(
    discord_: FakeDiscord, bot: Bot
) -> None:
    card = await here(discord_, bot).send("card")
    thread = await card.create_thread(name="case")
    sent = await thread.send("one")
    discord_.archive(discord_.threads[0])
    with pytest.raises(discord.HTTPException) as refused:
        await sent.edit(content="two")
    assert refused.value.code == 50083
    await thread.send("three")
    assert not discord_.threads[0].archived
    discord_.archive(discord_.threads[0], lock=True)
    with pytest.raises(discord.Forbidden) as locked:
        await thread.send("four")
    assert locked.value.code == 160005


async def test_a_forum_takes_posts_and_no_messages(discord_: FakeDiscord, bot: Bot) -> None:
    made = discord_.add_forum("cases", tags=("open",), needs_tag=True)
    await discord_.until(lambda: bot.get_channel(int(made.id)))
    forum = bot.get_channel(int(made.id))
    assert isinstance(forum, discord.ForumChannel)
    with pytest.raises(discord.HTTPException) as refused:
        await forum.create_thread(name="#1", content="card")
    assert refused.value.code == 40067
    post = await forum.create_thread(name="#1", content="card", applied_tags=forum.available_tags)
    assert post.message.id == post.thread.id
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(
            discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=forum.id),
            json={"content": "x"},
        )
    assert refused.value.code == 50008


async def test_a_channel_is_made_renamed_and_found_after_a_restart(
    discord_: FakeDiscord, bot: Bot
) -> None:
    discord_.grant("MANAGE_CHANNELS")
    guild = here(discord_, bot).guild
    closed = discord.PermissionOverwrite(view_channel=False)
    private: dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite] = {
        guild.default_role: closed
    }
    made = await guild.create_text_channel("INC 1 checkout", topic="5xx", overwrites=private)
    assert (made.name, made.topic) == ("inc-1-checkout", "5xx")
    with pytest.raises(discord.HTTPException):
        await made.edit(topic="x" * 1_025)
    assert {channel.name for channel in await guild.fetch_channels()} == {made.name, "incidents"}


async def test_a_bucket_that_is_empty_makes_discord_py_wait(
    discord_: FakeDiscord, bot: Bot
) -> None:
    discord_.limits.narrow("POST /channels/{channel}/messages", 2, 0.4)
    began = discord_.world.now()
    for text in "abcd":
        await here(discord_, bot).send(text)
    calls = discord_.calls_of("POST /channels/{channel}/messages")
    assert [call.status for call in calls] == [200] * 4  # the headers told it, no 429 was needed
    assert discord_.world.now() - began > 0.3


@pytest.mark.parametrize("whole", [False, True])
async def test_a_429_says_for_how_long(discord_: FakeDiscord, bot: Bot, *, whole: bool) -> None:
    if whole:
        discord_.limits.whole = type(discord_.limits.whole)(1, 0.2, "global")
        discord_.limits.buckets.clear()
        await here(discord_, bot).send("uses it up")
    else:
        discord_.fail("POST /channels/{channel}/messages", 429, retry_after_s=0.1)
    await here(discord_, bot).send("card")
    statuses = [call.status for call in discord_.calls_of("POST /channels/{channel}/messages")]
    assert statuses[-2:] == [429, 200]


async def test_a_call_can_take_effect_and_its_answer_be_lost(
    discord_: FakeDiscord, bot: Bot
) -> None:
    discord_.fail("POST /channels/{channel}/messages", 0, done=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await here(discord_, bot).send("card")
    assert [message.content for message in discord_.messages(discord_.incidents)] == ["card"]
