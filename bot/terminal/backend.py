"""The interface through which a screen carries out what a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.conversation.cards.evidence_cards import reading_card
from core.conversation.cards.reply_cards import note
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from pathlib import Path

    from core.conversation.cards.card import Card
    from core.evidence.model import EvidenceFile


class Backend(Protocol):
    """What a screen needs of the product. Each call may raise Refused or Unavailable."""

    async def dispatch(self, text: str, case: int | None) -> tuple[Card, ...]:
        """Do what a line says, about `case` where the line names none."""

    async def messages(self, *, after: int, wait_s: float) -> tuple[list[Card], int]:
        """Cards that changed since `after`, oldest first, and a new `after`; waits for one."""

    async def upload(self, path: Path, case: int) -> Card:
        """A file as evidence; the card says that it is being read."""


def received(file: EvidenceFile | None, case: int) -> Card:
    """The card for an upload; `file` is None where the case has that content already."""
    if file is None:
        known = RedactedText.format(
            "{tag} has this very file already.", tag=RedactedText.tag("#", case)
        )
        return note("known", known)
    return reading_card(case, file)
