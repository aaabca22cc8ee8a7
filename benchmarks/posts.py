"""What Slack is asked to show for one incident: posts, edits, and edits that change nothing.

Each recorded incident is played as a team lives through it (`tests/journeys/traffic.py`) on
`faultmaven up` as a user runs it, against a Slack on loopback. An edit counts as unchanged where
its text and blocks are those that the message shows already. There is no peer: no other program
plays these journeys.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import Limits, a_slack, words
from tests.journeys.incidents import INCIDENTS, QUIET, in_disguise
from tests.journeys.traffic import ChatTraffic, play
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where an edit changed nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.posts", description=__doc__)
    parser.add_argument("--incident", action="append", choices=[*INCIDENTS, *QUIET])
    parser.add_argument("--thread", action="store_true", help="print what stands in the thread")
    options = parser.parse_args(arguments)
    names = options.incident or [*INCIDENTS, *QUIET]
    measured = {name: asyncio.run(_measured(name, thread=options.thread)) for name in names}
    calls = sum(traffic.calls for traffic, _ in measured.values())
    unchanged = sum(traffic.unchanged for traffic, _ in measured.values())
    document: dict[str, Any] = {
        "ours": round(calls / len(measured), 1),
        "peer": None,
        "n": len(measured),
        "unit": "calls to Slack a journey",
        "unchanged": unchanged,
        "journeys": {
            name: asdict(traffic) | {"longest": longest}
            for name, (traffic, longest) in measured.items()
        },
        "load": round(os.getloadavg()[0], 2),
        "gates_hold": unchanged == 0,
    }
    print(json.dumps(document, indent=1))
    return 0 if document["gates_hold"] else 1


async def _measured(name: str, *, thread: bool) -> tuple[ChatTraffic, int]:
    """With the characters of the longest message, its buttons included."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with a_slack(limits=Limits(on=False)) as slack, up_in(home, **slack.settings()) as up:
            dana = await play(in_disguise(name, home / "incident"), slack, up)
            if thread:
                for message in dana.messages:
                    print(f"--- {message.user}\n{words(message)}", file=sys.stderr)
            longest = max(len(words(message)) for message in dana.messages if message.by_app)
            return ChatTraffic.of(slack.calls), longest


if __name__ == "__main__":
    sys.exit(main())
