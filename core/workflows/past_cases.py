"""Cases that are over and tell of the same: what it was, what fixed it, how long that took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.rows import OVER, CaseFilter, ListedCase
from core.conversation.cards.verdict_rows import root_cause
from core.knowledge.terms import terms
from core.text.redacted import RedactedText
from core.workflows.case_access import seen_by, visible_case

if TYPE_CHECKING:
    from collections.abc import Set

    from core.accounts.model import Account
    from core.cases.projection import CaseView
    from core.workflows.services import Services, Unit

COMPARED = 500  # newest cases that are over
LEAST_SHARE = 0.2  # of the words that are looked for


@dataclass(frozen=True, kw_only=True)
class PastCase:
    """A case that is over. share: of the words looked for that are its own, 0 to 1."""

    row: ListedCase
    share: float
    cause: RedactedText | None
    solution: RedactedText | None
    took: timedelta | None


async def past_cases(
    words: str, account: Account, *, case_id: str = "", limit: int, services: Services
) -> list[PastCase]:
    """Those that the account sees and that have most of the words, or of those of a case.

    Raises NotFound for a case that the account does not see.
    """
    async with services.reading() as unit:
        if case_id:
            words = f"{words} {_words_of(await visible_case(unit, case_id, account))}"
        wanted = seen_by(account, CaseFilter(states=OVER))
        rows = await unit.case_rows.page(wanted, limit=COMPARED)
        query = set(terms(words))
        shares = {row.case.id: _share(row, query) for row in rows if row.case.id != case_id}
        alike = [row for row in rows if shares.get(row.case.id, 0.0) >= LEAST_SHARE]
        alike.sort(key=lambda row: shares[row.case.id], reverse=True)
        return [await _past(unit, row, shares[row.case.id]) for row in alike[:limit]]


def _words_of(view: CaseView) -> str:
    """What a case is about; its first hypothesis is what it is about by now."""
    leading = [hypothesis.statement.text for hypothesis in view.hypotheses[:1]]
    return " ".join([view.case.title.text, view.case.service or "", *leading])


def _share(row: ListedCase, query: Set[str]) -> float:
    own = set(terms(f"{row.case.title.text} {row.case.service or ''} {row.cause or ''}"))
    return len(query & own) / len(query) if query else 0.0


async def _past(unit: Unit, row: ListedCase, share: float) -> PastCase:
    view = await unit.cases.view(row.case.id)
    cause = root_cause(view)
    ended_at = row.case.resolved_at or row.closed_at
    return PastCase(
        row=row,
        share=share,
        cause=cause.statement.line() if cause else None,
        solution=row.case.solution.line() if row.case.solution else None,
        took=ended_at - row.case.opened_at if ended_at else None,
    )
