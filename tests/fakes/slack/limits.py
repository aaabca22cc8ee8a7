"""Rate limits of methods: buckets that fill up again with time.

Slack: docs.slack.dev/apis/web-api/rate-limits. Limits are per method, per workspace and per app;
tiers 1 to 4 are 1+, 20+, 50+ and 100+ calls a minute, bursts are tolerated but not promised.
chat.postMessage: about one message a second and channel, short bursts above it, and a limit for
the workspace of "several hundred messages per minute". Over it: HTTP 429 with `Retry-After`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rate:
    """`per_minute` calls in the long run, `burst` of them at once."""

    per_minute: float
    burst: int


TIERS = {
    # Ten connections may be open at a time, so ten URLs can be had at once.
    1: Rate(1, 10),
    2: Rate(20, 20),
    3: Rate(50, 50),
    4: Rate(100, 100),
}
POST_IN_CHANNEL = Rate(60, 5)
POST_IN_WORKSPACE = Rate(300, 60)


@dataclass
class Limits:
    """`speed` is how much faster than the clock the buckets fill; `on` switches all of it."""

    on: bool = True
    speed: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)  # level, at

    def take(self, **rates: Rate) -> int:
        """Seconds until a call is let through; 0 takes one from each named bucket."""
        if not self.on:
            return 0
        levels = {name: self._level(name, rate) for name, rate in rates.items()}
        waits = [
            (1 - level) / (rates[name].per_minute / 60) / self.speed
            for name, level in levels.items()
            if level < 1
        ]
        if waits:
            # `Retry-After` is in whole seconds.
            return max(1, math.ceil(max(waits)))
        now = self.clock()
        self._buckets |= {name: (level - 1, now) for name, level in levels.items()}
        return 0

    def _level(self, name: str, rate: Rate) -> float:
        now = self.clock()
        level, at = self._buckets.get(name, (float(rate.burst), now))
        return min(rate.burst, level + (now - at) * rate.per_minute / 60 * self.speed)
