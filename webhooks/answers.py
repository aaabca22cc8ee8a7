"""Answers and counters of webhook endpoints, the same for every source."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from prometheus_client import Counter

if TYPE_CHECKING:
    from core.alerts.model import AlertSource, Delivery
    from core.errors import Unavailable

DELIVERIES = Counter(
    "faultmaven_deliveries", "Webhook deliveries by source and outcome.", ["source", "outcome"]
)
OUTCOMES = ("accepted", "unparsable", "oversized", "refused", "unauthorised", "disconnected")
log = structlog.get_logger("faultmaven.webhooks")

Headers = Iterable[tuple[bytes, bytes]]
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class AnswerCounts:
    """Counts what became of the deliveries of one source."""

    def __init__(self, source: AlertSource) -> None:
        self._source = source
        self._counters = {outcome: DELIVERIES.labels(source.value, outcome) for outcome in OUTCOMES}

    def count(self, outcome: str) -> None:
        self._counters[outcome].inc()

    def note(self, delivery: Delivery) -> None:
        """Count an outcome, and log unreadable deliveries by id, never their text."""
        outcome = "accepted" if delivery.problem is None else delivery.state.value
        self.count(outcome)
        if delivery.problem is not None:
            log.warning(
                "delivery kept but not understood",
                source=self._source.value,
                delivery=delivery.id,
                outcome=outcome,
                problem=delivery.problem,
                size=delivery.size,
                sha256=delivery.sha256,
            )

    async def put_off(self, send: Send, why: Unavailable) -> None:
        """Answer 503, so that the sender tries again."""
        self.count("refused")
        log.warning(
            "delivery refused, it will be sent again",
            source=self._source.value,
            problem=str(why),
            next_step=why.next_step,
        )
        refusal = {"detail": str(why), "next_step": why.next_step}
        await answer(send, 503, refusal, (b"retry-after", b"5"))


async def answer(
    send: Send, status: int, content: dict[str, str], *headers: tuple[bytes, bytes]
) -> None:
    """One JSON answer, whole."""
    body = orjson.dumps(content)
    own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
