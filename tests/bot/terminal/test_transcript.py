"""A conversation for scripts: what was said and what came of it, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.terminal.transcript import TerminalTranscript, document_of
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CARDS = examples()


async def typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def test_lines_and_cards_stand_in_their_order() -> None:
    transcript = TerminalTranscript()
    async for line in transcript.noting(typed("status", "  ", "why 1")):
        if line.strip():
            transcript.reply((CARDS["case-hypotheses"],))
    document = transcript.document()
    assert document["case"] == 128
    assert [entry.get("said") for entry in document["talk"]] == ["status", None, "why 1", None]
    card = document["talk"][1]["card"]
    assert card["mark"] == "firing"
    assert card["rows"][0]["text"].startswith("Firing #128 High")


def test_what_is_only_under_way_is_waited_for_and_left_out() -> None:
    transcript = TerminalTranscript()
    transcript.reply((CARDS["looking"],))
    assert transcript.waiting
    assert transcript.document()["talk"] == []
    transcript.update(CARDS["answer"])
    assert not transcript.waiting
    assert [entry["card"]["key"] for entry in transcript.document()["talk"]] == ["answer:ask_1"]


def test_every_card_has_a_document() -> None:
    for card in CARDS.values():
        assert document_of(card)["rows"][0]["text"] == card.rows[0].text.text
