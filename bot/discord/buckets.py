"""Rate limits of Discord: short ones are waited for within the call, longer ones are raised.

discord.py itself would either sleep through any limit, also after the last call that a bucket
has room for, or refuse every call in a bucket whose window is long, although there is room in it.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import discord
from discord.http import HTTPClient, Ratelimit

if TYPE_CHECKING:
    import logging

LONGEST_WAIT_S = 6.0  # the usual buckets of channels refill within 5 s
_TOKEN = re.compile(r"((?:webhooks|interactions)/\d+)/[^/\s'\"]+")
_UNKNOWN_S = 0.02  # until the first answer has said how large a bucket is


class DiscordBucket(Ratelimit):
    """One rate-limit bucket, as Discord's headers describe it (topics/rate-limits)."""

    async def acquire(self) -> None:
        """Waits for room. Raises RateLimited where that takes longer than `LONGEST_WAIT_S`."""
        loop = asyncio.get_running_loop()
        self._last_request = loop.time()
        while True:
            if self.is_expired():
                self.reset()  # type: ignore[no-untyped-call]
            if self.remaining > 0:
                break
            wait_s = _UNKNOWN_S if self.expires is None else self.expires - loop.time()
            if wait_s > LONGEST_WAIT_S:
                raise discord.RateLimited(wait_s)
            await asyncio.sleep(max(wait_s, 0.0) + 0.001)
        self.remaining -= 1
        self.outgoing += 1

    async def __aexit__(self, *_: object) -> None:
        self.outgoing -= 1
        if self.expires is None:  # the answer named no limit
            self.reset()  # type: ignore[no-untyped-call]


class PatientHTTP(HTTPClient):
    """The library's HTTP client with `DiscordBucket` as its buckets."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.max_ratelimit_timeout = LONGEST_WAIT_S  # what a 429 may ask for; the rest is raised

    def get_ratelimit(self, key: str) -> Ratelimit:
        if key not in self._buckets:
            self._buckets[key] = DiscordBucket(LONGEST_WAIT_S)
            self._try_clear_expired_ratelimits()
        return self._buckets[key]


def without_tokens(record: logging.LogRecord) -> bool:
    """Log filter that hides interaction tokens: the library logs addresses that contain them."""
    record.msg = _TOKEN.sub(r"\1/…", record.getMessage())
    record.args = ()
    return True
