"""`faultmaven replay`: journaled deliveries once more through the same jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from core.clock import wire_time
from core.errors import NotFound, WrongUsage
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings

if TYPE_CHECKING:
    from datetime import datetime

KEPT = "Deliveries are kept for 30 days; drive all since a time again: --since 2026-11-20T02:00"


def run(*, delivery: str | None, since: datetime | None, as_json: bool) -> int:
    """Raises WrongUsage unless one of the two is given, NotFound for an unknown delivery."""
    if (delivery is None) == (since is None):
        message = "replay needs either --delivery or --since"
        raise WrongUsage(message, next_step="For example: --since 2026-11-20T02:00")
    moment = wire_time(since) if since else None
    answer = asyncio.run(_replay({"delivery": delivery, "since": moment}))
    if as_json:
        print_json(answer)
    else:
        print_line(f"{len(answer['deliveries'])} deliveries are on their way again")
    return 0


async def _replay(which: dict[str, str | None]) -> dict[str, Any]:
    async with operator_client(load_settings()) as client:
        response = await client.post("/api/v1/operator/replay", json=which)
        try:
            answer: dict[str, Any] = answer_of(response)
        except NotFound as error:
            raise NotFound(str(error), next_step=KEPT) from error
        return answer
