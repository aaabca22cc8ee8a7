"""A thousand card changes a minute over twenty cases, against Slack's rate limits.

`faultmaven up` as a user runs it, against a Slack on loopback that refuses whatever is over the
documented limits (docs.slack.dev/apis/web-api/rate-limits). Alerts come in at an even pace, each of
them a new version of one case's card. `ours` is how many calls Slack refused with 429; the peer is
slack-sdk alone, which sends each change as it comes for as long. Then every card in Slack must be
the newest version that the tables have, word for word; `settled_after_s` says how long that took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, select

from benchmarks.parts.alerts import fire
from bot.slack.cards import message_of
from core.conversation.cards.case_card import CASE_CARD
from core.conversation.messages.message import OutboundState
from storage.database import ColumnSeal, open_store
from storage.database.tables import outbound
from tests.fakes.context import CONTEXT
from tests.fakes.slack import FakeSlack, Limits, a_slack
from tests.fakes.slack.calls import METHODS
from tests.fakes.slack.limits import POST_IN_CHANNEL, TIERS
from tests.journeys.alertmanagers import until
from tests.journeys.up import seal_in, up_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.fakes.slack.calls import MethodCall

SETTLE_S = 180.0
MINUTE_S = 60.0
REFUSED = 429


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where the gate does not hold or nothing changed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cards", description=__doc__)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args(arguments)
    document = asyncio.run(_measured(options))
    print(json.dumps(document, indent=1))
    return 0 if document["n"] and document["gates_hold"] else 1


async def _measured(options: argparse.Namespace) -> dict[str, Any]:
    load = [os.getloadavg()[0]]
    pace = Pace(options.changes, options.cases, options.seconds)
    ours = await _ours(pace)
    load.append(os.getloadavg()[0])
    peer = await _peer(pace)
    load.append(os.getloadavg()[0])
    return {
        "ours": ours["refused"],
        "peer": peer["refused"],
        "ratio": round(ours["refused"] / peer["refused"], 4) if peer["refused"] else None,
        "n": ours["changes"],
        "unit": "calls that Slack refused (429)",
        "peer_is": "slack-sdk alone, each change sent as it comes",
        "cards": ours,
        "peer_cards": peer,
        "load": [round(value, 2) for value in load],
        "gates_hold": not ours["refused"]
        and not ours["over_the_limit"]
        and ours["newest"] == pace.cases
        and ours["changes"] >= pace.changes,
    }


@dataclass(frozen=True)
class Pace:
    """So many changes, in turn of so many cases, in so many seconds."""

    changes: int
    cases: int
    seconds: float

    async def go(self, change: Callable[[int, int], Awaitable[None]]) -> None:
        """`change(case, number)` at even intervals, however long each takes."""
        loop = asyncio.get_running_loop()
        begun, tasks = loop.time(), list[asyncio.Task[None]]()
        for number in range(self.changes):
            await asyncio.sleep(
                max(0.0, begun + number * self.seconds / self.changes - loop.time())
            )
            case = number % self.cases
            tasks.append(asyncio.create_task(_running(change(case, number))))
        await asyncio.gather(*tasks)


async def _running(change: Awaitable[None]) -> None:
    await change


async def _ours(pace: Pace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with a_slack() as slack, up_in(Path(folder), **slack.settings()) as up:
            data = Path(folder) / "data"
            tables = CardTables(f"sqlite:///{data}/faultmaven.db", seal_in(data))
            async with httpx.AsyncClient(base_url=up.url) as client:
                await pace.go(lambda case, n: fire(client, f"service-{case:02}", f"i{n}"))
            began = time.monotonic()
            await until(lambda: tables.are_sent(pace.cases), within_s=SETTLE_S)
            return {
                "changes": await tables.changes(),
                "settled_after_s": round(time.monotonic() - began, 1),
                "newest": await tables.newest(slack),
                **_calls(slack.calls),
            }


async def _peer(pace: Pace) -> dict[str, Any]:
    """One message for each case, edited at each change."""
    async with a_slack(limits=Limits(on=False)) as slack:
        client = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)
        incidents = slack.team.channel("#incidents").id
        posted = [
            await client.chat_postMessage(channel=incidents, text=f"case {case}")
            for case in range(pace.cases)
        ]
        slack.limits.on = True
        slack.calls.clear()

        async def change(case: int, number: int) -> None:
            try:
                await client.chat_update(
                    channel=incidents, ts=str(posted[case]["ts"]), text=f"{number} alerts"
                )
            except SlackApiError:
                return  # and the next change is sent as well

        await pace.go(change)
        return _calls(slack.calls)


def _calls(calls: Sequence[MethodCall]) -> dict[str, Any]:
    """How often each method was called, at most in any minute, and what was over the limit.

    Posts are limited in each channel; Slack tolerates short bursts, so these count as well.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        times[call.method].append(call.at)
    busiest = {name: _busiest_minute(at) for name, at in sorted(times.items())}
    limits = {name: _limit(name) for name in busiest}
    return {
        "refused": sum(call.status == REFUSED for call in calls),
        "calls": Counter(call.method for call in calls),
        "busiest_minute": busiest,
        "over_the_limit": [
            name for name, most in busiest.items() if (limit := limits[name]) and most > limit
        ],
    }


def _limit(method: str) -> float:
    """Calls a minute; 0 where limits of another kind hold."""
    if method == "chat.postMessage":
        return POST_IN_CHANNEL.per_minute + POST_IN_CHANNEL.burst
    tier = METHODS[method].tier
    # Of the lowest tier ten are allowed at once: as many lines may be open.
    return max(TIERS[tier].per_minute, TIERS[tier].burst) if tier else 0


def _busiest_minute(times: Sequence[float]) -> int:
    return max(sum(begin <= at < begin + MINUTE_S for at in times) for begin in times)


@dataclass(frozen=True)
class CardTables:
    """Queries of the product's tables on cards."""

    url: str
    seal: ColumnSeal

    async def are_sent(self, cases: int) -> bool:
        """True once every case has a card and none is on its way."""
        waiting = (OutboundState.PENDING, OutboundState.SENDING)
        query = select(func.count()).where(outbound.c.state.in_(waiting))
        async with open_store(self.url, seal=self.seal) as store:
            async with store.database.reading() as work:
                unsent = (await work.execute(query)).scalar_one()
            async with store.reading(CONTEXT) as unit:
                return not unsent and len(await unit.cases.listing()) == cases

    async def changes(self) -> int:
        """Versions of case cards that Slack was to show."""
        query = select(func.count()).where(
            outbound.c.platform == "slack", outbound.c.card_key.startswith(CASE_CARD)
        )
        async with open_store(self.url, seal=self.seal) as store, store.database.reading() as work:
            return int((await work.execute(query)).scalar_one())

    async def newest(self, slack: FakeSlack) -> int:
        """How many cases have in Slack what the tables say now."""
        async with open_store(self.url, seal=self.seal) as store, store.reading(CONTEXT) as unit:
            newest = 0
            for case in await unit.cases.listing():
                homes = await unit.conversation.bindings(case.id)
                place = next(home.place for home in homes if home.place.platform == "slack")
                shown = await unit.conversation.shown(place, f"{CASE_CARD}{case.id}")
                if shown is None or shown.card.version != case.version:
                    continue
                message = slack.team.channel(place.channel).messages[shown.ref]
                wanted = [dict(block) for block in message_of(shown.card).blocks]
                newest += json.loads(json.dumps(wanted)) == _without_ids(message.blocks)
            return newest


def _without_ids(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Slack gives each block an id of its own where it has none."""
    return [
        {name: value for name, value in block.items() if name != "block_id"} for block in blocks
    ]


if __name__ == "__main__":
    sys.exit(main())
