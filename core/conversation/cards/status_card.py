"""How does a case stand? What is believed and how far to trust it, the five steps, what it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.alerts.model import Occurrence
from core.cases.hypotheses import Trust
from core.conversation.cards.card import Row
from core.conversation.cards.case_card import models
from core.evidence.model import EvidenceFile, Finding
from core.investigation.doctrine import doctrine
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from core.cases.events import CaseView
    from core.cases.investigation_state import Course, Spent
    from core.investigation.doctrine import Step

_STEPS = 2  # next ones
_LINE = 160  # characters
_TRUST = {
    Trust.LOW: Clean.say("little"),
    Trust.MEDIUM: Clean.say("some"),
    Trust.HIGH: Clean.say("high"),
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the tables hold of a case, as far as its five steps are filled from it."""

    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]]


def standing(view: CaseView, held: Held, *, now: datetime) -> tuple[Row, ...]:
    """What is folded below the case's card for whoever asks for its status."""
    rows = [*_believed(view.course, now), *map(_step, doctrine(view, held))]
    return tuple(Row(text=one) for one in [*rows, budget(view.course.spent)])


def budget(spent: Spent) -> Clean:
    """`Took 4 rounds, no model, 0.8 s`."""
    rounds = quantities.counted(spent.rounds, "round", "rounds")
    seconds = Clean.say("{n} s", n=round(spent.seconds, 1))
    return Clean.say("Took {all}", all=Clean.join(", ", [rounds, models(spent), seconds]))


def _believed(course: Course, now: datetime) -> Iterator[Clean]:
    drawn = course.conclusion
    if drawn is None:
        return
    at = quantities.clock(drawn.updated_at, now)
    yield Clean.say(
        "{what} ({trust} trust, {at})",
        what=drawn.conclusion.line(),
        trust=_TRUST[drawn.confidence],
        at=at,
    )
    for step in drawn.next_steps[:_STEPS]:
        yield Clean.say("then: {step}", step=step.line().cut(_LINE))


def _step(one: Step) -> Clean:
    """`Timeline: since 02:41 UTC`; an open one says what would fill it."""
    if one.filled:
        return Clean.say("{title}: {says}", title=one.title, says=one.says.line().cut(_LINE))
    wants = one.wants.line().cut(_LINE)
    return Clean.say("{title}: open, wants {what}", title=one.title, what=wants)
