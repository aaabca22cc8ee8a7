"""Wake-ups through Redis to a pool of workers.

The one place that knows arq and Redis (extra `team`). A message says that there may be work of an
audience, and whoever hears it looks into the table until there is no more: what comes while a
message is on its way needs none of its own. So nothing is retried, kept or waited for here.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from core.errors import SourceUnavailable, WrongUsage
from storage.jobs.supervisor import GRACE_S, end, keep_running, work_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from arq.typing import WorkerCoroutine

    from core.jobs.model import Audience, Job
    from storage.jobs.runner import JobRunner

WAKE = "wake"
REDIS_ANSWERS_S = 1.0  # a Redis that is slower than this is away
GATHERING_S = 0.02  # what is added meanwhile goes with the same message
JOBS_A_MESSAGE = 8  # for more than that another worker is woken, too
MOST_MESSAGES = 8  # at once; whoever works looks by itself
WAKE_UP_IS_WORTH = timedelta(minutes=1)  # afterwards the poll has found the job long ago
POLL_REDIS_S = 0.05


class ArqWakeUp:
    """Sends wake-ups in the background. `lost` counts jobs that Redis was not told of."""

    def __init__(self, redis: ArqRedis) -> None:
        self.lost = 0
        self._redis = redis
        self._added: Counter[Audience] = Counter()
        self._bell = asyncio.Event()

    async def wake(self, jobs: Sequence[Job]) -> None:
        self._added.update(job.audience for job in jobs)
        self._bell.set()

    async def send(self) -> None:
        """Send waiting wake-ups until cancelled."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            added, self._added = self._added, Counter()
            try:
                for audience, count in added.items():
                    await self._send(audience, messages=-(-count // JOBS_A_MESSAGE))
            except (RedisError, OSError):
                self.lost += added.total()
            await asyncio.sleep(GATHERING_S)

    async def _send(self, audience: Audience, *, messages: int) -> None:
        for _ in range(min(messages, MOST_MESSAGES)):
            await self._redis.enqueue_job(
                WAKE, _queue_name=queue_of(audience), _expires=WAKE_UP_IS_WORTH
            )


@asynccontextmanager
async def arq_wake_up(redis_url: str) -> AsyncIterator[ArqWakeUp]:
    """A wake-up for the length of the block; Redis may be away, also at the start."""
    async with _redis(redis_url) as redis:
        wake_up = ArqWakeUp(redis)
        sending = asyncio.create_task(wake_up.send())
        try:
            yield wake_up
        finally:
            await end(sending)


async def run_arq_worker(
    runners: Sequence[JobRunner],
    *,
    redis_url: str,
    stop: asyncio.Event,
    grace_s: float = GRACE_S,
) -> None:
    """Run jobs until `stop` is set, then drain. Runners poll the table; Redis only saves time."""
    listeners = [
        keep_running(
            partial(_listen, runner, audience, redis_url),
            name="listening to Redis, without which jobs are found by polling",
            dies_of=(RedisError, OSError),
        )
        for runner in runners
        for audience in runner.audiences
    ]
    await work_until(stop, runners, grace_s=grace_s, beside=listeners)


async def ping_redis(redis_url: str, *, patience_s: float) -> None:
    """Raises SourceUnavailable where Redis does not answer in time, WrongUsage for an odd URL."""
    try:
        async with asyncio.timeout(patience_s), _redis(redis_url) as redis:
            await redis.ping()
    except ValueError as error:
        message = "the Redis URL cannot be read"
        raise WrongUsage(message, next_step="Write redis://host:6379/0.") from error
    except (RedisError, OSError) as error:
        message = f"Redis does not answer ({type(error).__name__})"
        raise SourceUnavailable(message) from error


def queue_of(audience: Audience) -> str:
    """A queue for each audience, so that a wake-up reaches someone who may claim the job."""
    return f"faultmaven:{audience}"


async def _listen(runner: JobRunner, audience: Audience, redis_url: str) -> None:
    """One life of an arq worker; it ends, raising, when Redis goes."""

    async def wake(_: dict[Any, Any]) -> None:
        runner.ring()

    async with _redis(redis_url) as redis:
        worker = Worker(
            [
                func(
                    cast("WorkerCoroutine", wake),
                    name=WAKE,
                    keep_result=0,
                    max_tries=1,
                )
            ],
            queue_name=queue_of(audience),
            redis_pool=redis,
            handle_signals=False,
            max_jobs=runner.concurrency,
            poll_delay=POLL_REDIS_S,
            keep_result=0,
            max_tries=1,
            retry_jobs=False,
            log_results=False,
            job_serializer=redis.job_serializer,
            job_deserializer=redis.job_deserializer,
        )
        try:
            await worker.async_run()
        finally:
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)


@asynccontextmanager
async def _redis(url: str) -> AsyncIterator[ArqRedis]:
    pool = ConnectionPool.from_url(
        url, socket_timeout=REDIS_ANSWERS_S, socket_connect_timeout=REDIS_ANSWERS_S
    )
    # Not arq's pickle: who can write to Redis must not run code here.
    redis = ArqRedis(pool, job_serializer=_to_json, job_deserializer=json.loads)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)


def _to_json(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()
