"""`faultmaven alert test`: a test alert through the whole path, as far from outside as can be."""

from __future__ import annotations

import asyncio
from typing import Any

from core.alerts.notification import TEST_ALERT_SUMMARY
from core.errors import Unavailable
from faultmaven.door import OperatorClient, open_door
from faultmaven.operator_client import answer_of, client_of
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import send_trial_alert

PATIENCE_S, LOOK_S = 15.0, 0.2


def run(*, as_json: bool) -> int:
    """0 when the alert was taken; without an Alertmanager between, when its case is open."""
    said, case = asyncio.run(_try())
    if as_json:
        print_json({"said": said, "case": case})
        return 0
    for line in said:
        print_line(line)
    if case is not None:
        print_line(f"Case #{case['number']} is open: {case['title']}. Close it with `resolve`.")
    return 0


async def _try() -> tuple[list[str], dict[str, Any] | None]:
    settings = load_settings()
    door = open_door(settings.data_dir)
    if door is None:
        message = "no server runs on this data directory"
        raise Unavailable(message, next_step="Start it with `faultmaven up`, then try again.")
    said = await send_trial_alert(settings, webhook=f"{door.url}/webhooks/alertmanager")
    return said, None if settings.alertmanager_urls else await _opened(door)


async def _opened(door: OperatorClient) -> dict[str, Any]:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    async with client_of(door) as client:
        while asyncio.get_running_loop().time() < deadline:
            cases = answer_of(await client.get("/api/v1/operator/cases"))
            for case in cases:
                if (
                    TEST_ALERT_SUMMARY.startswith(case["title"].rstrip("…"))
                    or TEST_ALERT_SUMMARY in case["title"]
                ):
                    found: dict[str, Any] = case
                    return found
            await asyncio.sleep(LOOK_S)
    message = f"the delivery was journaled, but no case was opened within {PATIENCE_S:.0f} s"
    raise Unavailable(message, next_step="Look at `faultmaven doctor` and `faultmaven jobs list`.")
