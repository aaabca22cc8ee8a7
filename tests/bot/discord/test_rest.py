from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.discord.cards import DiscordDocument
from core.errors import ChatRefused, ChatUnavailable

if TYPE_CHECKING:
    import aiohttp
    import discord

    from tests.bot.discord.office import DiscordOffice

CHANNEL = "/channels/{channel_id}"


@pytest.mark.integration
async def test_calls_at_once_log_in_once(office: DiscordOffice) -> None:
    fake = office.fake
    async with office.open() as platform:
        rest = platform.rest
        assert rest.me == ""
        ask = [rest.call("GET", CHANNEL, doing="d", channel_id=fake.incidents.id) for _ in "abc"]
        answers = await asyncio.gather(*ask)
        assert [answer["name"] for answer in answers] == ["incidents"] * 3
        assert rest.me == fake.world.bot.id
    assert len(fake.calls_of("GET /users/@me")) == 1


@pytest.mark.integration
async def test_after_its_end_nobody_opens_it_again(office: DiscordOffice) -> None:
    async with office.open() as platform:
        await platform.rest.log_in()
    with pytest.raises(ChatUnavailable, match="has ended"):
        await platform.rest.call("GET", "/users/@me", doing="d")
    assert platform.rest.client.is_closed()


@pytest.mark.integration
async def test_a_login_that_failed_is_tried_again(office: DiscordOffice) -> None:
    office.fake.fail("GET /users/@me", 503)
    async with office.open() as platform:
        with pytest.raises(ChatUnavailable):
            await platform.rest.log_in()
        assert not platform.rest.is_logged_in
        await platform.rest.log_in()
        assert platform.rest.is_logged_in


@pytest.mark.integration
async def test_what_is_expected_is_no_error(office: DiscordOffice) -> None:
    async with office.open() as platform:
        call = platform.rest.call
        gone = await call("GET", CHANNEL, doing="d", expecting=(10003,), channel_id="404")
        assert gone is None
        with pytest.raises(ChatRefused):
            await call("GET", CHANNEL, doing="d", channel_id="404")


@pytest.mark.integration
async def test_documents_travel_with_their_message(office: DiscordOffice) -> None:
    fake = office.fake
    text = "# Case 128\n支付 <@1>"
    async with office.open() as platform:
        await platform.rest.call(
            "POST",
            f"{CHANNEL}/messages",
            doing="posting",
            body={"content": "the report"},
            documents=[DiscordDocument(name="report-128.md", content=text.encode())],
            channel_id=fake.incidents.id,
        )
    (message,) = fake.messages(fake.incidents)
    assert message.text == "the report"
    (file,) = message.files
    assert (file.name, file.data.decode()) == ("report-128.md", text)


@pytest.mark.integration
async def test_a_client_that_was_closed_for_good_is_replaced(office: DiscordOffice) -> None:
    async with office.open() as platform:
        rest = platform.rest
        await rest.log_in()
        first = rest.client
        await first.close()
        await rest.log_in()
        assert rest.client is not first
        assert rest.is_logged_in


@pytest.mark.integration
async def test_no_connection_stays_open_where_closing_was_stopped_half_way(
    office: DiscordOffice,
) -> None:
    async with office.open() as platform:
        await platform.rest.log_in()
        client = platform.rest.client
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)  # the library's own task of closing is made, and has not begun
        closing.cancel()
        await asyncio.wait([closing])
        assert not _is_closed(client)
    assert _is_closed(client)


def _is_closed(client: discord.Client) -> bool:
    session: aiohttp.ClientSession = vars(client.http)["_HTTPClient__session"]
    return session.closed
