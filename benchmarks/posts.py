"""What a chat is asked to show for one incident: posts, edits, and edits that change nothing.

Each recorded incident is played as a team lives through it (`tests/journeys/traffic.py`) on
`faultmaven up` as a user runs it, against a Slack or a Discord on loopback. An edit counts as
unchanged where its text and blocks are those that the message shows already. There is no peer: no
other program plays these journeys.
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

from tests.fakes.discord.server import a_discord
from tests.fakes.slack import Limits, a_slack, words
from tests.journeys.incidents import INCIDENTS, QUIET, in_disguise
from tests.journeys.traffic import ChatTraffic, DiscordTeam, SlackTeam, play
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Played = tuple[ChatTraffic, list[tuple[str, str, bool]]]  # each message: by whom, text, by us


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where an edit changed nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.posts", description=__doc__)
    parser.add_argument("--incident", action="append", choices=[*INCIDENTS, *QUIET])
    parser.add_argument("--platform", choices=[*PLATFORMS], default="slack")
    parser.add_argument("--thread", action="store_true", help="print what stands in the thread")
    options = parser.parse_args(arguments)
    names = options.incident or [*INCIDENTS, *QUIET]
    play_on = PLATFORMS[options.platform]
    measured = {name: asyncio.run(_measured(name, play_on, options)) for name in names}
    calls = sum(traffic.calls for traffic, _ in measured.values())
    unchanged = sum(traffic.unchanged for traffic, _ in measured.values())
    document: dict[str, Any] = {
        "ours": round(calls / len(measured), 1),
        "peer": None,
        "n": len(measured),
        "unit": f"calls to {options.platform} a journey",
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


async def _measured(
    name: str, play_on: Callable[[str, Path], Awaitable[Played]], options: argparse.Namespace
) -> tuple[ChatTraffic, int]:
    """With the characters of the longest message, its buttons included."""
    with tempfile.TemporaryDirectory() as folder:
        traffic, messages = await play_on(name, Path(folder))
    if options.thread:
        for by, text, _ in messages:
            print(f"--- {by}\n{text}", file=sys.stderr)
    return traffic, max(len(text) for _, text, is_ours in messages if is_ours)


async def _in_slack(name: str, home: Path) -> Played:
    async with a_slack(limits=Limits(on=False)) as slack, up_in(home, **slack.settings()) as up:
        dana = SlackTeam(slack)
        await play(in_disguise(name, home / "incident"), dana, up)
        messages = [(message.user, words(message), message.by_app) for message in dana.messages]
        return ChatTraffic.of(slack.calls), messages


async def _in_discord(name: str, home: Path) -> Played:
    async with a_discord() as discord, up_in(home, **discord.settings) as up:
        await play(in_disguise(name, home / "incident"), DiscordTeam(discord), up)
        messages = [
            (message.author.id, message.text, message.author == discord.world.bot)
            for place in (discord.incidents, *discord.threads)
            for message in place.messages.values()
        ]
        return ChatTraffic.of_discord(discord), messages


PLATFORMS = {"slack": _in_slack, "discord": _in_discord}


if __name__ == "__main__":
    sys.exit(main())
