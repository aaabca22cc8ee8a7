"""Circuit breakers: a model that keeps failing is left alone for a while, then tried once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FAILURES = 5
OPEN_S = 30.0


@dataclass
class Breaker:
    """That of one model. now: a monotonic clock in seconds."""

    now: Callable[[], float]
    failures: int = 0
    open_until: float = 0.0  # asked again from then on
    is_probing: bool = False

    @property
    def is_open(self) -> bool:
        return self.waits_s > 0 or (self.failures >= FAILURES and self.is_probing)

    @property
    def waits_s(self) -> float:
        """Seconds until the model may be asked again."""
        return max(0.0, self.open_until - self.now())

    def enter(self) -> bool:
        """Whether the model may be asked now. After a pause, one caller may: the probe."""
        if self.is_open:
            return False
        self.is_probing = self.failures >= FAILURES
        return True

    def succeed(self) -> None:
        """It answered."""
        self.failures, self.open_until, self.is_probing = 0, 0.0, False

    def fail(self) -> None:
        """It failed. After so many times in a row it is left alone."""
        self.failures += 1
        self.is_probing = False
        if self.failures >= FAILURES:
            self.open_until = self.now() + OPEN_S

    def leave(self) -> None:
        """The attempt ended without telling anything of the model."""
        self.is_probing = False

    def hold(self, seconds: float) -> None:
        """Its provider said when to come back."""
        self.open_until = max(self.open_until, self.now() + seconds)
