"""How often somebody may call, by moving windows of a minute that all processes share."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from core.errors import TooMany

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

PER_ACCOUNT = RateLimitItemPerMinute(100, namespace="account")
PER_READER = RateLimitItemPerMinute(20, namespace="read")  # each starts a process
PER_ADDRESS = RateLimitItemPerMinute(20, namespace="sign-in")  # of what lets somebody in
LINK_CODES = RateLimitItemPerMinute(5, namespace="link")  # of one account
REDIS_ANSWERS_S = 1.0  # one that is slower than this is away


@dataclass(frozen=True)
class RateLimits:
    """storage: of the `limits` library; in memory where there is one process.

    A Redis that is away limits nobody out: each process counts alone then.
    """

    storage: Any = field(default_factory=MemoryStorage)
    _alone: Any = field(default_factory=MemoryStorage)  # while the shared one does not answer

    async def count(self, item: RateLimitItemPerMinute, key: str, *, now: datetime) -> None:
        """Raises TooMany, which says when the next call is taken."""
        try:
            await self._hit(self.storage, item, key, now)
        except StorageError:
            await self._hit(self._alone, item, key, now)

    async def _hit(
        self, storage: Any, item: RateLimitItemPerMinute, key: str, now: datetime
    ) -> None:
        windows = MovingWindowRateLimiter(storage)
        if await windows.hit(item, key):
            return
        stats = await windows.get_window_stats(item, key)
        message = f"more than {item.amount} calls within a minute"
        wait_s = max(1, math.ceil(stats.reset_time - now.timestamp()))
        raise TooMany(message, retry_after_s=min(wait_s, 60))


def shared_limits(redis_url: str) -> RateLimits:
    """Counted in Redis. redis_url: `redis://…`; "" counts in this process alone."""
    if not redis_url:
        return RateLimits()
    options: dict[str, str | float | bool] = {
        "implementation": "redispy",
        "wrap_exceptions": True,
        "socket_timeout": REDIS_ANSWERS_S,
        "socket_connect_timeout": REDIS_ANSWERS_S,
    }
    return RateLimits(storage_from_string(f"async+{redis_url}", **options))
