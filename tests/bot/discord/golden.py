"""What golden files hold of a card in Discord: the message as it is sent, and its files.

`python -m tests.bot.discord.golden` draws them again. Look at the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.discord.cards import leaves, message_of
from core.conversation.cards.card import one_screen
from tests.examples import examples

if TYPE_CHECKING:
    from core.conversation.cards.card import Card

GOLDEN = Path(__file__).parents[2] / "golden" / "cards"


def golden(card: Card) -> str:
    """The message, its files, and what lies behind `More`, as one screen of a phone."""
    card = one_screen(card)
    message = message_of(card, marker="out_1")
    drawn = {
        "message": message.body,
        "files": [
            {"name": document.name, "text": document.content.decode()}
            for document in message.documents
        ],
        "more": list(leaves(card)[1:]),
    }
    return f"{json.dumps(drawn, indent=2, ensure_ascii=False)}\n"


def golden_path(slug: str) -> Path:
    return GOLDEN / f"{slug}.discord.json"


def main() -> None:
    for stale in GOLDEN.glob("*.discord.json"):
        stale.unlink()
    for slug, card in examples().items():
        golden_path(slug).write_text(golden(card), encoding="utf-8")


if __name__ == "__main__":
    main()
