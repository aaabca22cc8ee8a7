"""What to do next: the fix that waits, the checks that decide, the evidence that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.model import Case
from core.cases.rows import OPEN, CaseFilter
from core.conversation.cards.verdict_rows import next_step, open_hypotheses, proposed
from core.investigation.verdict.asked_checks import open_checks
from core.text.redacted import RedactedText
from core.text.sentences import sentences
from core.workflows.case_access import seen_by, visible_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.accounts.model import Account
    from core.cases.projection import CaseView
    from core.workflows.services import Services

say = sentences("workflows.next_steps")

MOST_CASES = 20


class StepKind(StrEnum):
    """What a step asks of a person."""

    FIX = "fix"  # to carry out what is proposed
    CHECK = "check"  # to run something that separates the causes
    EVIDENCE = "evidence"  # to bring what is missing
    DECIDE = "decide"  # to say what only a person knows


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """One step. command: to be copied as it stands. hypothesis: its number, where it is of one."""

    case: Case
    kind: StepKind
    text: RedactedText
    command: RedactedText | None = None
    hypothesis: int | None = None


async def steps_in(case_id: str, account: Account, *, services: Services) -> list[NextStep]:
    """All that is known to do in a case, the most useful first. Raises NotFound."""
    async with services.reading() as unit:
        return list(_steps(await visible_case(unit, case_id, account)))


async def first_steps(account: Account, *, services: Services) -> list[NextStep]:
    """The first step in each open case that the account sees, the newest case first."""
    async with services.reading() as unit:
        wanted = seen_by(account, CaseFilter(states=OPEN))
        rows = await unit.case_rows.page(wanted, limit=MOST_CASES)
        views = [await unit.cases.view(row.case.id) for row in rows]
    firsts = (next(_steps(view), None) for view in views)
    return [step for step in firsts if step is not None]


def _steps(view: CaseView) -> Iterator[NextStep]:
    if not view.case.state.is_open:
        return
    case, best = view.case, next(iter(open_hypotheses(view)), None)
    fix = proposed(view)
    if fix is not None:
        yield NextStep(
            case=case, kind=StepKind.FIX, text=fix.text.line(), hypothesis=fix.hypothesis
        )
    checks = open_checks(view.investigation)
    for check in (asked.check for asked in checks):
        yield NextStep(case=case, kind=StepKind.CHECK, text=check.ask.line(), command=check.command)
    conclusion = view.investigation.conclusion
    for wanted in conclusion.next_steps if conclusion else ():
        yield NextStep(case=case, kind=StepKind.EVIDENCE, text=wanted.line())
    if best is not None and fix is None and not checks:
        text = next_step(view, best).line()
        yield NextStep(case=case, kind=StepKind.DECIDE, text=text, hypothesis=best.number)
    if best is None and conclusion is None:
        yield NextStep(case=case, kind=StepKind.EVIDENCE, text=say("bring_a_log"))
