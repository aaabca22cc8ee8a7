"""Rate budgets: ours for Slack beside aiolimiter, in time that runs by itself.

    pip install aiolimiter pytest
    python -m benchmarks.libraries.rates

aiolimiter waits for its turn and cannot say for how long, which our runner has to know: a wait of
more than PATIENCE_S goes back to it. `Limited` is as near as its public interface comes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiolimiter import AsyncLimiter

from benchmarks.libraries.footprint import cost, seconds_each
from bot.slack import budgets
from core.errors import ChatUnavailable
from tests.bot.slack import test_budgets
from tests.bot.slack.virtual_time import in_no_time

STEP_S = 0.25  # in which the wait is felt for


class Limited(budgets.Budgets):
    """With limiters of the library in place of our buckets."""

    def __init__(self) -> None:
        super().__init__()
        self._limiters: dict[str, AsyncLimiter] = {}

    async def take(self, method: str, *, channel: str = "") -> None:
        now = asyncio.get_running_loop().time()
        rest = max(self._rests.get(key, 0.0) - now for key in (method, f"{method} {channel}"))
        limiters = self._limiters_of(method, channel)
        longest = max([rest, *(_wait(limiter) for limiter in limiters)])
        if longest > budgets.PATIENCE_S:
            raise ChatUnavailable(f"enough of {method} for now", retry_after_s=longest)
        if rest > 0:
            await asyncio.sleep(rest)
        for limiter in limiters:
            await limiter.acquire()

    def _limiters_of(self, method: str, channel: str) -> list[AsyncLimiter]:
        bucket = budgets.bucket_of(method)
        limiters = [self._limiter(method, bucket)]
        if channel and method == "chat.postMessage":
            own = budgets.SlackBucket(per_s=1.0, size=3.0)
            limiters.append(self._limiter(f"{method} {channel}", own))
        return limiters

    def _limiter(self, key: str, bucket: budgets.SlackBucket) -> AsyncLimiter:
        made = AsyncLimiter(bucket.size, bucket.size / bucket.per_s)
        return self._limiters.setdefault(key, made)


def _wait(limiter: AsyncLimiter) -> float:
    """Until there is room, leaving out who waits already: the library tells neither."""
    per_s, wait = limiter.max_rate / limiter.time_period, 0.0
    while not limiter.has_capacity(1 - wait * per_s):
        wait += STEP_S
    return wait


def main() -> int:
    """Print one JSON document."""
    shown = {
        name: _story(kind) for name, kind in (("ours", budgets.Budgets), ("aiolimiter", Limited))
    }
    print(json.dumps(shown | {"cost": cost("aiolimiter")}, indent=1))
    return 0


def _story(kind: Any) -> dict[str, Any]:
    test_budgets.Budgets = kind  # type: ignore[misc]
    tests = [
        *(
            (test_budgets.test_no_minute_has_more_calls_than_its_tier, limit)
            for limit in test_budgets.LIMITS
        ),
        (test_budgets.test_one_post_a_second_in_a_channel_and_a_short_burst, ()),
        (test_budgets.test_channels_have_budgets_of_their_own_below_that_of_the_workspace, ()),
        (test_budgets.test_who_waits_is_served_in_the_order_of_asking, ()),
        (test_budgets.test_a_long_wait_is_the_callers, ()),
        (test_budgets.test_a_post_that_was_limited_rests_in_its_channel_alone, ()),
    ]
    failed = [test.__name__ for test, arguments in tests if not _holds(test, *arguments)]
    took = seconds_each(lambda: in_no_time(lambda: _take(kind())), rounds=3)
    return {
        "tests": f"{len(tests) - len(failed)} of {len(tests)}",
        "failed": failed,
        "us_a_call": round(took / 40 * 1e6, 1),
        "longest_wait_s_of_50_at_once": in_no_time(lambda: _queue(kind())),
    }


def _holds(test: Any, *arguments: Any) -> bool:
    try:
        test(*arguments)
    except AssertionError:
        return False
    return True


async def _take(taken: budgets.Budgets) -> None:
    for nth in range(40):
        await taken.take("chat.postMessage", channel=f"C{nth}")


async def _queue(taken: budgets.Budgets) -> float:
    """How long the last of those waits who were not sent back."""
    loop = asyncio.get_running_loop()
    waited = [0.0]

    async def ask() -> None:
        began = loop.time()
        try:
            await taken.take("chat.postMessage", channel="C1")
        except ChatUnavailable:
            return
        waited.append(loop.time() - began)

    await asyncio.gather(*(ask() for _ in range(50)))
    return round(max(waited), 1)


if __name__ == "__main__":
    sys.exit(main())
