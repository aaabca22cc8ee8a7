"""What becomes of quotes that were shown, when the file they are from is deleted?

Cards that show them are edited, wherever the case is at home; what was sent before, and is kept in
tables, says nothing any more. What a platform showed to one person alone is out of our reach.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.conversation.cards.case_card import CASE_CARD
from core.conversation.cards.evidence_cards import FILE_CARD
from core.conversation.messages.channels import homes_of
from core.conversation.messages.outbox import say
from core.evidence.model import EvidenceFile
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.cases.events import CaseView
    from core.conversation.cards.card import Card, Row
    from core.evidence.model import Finding
    from core.store import Unit
    from core.workflows.services import Services

TELLING = 24  # characters of a quote that name it, also where a card cut it short


async def take_back(
    unit: Unit,
    view: CaseView,
    file: EvidenceFile,
    *,
    found: Mapping[str, Sequence[Finding]],
    services: Services,
) -> None:
    """Edit each card of the case that quotes the file. found: by file, before it was deleted.

    The case's card and the file's own are for the caller to publish, before this.
    """
    published = {f"{CASE_CARD}{file.case_id}", f"{FILE_CARD}{file.id}"}
    others = [one.name.text for one in await unit.files.of_case(file.case_id)]
    quotes = _Quotes(file=file, heads=_heads(found, file), others=others)
    for home in await homes_of(unit, view.case, services=services):
        for message in await unit.conversation.messages(home.place):
            if message.card.case_number != view.case.number or message.card.key in published:
                continue
            card = quotes.out_of(message.card)
            if card != message.card:
                newer = replace(card, version=card.version + 1)
                await say(unit, view.case, home.place, newer, services=services)
        await unit.conversation.forget_sent(home.place, case_number=view.case.number)


def _heads(found: Mapping[str, Sequence[Finding]], file: EvidenceFile) -> set[str]:
    """How lines begin that were found in this file and in no other."""
    mine, theirs = set[str](), set[str]()
    for file_id, findings in found.items():
        heads = (one.text.line().text[:TELLING] for one in findings)
        (mine if file_id == file.id else theirs).update(one for one in heads if len(one) == TELLING)
    return mine - theirs


@dataclass(frozen=True, kw_only=True)
class _Quotes:
    """Of a file that is gone. others: the names of those that are there."""

    file: EvidenceFile
    heads: Collection[str]
    others: Sequence[str]

    def out_of(self, card: Card) -> Card:
        """The card, with other words where a row rests on the file, or quotes it."""
        rows, fold = (tuple(self._told(row) for row in some) for some in (card.rows, card.fold))
        return replace(card, rows=rows, fold=fold)

    def _told(self, row: Row) -> Row:
        text = row.text.line().text
        if not self._carry(row.citation or "") and not any(head in text for head in self.heads):
            return row
        gone = Clean.say("(from {tag}, which was deleted)", tag=self.file.tag)
        return replace(row, text=gone, citation=None, code=False)

    def _carry(self, citation: str) -> bool:
        """Is a place of it among them? Names may hold spaces, and be the end of other names."""
        for other in sorted(self.others, key=len, reverse=True):
            if other != self.file.name.text:
                citation = citation.replace(f"{other}:", "")
        return f" {self.file.name.text}:" in f" {citation}"
