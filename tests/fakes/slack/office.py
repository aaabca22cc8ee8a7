"""Deliveries to the app: over Socket Mode or HTTP, with three seconds for an answer, and retries.

Slack: docs.slack.dev/apis/events-api ("Responding to events", "Retries"): an answer with HTTP 2xx
within 3 seconds, else three more tries: at once, after one minute, after five minutes, with
`X-Slack-Retry-Num` and `X-Slack-Retry-Reason`; an answer with `X-Slack-No-Retry: 1` ends them.
Interactions and commands have the same 3 seconds and are never tried again: the person sees an
error (docs.slack.dev/interactivity/handling-user-interaction).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tests.fakes.slack.model import Json

if TYPE_CHECKING:
    from collections.abc import Coroutine

PATIENCE_S = 3.0
RETRIES_AFTER_S = (0.0, 60.0, 300.0)


@dataclass
class Attempt:
    """One try. `number` is 0 for the first; `reason` says why it is a further one.

    failed: `http_timeout`, `http_error`, `connection_failed`, …; "" when it was answered in time.
    answered_after_s: also when that was too late; None for never.
    """

    number: int
    reason: str = ""
    at: float = field(default_factory=time.monotonic)
    failed: str = "http_timeout"
    answered_after_s: float | None = None
    status: int = 0
    answer: Json = field(default_factory=dict)
    no_retry: bool = False

    def answered(self, answer: Json, *, in_time: bool) -> None:
        self.answered_after_s = time.monotonic() - self.at
        self.answer = answer
        self.failed = "" if in_time else self.failed


@dataclass(eq=False)
class AppDelivery:
    """One event, command or interaction, and how the app took it."""

    kind: str  # events_api, slash_commands, interactive
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def acked(self) -> bool:
        return bool(self.attempts) and not self.attempts[-1].failed

    @property
    def answer(self) -> Json:
        """What the app said with its acknowledgement."""
        return self.attempts[-1].answer if self.attempts else {}

    @property
    def acked_after_s(self) -> float | None:
        return self.attempts[-1].answered_after_s if self.attempts else None

    @property
    def event(self) -> Json:
        inner = self.payload.get("event", {})
        return inner if isinstance(inner, dict) else {}


class Carrier(Protocol):
    """Brings one delivery to the app once. Fills in what became of it."""

    async def carry(
        self, delivery: AppDelivery, attempt: Attempt, *, patience_s: float
    ) -> None: ...


@dataclass
class DeliveryOffice:
    """Sends deliveries, in the order of events, each by itself.

    pace: minutes between retries are multiplied by it; 0.001 makes a minute 60 ms.
    """

    carrier: Carrier
    pace: float = 1.0
    patience_s: float = PATIENCE_S
    retries_after_s: tuple[float, ...] = RETRIES_AFTER_S
    deliveries: list[AppDelivery] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def deliver(self, kind: str, payload: Json) -> AppDelivery:
        """On its way; `await office.told(delivery)` for the answer."""
        delivery = AppDelivery(kind, payload)
        self.deliveries.append(delivery)
        self.begin(self._deliver(delivery))
        return delivery

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Something that goes on by itself, at most until the fake closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def told(self, *deliveries: AppDelivery) -> None:
        """Until each of them was answered or given up a first time."""
        await asyncio.gather(*(delivery.tried.wait() for delivery in deliveries))

    async def quiet(self) -> None:
        """Until nothing is on its way any more, retries included."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def latencies(self) -> list[float]:
        """Seconds to each acknowledgement, also of those that came too late."""
        tries = (attempt for delivery in self.deliveries for attempt in delivery.attempts)
        return [
            attempt.answered_after_s for attempt in tries if attempt.answered_after_s is not None
        ]

    async def _deliver(self, delivery: AppDelivery) -> None:
        await self._try(delivery, Attempt(0))
        waits = self.retries_after_s if delivery.kind == "events_api" else ()
        for number, wait_s in enumerate(waits, start=1):
            last = delivery.attempts[-1]
            if not last.failed or last.no_retry:
                break
            await asyncio.sleep(wait_s * self.pace)
            await self._try(delivery, Attempt(number, reason=last.failed))
        delivery.settled.set()

    async def _try(self, delivery: AppDelivery, attempt: Attempt) -> None:
        delivery.attempts.append(attempt)
        await self.carrier.carry(delivery, attempt, patience_s=self.patience_s)
        delivery.tried.set()
