"""Rate limits: a bucket per route and resource, one for everything, and how a 429 looks.

Source: Discord: topics/rate-limits. Its figures are nobody's to rely on; these are ours, and wide:
a test narrows the one it is about.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.discord.clock import ServerClock

MAJOR = ("channel", "guild", "webhook", "token")  # top-level resources in a path
Scope = Literal["user", "shared", "global"]


@dataclass(frozen=True)
class Quota:
    """So many calls in so many seconds."""

    limit: int
    per_s: float
    scope: Scope = "user"


@dataclass
class Bucket:
    quota: Quota
    opened_at: float
    used: int = 0

    def take(self, now: float) -> float:
        """Seconds until there is room again; 0 where the call may go on."""
        if now >= self.opened_at + self.quota.per_s:
            self.opened_at, self.used = now, 0
        if self.used >= self.quota.limit:
            return self.opened_at + self.quota.per_s - now
        self.used += 1
        return 0.0

    def headers(self, name: str, now: float) -> dict[str, str]:
        reset = self.opened_at + self.quota.per_s
        return {
            "X-RateLimit-Limit": str(self.quota.limit),
            "X-RateLimit-Remaining": str(self.quota.limit - self.used),
            "X-RateLimit-Reset": f"{reset:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, reset - now):.3f}",
            "X-RateLimit-Bucket": name,
        }


@dataclass(frozen=True)
class LimitVerdict:
    """retry_after_s: 0 where the call may go on."""

    headers: Mapping[str, str]
    retry_after_s: float = 0.0
    scope: Scope = "user"

    @property
    def body(self) -> dict[str, object]:
        says = "You are being rate limited."
        if self.scope == "shared":
            says = "The resource is being rate limited."
        whole = self.scope == "global"
        return {"message": says, "retry_after": round(self.retry_after_s, 3), "global": whole}


@dataclass
class RateLimits:
    """`quotas` by `METHOD /route/{channel}`; what is not named has the usual one."""

    now: ServerClock
    usual: Quota = field(default_factory=lambda: Quota(100, 1.0))
    whole: Quota = field(default_factory=lambda: Quota(50, 1.0, "global"))
    quotas: dict[str, Quota] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def narrow(self, route: str, limit: int, per_s: float, scope: Scope = "user") -> None:
        """Such as `narrow("POST /channels/{channel}/messages", 5, 5.0)`."""
        self.quotas[route] = Quota(limit, per_s, scope)
        self.buckets.clear()

    def judge(self, route: str, path: Mapping[str, str], *, interaction: bool) -> LimitVerdict:
        """Counts a call. Interaction endpoints are not bound to the global limit."""
        now = self.now()
        if not interaction:
            waits = self._bucket("", self.whole).take(now)
            if waits:
                shown_headers = {"X-RateLimit-Global": "true"} | refusal(waits, "global")
                return LimitVerdict(shown_headers, waits, "global")
        name = hashlib.sha256(route.encode()).hexdigest()[:16]
        major = "+".join(path[resource] for resource in MAJOR if resource in path)
        quota = self.quotas.get(route, self.usual)
        bucket = self._bucket(f"{name}:{major}", quota)
        waits = bucket.take(now)
        headers = bucket.headers(name, now)
        return LimitVerdict(headers | refusal(waits, quota.scope), waits, quota.scope)

    def _bucket(self, name: str, quota: Quota) -> Bucket:
        return self.buckets.setdefault(name, Bucket(quota, self.now()))


def refusal(waits_s: float, scope: Scope) -> dict[str, str]:
    """What is only in a 429. `Via` tells it from a ban at the edge, which carries none."""
    if not waits_s:
        return {}
    after = str(math.ceil(waits_s))
    return {"Retry-After": after, "X-RateLimit-Scope": scope, "Via": "1.1 google"}
