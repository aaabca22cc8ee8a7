"""How often somebody may call, by moving windows of a minute that all processes share."""

from __future__ import annotations

import asyncio
import hashlib
import math
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
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
# Of passwords for one name, from wherever it never signed in: networks are cheap to come by.
PER_NAME = RateLimitItemPerMinute(10, 15, namespace="name")
RENEWALS = RateLimitItemPerMinute(60, namespace="renewal")  # of an address, by tokens that it has
LINK_CODES = RateLimitItemPerMinute(5, namespace="link")  # of one account
AT_ONCE = 5  # calls of an account that one question to the storage pays for
PAID_FOR = timedelta(minutes=1)
KNOWN_FOR = timedelta(days=30)  # where a name signed in
REDIS_ANSWERS_S = 1.0  # one that is slower than this is away
MINUTE_S = 60
_WAIT = "Sign in from where you did before, or wait some minutes."


@dataclass
class PrepaidCalls:
    """Calls that an account may make without another question, until they lapse."""

    until: datetime
    left: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self, *, now: datetime) -> bool:
        if self.left == 0 or now >= self.until:
            self.left = 0
            return False
        self.left -= 1
        return True

    def add(self, calls: int, *, now: datetime) -> None:
        self.left, self.until = calls, now + PAID_FOR


@dataclass(frozen=True)
class RateLimits:
    """storage: of the `limits` library; in memory where there is one process.

    A Redis that is away limits nobody out: each process counts alone then.
    """

    storage: Any = field(default_factory=MemoryStorage)
    _alone: Any = field(default_factory=MemoryStorage)  # while the shared one does not answer
    _paid: dict[str, PrepaidCalls] = field(default_factory=dict)  # by account

    async def count_account(self, account_id: str, *, now: datetime) -> None:
        """A call of somebody who signed in, as `count`.

        Several are paid for at once, and lapse with the minute they were paid in. So a process may
        let an account make up to `AT_ONCE - 1` calls more a minute, or fewer, than the limit says.
        """
        paid = self._paid.setdefault(account_id, PrepaidCalls(until=now))
        async with paid.turn:  # or calls that come together would each pay for several
            if not paid.take(now=now):
                paid.add(await self._pay(PER_ACCOUNT, account_id, now, most=AT_ONCE) - 1, now=now)

    async def count(self, item: RateLimitItemPerMinute, key: str, *, now: datetime) -> None:
        """Raises TooMany, which says when the next call is taken."""
        await self._pay(item, key, now, most=1)

    async def count_password(self, name: str, network: str, *, now: datetime) -> None:
        """A password that is about to be tried; raises TooMany.

        Nothing is counted where the name signed in before: whoever tries passwords from elsewhere
        shuts nobody out of where they work. name: username or email, as it was typed.
        """
        key = _known_key(name, network)
        try:
            is_known = await self.storage.get(key)
        except StorageError:
            is_known = await self._alone.get(key)
        if is_known:
            return
        try:
            await self._pay(PER_NAME, _spelt(name), now, most=1)
        except TooMany as error:
            message = "too many passwords were tried for this name"
            wait_s = error.retry_after_s
            raise TooMany(message, next_step=_WAIT, retry_after_s=wait_s) from error

    async def remember(self, name: str, network: str) -> None:
        """Somebody signed in by that name, from there."""
        key, expiry = _known_key(name, network), int(KNOWN_FOR.total_seconds())
        for storage in (self.storage, self._alone):
            with suppress(StorageError):
                await storage.incr(key, expiry)

    async def _pay(
        self, item: RateLimitItemPerMinute, key: str, now: datetime, *, most: int
    ) -> int:
        """For how many calls. Raises TooMany."""
        try:
            return await self._hit(self.storage, item, key, now, most)
        except StorageError:
            return await self._hit(self._alone, item, key, now, most)

    async def _hit(
        self, storage: Any, item: RateLimitItemPerMinute, key: str, now: datetime, most: int
    ) -> int:
        windows = MovingWindowRateLimiter(storage)
        for calls in sorted({most, 1}, reverse=True):  # the last ones of a minute singly
            if await windows.hit(item, key, cost=calls):
                return calls
        stats = await windows.get_window_stats(item, key)
        wait_s = max(1, math.ceil(stats.reset_time - now.timestamp()))
        window_s = item.get_expiry()
        within = "a minute" if window_s == MINUTE_S else f"{window_s // MINUTE_S} minutes"
        message = f"more than {item.amount} calls within {within}"
        raise TooMany(message, retry_after_s=min(wait_s, window_s))


def _spelt(name: str) -> str:
    """The name for a key: as short as any, and of no use to whoever reads the storage.

    People type passwords into the wrong field.
    """
    return hashlib.sha256(name.strip().lower().encode("utf-8", "replace")).hexdigest()


def _known_key(name: str, network: str) -> str:
    return f"signed-in/{_spelt(name)}/{network}"


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
