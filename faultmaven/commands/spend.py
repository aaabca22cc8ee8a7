"""`faultmaven spend`: what language models took, by day, by model or by case."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.investigation.model_calls import MILLION, SpendingGroup
from core.workflows.model_ledger import spending
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from core.investigation.model_calls import SpendingRow

NOTHING = "No model was asked in the last {days} days."


def run(*, by: str, days: int, as_json: bool) -> int:
    """Sum up. Raises WrongUsage for a group that is none."""
    if by not in set(SpendingGroup):
        message = f"{by} is nothing to sum up by"
        raise WrongUsage(message, next_step=f"One of: {', '.join(SpendingGroup)}.")
    rows = asyncio.run(_rows(SpendingGroup(by), days))
    if as_json:
        print_json([{**asdict(row), "key": name} for name, row in rows])
    elif not rows:
        print_line(NOTHING.format(days=days))
    else:
        table = [[name, *_cells(row)] for name, row in rows]
        print_table([by, "calls", "tokens in", "tokens out", "cost", "without a price"], table)
    return 0


async def _rows(group: SpendingGroup, days: int) -> list[tuple[str, SpendingRow]]:
    async with wire(load_settings(), audiences=()) as installation:
        return await spending(group, days=days, services=installation.services)


def _cells(row: SpendingRow) -> list[str]:
    return [
        f"{row.calls:,}",
        f"{row.tokens_in:,}",
        f"{row.tokens_out:,}",
        f"${row.cost / MILLION:,.4f}",
        f"{row.unpriced:,}" if row.unpriced else "-",
    ]
