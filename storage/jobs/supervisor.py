"""Keeps runners at work while the database or the platforms come and go."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from storage.jobs.runner import JobRunner

GRACE_S = 20.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0
CANCEL_AGAIN_S = 0.2
STEADY_S = 30.0  # what has run for so long starts again without a pause that has grown

log = logging.getLogger(__name__)


async def work_until(
    stop: asyncio.Event,
    runners: Sequence[JobRunner],
    *,
    grace_s: float = GRACE_S,
    beside: Sequence[Coroutine[Any, Any, None]] = (),
) -> None:
    """Run jobs until `stop` is set (by SIGTERM), then let them end within `grace_s`.

    `beside` runs for as long as jobs are claimed: what listens for wake-ups.
    """
    async with asyncio.TaskGroup() as group:
        for runner in runners:
            group.create_task(runner.run())
        listening = [group.create_task(listener) for listener in beside]
        await stop.wait()
        await asyncio.gather(
            *(end(task) for task in listening), *(runner.drain(grace_s) for runner in runners)
        )


async def keep_running(
    start: Callable[[], Awaitable[None]], *, name: str, dies_of: tuple[type[Exception], ...]
) -> None:
    """Start it, and again whenever it ends, with growing pauses, until cancelled."""
    loop = asyncio.get_running_loop()
    pause_s = FIRST_PAUSE_S
    while True:
        began = loop.time()
        try:
            await start()
        except dies_of as error:
            log.warning("%s: not possible now (%s), it is tried again", name, type(error).__name__)
        steady = loop.time() - began > STEADY_S
        pause_s = FIRST_PAUSE_S if steady else min(pause_s * 2, LONGEST_PAUSE_S)
        await asyncio.sleep(pause_s)


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended.

    Once is not enough: redis-py loses a cancellation that arrives while its connection breaks.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
