"""Snowflakes and a clock that tests can put forward."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000  # the first second of 2015; Discord: reference, "Snowflakes"


@dataclass
class ServerClock:
    """The time of the fake, in seconds since 1970. `ahead_s` is how far it was put forward."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s

    def forward(self, seconds: float) -> None:
        self.ahead_s += seconds


@dataclass
class Snowflakes:
    """New ids: their order is that of their making, and the time can be read from them."""

    now: ServerClock
    last: int = 0

    def __call__(self) -> str:
        at_ms = int(self.now() * 1000) - DISCORD_EPOCH_MS
        self.last = max(at_ms << 22, self.last + 1)
        return str(self.last)


def iso(seconds: float) -> str:
    """As Discord writes times: `2026-11-20T06:01:02.003000+00:00`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
