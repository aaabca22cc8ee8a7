"""`faultmaven alert test`: a test alert through the whole path, as far from outside as can be."""

from __future__ import annotations

import asyncio
from typing import Any

from core.alerts.notification import TEST_ALERT_SUMMARY
from core.errors import Unavailable
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.operator_endpoint import find_endpoint
from faultmaven.output import print_json, print_line
from faultmaven.settings import Settings, load_settings
from faultmaven.wiring import run_alert_test

PATIENCE_S, LOOK_S = 15.0, 0.2


def run(*, as_json: bool) -> int:
    """0 when the alert was taken; without an Alertmanager between, when its case is open."""
    lines, case = asyncio.run(_try())
    if as_json:
        print_json({"said": lines, "case": case})
        return 0
    for line in lines:
        print_line(line)
    if case is not None:
        print_line(f"Case #{case['number']} is open: {case['title']}. Close it with `resolve`.")
    return 0


async def _try() -> tuple[list[str], dict[str, Any] | None]:
    settings = load_settings()
    webhook = f"{_url_of_server(settings)}/webhooks/alertmanager"
    lines = await run_alert_test(settings, webhook=webhook)
    return lines, None if settings.alertmanager_urls else await _opened(settings)


def _url_of_server(settings: Settings) -> str:
    """That of the server which is named, else of the one here. Raises Unavailable."""
    if settings.server:
        return settings.server
    endpoint = find_endpoint(settings.data_dir)
    if endpoint is None:
        message = "no server runs on this data directory"
        raise Unavailable(message, next_step="Start it with `faultmaven up`, then try again.")
    return endpoint.url


async def _opened(settings: Settings) -> dict[str, Any]:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    async with operator_client(settings) as client:
        while asyncio.get_running_loop().time() < deadline:
            cases = answer_of(await client.get("/api/v1/operator/cases"))
            for case in cases:
                if (
                    TEST_ALERT_SUMMARY.startswith(case["title"].rstrip("…"))
                    or TEST_ALERT_SUMMARY in case["title"]
                ):
                    opened: dict[str, Any] = case
                    return opened
            await asyncio.sleep(LOOK_S)
    message = f"the delivery was journaled, but no case was opened within {PATIENCE_S:.0f} s"
    raise Unavailable(message, next_step="Look at `faultmaven doctor` and `faultmaven jobs list`.")
