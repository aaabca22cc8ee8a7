from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.handles import MessageHandle, handle_of
from bot.discord.rooms import place_in
from core.conversation.messages.message import MessageKind

if TYPE_CHECKING:
    from tests.bot.discord.conftest import DiscordServer

pytestmark = pytest.mark.integration


def name_of_bot(server: DiscordServer) -> str:
    me = server.discord.rest.client.user
    assert me is not None
    return f"<@{me.id}>"


async def test_a_mention_is_heard_with_the_message_as_its_key(server: DiscordServer) -> None:
    message = await server.dana.send(server.channel, f"{name_of_bot(server)}: hypotheses")
    (heard,) = server.heard()
    assert (heard.text, heard.manner) == ("hypotheses", MessageKind.MENTION)
    assert heard.key == heard.ref == f"{server.channel.id}/{message.id}"
    assert (heard.place, heard.by) == (server.place(), str(server.dana.id))
    assert handle_of(heard.handle) == MessageHandle(
        channel=str(server.channel.id), message=str(message.id)
    )


async def test_what_people_say_elsewhere_is_not_even_kept(server: DiscordServer) -> None:
    await server.dana.send(server.channel, "lunch?")
    assert server.heard() == []


async def test_where_a_case_is_at_home_everything_is_heard(server: DiscordServer) -> None:
    await server.bind(server.place())
    ana = server.env.guild.add_member(server.env.create_user("ana"))
    await server.dana.send(server.channel, f"<@{ana.id}> have a look at <#{server.channel.id}>")
    first = await ana.send(server.channel, "it began at 02:41")
    await server.dana.send(server.channel, "are you sure?", reply_to=first)
    to_ana, fact, reply = server.heard()
    assert (to_ana.text, to_ana.to_another) == ("@ana have a look at #incidents", True)
    assert (fact.text, fact.to_another, fact.manner) == (
        "it began at 02:41",
        False,
        MessageKind.MESSAGE,
    )
    assert reply.to_another is True


async def test_a_reply_to_our_card_is_said_to_us(server: DiscordServer) -> None:
    await server.env.settle()
    me = server.discord.rest.client.get_partial_messageable(server.channel.id)
    ours = await me.send("a card")
    await server.env.settle()
    answered = await server.dana.send(server.channel, f"why? {name_of_bot(server)}", reply_to=ours)
    (heard,) = server.heard()
    assert (heard.manner, heard.text) == (MessageKind.MENTION, "why?")
    assert heard.ref.endswith(str(answered.id))


async def test_bots_and_webhooks_are_not_listened_to(server: DiscordServer) -> None:
    await server.bind(server.place())
    robot = server.env.guild.add_member(server.env.create_user("robot", bot=True))
    await robot.send(server.channel, f"{name_of_bot(server)} status")
    await server.env.guild.create_webhook(server.channel, "alerts").send("status")
    assert server.heard() == []


async def test_a_direct_message_is_said_to_us(server: DiscordServer) -> None:
    await server.dana.send_dm("status")
    (heard,) = server.heard()
    assert (heard.text, heard.manner) == ("status", MessageKind.MENTION)
    assert heard.place == place_in(f"@{server.dana.id}")


async def test_a_thread_is_a_place_of_its_own_with_its_files(server: DiscordServer) -> None:
    thread = server.env.backend.create_thread(server.channel.id, "#128", server.dana.id)
    await server.bind(server.place(str(thread.id)))
    (handle,) = server.channel.threads
    await server.dana.send(handle, "", attachments=[("api.log", b"02:41 timeout")])
    (heard,) = server.heard()
    assert heard.place == server.place(str(thread.id))
    (file,) = heard.attachments
    assert (file.name, file.size) == ("api.log", 13)


async def test_a_log_names_no_secret(
    server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> None:
    await server.dana.slash(server.channel, "fm status")
    assert server.heard()[0].handle
    for record in caplog.records:
        if record.name.startswith("bot.discord"):
            assert server.heard()[0].handle not in record.getMessage()
