"""Cards of what documents say: what a search found, and the runbook of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.feedback_cards import feedback_actions, tally_text
from core.conversation.cards.reply_cards import note
from core.knowledge.steps import besides_steps, steps_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.feedback import FeedbackTally
    from core.cases.model import Case
    from core.knowledge.model import Chunk, Document
    from core.knowledge.search import Passage

say = sentences("knowledge.cards")

SNIPPET = 160  # characters
LONGEST_STEP = 240
_LONGEST_TITLE = 80
_LONGEST_FOLD = 20_000  # characters of a document below its card


def found_card(words: RedactedText, passages: Sequence[Passage]) -> Card:
    """What a search found, best first: where it says so, and the words there."""
    if not passages:
        return note("search", say("nothing_found", words=words.cut(_LONGEST_TITLE)), say("bring"))
    rows = [Row(text=say("found", n=len(passages), words=words.cut(_LONGEST_TITLE)), strong=True)]
    for number, passage in enumerate(passages, start=1):
        rows += _passage_rows(number, passage)
    return Card(key="note:search", version=0, mark=Mark.ANSWER, rows=tuple(rows))


def _passage_rows(number: int, passage: Passage) -> list[Row]:
    title = passage.document.title.cut(_LONGEST_TITLE)
    best = passage.chunks[0] if passage.chunks else None
    where = best.headings if best else RedactedText.EMPTY
    place = say("place", n=number, title=title, where=where.cut(_LONGEST_TITLE))
    heading = place if where else say("document", n=number, title=title)
    rows = [Row(text=heading, citation=_came_from(passage.document))]
    if best:
        rows.append(Row(text=best.text.line().cut(SNIPPET)))
    return rows


def runbook_card(
    case: Case,
    document: Document,
    chunks: Sequence[Chunk],
    *,
    tally: FeedbackTally,
    reference: str,
) -> Card:
    """What to do, step by step; what else the document says is below.

    tally: whether it helped before. reference: what feedback calls this version of it.
    """
    title = say("runbook", tag=case.tag, title=document.title.cut(_LONGEST_TITLE))
    steps = [
        Row(text=step.text.cut(LONGEST_STEP), code=step.is_command) for step in steps_of(chunks)
    ]
    rest = besides_steps(chunks)
    if not steps:
        steps = [Row(text=chunk.text.line().cut(LONGEST_STEP)) for chunk in chunks[:2]]
    spoken = [Row(text=tally_text(tally))] if tally.total else []
    whole = RedactedText.join("\n\n", [chunk.text for chunk in rest]).cut(_LONGEST_FOLD)
    return Card(
        key=f"runbook:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(Row(text=title, strong=True, citation=_came_from(document)), *spoken, *steps),
        actions=feedback_actions(f"runbook @{reference}"),
        fold=(Row(text=whole),) if whole else (),
        case_number=case.number,
    )


def no_runbook_card(case: Case, closest: Document | None) -> Card:
    """That none fits, and what to do about it."""
    rows = [say("no_runbook", tag=case.tag)]
    if closest is not None:
        rows.append(say("closest", title=closest.title.cut(_LONGEST_TITLE)))
    rows.append(say("bring"))
    return note("runbook", *rows, case=case)


def _came_from(document: Document) -> str | None:
    return document.source.line().cut(_LONGEST_TITLE).text or None
