"""How long people wait for a model's words in a whole turn, and whether a secret reaches a model.

    python -m benchmarks.model_turns [--runs 5]

`up` as a process, a Slack and models on loopback, asked through the real library. `first_words` are
the seconds from a provider's first words to Slack, where these come after the first look at an
answer that is being written; `fallback` those from a provider's end in mid-stream, cut off or
silent, to the whole answer of the next. `planted` secrets stand in a log, settings, chat, labels
and a file's name, and the model calls every tool that reads: `seen` are those in what its server
received.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.journeys.model_turns import (
    HALF,
    WHOLE,
    a_garden,
    a_table,
    fallback,
    first_words,
    planted_turn,
    posts_with,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_WORDS_S, FALLBACK_S = 3.0, 15.0  # at most


def main() -> int:
    """Print one JSON document; 1 where a figure is above its limit or a secret was seen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_turns", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    document = asyncio.run(_measured(parser.parse_args().runs))
    print(json.dumps(document, indent=1))
    return 0 if document["ok"] else 1


async def _measured(runs: int) -> dict[str, Any]:
    words = [await _first_words() for _ in range(runs)]
    cuts, after_cuts = zip(*[await _fallback(stalls=False) for _ in range(runs)], strict=True)
    stalls, after_stalls = zip(*[await _fallback(stalls=True) for _ in range(runs)], strict=True)
    duplicates = sum((*after_cuts, *after_stalls))
    with tempfile.TemporaryDirectory() as folder:
        harvest = await planted_turn(Path(folder))
    is_quick = max(words) <= FIRST_WORDS_S and max(*cuts, *stalls) <= FALLBACK_S
    return {
        "benchmark": "model_turns",
        "n": runs,
        "first_words_s": _summary(words),
        "fallback_after_cut_s": _summary(cuts),
        "fallback_after_stall_s": _summary(stalls),
        "duplicate_posts": duplicates,
        "planted": len(a_garden().secrets),
        "seen": list(harvest.seen),
        "requests": harvest.requests,
        "tool_results": harvest.tools,
        "ok": is_quick and not harvest.seen and not duplicates,
    }


async def _first_words() -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with a_table(Path(folder)) as table:
            return await first_words(table)


async def _fallback(*, stalls: bool) -> tuple[float, int]:
    """Seconds, and posts beyond the one answer."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_table(Path(folder)) as table:
            took = await fallback(table, stalls=stalls)
            left = posts_with(HALF.strip(), table.stage)
            return took, posts_with(WHOLE, table.stage) - 1 + left


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(seconds), 2), "most": round(max(seconds), 2)}


if __name__ == "__main__":
    sys.exit(main())
