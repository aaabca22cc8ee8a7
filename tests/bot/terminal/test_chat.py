from __future__ import annotations

from bot.terminal.chat import TerminalChat
from core.conversation.cards.card import Card
from tests.examples import KNOWN, PLACE, card


async def test_posting_and_editing_reach_whoever_watches() -> None:
    chat, seen = TerminalChat(), list[Card]()
    chat.watch(seen.append)
    first = card(KNOWN)
    ref = await chat.post(PLACE, first, marker="out_1")
    await chat.edit(PLACE, ref, first)
    assert (ref, seen) == ("out_1", [first, first])


async def test_it_finds_what_this_process_posted_and_nothing_else() -> None:
    chat = TerminalChat()
    await chat.post(PLACE, card(KNOWN), marker="out_1")
    assert await chat.find(PLACE, marker="out_1") == "out_1"
    assert await chat.find(PLACE, marker="out_2") is None
