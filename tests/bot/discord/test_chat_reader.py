from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.channel_permissions import is_seen_by_everybody
from bot.discord.chat_reader import profile_of
from bot.discord.rooms import PRIVATE_THREAD, place_in
from core.access import PersonProfile, Standing
from core.conversation.messages.message import MessageKind
from core.errors import ChatRefused, ChatUnavailable, NotFound
from tests.bot.discord.office import CARD
from tests.fakes.discord.model import Kind, Overwrite
from tests.fakes.discord.permissions import bits

if TYPE_CHECKING:
    from core.conversation.messages.message import IncomingMessage
    from core.places import Place
    from tests.bot.discord.conftest import DiscordServer
    from tests.bot.discord.office import DiscordOffice

USER = {"id": "7", "username": "dana", "global_name": "Dana\u202e"}


def test_names_are_those_that_people_see() -> None:
    assert profile_of(USER, {"nick": "Dana on call"}).name == "Dana on call"
    assert profile_of(USER, {"nick": None}).name == "Dana�"
    assert profile_of({"id": "7", "username": "dana"}, None).name == "dana"


def test_standing_follows_what_discord_says() -> None:
    assert profile_of(USER, {"flags": 0}).standing is Standing.MEMBER
    assert profile_of(USER, {"flags": 1 << 4 | 1}).standing is Standing.GUEST
    assert profile_of(USER, {"flags": 0, "pending": True}).standing is Standing.GUEST
    assert profile_of(USER, None).standing is Standing.STRANGER
    assert profile_of(USER | {"bot": True}, {"flags": 0}).standing is Standing.BOT


@pytest.mark.integration
async def test_who_left_the_server_is_a_stranger(server: DiscordServer) -> None:
    ear = server.discord.chat_reader
    assert await ear.profile(str(server.dana.id)) == PersonProfile(
        name="dana", standing=Standing.MEMBER
    )
    server.env.guild.remove_member(server.dana)
    server.env.inject_error("GET", "/users/*", status=404, code=10013)
    with pytest.raises(NotFound):
        await ear.profile(str(server.dana.id))


@pytest.mark.integration
async def test_a_channel_that_not_everybody_sees_is_not_open(office: DiscordOffice) -> None:
    fake = office.fake
    private = fake.add_channel("private")
    everyone, own = fake.world.guild_id, fake.world.bot.id
    private.overwrites = {
        everyone: Overwrite(everyone, 0, deny=bits("VIEW_CHANNEL")),
        own: Overwrite(own, 1, allow=bits("VIEW_CHANNEL")),
    }
    fake.world.changed(private)
    thread = fake.thread(fake.ana, fake.incidents, "#128")
    async with office.open() as platform:
        reader = platform.chat_reader
        assert await reader.closed_to(place_in(fake.incidents.id)) is None
        assert await reader.closed_to(place_in(thread.parent, thread.id)) is None
        thread.kind = Kind(PRIVATE_THREAD)
        for place in (
            place_in(thread.parent, thread.id),
            place_in(private.id),
            place_in(f"@{fake.ana.id}"),
        ):
            assert await reader.closed_to(place) == place


@pytest.mark.integration
async def test_who_reads_a_place_is_asked_anew(office: DiscordOffice) -> None:
    fake = office.fake
    ana, thread = fake.ana.id, fake.thread(fake.ana, fake.incidents, "#128")
    async with office.open() as platform:
        reader, place = platform.chat_reader, place_in(fake.incidents.id)
        within = place_in(thread.parent, thread.id)
        assert [await reader.reads(each, ana) for each in (place, within)] == [True, True]
        assert not await reader.reads(place, "404404404404404404"), "nobody of the server"
        thread.kind = Kind(PRIVATE_THREAD)
        thread.joined.pop(ana, None)
        assert not await reader.reads(within, ana)
        thread.joined[ana] = fake.world.now()
        assert await reader.reads(within, ana)
        fake.incidents.overwrites = {ana: Overwrite(ana, 1, deny=bits("VIEW_CHANNEL"))}
        fake.world.changed(fake.incidents)
        assert not await reader.reads(place, ana)
        assert await reader.closed_to(place) == place, "somebody is kept out of it"


def test_who_sees_a_channel_is_said_by_its_overwrite_before_the_server() -> None:
    role, seen = "1", [{"id": "1", "permissions": "1024"}]
    for entries, is_seen in (
        ([], True),
        ([{"id": "1", "allow": "0", "deny": "1024"}], False),
        ([{"id": "2", "allow": "0", "deny": "1024"}], False),  # a role or a person is kept out
        ([{"id": "2", "allow": "0", "deny": "2048"}], True),
    ):
        assert is_seen_by_everybody({"permission_overwrites": entries}, seen, role) is is_seen
    hidden = [{"id": "1", "permissions": "0"}]
    shown = {"permission_overwrites": [{"id": "1", "allow": "1024", "deny": "0"}]}
    assert not is_seen_by_everybody({}, hidden, role)
    assert is_seen_by_everybody(shown, hidden, role)


@pytest.mark.integration
async def test_what_was_said_in_a_place_before_we_knew_of_it(office: DiscordOffice) -> None:
    """A thread, a post of a forum, and a channel of its own: each after the card in it."""
    fake = office.fake
    role = fake.world.bot.mention
    async with office.open() as platform:
        for where, place in (
            (fake.incidents, place_in(fake.incidents.id)),
            (thread := fake.thread(fake.ana, fake.incidents, "#128"), None),
            (post := fake.thread(fake.ana, fake.add_forum("cases"), "#129"), None),
        ):
            place = place or place_in(where.parent, where.id)  # noqa: PLW2901
            await fake.say(fake.ana, where, "before")
            ref = await platform.chat.post(place, CARD, marker=f"out_{where.id}")
            await fake.say(fake.ana, where, "since 02:41", files={"db.log": b"ERROR"})
            await fake.say(fake.add_member("robot", bot=True), where, "status")
            await platform.chat.post(place, CARD, marker=f"out_2_{where.id}")
            await fake.say(fake.ana, where, f"{role} hypotheses")
            heard = [message async for message in platform.chat_reader.history(place, after=ref)]
            assert [message.text for message in heard] == ["since 02:41", "hypotheses"]
            assert [message.place for message in heard] == [place, place]
            assert [message.manner for message in heard] == [
                MessageKind.MESSAGE,
                MessageKind.MENTION,
            ]
            assert [attachment.name for attachment in heard[0].attachments] == ["db.log"]
    assert {thread.parent, post.parent} != {""}


@pytest.mark.integration
async def test_history_is_heard_as_it_would_have_been_live(server: DiscordServer) -> None:
    """The same keys, so that nothing is heard twice; also who is named, and who is answered."""
    await server.bind(server.place())
    me = server.discord.rest.me
    ana = server.env.guild.add_member(server.env.create_user("ana"))
    first = await ana.send(server.channel, f"<@{server.dana.id}> see <#{server.channel.id}>")
    await server.dana.send(server.channel, "are you sure?", reply_to=first)
    await server.dana.send(server.channel, f"<@{me}>, hypotheses")
    live = server.heard()
    ear = server.discord.chat_reader
    after = f"{server.channel.id}/{int(first.id) - 1}"
    assert [message async for message in ear.history(server.place(), after=after)] == live
    assert len(live) == 3


@pytest.mark.integration
async def test_history_that_is_not_to_be_had(office: DiscordOffice) -> None:
    fake = office.fake
    here, gone = place_in(fake.incidents.id), place_in("404404")
    hidden = fake.add_channel("hidden")
    fake.deny(hidden, "VIEW_CHANNEL")
    async with office.open() as platform:

        async def read(place: Place, after: str = "1/1") -> list[IncomingMessage]:
            return [message async for message in platform.chat_reader.history(place, after=after)]

        fake.fail("GET /channels/{channel}/messages", 503)
        with pytest.raises(ChatUnavailable):
            await read(here)
        with pytest.raises(ChatRefused):
            await read(gone)
        with pytest.raises(ChatRefused):
            await read(place_in(hidden.id))
        with pytest.raises(NotFound):
            await read(here, after="")
        assert await read(here) == []


@pytest.mark.integration
async def test_the_ear_knows_people_and_fetches_what_they_drop(office: DiscordOffice) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    fake.world.urls_last_s = 0.0
    async with office.attended() as platform:
        content = b"ERROR too many\n" * 10_000
        await fake.say(fake.ana, fake.incidents, "", files={"db.log": content})
        await fake.until(lambda: office.heard)
        (file,) = office.heard[0].attachments
        fake.world.urls_last_s = 60.0
        fetched = b"".join([chunk async for chunk in platform.chat_reader.fetch(file)])
        profile = await platform.chat_reader.profile(fake.ana.id)
    assert (fetched, file.name) == (content, "db.log")
    assert profile.name == "ana"
