"""Time that the engine takes for a turn of a large case.

    python -m benchmarks.turn [--files 50] [--messages 500] [--turns 40] [--predictions FILE]

A case as it stands late in a bad night: files of many services, read by the real readers, and a
long talk, all in the SQLite store that a bare `faultmaven up` uses. A turn is what the engine does
between waking and having a decision: read the case, observe, organise memory, assemble what a
reasoner is sent, decide. Writing what it means is not in it. `ours` is the 95th percentile in ms;
the peer is the same turn with every message sent (no memory), in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.large_case import open_large_case
from benchmarks.parts.talk import a_talk
from core.investigation.memory.messages import MemoryLimits
from core.investigation.reasoner import decide
from core.investigation.situation import brief, observe
from faultmaven.scratch import scratch_folder
from faultmaven.settings import scratch_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from core.workflows.services import Services

GATE_MS, GOAL_MS = 500.0, 150.0
SENT_WHOLE = MemoryLimits(window=1_000_000, short=1_000_000)


def main() -> int:
    """Print one JSON document; 1 where no turn was taken."""
    options = _options()
    result = asyncio.run(_measure(options.files, options.messages, options.turns))
    if options.predictions:
        options.predictions.write_text(json.dumps(result))
    print(json.dumps(result, indent=2))
    return 0 if result["n"] else 1


async def _measure(files: int, messages: int, turns: int) -> dict[str, Any]:
    with scratch_folder() as scratch:
        async with wire(scratch_settings(scratch)) as house:
            services = house.services
            case_id = await open_large_case(house, files=files, messages=messages)
            await _turn(case_id, "", None, services=services)
            ours = [await _turn(case_id, ask, None, services=services) for ask in _questions(turns)]
            peer = [
                await _turn(case_id, ask, SENT_WHOLE, services=services)
                for ask in _questions(max(1, turns // 4) if turns else 0)
            ]
    return _document(ours, peer, files=files, messages=messages)


def _document(
    ours: list[dict[str, float]], peer: list[dict[str, float]], *, files: int, messages: int
) -> dict[str, Any]:
    p95 = _share([figures["total"] for figures in ours], 0.95)
    peer_p95 = _share([figures["total"] for figures in peer], 0.95)
    parts = ("observe", "brief", "decide")
    return {
        "benchmark": "turn",
        "ours": p95,
        "peer": peer_p95,
        "ratio": round(peer_p95 / p95, 2) if p95 else 0.0,
        "unit": "ms, 95th percentile of a turn's engine time",
        "peer_name": "the same turn with every message sent",
        "n": len(ours),
        "p50": _share([figures["total"] for figures in ours], 0.5),
        "cpu_p50": _share([figures["cpu"] for figures in ours], 0.5),
        "gate": GATE_MS,
        "goal": GOAL_MS,
        "parts_p50": {part: _share([figures[part] for figures in ours], 0.5) for part in parts},
        "files": files,
        "messages": messages,
        "tokens_sent": statistics.mean(figures["tokens"] for figures in ours) if ours else 0,
        "tokens_whole": statistics.mean(figures["whole"] for figures in ours) if ours else 0,
    }


async def _turn(
    case_id: str, question: str, limits: MemoryLimits | None, *, services: Services
) -> dict[str, float]:
    """Milliseconds of each part, and the tokens of what would be sent."""
    began, worked = time.perf_counter(), time.process_time()
    async with services.reading() as unit:
        view = await unit.cases.view(case_id)
        situation = await observe(unit, view)
    seen = time.perf_counter()
    redactor = services.redactor(case_id)
    sent_brief = brief(situation, redactor.clean(question), redactor=redactor, limits=limits)
    sent = time.perf_counter()
    decide(situation)
    ended = time.perf_counter()
    return {
        "observe": (seen - began) * 1e3,
        "brief": (sent - seen) * 1e3,
        "decide": (ended - sent) * 1e3,
        "total": (ended - began) * 1e3,
        "cpu": (time.process_time() - worked) * 1e3,
        "tokens": float(sent_brief.tokens),
        "whole": float(sent_brief.whole),
    }


def _questions(turns: int) -> list[str]:
    asked = [fact.question for fact in a_talk(500, seed=7).facts]
    return [asked[nth % len(asked)] for nth in range(turns)]


def _share(values: list[float], share: float) -> float:
    return round(float(np.quantile(values, share)), 1) if values else 0.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed: the case is made here")
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--predictions", type=Path, help="write the same document here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
