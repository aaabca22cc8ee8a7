"""`faultmaven up` with a probe in its event loop, which says how late the loop came.

A coroutine sleeps 10 ms at a time; what it oversleeps is the lag that every acknowledgement has at
that moment. Prints one JSON document a second: the worst lag of that second, in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from faultmaven.processes import run_forever, run_up

if TYPE_CHECKING:
    from faultmaven.processes import Ready
    from faultmaven.settings import Settings

STEP_S = 0.01
TELL_EVERY_S = 1.0


async def probed(settings: Settings, ready: Ready) -> None:
    """Everything in one process, and the probe beside it."""
    probing = asyncio.create_task(probe())
    try:
        await run_up(settings, ready)
    finally:
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing


async def probe() -> None:
    """Measure for ever."""
    loop = asyncio.get_running_loop()
    worst, told_at = 0.0, loop.time()
    while True:
        began = loop.time()
        await asyncio.sleep(STEP_S)
        worst = max(worst, loop.time() - began - STEP_S)
        if loop.time() - told_at >= TELL_EVERY_S:
            print(json.dumps({"lag_ms": round(worst * 1000, 1)}), flush=True)
            worst, told_at = 0.0, loop.time()


if __name__ == "__main__":
    sys.exit(run_forever(probed, port=int(sys.argv[1])))
