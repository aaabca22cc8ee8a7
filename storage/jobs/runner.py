"""A loop that claims jobs from the table and runs their handlers.

Many jobs run at a time, each in a task of its own that keeps the job's lease alive. A job that it
put back for soon is looked for when it is due. Waiting goes through `asyncio` and the `Clock` port
only, so the simulation runs this on virtual time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import FaultMavenError, LeaseLost, Unavailable
from core.jobs.model import LEASE, Audience, Failure, Job, after_failure, problem_of
from storage.jobs.observer import JobCounts, JobObserver, JobOutcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence
    from datetime import datetime, timedelta

    from core.clock import Clock, Random
    from core.jobs.ports import Jobs

Handler = Callable[[Job], Coroutine[Any, Any, None]]

POLL_S = 1.0
CONCURRENCY = 8
SOON_S = 60.0  # what is to be tried again within this is waited for, by the runner that said so
CLOCKS_DIFFER_S = 0.001  # the loop's timers and the clock that jobs are due by
LONGEST_REST_S = 30.0  # between two looks at a table that does not answer
TELLING_PAUSES_S = (0.1, 0.5, 2.5)  # before the outcome is told to the table again
RELEASE_S = 5.0  # for handlers to notice that they are cancelled
GIVEN_BACK = "given back when its runner was stopped"

log = logging.getLogger(__name__)


class JobRunner:
    """Runs jobs of its audiences, at most `concurrency` at a time, under leases of `lease`.

    `owner` names this runner in the table. `poll_s`: how often it looks when nobody wakes it.
    A runner that shares its process with others should keep to one audience, so that long work
    never takes the slots of short work.
    """

    def __init__(  # noqa: PLR0913 - what it needs, and what may be set
        self,
        jobs: Jobs,
        handlers: Mapping[str, Handler],
        *,
        clock: Clock,
        random: Random,
        audiences: Sequence[Audience],
        owner: str,
        concurrency: int = CONCURRENCY,
        lease: timedelta = LEASE,
        poll_s: float = POLL_S,
        observer: JobObserver | None = None,
    ) -> None:
        self.audiences = tuple(audiences)
        self.concurrency = concurrency
        self._jobs = jobs
        self._handlers = handlers
        self._clock = clock
        self._chance = random
        self._owner = owner
        self._lease = lease
        self._poll_s = poll_s
        self._observer = observer or JobCounts()
        self._slots = asyncio.Semaphore(concurrency)
        self._running: set[asyncio.Task[None]] = set()
        self._work: dict[str, asyncio.Task[None]] = {}  # by job
        self._bell = asyncio.Event()
        self._leaving = asyncio.Event()

    def ring(self) -> None:
        """Look for work at once."""
        self._bell.set()

    async def run(self) -> None:
        """Work until `drain` is called. A store that does not answer only makes it slower."""
        rest_s = self._poll_s
        while not self._leaving.is_set():
            self._bell.clear()
            try:
                await self._fill()
            except Unavailable as error:
                log.warning("cannot claim jobs: %s", error)
                await _wait(self._leaving, rest_s)
                rest_s = min(rest_s * 2, LONGEST_REST_S)
            else:
                rest_s = self._poll_s
                await _wait(self._bell, self._poll_s)

    async def run_until_idle(self) -> None:
        """Run every job that may run now and those they cause; jobs due later stay.

        Raises StoreUnavailable.
        """
        await self._fill()
        while self._running:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            await self._fill()

    async def drain(self, grace_s: float) -> None:
        """Claim nothing more, let running jobs end within `grace_s`, give the others back.

        Await `run` afterwards: it ends as soon as a claim that was under way is given back, too.
        """
        self._leaving.set()
        self.ring()
        await _wait_all(self._running, grace_s)
        for task in self._running:
            task.cancel()
        await _wait_all(self._running, RELEASE_S)

    async def _fill(self) -> None:
        """Start jobs until there is no more, or no slot for more."""
        while not self._slots.locked():
            if not await self._take(partial(self._jobs.claim, self.audiences)):
                return

    async def _take(self, claim: Callable[..., Awaitable[Job | None]]) -> asyncio.Task[None] | None:
        """Wait for a slot, claim, and start what was claimed in a task that keeps the slot."""
        await self._slots.acquire()
        task = None
        try:
            if not self._leaving.is_set():
                job = await claim(owner=self._owner, at=self._clock.now(), lease=self._lease)
                task = await self._start(job) if job else None
        finally:
            if task is None:
                self._slots.release()
        return task

    async def _start(self, job: Job) -> asyncio.Task[None] | None:
        if self._leaving.is_set():  # since the claim began
            await self._give_back(job)
            return None
        task = asyncio.create_task(self._execute(job), name=f"{job.kind} {job.id}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()
        self.ring()  # the next job of its lane may run now
        if not task.cancelled() and (error := task.exception()):
            log.error("%s: its outcome could not be stored: %s", task.get_name(), problem_of(error))

    async def _execute(self, job: Job) -> None:
        began = self._clock.now()
        self._observer.claimed(job)
        outcome = await self._attempt(job)
        seconds = (self._clock.now() - began).total_seconds()
        self._observer.ended(job, outcome, seconds=seconds)

    async def _attempt(self, job: Job) -> JobOutcome:
        while (earlier := self._work.get(job.id)) and not earlier.done():
            # We stood still for longer than our lease, and claimed our own job: what it was at,
            # a call to a platform maybe, must end before it begins again. Again and again: we
            # may have claimed it twice, and the other claim waited as we did.
            await _stop(earlier)
        work = self._work[job.id] = asyncio.create_task(self._handle(job))
        work.add_done_callback(partial(self._forget, job.id))
        try:
            await self._keep_lease_until_done(job, work)
        except asyncio.CancelledError:
            if not await _stop(work):
                return await self._give_back(job)
        except LeaseLost:
            if not await _stop(work):
                return JobOutcome.LOST
        return await self._settle(job, work)

    def _forget(self, job_id: str, work: asyncio.Task[None]) -> None:
        if self._work.get(job_id) is work:
            del self._work[job_id]

    async def _handle(self, job: Job) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            # While versions change, a newer process may have added it: it waits like any failure.
            message = f"no handler for {job.kind} in this version"
            raise FaultMavenError(message)
        await handler(job)

    async def _keep_lease_until_done(self, job: Job, work: asyncio.Task[None]) -> None:
        while not (await asyncio.wait({work}, timeout=self._lease.total_seconds() / 3))[0]:
            try:
                await self._jobs.extend(job, until=self._clock.now() + self._lease)
            except Unavailable as error:
                # The work goes on: its own unit decides whether the lease still held.
                log.warning("cannot extend the lease of %s: %s", job.id, error)

    async def _settle(self, job: Job, work: asyncio.Task[None]) -> JobOutcome:
        error = asyncio.CancelledError() if work.cancelled() else work.exception()
        now = self._clock.now()
        if error is None:
            return await _tell(partial(self._jobs.finish, job, at=now), JobOutcome.DONE)
        if isinstance(error, LeaseLost):
            return JobOutcome.LOST
        failure = after_failure(job, error, now=now, fraction=self._chance.fraction())
        # Whoever says when to come again is busy, not broken: that is how budgets are kept.
        is_told = isinstance(error, Unavailable) and error.retry_after_s is not None
        level = logging.INFO if is_told else logging.WARNING
        log.log(level, "%s %s failed: %s", job.kind, job.id, failure.problem)
        outcome = JobOutcome.RETRY if failure.retry_at else JobOutcome.DEAD
        outcome = await _tell(partial(self._fail, job, failure, at=now), outcome)
        if outcome is JobOutcome.RETRY and failure.retry_at:
            self._ring_at(failure.retry_at)
        return outcome

    async def _fail(self, job: Job, failure: Failure, *, at: datetime) -> None:
        retry_at, problem, counts = failure.retry_at, failure.problem, failure.counts
        await self._jobs.fail(job, at=at, retry_at=retry_at, problem=problem, counts=counts)

    def _ring_at(self, moment: datetime) -> None:
        """Look for work when the job is due, not up to a poll later."""
        delay_s = (moment - self._clock.now()).total_seconds()
        if delay_s < SOON_S:
            asyncio.get_running_loop().call_later(delay_s + CLOCKS_DIFFER_S, self.ring)

    async def _give_back(self, job: Job) -> JobOutcome:
        now = self._clock.now()
        given_back = Failure(now, GIVEN_BACK, counts=False)
        return await _tell(partial(self._fail, job, given_back, at=now), JobOutcome.RELEASED)


async def _tell(tell: Callable[[], Awaitable[None]], outcome: JobOutcome) -> JobOutcome:
    """Store the outcome; LOST where that cannot be done: the lease will expire."""
    for pause_s in TELLING_PAUSES_S:
        try:
            await tell()
        except LeaseLost:
            return JobOutcome.LOST
        except Unavailable:
            await asyncio.sleep(pause_s)
        else:
            return outcome
    return JobOutcome.LOST


async def _stop(work: asyncio.Task[None]) -> bool:
    """Cancel; True where the work had ended by itself."""
    work.cancel()
    await asyncio.wait({work})
    return not work.cancelled()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _wait_all(tasks: set[asyncio.Task[None]], seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
