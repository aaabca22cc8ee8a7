"""Rate limits of Slack: token buckets per method and channel, and pauses that Slack asks for.

Slack: docs.slack.dev/apis/web-api/rate-limits: per method, workspace and app, tiers 2, 3 and 4 are
20, 50 and 100 calls a minute; chat.postMessage about one a second and channel, with short bursts,
below a limit of the workspace. Time is the loop's, so that it can be virtual.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from core.errors import ChatUnavailable

PATIENCE_S = 2.0  # a longer wait is the caller's: the runner does other work meanwhile
KEPT = 3  # calls that what nobody waits for leaves to an answer
_POST = "chat.postMessage"
_BURST_SHARE = 0.2  # of a minute's calls at once, and the rest evenly: never more in any minute
_PER_MINUTE = {
    "conversations.create": 20.0,
    "conversations.list": 20.0,
    "conversations.setPurpose": 20.0,
    "conversations.setTopic": 20.0,
    "conversations.history": 50.0,
    "conversations.info": 50.0,
    "conversations.invite": 50.0,
    "conversations.join": 50.0,
    "conversations.open": 50.0,
    "conversations.replies": 50.0,
    "chat.update": 50.0,
    "chat.delete": 50.0,
    "users.conversations": 50.0,
    "auth.test": 100.0,
    "conversations.members": 100.0,
    "chat.postEphemeral": 100.0,
    "files.completeUploadExternal": 100.0,
    "files.getUploadURLExternal": 100.0,
    "files.info": 100.0,
    "users.info": 100.0,
    "views.open": 100.0,
}


@dataclass
class SlackBucket:
    """A token bucket: fills with `per_s` up to `size`; a call may take its token in advance."""

    per_s: float
    size: float
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.size

    def wait(self, now: float, *, leaving: int = 0) -> float:
        """Seconds until a token is there, besides those that are left, if it holds so many."""
        self.level = min(self.size, self.level + max(0.0, now - self.at) * self.per_s)
        self.at = now
        needed = min(1.0 + leaving, self.size)
        return max(0.0, (needed - self.level) / self.per_s)

    def take(self) -> None:
        self.level -= 1


def bucket_of(method: str) -> SlackBucket:
    """The bucket of a method, for all its calls in the workspace."""
    per_minute = 240.0 if method == _POST else _PER_MINUTE[method]
    burst = max(1.0, per_minute * _BURST_SHARE)
    return SlackBucket(per_s=max(per_minute - burst, 1.0) / 60, size=burst)


@dataclass
class Budgets:
    """The state of every limit. Whoever waits is served in the order of asking."""

    _buckets: dict[str, SlackBucket] = field(default_factory=dict)
    _rests: dict[str, float] = field(default_factory=dict)  # until when, by method or its channel

    async def take(self, method: str, *, channel: str = "", aside: bool = False) -> None:
        """Wait for a turn. Raises ChatUnavailable where that takes longer than PATIENCE_S.

        aside: for what nobody waits for, of which the last tokens are kept for whoever does.
        """
        now = asyncio.get_running_loop().time()
        buckets = self._of(method, channel)
        waits = [bucket.wait(now, leaving=KEPT if aside else 0) for bucket in buckets]
        waits += [self._rests.get(key, 0.0) - now for key in (method, f"{method} {channel}")]
        longest = max(waits)
        if longest > PATIENCE_S:
            message = f"enough of {method} for now"
            raise ChatUnavailable(message, retry_after_s=longest)
        for bucket in buckets:
            bucket.take()
        if longest > 0:
            await asyncio.sleep(longest)

    def rest(self, method: str, *, seconds: float, channel: str = "") -> None:
        """Pause a method for as long as Slack asks; a post is paused in its channel only."""
        key = f"{method} {channel}" if channel and method == _POST else method
        until = asyncio.get_running_loop().time() + seconds
        self._rests[key] = max(until, self._rests.get(key, 0.0))

    def _of(self, method: str, channel: str) -> list[SlackBucket]:
        buckets = [self._buckets.setdefault(method, bucket_of(method))]
        if method == _POST and channel:
            key = f"{method} {channel}"
            buckets.append(self._buckets.setdefault(key, SlackBucket(per_s=1.0, size=3.0)))
        return buckets
