"""How late the event loop comes while a turn over a large case runs in the same process.

The case is in SQLite, its jobs are run by the workers of a bare `faultmaven up`, and each turn
answers a question. A probe in the loop sleeps 5 ms at a time: what it oversleeps is the lag.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import traceback
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.parts.large_case import open_large_case
from core.conversation.messages.question_inbox import ask
from core.places import Place
from faultmaven.scratch import scratch_folder
from faultmaven.settings import scratch_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from core.workflows.services import Services

FILES, MESSAGES, LINES = 50, 500, 3000
QUESTIONS = ("why 1?", "what changed?", "what next?", "why is checkout slow?", "catch me up")
TIMES = 12  # as often each is asked: turns one after the other
STEP_S = 0.005
IDLE_S = 3.0  # for comparison: what the machine alone makes late
STUCK_S = 0.03  # so late that the stack is shown
DEEPEST = 14  # frames of it
HERE = Place(platform="terminal", workspace="local", channel="incidents")


@dataclass
class Lags:
    """Milliseconds by which each step of the probe came late, and what the loop computed meanwhile.

    The latter does not depend on what else the machine has to do.
    """

    steps: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    stepped_at: float = field(default_factory=time.perf_counter)

    async def probe(self) -> None:
        """Measure for ever."""
        while True:
            self.stepped_at, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(STEP_S)
            self.computed.append((time.thread_time() - worked) * 1e3)
            self.steps.append((time.perf_counter() - self.stepped_at - STEP_S) * 1e3)

    def document(self) -> dict[str, float]:
        p50, p99 = np.quantile(self.steps, (0.5, 0.99))
        return {
            "lag_p50_ms": round(float(p50), 1),
            "lag_p99_ms": round(float(p99), 1),
            "lag_ms": round(max(self.steps), 1),
            "cpu_p99_ms": round(float(np.quantile(self.computed, 0.99)), 1),
            "cpu_ms": round(max(self.computed), 1),
            "steps": len(self.steps),
        }


def measure_turns(*, stacks: bool = False) -> dict[str, float]:
    """Lags of turns one after the other. stacks: show on stderr where the loop stuck."""
    with scratch_folder() as scratch:
        return asyncio.run(_measure(scratch, stacks=stacks))


async def _measure(scratch: Path, *, stacks: bool) -> dict[str, float]:
    lags = Lags()
    async with wire(scratch_settings(scratch)) as house:
        gc.collect()
        gc.freeze()  # as `up` does when it begins to serve
        case_id = await open_large_case(house, files=FILES, messages=MESSAGES, lines=LINES)
        began = time.perf_counter()
        async with _probed(lags):
            with _watched(lags) if stacks else nullcontext():
                for question in QUESTIONS * TIMES:
                    await _ask(case_id, question, services=house.services)
                    await house.workers.run_until_idle()
        took_s = time.perf_counter() - began
        await _must_be_answered(case_id, services=house.services)
        idle = Lags()
        async with _probed(idle):
            await asyncio.sleep(IDLE_S)
    quiet = {f"idle_{name}": value for name, value in idle.document().items()}
    return lags.document() | quiet | {"turn_s": round(took_s / (len(QUESTIONS) * TIMES), 2)}


async def _must_be_answered(case_id: str, *, services: Services) -> None:
    async with services.reading() as unit:
        if waiting := await unit.questions.open(case_id):
            sys.exit(f"{len(waiting)} questions were not answered: no turn was measured")


async def _ask(case_id: str, question: str, *, services: Services) -> None:
    async with services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        text = unit.redactor(case_id).clean(question)
        await ask(unit, view, text, by="ana", place=HERE)


@asynccontextmanager
async def _probed(lags: Lags) -> AsyncIterator[None]:
    probing = asyncio.create_task(lags.probe())
    try:
        yield
    finally:
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing


@contextmanager
def _watched(lags: Lags) -> Iterator[None]:
    """A thread shows the loop's stack, once each time that it is late, while the block runs."""
    lags.stepped_at = time.perf_counter()
    over, loop = threading.Event(), threading.get_ident()
    watching = threading.Thread(target=_watch, args=(lags, over, loop), daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _watch(lags: Lags, over: threading.Event, loop: int) -> None:
    shown = 0.0
    while not over.wait(STEP_S):
        late_s = time.perf_counter() - lags.stepped_at - STEP_S
        if late_s < STUCK_S or shown == lags.stepped_at:
            continue
        shown = lags.stepped_at
        stack = traceback.extract_stack(sys._current_frames()[loop])[-DEEPEST:]
        places = "\n".join(f"  {at.filename}:{at.lineno} {at.name}" for at in stack)
        print(f"{late_s * 1e3:.0f} ms late at\n{places}", file=sys.stderr)
