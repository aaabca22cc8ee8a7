from __future__ import annotations

from dataclasses import replace

import pytest

from bot.discord.case_places import channel_name, thread_name, topic_of
from bot.discord.rooms import place_in
from core.conversation.messages.message import Opening
from core.errors import ChatRefused, ChatUnavailable
from core.places import CaseRoom, Destination
from core.text.redacted import RedactedText, restore_redacted
from tests.bot.discord.office import CARD, DiscordOffice
from tests.fakes.discord.model import Overwrite
from tests.fakes.discord.permissions import bits

WANTED = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES", "READ_MESSAGE_HISTORY")
pytestmark = pytest.mark.integration


async def test_a_forum_that_wants_a_tag_gets_one(office: DiscordOffice) -> None:
    fake = office.fake
    forum = fake.add_forum("cases", tags=("incident",), needs_tag=True)
    opening = Opening(
        number=128, title=RedactedText.format("checkout"), card=CARD, invited=(fake.ana.id,)
    )
    destination = Destination(platform="discord", channel="#cases")
    async with office.open() as platform:
        opened = await platform.chat.open(destination, opening, marker="out_1", again=False)
        again = await platform.chat.open(destination, opening, marker="out_1", again=True)
    assert opened == again
    (thread,) = fake.threads
    assert opened.place == place_in(forum.id, thread.id)
    assert opened.ref == f"{thread.id}/{thread.id}"
    assert fake.ana.id in thread.joined


async def test_a_thread_that_discord_archived_is_opened_again(office: DiscordOffice) -> None:
    fake = office.fake
    opening = Opening(number=128, title=RedactedText.format("checkout"), card=CARD)
    destination = Destination(platform="discord", channel="#incidents")
    async with office.open() as platform:
        opened = await platform.chat.open(destination, opening, marker="out_1", again=False)
        (thread,) = fake.threads
        fake.archive(thread)
        await platform.chat.post(opened.place, CARD, marker="out_2")
    assert not thread.archived


def test_no_title_breaks_a_name() -> None:
    title = restore_redacted("支付 5xx\n@everyone <#1> " + "x" * 300)
    opening = Opening(number=128, title=title, card=CARD)
    assert len(thread_name(opening)) <= 100
    assert thread_name(opening).startswith("#128 支付 5xx @everyone")
    assert len(channel_name(opening)) <= 100
    assert channel_name(opening).startswith("inc-128-支付-5xx-everyone-1-x")
    assert channel_name(replace(opening, title=restore_redacted("!!"))) == "inc-128"


def test_a_topic_links_and_mentions_nothing() -> None:
    title = restore_redacted("see [here](https://x.example) <@1> @everyone")
    topic = topic_of(Opening(number=128, title=title, card=CARD))
    assert topic.startswith(r"Case #128 · see \[here]")
    assert r"\<\@1>" in topic
    assert "https://" not in topic
    assert "@everyone" not in topic


async def test_a_case_with_a_channel_is_announced_once(office: DiscordOffice) -> None:
    fake = office.fake
    fake.grant("MANAGE_CHANNELS")
    opening = Opening(
        number=128, title=RedactedText.format("checkout"), card=CARD, invited=(fake.ana.id,)
    )
    channel = fake.incidents.id
    destination = Destination(platform="discord", channel=channel, room=CaseRoom.CHANNEL)
    async with office.open() as platform:
        fake.fail("POST /channels/{channel}/messages", 503)
        with pytest.raises(ChatUnavailable):
            await platform.chat.open(destination, opening, marker="out_1", again=False)
        opened = await platform.chat.open(destination, opening, marker="out_1", again=True)
        again = await platform.chat.open(destination, opening, marker="out_1", again=True)
    assert opened == again
    made = [
        channel for channel in fake.world.channels.values() if channel.name == "inc-128-checkout"
    ]
    assert [channel.id for channel in made] == [opened.place.channel]
    (line,) = fake.messages(fake.incidents)
    assert f"<#{opened.place.channel}>" in line.text


async def test_a_channel_of_a_case_is_as_private_as_the_configured_one(
    office: DiscordOffice,
) -> None:
    """Though the configured one has overwrites that the bot may not set: Discord takes the rest."""
    fake = office.fake
    fake.only(*WANTED, "MANAGE_CHANNELS")
    responders = fake.world.bot_role.id
    fake.incidents.overwrites = {
        overwrite.id: overwrite
        for overwrite in (
            Overwrite(fake.world.guild_id, 0, deny=bits("VIEW_CHANNEL", "PIN_MESSAGES")),
            Overwrite(responders, 0, allow=bits("VIEW_CHANNEL", "MANAGE_ROLES")),
        )
    }
    opening = Opening(number=128, title=RedactedText.format("checkout"), card=CARD)
    channel = fake.incidents.id
    destination = Destination(platform="discord", channel=channel, room=CaseRoom.CHANNEL)
    async with office.open() as platform:
        opened = await platform.chat.open(destination, opening, marker="out_1", again=False)
    made = fake.world.channels[opened.place.channel]
    assert made.overwrites[fake.world.guild_id].deny == bits("VIEW_CHANNEL")
    assert made.overwrites[responders].allow == bits("VIEW_CHANNEL")
    assert not fake.world.rights(made, fake.ana.user)


async def test_no_channel_is_made_that_cannot_be_kept_private(office: DiscordOffice) -> None:
    fake = office.fake
    fake.only("MANAGE_CHANNELS", "SEND_MESSAGES")
    hidden = Overwrite(fake.world.bot.id, 1, allow=bits(*WANTED))
    fake.incidents.overwrites = {hidden.id: hidden}
    opening = Opening(number=128, title=RedactedText.format("checkout"), card=CARD)
    channel = fake.incidents.id
    destination = Destination(platform="discord", channel=channel, room=CaseRoom.CHANNEL)
    async with office.open() as platform:
        with pytest.raises(ChatRefused, match="View Channels"):
            await platform.chat.open(destination, opening, marker="out_1", again=False)
    assert not [
        channel for channel in fake.world.channels.values() if channel.name.startswith("inc-")
    ]
