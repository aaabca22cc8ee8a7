"""Cards as Slack is sent them, for golden files: `python -m tests.bot.slack.golden`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.slack.cards import message_of
from bot.slack.forms import fold_view
from core.conversation.cards.card import one_screen
from tests.examples import examples

if TYPE_CHECKING:
    from core.conversation.cards.card import Card

GOLDEN = Path(__file__).parents[2] / "golden" / "cards"


def golden(card: Card) -> str:
    """The message, its documents, and the modal behind `More`, as one screen of a phone."""
    card = one_screen(card)
    message = message_of(card)
    shown: dict[str, object] = {"text": message.text, "blocks": message.blocks}
    if message.documents:
        shown["documents"] = [
            f"{document.name}: {document.title}" for document in message.documents
        ]
    if '"fm:more"' in json.dumps(message.blocks):
        shown["more"] = fold_view(card)
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def golden_path(slug: str) -> Path:
    return GOLDEN / f"{slug}.slack.json"


def main() -> None:
    for stale in GOLDEN.glob("*.slack.json"):
        stale.unlink()
    for slug, card in examples().items():
        golden_path(slug).write_text(golden(card), encoding="utf-8")


if __name__ == "__main__":
    main()
