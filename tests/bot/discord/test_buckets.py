from __future__ import annotations

import asyncio
import logging

import pytest

from bot.discord.buckets import without_tokens
from bot.discord.rooms import place_in
from core.errors import ChatUnavailable
from tests.bot.discord.office import CARD, DiscordOffice

pytestmark = pytest.mark.integration


async def test_a_rate_limit_that_is_long_is_said_and_not_slept_through(
    office: DiscordOffice,
) -> None:
    fake = office.fake
    fake.limits.narrow("POST /channels/{channel}/messages", 2, 60.0)
    place = place_in(fake.incidents.id)
    async with office.open() as platform:
        await platform.chat.post(place, CARD, marker="out_1")
        await platform.chat.post(place, CARD, marker="out_2")
        with pytest.raises(ChatUnavailable) as caught:
            await platform.chat.post(place, CARD, marker="out_3")
    assert 30 < (caught.value.retry_after_s or 0) <= 60
    assert len(fake.messages(fake.incidents)) == 2
    assert all(call.status != 429 for call in fake.calls)


async def test_a_short_bucket_is_kept_without_a_single_429(office: DiscordOffice) -> None:
    fake = office.fake
    fake.limits.narrow("POST /channels/{channel}/messages", 2, 0.3)
    place = place_in(fake.incidents.id)
    async with office.open() as platform:
        posts = (platform.chat.post(place, CARD, marker=f"out_{n}") for n in range(6))
        await asyncio.gather(*posts)
    assert len(fake.messages(fake.incidents)) == 6
    assert all(call.status != 429 for call in fake.calls)


async def test_a_bucket_with_a_long_window_is_used_while_there_is_room(
    office: DiscordOffice,
) -> None:
    """discord.py alone refuses every call but the first in such a bucket, or sleeps it out."""
    fake = office.fake
    fake.limits.narrow("POST /channels/{channel}/messages", 5, 600.0)
    async with office.open() as platform:
        for n in range(5):
            await platform.chat.post(place_in(fake.incidents.id), CARD, marker=f"out_{n}")
    assert len(fake.messages(fake.incidents)) == 5


async def test_a_429_that_nobody_foresaw_is_passed_on(office: DiscordOffice) -> None:
    fake = office.fake
    fake.fail("POST /channels/{channel}/messages", 429, retry_after_s=30.0)
    async with office.open() as platform:
        with pytest.raises(ChatUnavailable) as caught:
            await platform.chat.post(place_in(fake.incidents.id), CARD, marker="out_1")
    assert 29 < (caught.value.retry_after_s or 0) <= 30


def test_no_token_of_an_answer_is_logged() -> None:
    form = "We are being rate limited. %s %s responded with 429."
    address = "https://discord.com/api/v10/webhooks/12/aW50ZXJhY3Rpb24/messages/@original"
    record = logging.LogRecord("discord.http", 30, "", 1, form, ("POST", address), None)
    assert without_tokens(record)
    assert "aW50" not in record.getMessage()
    assert "/webhooks/12/…/messages/@original responded with 429" in record.getMessage()
