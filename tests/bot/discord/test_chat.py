from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest

from bot.discord.cards import message_of
from bot.discord.handles import InteractionHandle, MessageHandle
from bot.discord.posts import SILENT
from bot.discord.rooms import place_in
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.message import Opening
from core.errors import ChatRefused, ChatUnavailable, NotFound
from core.places import CaseRoom, Destination
from core.text.redacted import RedactedText, restore_redacted
from tests.examples import KNOWN, card

if TYPE_CHECKING:
    from simcord.builders import ChannelHandle

    from tests.bot.discord.conftest import DiscordServer

pytestmark = pytest.mark.integration

CARD = replace(card(KNOWN), case_number=128)
REPORT = Card(
    key="report:case_128",
    version=1,
    mark=Mark.ANSWER,
    rows=(Row(text=RedactedText.format("#128 report"), strong=True),),
    fold=(Row(text=restore_redacted("# Case 128\n\nAll of it.")),),
    case_number=128,
)
OPENING = Opening(number=128, title=RedactedText.format("checkout: 5xx 8 %"), card=CARD)


def description(message: discord.Message | None) -> str:
    assert message is not None
    return message.embeds[0].description or ""


def drawn(given: Card) -> str:
    return str(message_of(given).body["embeds"][0]["description"])


def thread_in(channel: ChannelHandle) -> ChannelHandle:
    (thread,) = channel.threads
    return thread


async def test_a_card_is_posted_edited_and_found_again(server: DiscordServer) -> None:
    chat, place = server.discord.chat, server.place()
    ref = await chat.post(place, CARD, marker="out_1")
    assert description(server.channel.last_message) == drawn(CARD)
    await chat.edit(place, ref, replace(CARD, mark=Mark.RESOLVED))
    assert description(server.channel.last_message).startswith("✅")
    again = await chat.post(place, CARD, marker="out_2")
    assert await chat.find(place, marker="out_2") == again
    assert await chat.find(place, marker="out_3") is None


async def test_a_message_names_itself_once_and_mentions_nobody(server: DiscordServer) -> None:
    await server.discord.chat.post(server.place(), CARD, marker="out_1")
    (body,) = server.sent("POST", "/messages")
    assert body["allowed_mentions"] == {"parse": []}
    assert body["enforce_nonce"] is True
    assert len(body["nonce"]) <= 25


async def test_only_our_own_message_is_found(server: DiscordServer) -> None:
    await server.dana.send(server.channel, "https://faultmaven.invalid/out_1")
    assert await server.discord.chat.find(server.place(), marker="out_1") is None


async def test_a_report_comes_as_a_file(server: DiscordServer) -> None:
    await server.discord.chat.post(server.place(), REPORT, marker="out_1")
    message = server.channel.last_message
    assert message is not None
    (file,) = message.attachments
    assert file.filename == "report-128.md"
    assert server.env.backend.cdn.get(file.url) == b"# Case 128\n\nAll of it."


async def test_editing_what_was_deleted_says_so(server: DiscordServer) -> None:
    with pytest.raises(NotFound):
        await server.discord.chat.edit(server.place(), f"{server.channel.id}/1", CARD)


async def test_a_case_gets_a_thread_below_its_card(server: DiscordServer) -> None:
    destination = Destination(platform="discord", channel="#incidents")
    opened = await server.discord.chat.open(destination, OPENING, marker="out_1", again=False)
    thread = thread_in(server.channel)
    assert thread.name == "#128 checkout: 5xx 8 %"
    assert opened.place == server.place(str(thread.id))
    assert opened.ref == f"{server.channel.id}/{thread.id}"
    await server.discord.chat.edit(opened.place, opened.ref, replace(CARD, mark=Mark.RESOLVED))
    await server.discord.chat.post(opened.place, CARD, marker="out_2")
    assert len([message for message in server.channel.history() if message.embeds]) == 1
    assert description(thread.last_message) == drawn(CARD)


async def test_the_channel_hears_what_is_broadcast_from_a_thread(server: DiscordServer) -> None:
    chat = server.discord.chat
    opened = await chat.open(
        Destination(platform="discord", channel="#incidents"), OPENING, marker="out_1", again=False
    )
    line = replace(CARD, rows=CARD.rows[:1], broadcast=True)
    await chat.post(opened.place, line, marker="out_2")
    thread = thread_in(server.channel)
    assert description(thread.last_message) == drawn(line)
    assert description(server.channel.last_message) == f"{drawn(line)}\n→ <#{thread.id}>"


@pytest.mark.parametrize("cut_off", [True, False])
async def test_a_thread_that_was_begun_is_not_made_twice(
    server: DiscordServer, *, cut_off: bool
) -> None:
    destination = Destination(platform="discord", channel=str(server.channel.id))
    chat = server.discord.chat
    if cut_off:
        server.env.inject_error("POST", "/channels/*/messages/*/threads", status=503)
        with pytest.raises(ChatUnavailable):
            await chat.open(destination, OPENING, marker="out_1", again=False)
    else:
        await chat.open(destination, OPENING, marker="out_1", again=False)
    opened = await chat.open(destination, OPENING, marker="out_1", again=True)
    assert [thread.id for thread in server.channel.threads] == [int(opened.place.thread)]
    assert len([message for message in server.channel.history() if message.embeds]) == 1


async def test_a_case_gets_a_post_in_a_forum(server: DiscordServer) -> None:
    forum = server.env.guild.create_forum_channel("cases")
    destination = Destination(platform="discord", channel="#cases", room=CaseRoom.CHANNEL)
    chat = server.discord.chat
    opened = await chat.open(destination, OPENING, marker="out_1", again=False)
    thread = thread_in(forum)
    assert opened.place == place_in(str(forum.id), str(thread.id))
    assert description(thread.last_message) == drawn(CARD)
    assert await chat.open(destination, OPENING, marker="out_1", again=True) == opened
    assert len(forum.threads) == 1
    await chat.edit(opened.place, opened.ref, replace(CARD, mark=Mark.RESOLVED))
    assert description(thread.last_message).startswith("✅")


async def test_a_case_gets_a_channel_that_its_own_people_see(server: DiscordServer) -> None:
    """A private channel that does not allow the bot itself would lock it out."""
    guild = server.env.guild
    category = guild.create_category("Operations")
    hidden = discord.PermissionOverwrite(view_channel=False)
    shown = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    me = guild.me
    assert me is not None
    private = guild.create_text_channel(
        "war-room",
        category=category,
        overwrites={guild.default_role: hidden, server.dana: shown, me: shown},
    )
    destination = Destination(platform="discord", channel="#war-room", room=CaseRoom.CHANNEL)
    chat = server.discord.chat
    opened = await chat.open(destination, OPENING, marker="out_1", again=False)
    made = guild.channels["inc-128-checkout-5xx-8"]
    assert opened.place == place_in(str(made.id))
    assert description(made.last_message) == drawn(CARD)
    stranger = guild.add_member(server.env.create_user("stranger"))
    await server.dana.send(made, "I see it")
    with pytest.raises(Exception, match="Missing"):
        await stranger.send(made, "I should not")
    assert f"<#{made.id}>" in description(private.last_message)
    again = await chat.open(destination, OPENING, marker="out_1", again=True)
    assert again == opened
    assert len(private.history()) == 1


async def test_what_the_bot_may_not_do_is_said_by_name(server: DiscordServer) -> None:
    guild = server.env.guild
    closed = discord.PermissionOverwrite(send_messages=False)
    guild.create_text_channel("closed", overwrites={guild.default_role: closed})
    with pytest.raises(ChatRefused, match="Send Messages"):
        await server.discord.chat.post(place_in("#closed"), CARD, marker="out_1")
    with pytest.raises(ChatRefused, match="no channels named #nowhere"):
        await server.discord.chat.post(place_in("#nowhere"), CARD, marker="out_1")


async def test_an_archived_thread_is_opened_again(server: DiscordServer) -> None:
    destination = Destination(platform="discord", channel="#incidents")
    chat = server.discord.chat
    opened = await chat.open(destination, OPENING, marker="out_1", again=False)
    server.env.inject_error(
        "POST", f"/channels/{opened.place.thread}/messages", status=400, code=50083
    )
    await chat.post(opened.place, CARD, marker="out_2")
    assert {"archived": False} in server.sent("PATCH", f"/channels/{opened.place.thread}")
    assert description(thread_in(server.channel).last_message) == drawn(CARD)


async def test_a_person_is_written_to_alone(server: DiscordServer) -> None:
    await server.discord.chat.post(place_in(f"@{server.dana.id}"), CARD, marker="out_1")
    assert description(server.dana.user.dm_channel.last_message) == drawn(CARD)


async def test_a_file_is_sent_to_a_person_alone(server: DiscordServer) -> None:
    await server.discord.chat.send_file(place_in(f"@{server.dana.id}"), "api.log", b"\0\xff ERR")
    message = server.dana.user.dm_channel.last_message
    assert message is not None
    (file,) = message.attachments
    assert (file.filename, await file.read()) == ("api.log", b"\0\xff ERR")


async def test_who_typed_into_a_channel_is_answered_below_that_and_nobody_is_notified(
    server: DiscordServer,
) -> None:
    typed = await server.dana.send(server.channel, "confirm 9")
    handle = str(MessageHandle(channel=str(server.channel.id), message=str(typed.id)))
    for _ in range(2):  # a second time, as after a kill
        await server.discord.chat.send_ephemeral(server.place(), CARD, handle=handle)
    (sent, _) = server.sent("POST", f"/channels/{server.channel.id}/messages")
    reference = {"message_id": str(typed.id), "fail_if_not_exists": False}
    assert sent["message_reference"] == reference
    assert (sent["flags"], sent["allowed_mentions"]) == (SILENT, {"parse": []})
    assert sent["enforce_nonce"]
    assert description(server.channel.last_message) == drawn(CARD)


async def test_an_expired_handle_is_not_known(server: DiscordServer) -> None:
    application = server.discord.rest.client.application_id
    handle = str(InteractionHandle(application=str(application), token="gone"))  # noqa: S106
    with pytest.raises(NotFound):
        await server.discord.chat.send_ephemeral(server.place(), CARD, handle=handle)


async def test_discord_being_away_is_told_apart(server: DiscordServer) -> None:
    server.env.inject_error("POST", "/channels/*/messages", status=503)
    with pytest.raises(ChatUnavailable):
        await server.discord.chat.post(server.place(), CARD, marker="out_1")
