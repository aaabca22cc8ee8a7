"""The status of a case: its conclusion, the trust in it, its checklist and its usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.alerts.model import Occurrence
from core.cases.model import Trust
from core.conversation.cards.card import Row
from core.conversation.cards.case_card import models
from core.evidence.model import EvidenceFile, Finding
from core.investigation.checklist import ChecklistStep, checklist
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.investigation_state import InvestigationState, Usage
    from core.cases.projection import CaseView

_NEXT_STEPS_SHOWN = 2  # next ones
_TEXT_WIDTH = 160  # characters
_TRUST = {
    Trust.LOW: RedactedText.format("little"),
    Trust.MEDIUM: RedactedText.format("some"),
    Trust.HIGH: RedactedText.format("high"),
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the tables hold of a case, as far as its five steps are filled from it."""

    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]]


def standing(view: CaseView, records: Held, *, now: datetime) -> tuple[Row, ...]:
    """What is folded below the case's card for whoever asks for its status."""
    rows = [
        *_conclusion_texts(view.investigation, now),
        *map(_checklist_text, checklist(view, records)),
    ]
    return tuple(Row(text=text) for text in [*rows, budget(view.investigation.spent)])


def budget(spent: Usage) -> RedactedText:
    """`Took 4 rounds, no model, 0.8 s`."""
    rounds = quantities.counted(spent.rounds, "round", "rounds")
    seconds = RedactedText.format("{n} s", n=round(spent.seconds, 1))
    return RedactedText.format(
        "Took {all}", all=RedactedText.join(", ", [rounds, models(spent), seconds])
    )


def _conclusion_texts(investigation: InvestigationState, now: datetime) -> Iterator[RedactedText]:
    conclusion = investigation.conclusion
    if conclusion is None:
        return
    at = quantities.clock(conclusion.updated_at, now)
    yield RedactedText.format(
        "{what} ({trust} trust, {at})",
        what=conclusion.conclusion.line(),
        trust=_TRUST[conclusion.confidence],
        at=at,
    )
    for step in conclusion.next_steps[:_NEXT_STEPS_SHOWN]:
        yield RedactedText.format("next: {step}", step=step.line().cut(_TEXT_WIDTH))


def _checklist_text(step: ChecklistStep) -> RedactedText:
    """`Timeline: since 02:41 UTC`; an open one says what would fill it."""
    if step.filled:
        return RedactedText.format(
            "{title}: {says}", title=step.title, says=step.says.line().cut(_TEXT_WIDTH)
        )
    wants = step.wants.line().cut(_TEXT_WIDTH)
    return RedactedText.format("{title}: open, wants {what}", title=step.title, what=wants)
