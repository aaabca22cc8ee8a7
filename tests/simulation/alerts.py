"""A pair of Alertmanagers that watch the same alerts, and the truth about them.

Each tells of every change and repeats itself; the two differ in when they notice and by fractions
of a second in when it began; a body whose answer was lost is sent again.
Source: Alertmanager docs/alertmanager.md (high availability), configuration.md (webhook_config).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from core.alerts.notification import fingerprint_of
from core.clock import wire_time
from tests.simulation.faults import Faults

NEVER = "0001-01-01T00:00:00Z"
REPEATS_S = 30.0
RETRIES_S = 3.0
LONGEST_WAY_S = 25.0
SERVICES = ("checkout", "orders", "billing")


@dataclass
class Firing:
    """One alert: from when to when it fires, in seconds of the run; the last may not end."""

    labels: dict[str, str]
    spans: list[tuple[float, float | None]]

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.labels)

    def at(self, now: float) -> tuple[float, float | None] | None:
        """The span that is the newest by now."""
        begun = [span for span in self.spans if span[0] <= now]
        return begun[-1] if begun else None

    @property
    def begins(self) -> int:
        return len(self.spans)

    @property
    def fires_at_last(self) -> bool:
        return self.spans[-1][1] is None

    def changes(self) -> list[float]:
        return [moment for span in self.spans for moment in span if moment is not None]


@dataclass
class Group:
    """Alerts that are told of together."""

    key: str
    alerts: list[Firing]

    @classmethod
    def of(cls, random: Random, number: int, *, lasts_s: float) -> Group:
        service = random.choice(SERVICES)
        alerts = []
        for nth in range(random.choice((1, 1, 2, 3))):
            labels = {
                "alertname": f"Alert{nth}",
                "service": service,
                "group": str(number),
                "severity": random.choice(("critical", "warning")),
            }
            alerts.append(Firing(labels=labels, spans=_spans(random, lasts_s)))
        return cls(key=f'{{}}:{{group="{number}"}}', alerts=alerts)


def _spans(random: Random, lasts_s: float) -> list[tuple[float, float | None]]:
    """Between two firings of an alert lie at least ten seconds: clocks differ by less."""
    spans: list[tuple[float, float | None]] = []
    begins = random.uniform(0, lasts_s / 2)
    for _ in range(random.choice((1, 1, 2))):
        ends = begins + random.uniform(5, lasts_s / 2)
        if ends >= lasts_s or random.random() < 0.25:
            spans.append((begins, None))
            return spans
        spans.append((begins, ends))
        begins = ends + random.uniform(10, 40)
        if begins >= lasts_s:
            break
    return spans


@dataclass
class Twin:
    """One Alertmanager. send: True where its body was accepted."""

    late_s: float
    differs: timedelta
    start: datetime
    random: Random
    faults: Faults
    send: Callable[[bytes], Awaitable[bool]]
    notified: dict[str, tuple[float, float | None]] = field(default_factory=dict)

    async def watch(self, group: Group, *, lasts_s: float) -> None:
        """Tell of all that changes in the group, and repeat it, until everything is told."""
        moments = sorted({moment for alert in group.alerts for moment in alert.changes()})
        moments += [moments[0] + REPEATS_S * n for n in range(1, int(lasts_s / REPEATS_S))]
        for moment in sorted(moments):
            late = self.random.uniform(0, self.late_s)
            await asyncio.sleep(max(0, moment + late - _now()))
            await self._tell(group)
        await self._tell(group)

    async def _tell(self, group: Group) -> None:
        """What fires, and what has ended since this was told last; until it is accepted."""
        now = _now()
        alerts = [notified for alert in group.alerts if (notified := self._alert(alert, now))]
        if not alerts:
            return
        body = _body(group.key, alerts)
        if self.faults.happens(self.faults.slow):  # it is under way while the other one goes on
            await asyncio.sleep(self.random.uniform(2, LONGEST_WAY_S))
        await insist(lambda: self.send(body), random=self.random)
        if self.faults.happens(self.faults.repeated):  # its answer was lost
            await asyncio.sleep(self.random.uniform(0.1, RETRIES_S))
            await self.send(body)

    def _alert(self, alert: Firing, now: float) -> dict[str, Any] | None:
        span = alert.at(now)
        if span is None:
            return None
        begins, ends = span
        over = ends is not None and ends <= now
        seen = (begins, ends if over else None)
        if over and self.notified.get(alert.fingerprint) == seen:
            return None
        self.notified[alert.fingerprint] = seen
        return {
            "status": "resolved" if over else "firing",
            "labels": alert.labels,
            "annotations": {"summary": f"{alert.labels['service']} is slow"},
            "startsAt": self._wire(begins),
            "endsAt": self._wire(ends) if over and ends is not None else NEVER,
            "fingerprint": alert.fingerprint,
        }

    def _wire(self, moment: float) -> str:
        return wire_time(self.start + timedelta(seconds=moment) + self.differs)


async def insist(send: Callable[[], Awaitable[bool]], *, random: Random) -> None:
    """Until it is accepted."""
    while True:
        if await send():
            return
        await asyncio.sleep(random.uniform(0.5, RETRIES_S))


def _body(key: str, alerts: list[dict[str, Any]]) -> bytes:
    fires = any(alert["status"] == "firing" for alert in alerts)
    return json.dumps(
        {
            "version": "4",
            "receiver": "faultmaven",
            "groupKey": key,
            "status": "firing" if fires else "resolved",
            "alerts": alerts,
            "truncatedAlerts": 0,
        }
    ).encode()


def _now() -> float:
    return asyncio.get_running_loop().time()
