"""How many reads a second somebody who signed in gets from one `faultmaven serve`.

PostgreSQL and Redis stand beside it. Many accounts ask in turn, because each may only ask a hundred
times a minute; their sign-ins and sessions are written into the tables, not asked for. The peer is
`GET /health` of the same process, which does nothing. Rounds alternate, and the medians count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from benchmarks.parts.server import KnownCaller, load, opened, served, sign_in
from tests.servers import a_postgres, a_redis, redis_url

if TYPE_CHECKING:
    from collections.abc import Sequence

GATE_PER_SECOND = 500
CONNECTIONS = 16
GATE_RATIO = 0.1  # of a heartbeat to an empty route


QUESTIONS = {
    "empty": ("GET", "/health"),
    "session": ("GET", "/api/v1/sessions/{session}"),
    "heartbeat": ("POST", "/api/v1/sessions/{session}/heartbeat"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where a gate does not hold."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder, a_postgres() as url, a_redis() as redis:
        settings = {
            "FAULTMAVEN_DATABASE_URL": url,
            "FAULTMAVEN_REDIS_URL": redis_url(redis),
        }
        with served("serve", folder, **settings) as server:
            callers = asyncio.run(_sign_in(url, options.accounts))
            rounds = [
                {
                    name: load(
                        server.port,
                        [caller.request(*question) for caller in callers],
                        connections=CONNECTIONS,
                        seconds=options.seconds,
                    )
                    for name, question in QUESTIONS.items()
                }
                for _ in range(options.rounds)
            ]
    document = _document(rounds)
    print(json.dumps(document))
    slow = [name for name in ("session",) if document[name]["per_second"] < GATE_PER_SECOND]
    if slow or document["ratio"] < GATE_RATIO:
        sys.exit(f"the gates are {GATE_PER_SECOND}/s and a ratio of {GATE_RATIO}: {slow}")


def _document(rounds: Sequence[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    figures = {
        name: {
            figure: round(statistics.median(measured[name][figure] for measured in rounds), 2)
            for figure in ("per_second", "p50_ms", "p99_ms")
        }
        for name in QUESTIONS
    }
    ratio = figures["heartbeat"]["per_second"] / figures["empty"]["per_second"]
    return {**figures, "ratio": round(ratio, 3), "rounds": len(rounds)}


async def _sign_in(url: str, accounts: int) -> list[KnownCaller]:
    async with opened(url) as store:
        return await sign_in(store, accounts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.api_reads", description=__doc__)
    parser.add_argument("--accounts", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=4.0, help="measured in each round")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
