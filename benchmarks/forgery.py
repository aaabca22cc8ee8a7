"""Unsigned, altered, stale and repeated requests are refused, or have no effect.

`faultmaven up` runs as a user runs it, with the endpoints of PagerDuty and of Slack (over HTTP)
open. First come genuine requests, whose cases and conversations are counted. Then `--requests`
more, half of them for each endpoint: kinds that must be refused (401), and repeats, which must be
taken (2xx, else the platform would send them again) without any effect. Cases, their events,
alerts and incoming messages must be as they were.

`ours` is how many requests that must be refused are refused a second; the peer is the same bodies
with good signatures, which are taken as repeats.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from sqlalchemy import func, select

from benchmarks.parts.forged import PAGERDUTY, SLACK, Kind, SignedRequest, genuine
from core.jobs.model import JobState
from storage.database import open_store
from storage.database.tables import case_events, cases, jobs, occurrences, utterances
from tests.fakes.pagerduty.events import PagerIncident
from tests.fakes.slack import FakeSlack, a_slack, events
from tests.journeys.alertmanagers import until
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRETS = ("the secret before", "the secret that is")
GENUINE = 40  # of each endpoint
CONNECTIONS = 16
REPEATS = 0.2  # share of the requests
COUNTED = {"cases": cases, "events": case_events, "alerts": occurrences, "heard": utterances}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where the gate does not hold or nothing was sent."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forgery", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args(arguments)
    document = asyncio.run(_measured(options.requests, random.Random(options.seed)))  # noqa: S311
    print(json.dumps(document, indent=1))
    return 0 if document["n"] and document["gates_hold"] else 1


async def _measured(number: int, rng: random.Random) -> dict[str, Any]:
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        async with a_slack() as slack:
            settings = slack.settings() | {
                "FAULTMAVEN_SLACK_APP_TOKEN": "",
                "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS": ",".join(SECRETS),
            }
            async with up_in(Path(folder), **settings) as up:
                tables = EffectTables(f"sqlite:///{folder}/data/faultmaven.db")
                document = await _sent(up.url, slack, tables, number, rng)
    load.append(os.getloadavg()[0])
    return document | {"load": [round(value, 2) for value in load]}


async def _sent(
    url: str, slack: FakeSlack, tables: EffectTables, number: int, rng: random.Random
) -> dict[str, Any]:
    async with aiohttp.ClientSession(url) as session:
        known = [*_pages(), *_mentions(slack)]
        first, _ = await _post(session, [("genuine", request) for request in known])
        await until(tables.are_settled, within_s=60)
        before = await tables.counts()
        bad = [_forged(rng, known) for _ in range(round(number * (1 - REPEATS)))]
        again = [_repeated(rng, known) for _ in range(number - len(bad))]
        refused, refusing_s = await _post(session, bad)
        taken, taking_s = await _post(session, again)
        await until(tables.are_settled, within_s=60)
        after = await tables.counts()
    answers = {kind: dict(statuses) for kind, statuses in sorted((refused | taken | first).items())}
    ours, peer = len(bad) / refusing_s, len(again) / taking_s
    return {
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "ratio": round(ours / peer, 2),
        "n": len(bad) + len(again),
        "unit": "requests a second",
        "peer_is": "the same bodies with good signatures",
        "answers": answers,
        "before": before,
        "after": after,
        "gates_hold": before == after
        and all(before.values())
        and all(set(statuses) == {401} for statuses in refused.values())
        and all(status // 100 == 2 for statuses in taken.values() for status in statuses),  # noqa: PLR2004
    }


# what is sent


def _pages() -> list[SignedRequest]:
    """Incidents of PagerDuty, each triggered, acknowledged and so on."""
    requests: list[SignedRequest] = []
    types = ("triggered", "acknowledged", "escalated", "reassigned")
    for number in range(GENUINE // len(types)):
        incident = PagerIncident(id=f"QFORGED{number:03}", number=4000 + number)
        for nth, name in enumerate(types):
            body = incident.happens(f"incident.{name}", after=60 * nth)
            requests.append(genuine(PAGERDUTY, body, SECRETS[number % 2], name=f"01{number}{nth}"))
    return requests


def _mentions(slack: FakeSlack) -> list[SignedRequest]:
    """People who call the bot by its name."""
    dana, channel = slack.team.person("dana"), slack.team.channel("#incidents")
    requests: list[SignedRequest] = []
    for number in range(GENUINE):
        event = {
            "type": "app_mention",
            "user": dana.id,
            "text": f"<@{slack.app.bot_user}> status, for the {number}th time",
            "ts": slack.team.new_ts(),
            "channel": channel.id,
        }
        body = json.dumps(events.envelope(slack, event)).encode()
        requests.append(genuine(SLACK, body, slack.app.signing_secret))
    return requests


def _forged(rng: random.Random, known: list[SignedRequest]) -> tuple[str, SignedRequest]:
    endpoint = rng.choice((PAGERDUTY, SLACK))
    kind: Kind = rng.choice(endpoint.forgeries)
    request = rng.choice([candidate for candidate in known if candidate.endpoint is endpoint])
    return f"{endpoint.name} {kind.__name__}", kind(request, rng)


def _repeated(rng: random.Random, known: list[SignedRequest]) -> tuple[str, SignedRequest]:
    endpoint = rng.choice((PAGERDUTY, SLACK))
    kind: Kind = rng.choice(endpoint.repeats)
    request = rng.choice([candidate for candidate in known if candidate.endpoint is endpoint])
    return f"{endpoint.name} {kind.__name__}", kind(request, rng)


async def _post(
    session: aiohttp.ClientSession, requests: Sequence[tuple[str, SignedRequest]]
) -> tuple[dict[str, Counter[int]], float]:
    """Answers by kind, and the seconds that all of it took."""
    answers: dict[str, Counter[int]] = {}
    waiting = iter(requests)

    async def connection() -> None:
        for kind, request in waiting:
            path, headers = request.endpoint.path, request.headers
            async with session.post(path, data=request.body, headers=headers) as answer:
                await answer.read()
            answers.setdefault(kind, Counter())[answer.status] += 1

    began = time.monotonic()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return answers, time.monotonic() - began


@dataclass(frozen=True)
class EffectTables:
    """Queries of the product's tables on effects of requests."""

    url: str

    async def counts(self) -> dict[str, int]:
        async with open_store(self.url) as store, store.database.reading() as work:
            return {
                name: int(
                    (await work.execute(select(func.count()).select_from(table))).scalar_one()
                )
                for name, table in COUNTED.items()
            }

    async def are_settled(self) -> bool:
        """True once no due work is left."""
        due = ("delivery.process", "case.investigate", "chat.hear")
        query = select(func.count()).where(
            jobs.c.kind.in_(due), jobs.c.state.in_((JobState.PENDING, JobState.RUNNING))
        )
        async with open_store(self.url) as store, store.database.reading() as work:
            return not (await work.execute(query)).scalar_one()


if __name__ == "__main__":
    sys.exit(main())
