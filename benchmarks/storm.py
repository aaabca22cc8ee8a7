"""Deliveries a second that are accepted, worked off and shown, under a storm of alerts.

`--cases` groups deliver in turn, `--rate` deliveries a second for `--seconds`, to a running
`faultmaven up` on SQLite, or to `serve` with two `worker`s and a `bot` on PostgreSQL and Redis. By
default a third more is delivered than is to be sustained: what is worked off a second, with the
time until the last is, can then show it. 0 is as fast as they are taken in. Every delivery changes
its case: one alert begins, one fires on, one ends.
`ours` is how many a second were accepted, worked off, and seen on their case's card: all of them,
by the time from the first until no turn is planned and no card waits. `worked_off_s` leaves turns
and cards out: deliveries done a second while any waited. `lag_s` is how long the oldest of those
that waited had waited, looked at every half second. `jobs` says how many there were of each kind,
and in how many leases they were done. `--uploads` drops logs beside it. In the end every delivery
must be done.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, text

from benchmarks.workloads import write_log
from core.alerts.model import DeliveryState
from core.clock import from_micros
from core.jobs.kinds import CASE_INVESTIGATE, CHAT_SEND, DELIVERY_PROCESS
from core.jobs.model import JobState
from storage.database import SqlStore, open_store
from storage.database.tables import deliveries, jobs
from tests.contracts.samples import CONTEXT
from tests.core.alerts.desk import a_body, an_alert
from tests.databases import a_database
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.operator import Operator, an_operator
from tests.journeys.team import SEAL, ProcessTeam, a_team
from tests.journeys.up import Up, up_in
from tests.servers import a_postgres, a_redis
from webhooks.alertmanager import PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

GATE_PER_SECOND = {"sqlite": 150, "postgres": 300}
GATE_LAG_S = 5.0
MORE = 4 / 3  # than the gate's rate is delivered, where no rate is given
CONNECTIONS = 32
LOOK_S = 0.5
LOG_BYTES = 2 << 20
WITHIN_S = 900.0
ANSWER_S = 60.0
# What a storm consists of; what is planned for later, and what recurs, is no part of it.
OF_A_STORM = (DELIVERY_PROCESS.name, CASE_INVESTIGATE.name, CHAT_SEND.name)
Measured = dict[str, Any]


@dataclass(frozen=True)
class StormDeployment:
    """What runs: where it takes deliveries, its tables, its operator's endpoint, its processes."""

    url: str
    store: SqlStore
    operator: Operator
    pids: tuple[int, ...]


@dataclass
class BacklogSamples:
    """Samples of the backlog: when, how many were done, how far behind."""

    looks: list[tuple[float, int, int, float]] = field(default_factory=list)

    async def look(self, store: SqlStore) -> None:
        async with store.reading(CONTEXT) as unit:
            waiting = await unit.deliveries.count(DeliveryState.PENDING)
            done = await unit.deliveries.count(DeliveryState.DONE)
        self.looks.append((time.monotonic(), done, waiting, await _lag(store)))

    async def go_on(self, store: SqlStore) -> None:
        while True:
            await self.look(store)
            await asyncio.sleep(LOOK_S)

    @property
    def per_second(self) -> float:
        """Worked off a second, between looks at which some waited."""
        seconds = worked_off = 0.0
        for (earlier, before, waiting, _), (later, after, _, _) in itertools.pairwise(self.looks):
            if waiting:
                seconds, worked_off = seconds + later - earlier, worked_off + after - before
        return round(worked_off / seconds, 1) if seconds else 0.0

    @property
    def lags(self) -> list[float]:
        return [lag for *_, lag in self.looks]

    @property
    def most_waiting(self) -> int:
        return max(waiting for _, _, waiting, _ in self.looks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate does not hold or nothing was measured."""
    options = _options(arguments)
    document = asyncio.run(_measured(options))
    print(json.dumps(document, indent=1))
    return 0 if document["n"] and document["gates_hold"] else 1


async def _measured(options: argparse.Namespace) -> Measured:
    houses = {"sqlite": _on_sqlite, "postgres": _on_postgres}
    async with houses[options.store]() as house, asyncio.TaskGroup() as group:
        backlog, cpu = BacklogSamples(), _cpu_s(house.pids)
        beside = [group.create_task(backlog.go_on(house.store))]
        if options.uploads:
            beside.append(group.create_task(_upload(house.operator)))
        began = time.monotonic()
        posted, slowest = await _post_all(house, options)
        posted_s = time.monotonic() - began
        await until(lambda: _all_done(house.store, posted), within_s=WITHIN_S, every_s=LOOK_S)
        done_s = time.monotonic() - began
        for task in beside:
            task.cancel()
        idle_s = await _idle(house.store) + done_s
        cpu = _cpu_s(house.pids) - cpu
        done_jobs = await _done_jobs(house.store)
    per_second = round(posted / idle_s, 1)
    lag = max(backlog.lags)
    return {
        "ours": per_second,
        "peer": None,
        "ratio": None,
        "n": posted,
        "unit": "deliveries a second, accepted, worked off and seen on a card",
        "worked_off_s": backlog.per_second,
        "store": options.store,
        "rate": options.rate,
        "cases": options.cases,
        "uploads": options.uploads,
        "posted_s": round(posted_s, 1),
        "slowest_answer_s": round(slowest, 2),
        "done_s": round(done_s, 1),
        "idle_s": round(idle_s, 1),
        "most_waiting": backlog.most_waiting,
        "lag_s": round(lag, 2),
        "lag_p50_s": round(statistics.median(backlog.lags), 2),
        "cpu_ms_each": round(1000 * cpu / posted, 2),
        "jobs": done_jobs,
        "load": round(os.getloadavg()[0], 2),
        "gates_hold": _holds(per_second, lag, options),
    }


def _holds(per_second: float, lag: float, options: argparse.Namespace) -> bool:
    """Of more than the gate's rate that rate is sustained; of less, none waits for long."""
    sustained = GATE_PER_SECOND[options.store]
    if options.rate and options.rate < sustained:
        return lag < GATE_LAG_S
    return per_second >= sustained


# what runs


@contextlib.asynccontextmanager
async def _on_sqlite() -> AsyncIterator[StormDeployment]:
    with tempfile.TemporaryDirectory() as folder:
        async with up_in(Path(folder)) as up, up.store() as store, an_operator(up) as operator:
            yield StormDeployment(up.webhook, store, operator, (_pid(up),))


def _pid(up: Up) -> int:
    return int(json.loads((up.folder / "out").read_text())["pid"])


@contextlib.asynccontextmanager
async def _on_postgres() -> AsyncIterator[StormDeployment]:
    with (
        tempfile.TemporaryDirectory() as name,
        a_postgres(durable=True) as server,
        a_redis() as redis,
    ):
        folder = Path(name)
        async with a_database(server) as url, contextlib.AsyncExitStack() as stack:
            team = await stack.enter_async_context(a_team(folder, url, redis))
            (folder / "more").mkdir()
            files = {"FAULTMAVEN_FILES_URL": f"file://{folder / 'files'}"}
            more = ProcessTeam(folder / "more", url, redis, files)
            await more.start("worker")
            stack.push_async_callback(more.end, "worker")
            operator = await stack.enter_async_context(team.operator())
            store = await stack.enter_async_context(open_store(url, seal=SEAL))
            processes = [*team.processes.values(), *more.processes.values()]
            address = f"{operator.client.base_url}".rstrip("/") + PATH
            yield StormDeployment(
                address, store, operator, tuple(process.pid for process in processes)
            )


# what it is put to


def _bodies(cases: int) -> Iterator[bytes]:
    """Each group in turn: its alerts begin one by one, and each ends two deliveries later."""
    for turn in itertools.count():
        for group in range(cases):
            yield _body(f"service-{group}", turn)


def _body(service: str, turn: int) -> bytes:
    now = datetime.now(UTC)

    def alert(number: int, *, ended: bool = False) -> dict[str, Any]:
        return an_alert(
            service=service,
            pod=f"{service}-{number}",
            severity="warning",
            starts_at=now - timedelta(seconds=2 * (turn - number)),
            ended_at=now if ended else None,
            annotations={"summary": f"{service} answers 5% of all requests with an error"},
        )

    alerts = [alert(number) for number in range(max(0, turn - 1), turn + 1)]
    gone = [alert(turn - 2, ended=True)] if turn > 1 else []
    return a_body(*alerts, *gone, group=service)


async def _post_all(house: StormDeployment, options: argparse.Namespace) -> tuple[int, float]:
    """How many were acknowledged, and the seconds that the slowest answer took."""
    waiting, began = _bodies(options.cases), time.monotonic()
    numbers = itertools.count()
    took: list[float] = []

    async def post(sender: Sender) -> None:
        while (number := next(numbers)) < options.rate * options.seconds or not options.rate:
            if options.rate:
                await asyncio.sleep(max(0.0, began + number / options.rate - time.monotonic()))
            elif time.monotonic() - began > options.seconds:
                return
            asked = time.monotonic()
            body = next(waiting)
            while not await sender.is_taken(body):  # noqa: ASYNC110 - as senders do
                await asyncio.sleep(LOOK_S)
            took.append(time.monotonic() - asked)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(post(Sender(house.url)))
    return len(took), max(took)


@dataclass
class Sender:
    """One connection that is kept, as Alertmanager's are.

    A client that does more takes from the cores that are measured: httpx needs 3 ms for a request.
    """

    url: str
    _connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def is_taken(self, body: bytes) -> bool:
        """False where it is not acknowledged: whoever delivers tries again then."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._post(body)
        except (OSError, EOFError, TimeoutError):
            self._drop()
            return False

    async def _post(self, body: bytes) -> bool:
        address = urlsplit(self.url)
        if self._connection is None:
            self._connection = await asyncio.open_connection(address.hostname, address.port)
        reader, writer = self._connection
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        status, *fields = answer.splitlines()
        headers = dict(field.split(": ", 1) for field in fields if field)
        await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self._drop()
        return status.split()[1].startswith("2")

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None


async def _upload(operator: Operator) -> None:
    """One log after the other, each another, into the first case."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "beside.log"
        await asyncio.to_thread(write_log, log, size=LOG_BYTES)
        await asyncio.sleep(1)  # for the first case
        for number in itertools.count():
            with log.open("a", encoding="ascii") as file:
                file.write(f"this is copy {number}\n")
            await operator.drop(log, case=1)
            await asyncio.sleep(2)


# what is seen of it


async def _lag(store: SqlStore) -> float:
    """Seconds that the oldest delivery has waited."""
    oldest = select(func.min(deliveries.c.received_at)).where(text("state = 'pending'"))
    async with store.database.reading() as work:
        since = (await work.execute(oldest)).scalar_one()
    if isinstance(since, int):
        since = from_micros(since)
    return max(0.0, (datetime.now(UTC) - since).total_seconds()) if since else 0.0


async def _all_done(store: SqlStore, posted: int) -> bool:
    async with store.reading(CONTEXT) as unit:
        return await unit.deliveries.count(DeliveryState.DONE) >= posted


async def _idle(store: SqlStore) -> float:
    """Seconds until nothing is left that is due: turns, cards."""
    began = time.monotonic()
    await until(lambda: _nothing_due(store), within_s=WITHIN_S, every_s=LOOK_S)
    return time.monotonic() - began


async def _nothing_due(store: SqlStore) -> bool:
    """What waits for its time counts too: a card is late also where it was meant to be."""
    is_open = jobs.c.state.in_([JobState.PENDING, JobState.RUNNING])
    left = select(func.count()).where(is_open, jobs.c.kind.in_(OF_A_STORM))
    async with store.database.reading() as work:
        return not (await work.execute(left)).scalar_one()


async def _done_jobs(store: SqlStore) -> dict[str, str]:
    """Of each kind of a storm, how many were done, and by how many leases."""
    count = select(jobs.c.kind, func.count(), func.count(jobs.c.lease.distinct()))
    of_a_storm = count.where(jobs.c.kind.in_(OF_A_STORM)).group_by(jobs.c.kind)
    async with store.database.reading() as work:
        rows = await work.execute(of_a_storm)
        return {kind: f"{number} in {leases}" for kind, number, leases in rows}


def _cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds of the processes so far, without those that they started."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rate", type=float, help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--uploads", action="store_true", help="drop logs beside it")
    options = parser.parse_args(arguments)
    if options.rate is None:
        options.rate = MORE * GATE_PER_SECOND[options.store]
    return options


if __name__ == "__main__":
    raise SystemExit(main())
