"""`faultmaven cases`: the newest cases, each on a line."""

from __future__ import annotations

import asyncio
from typing import Any

from faultmaven.operator_client import answer_of, operator_client
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings


def run(*, limit: int, as_json: bool) -> int:
    """List the newest cases."""
    cases = asyncio.run(_cases(limit))
    if as_json:
        print_json(cases)
    elif cases:
        print_table(
            ["case", "state", "severity", "service", "opened", "title"],
            [
                [
                    f"#{case['number']}",
                    case["state"],
                    case["severity"],
                    case["service"] or "-",
                    case["opened_at"],
                    case["title"],
                ]
                for case in cases
            ],
        )
        if len(cases) == limit:
            print_line(f"The newest {limit}. `faultmaven cases --limit {10 * limit}` shows more.")
    else:
        print_line("No case yet. `faultmaven alert test` opens one.")
    return 0


async def _cases(limit: int) -> list[dict[str, Any]]:
    async with operator_client(load_settings()) as client:
        answer = await client.get("/api/v1/operator/cases", params={"limit": limit})
        cases: list[dict[str, Any]] = answer_of(answer)
        return cases
