from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.model import Manner

if TYPE_CHECKING:
    from tests.bot.discord.conftest import Server

pytestmark = pytest.mark.integration


async def test_a_mention_is_heard_with_the_message_as_its_key(server: Server) -> None:
    me = server.discord.rest.client.user
    assert me is not None
    said = await server.dana.send(server.channel, f"<@{me.id}> hypotheses")
    (heard,) = server.heard()
    assert (heard.text, heard.manner) == ("hypotheses", Manner.MENTION)
    assert heard.key == heard.ref == f"{server.channel.id}/{said.id}"
    assert (heard.place, heard.by) == (server.place(), str(server.dana.id))
