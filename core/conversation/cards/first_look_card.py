"""The card of a first look at a file that waits to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.card import Card, Mark, Row
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.first_look import FirstLook
    from core.evidence.model import EvidenceFile


def first_look_card(file: EvidenceFile, look: FirstLook | None) -> Card:
    """look: None where only its reading can tell what is in the file."""
    title = RedactedText.format(
        "{tag} {name} ({size}) waits to be read",
        tag=file.tag,
        name=file.name.line(),
        size=quantities.size(file.size),
    )
    rows = (Row(text=title, strong=True), *_rows(look))
    return Card(key=f"first-look:{file.id}", version=1, mark=Mark.PROGRESS, rows=rows)


def _rows(look: FirstLook | None) -> Iterator[Row]:
    if look is None:
        yield Row(text=RedactedText.format("No plain text: its reading tells what is in it."))
        return
    lines = quantities.counted(look.lines, "line", "lines")
    if not look.troubled:
        yield Row(text=RedactedText.format("Its first {n} show no error.", n=lines))
        return
    yield Row(
        text=RedactedText.format(
            "Of its first {n}, {troubled} look like errors:", n=lines, troubled=look.troubled
        )
    )
    for number, line in look.shown:
        numbered = RedactedText.format("line {at}: {line}", at=number, line=line)
        yield Row(text=numbered if number else line)
