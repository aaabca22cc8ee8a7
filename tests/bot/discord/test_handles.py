from __future__ import annotations

import asyncio

from bot.discord.handles import Acknowledgements, InteractionHandle, awaits_an_answer, handle_of

HANDLE = InteractionHandle(application="1", token="secret")  # noqa: S106


def test_a_handle_is_read_back_and_never_shown() -> None:
    assert handle_of(str(HANDLE)) == HANDLE
    assert "secret" not in repr(HANDLE)


def test_only_an_acknowledgement_makes_room_for_the_answer() -> None:
    assert awaits_an_answer({"flags": 64 | 128, "content": ""})
    assert awaits_an_answer({"flags": 64, "content": "Heard `ask`."})
    assert not awaits_an_answer({"flags": 64, "content": "", "embeds": [{}]})
    assert not awaits_an_answer({"flags": 64, "content": "Heard", "embeds": [{}]})


async def test_an_answer_waits_until_discord_knows_the_token() -> None:
    acknowledgements, order = Acknowledgements(), list[str]()

    async def answer() -> None:
        await acknowledgements.settled("token")
        order.append("answered")

    with acknowledgements.under_way("token"):
        answering = asyncio.create_task(answer())
        await asyncio.sleep(0.01)
        order.append("acknowledged")
    await answering
    assert order == ["acknowledged", "answered"]
    await acknowledgements.settled("another")
