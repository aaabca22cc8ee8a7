"""A conversation as scripts read it: what was typed and every card that came of it, in order."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from rich.console import Console

from bot.terminal.screen import Screen
from core.conversation.cards.card import Card, Mark

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CARD = TypeAdapter(Card)


class TerminalTranscript(Screen):
    """A screen that records its cards, without those that only show progress."""

    def __init__(self) -> None:
        super().__init__(Console(file=StringIO()), in_place=False)
        self._talk: list[dict[str, Any]] = []

    async def noting(self, lines: AsyncIterator[str]) -> AsyncIterator[str]:
        """Pass lines on, and record each."""
        async for line in lines:
            if line.strip():
                self._talk.append({"said": line.strip()})
            yield line

    def document(self) -> dict[str, Any]:
        """The transcript as plain values. `case` is the number of the last case, or null."""
        return {"case": self.followed, "talk": self._talk}

    def _print(self, card: Card) -> None:
        if card.mark is not Mark.PROGRESS:
            self._talk.append({"card": document_of(card)})


def document_of(card: Card) -> dict[str, Any]:
    """A card in plain values."""
    document: dict[str, Any] = _CARD.dump_python(card, mode="json")
    return document
