"""What the cases add up to, for whoever asks: over those that they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.rows import CaseFilter
from core.errors import WrongUsage
from core.workflows.case_access import seen_by

if TYPE_CHECKING:
    from datetime import datetime

    from core.accounts.model import Account
    from core.cases.figures import CaseFigures
    from core.workflows.services import Services


async def case_figures(
    opened_from: datetime | None,
    opened_before: datetime | None,
    *,
    account: Account | None = None,
    services: Services,
) -> CaseFigures:
    """Of the cases that were opened in that time, archived ones too.

    account: over those that it sees; None for all. Raises WrongUsage where the time is empty.
    """
    if opened_from and opened_before and opened_from >= opened_before:
        message = "that time ends before it begins"
        raise WrongUsage(message, next_step="Swap --from and --to (over the API: from and to).")
    wanted = CaseFilter(is_archived=True, opened_from=opened_from, opened_before=opened_before)
    seen = seen_by(account, wanted) if account else wanted
    async with services.reading() as unit:
        return await unit.case_rows.figures(seen)
