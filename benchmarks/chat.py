"""Acknowledgement time of chat messages, and messages lost in disconnects and outages.

`serve`, `worker` and `bot` as processes on PostgreSQL and Redis, against a Slack or a Discord on
loopback with twelve people in it. Three measures, each with fresh tables:

- *Acknowledgement*, while every worker reads large logs and has turns to take: seconds until the
  platform has our answer. `ours` and `peer` are the 99th percentiles; the peer is the platform's
  own library that answers at once and keeps nothing, in the same run with nothing else to do. What
  was acknowledged must be in the tables afterwards, and taken up.
- *Disconnects*: the line is cut again and again while people talk. Nothing may be missing, or be
  there twice; `out_of_order` counts messages that were taken up before an older one.
- *Outage*: the bot is killed (SIGKILL) while people talk, and started again. It reads on.

Discord acknowledges commands and buttons; for messages, the time to the commit is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.alerts import fire
from benchmarks.parts.chatter import Chatter
from core.jobs.kinds import CHAT_HEAR
from tests.databases import a_database
from tests.fakes.slack import Limits
from tests.journeys.alertmanagers import until
from tests.journeys.crowd import Crowd, CrowdInDiscord, CrowdInSlack, a_crowd
from tests.journeys.operator import Operator
from tests.journeys.records import Records
from tests.journeys.team import SEAL, ProcessTeam, a_team
from tests.servers import a_postgres, a_redis, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


GATE_P99_S = 1.0
SETTLE_S, STRAINED_S = 600.0, 60.0
TRY_AGAIN = "It may not have been taken in"
CUT_EVERY_S = 0.6
CUT_RATE, OUTAGE_RATE = 8.0, 10.0  # things said a second
Measured = dict[str, Any]


@dataclass(frozen=True)
class ChatDeployment:
    """Everything of one measure, running."""

    crowd: Crowd
    team: ProcessTeam
    operator: Operator
    records: Records
    folder: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate does not hold or nothing was measured."""
    options = _options(arguments)
    document = asyncio.run(_measured(options))
    print(json.dumps(document, indent=1))
    return 0 if document["n"] and document["gates_hold"] else 1


async def _measured(options: argparse.Namespace) -> Measured:
    load = [os.getloadavg()[0]]
    with a_postgres(durable=True) as server, a_redis() as redis:
        houses = _Deployments(options.platform, server, redis)
        answered = await _acknowledgement(houses, rate=options.rate, seconds=options.seconds)
        peer = await _peer(options.platform, rate=options.rate, seconds=options.seconds)
        load.append(os.getloadavg()[0])
        cuts = await _disconnects(houses, times=options.cuts) if options.cuts else {}
        outage = await _outage(houses, seconds=options.outage) if options.outage else {}
    load.append(os.getloadavg()[0])
    ours, theirs = answered["p99_s"], peer["p99_s"]
    lost = sum(
        measure.get("lost", 0) + measure.get("twice", 0) for measure in (answered, cuts, outage)
    )
    return {
        "ours": ours,
        "peer": theirs,
        "ratio": round(ours / theirs, 2) if theirs else None,
        "n": answered["n"],
        "unit": "seconds to the acknowledgement, 99th percentile",
        "peer_is": "the platform's own library, which answers at once and keeps nothing",
        "platform": options.platform,
        "database": "PostgreSQL",
        "acknowledgement": answered,
        "peer_acknowledgement": peer,
        "disconnects": cuts,
        "outage": outage,
        "load": [round(value, 2) for value in load],
        "gates_hold": not lost
        and ours < GATE_P99_S
        and not answered["unanswered"]
        and not answered["turned_away"],
    }


# the measures


async def _acknowledgement(houses: _Deployments, *, rate: float, seconds: float) -> Measured:
    async with houses.with_case(limits=Limits()) as house:
        chatter, strain = Chatter(house.crowd), Measured()
        async with _strained(house, strain):
            await chatter.go_on(per_second=rate, seconds=seconds)
        taken_up_s = await _settled(house, chatter)
        heard = sorted((await house.records.heard_after_s()).values())
        return {
            **_latencies(house.crowd),
            "workers": strain,
            **await _kept(house, chatter, acknowledged=True),
            "committed_p99_s": _quantile(heard, 0.99),
            "taken_up_after_s": taken_up_s,
        }


async def _peer(platform: str, *, rate: float, seconds: float) -> Measured:
    async with a_crowd(platform.removesuffix("-http")) as crowd:
        settings, name = dict(crowd.settings), "discord"
        arguments: list[str] = []
        port = free_port()
        if isinstance(crowd, CrowdInSlack):
            name = "slack"
            arguments = [crowd.slack.api_url, "#incidents"]
            arguments += [str(port)] if platform == "slack-http" else []
        bare = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"benchmarks.parts.bare_{name}", *arguments),
            env=os.environ | settings,
        )
        try:
            await _called(crowd, port if platform == "slack-http" else 0)
            await until(lambda: _at_home(crowd))
            await Chatter(crowd).go_on(per_second=rate, seconds=seconds)
        finally:
            bare.kill()
            await bare.wait()
        return _latencies(crowd)


async def _disconnects(houses: _Deployments, *, times: int) -> Measured:
    """Without Slack's limit on new lines, which is one a minute: that many cuts need many lines."""
    async with houses.with_case(limits=Limits(on=False)) as house:
        crowd, chatter, done = house.crowd, Chatter(house.crowd, only_words=True), 0
        talking = asyncio.create_task(
            chatter.go_on(per_second=CUT_RATE, seconds=times * CUT_EVERY_S)
        )
        while done < times:
            await asyncio.sleep(CUT_EVERY_S)
            if crowd.is_heard:
                await crowd.cut()
                done += 1
        await talking
        taken_up_s = await _settled(house, chatter)
        kept = await _kept(house, chatter)
        return {"cuts": done, "n": len(chatter.keys), **kept, "taken_up_after_s": taken_up_s}


async def _outage(houses: _Deployments, *, seconds: float) -> Measured:
    async with houses.with_case(limits=Limits()) as house:
        chatter = Chatter(house.crowd, only_words=True)
        await chatter.go_on(per_second=OUTAGE_RATE, seconds=2)
        await house.team.end("bot", signal.SIGKILL)
        await chatter.go_on(per_second=OUTAGE_RATE, seconds=seconds)
        await house.team.start("bot")
        await chatter.go_on(per_second=OUTAGE_RATE, seconds=2)
        taken_up_s = await _settled(house, chatter)
        kept = await _kept(house, chatter)
        measured = {"seconds": seconds, "n": len(chatter.keys), **kept}
        return measured | {"taken_up_after_s": taken_up_s}


@contextlib.asynccontextmanager
async def _strained(house: ChatDeployment, figures: Measured) -> AsyncIterator[None]:
    """Keep the workers busy while the block runs; `figures` is filled at its end."""
    strain = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.parts.strain"),
        *(str(house.team.folder / "serve" / "data"), house.records.url),
        stdout=asyncio.subprocess.PIPE,
    )
    output = strain.stdout
    try:
        async with asyncio.timeout(STRAINED_S):
            if output is None or await output.readline() != b"busy\n":
                sys.exit("the workers are not busy")
        yield
        strain.terminate()
        figures.update(json.loads(await output.readline()))
    finally:
        with contextlib.suppress(ProcessLookupError):
            strain.kill()
        await strain.wait()


# what became of it


async def _settled(house: ChatDeployment, chatter: Chatter) -> float:
    """Seconds until all messages are processed; `_kept` counts what is missing."""
    began, quiet = time.monotonic(), 0
    while quiet < 3 and time.monotonic() - began < SETTLE_S:  # noqa: PLR2004
        await asyncio.sleep(1)
        missing = set(chatter.keys).difference(taken.key for taken in await house.records.taken())
        waiting = await house.records.open_jobs(CHAT_HEAR.name)
        # What nobody brings any more would be waited for in vain.
        quiet = quiet + 1 if not waiting and (not missing or _given_up(began)) else 0
    return round(time.monotonic() - began, 1)


def _given_up(began: float) -> bool:
    return time.monotonic() - began > SETTLE_S / 5


async def _kept(house: ChatDeployment, chatter: Chatter, *, acknowledged: bool = False) -> Measured:
    """Counts of lost, repeated and late messages. acknowledged: expect only acknowledged ones."""
    answered, sorry = house.crowd.answered(), _turned_away(house.crowd)
    expected = [
        key
        for key in chatter.keys
        if key not in sorry and (not acknowledged or answered.get(key, 0) is not None)
    ]
    taken = [message.key for message in await house.records.taken()]
    words = await house.records.words(1)
    wanted = [chatter.words[key] for key in expected if key in chatter.words]
    messages = [key for key in taken if key in chatter.words]
    newest, late = 0.0, 0
    for key in messages:
        at = float(key.rpartition("/")[2])
        late, newest = late + (at < newest), max(at, newest)
    return {
        "lost": len(set(expected).difference(taken)) + len(set(wanted).difference(words)),
        "turned_away": len(sorry),
        "twice": len(taken) - len(set(taken)) + len(words) - len(set(words)),
        "out_of_order": late,
        "dead_jobs": dict(await house.records.dead_jobs()),
    }


def _turned_away(crowd: Crowd) -> set[str]:
    """Commands and buttons answered in time with "try again": nothing is kept of them."""
    if not isinstance(crowd, CrowdInDiscord):
        return set()
    asked = crowd.discord.doors.by_token.values()
    return {
        f"interaction/{interaction.id}"
        for interaction in asked
        if any(TRY_AGAIN in message.text for message in interaction.shown)
    }


def _latencies(crowd: Crowd) -> Measured:
    answered = crowd.answered()
    times = sorted(seconds for seconds in answered.values() if seconds is not None)
    # In tenths of the run, to see whether it gets worse the longer it lasts.
    in_order, size = list(answered.values()), max(1, math.ceil(len(answered) / 10))
    tenths = [in_order[at : at + size] for at in range(0, len(in_order), size)]
    return {
        "n": len(answered),
        "slowest_by_tenths_s": [
            _quantile(sorted(seconds for seconds in tenth if seconds is not None), 1.0)
            for tenth in tenths
        ],
        "unanswered": len(answered) - len(times),
        "p50_s": _quantile(times, 0.5),
        "p99_s": _quantile(times, 0.99),
        "max_s": _quantile(times, 1.0),
    }


def _quantile(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 4)


# what runs


@dataclass
class _Deployments:
    platform: str
    server: str
    redis: Any

    @contextlib.asynccontextmanager
    async def with_case(self, *, limits: Limits) -> AsyncIterator[ChatDeployment]:
        """With a case at home, in whose thread people can talk."""
        port = free_port() if self.platform == "slack-http" else 0
        async with (
            a_database(self.server) as url,
            a_crowd(self.platform.removesuffix("-http"), limits=limits, pace=1.0) as crowd,
        ):
            settings = crowd.settings | {"FAULTMAVEN_BOT_PORT": str(port)}
            if port:
                settings["FAULTMAVEN_SLACK_APP_TOKEN"] = ""
            with tempfile.TemporaryDirectory() as name:
                async with (
                    a_team(Path(name), url, self.redis, **settings) as team,
                    team.operator() as operator,
                ):
                    await fire(operator.client, "checkout", "first")
                    await _called(crowd, port)
                    records = Records(url, SEAL)
                    await until(lambda: _at_home(crowd), within_s=60)
                    await until(records.is_at_home, within_s=60)
                    yield ChatDeployment(crowd, team, operator, records, Path(name))


async def _called(crowd: Crowd, port: int) -> None:
    """Where there is a port, Slack calls it from now on."""
    if not port or not isinstance(crowd, CrowdInSlack):
        return
    slack = crowd.slack

    async def verified() -> bool:
        with contextlib.suppress(OSError):
            return await slack.post_to(f"http://127.0.0.1:{port}/slack/events")
        return False

    await until(verified)


async def _at_home(crowd: Crowd) -> bool:
    return crowd.is_heard and len(crowd.shown()) > 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chat", description=__doc__)
    platforms = ("slack", "slack-http", "discord")
    parser.add_argument("--platform", choices=platforms, default="slack")
    parser.add_argument("--seconds", type=float, default=60.0, help="of talk at --rate")
    parser.add_argument("--rate", type=float, default=50.0, help="things said a second")
    parser.add_argument("--cuts", type=int, default=100, help="forced disconnects; 0 for none")
    parser.add_argument("--outage", type=float, default=60.0, help="seconds; 0 for none")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
