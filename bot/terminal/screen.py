"""The screen: replies scroll, and the followed case's card changes in place.

On a terminal the followed case's card stands at the bottom, above the prompt, and is drawn again
where it is; replies scroll by above it. Elsewhere (a pipe, a file) changed cards are printed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from bot.terminal.cards import lines
from core.conversation.cards.card import Card, Mark
from core.text.redacted import legible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console


def _nothing_typed() -> str:
    return ""


class Screen:
    """Draws each version of a card once. `typed` gives the text behind the prompt."""

    def __init__(
        self,
        console: Console,
        *,
        prompt: str = "> ",
        typed: Callable[[], str] = _nothing_typed,
        in_place: bool | None = None,
    ) -> None:
        self.console = console
        self.prompt = prompt
        self.followed: int | None = None
        self._typed = typed
        self._in_place = console.is_terminal if in_place is None else in_place
        self._versions: dict[str, int] = {}
        self._pinned: Card | None = None
        self._waiting: dict[str, Card] = {}
        self._height = 0  # lines from the top of the footer down to the cursor's line
        self._asking = False

    @property
    def waiting(self) -> frozenset[str]:
        """Keys of cards that say something is under way."""
        return frozenset(self._waiting)

    @property
    def in_place(self) -> bool:
        return self._in_place

    def follow(self, case_number: int | None) -> None:
        """Follow this case: its changes are drawn, of other cases only their beginning."""
        self.followed = case_number

    def knows(self, card: Card) -> None:
        """Record a card of before this screen: only its later versions are drawn."""
        self._versions[card.key] = card.version

    def reply(self, cards: Sequence[Card]) -> None:
        """Draw what a person asked for, seen before or not; a case asked for is followed."""
        for card in cards:
            if card.mark.is_glanced:
                self.follow(card.case_number)
        with self._above():
            for card in cards:
                self._take(card)

    def update(self, card: Card) -> None:
        """Draw what changed by itself, where it is newer and of the case that is followed."""
        if card.version <= self._versions.get(card.key, -1) or not self._concerns(card):
            return
        with self._above():
            self._take(card)

    def ask(self) -> None:
        """Record that a prompt stands below the footer."""
        self._asking = True

    def entered(self, line: str) -> None:
        """Move the entered line up, above the footer."""
        self._asking = False
        if not self._in_place:
            return
        self._height += self._rows(f"{self.prompt}{line}")
        with self._above():
            self.console.print(Text(legible(f"{self.prompt}{line}"), style="dim"))

    def close(self) -> None:
        """Leave the cursor where whatever comes next can begin."""
        if self._in_place:
            self.console.file.write("\n")
            self.console.file.flush()

    def _rows(self, text: str) -> int:
        """Rows of the terminal that a text takes, which it wraps by itself."""
        width = self.console.width
        return sum(max(1, -(-cell_len(line) // width)) for line in text.split("\n"))

    def _concerns(self, card: Card) -> bool:
        """True for cards of the followed case, of no case, and the first card of another case."""
        if self.followed is None and card.mark.is_glanced:
            self.followed = card.case_number
        if None in (self.followed, card.case_number) or card.case_number == self.followed:
            return True
        return card.mark.is_glanced and card.key not in self._versions

    def _take(self, card: Card) -> None:
        seen = self._versions.get(card.key, -1)
        self._versions[card.key] = max(card.version, seen)
        if card.mark is Mark.PROGRESS:
            if card.version <= seen:  # what it waits for came first
                return
            self._waiting[card.key] = card
        else:
            self._waiting.pop(card.key, None)
        if not self._in_footer(card):
            self._print(card)

    def _in_footer(self, card: Card) -> bool:
        """True if the card stands above the prompt rather than scrolls by."""
        if not self._in_place:
            return False
        if card.mark.is_glanced and card.case_number == self.followed:
            self._pinned = card
            return True
        return card.mark is Mark.PROGRESS

    def _print(self, card: Card) -> None:
        """Print a card; without a terminal, a folded document is printed unchanged."""
        documents = () if self._in_place else tuple(row for row in card.fold if row.is_document)
        drawn = replace(card, fold=tuple(row for row in card.fold if row not in documents))
        for line in lines(drawn, width=self.console.width):
            self.console.print(line, no_wrap=True, overflow="ignore", crop=False)
        for row in documents:
            cited = f"  {row.citation}" if row.citation else ""
            self.console.print(Text(legible(f"{row.text.text}{cited}")), soft_wrap=True)

    @contextmanager
    def _above(self) -> Iterator[None]:
        """Print above the footer, which is erased before and drawn again after."""
        if not self._in_place:
            yield
            return
        typing = self._rows(f"{self.prompt}{self._typed()}") - 1 if self._asking else 0
        height = self._height + typing
        up = f"\x1b[{height}A" if height else ""
        self.console.file.write(f"\r{up}\x1b[J")
        yield
        footer = [*self._waiting.values(), *([self._pinned] if self._pinned else [])]
        self._height = sum(len(lines(card, width=self.console.width)) for card in footer)
        for card in footer:
            self._print(card)
        if self._asking:
            self.console.file.write(f"{self.prompt}{self._typed()}")
        self.console.file.flush()
