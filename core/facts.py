"""What the product keeps of its own working, by key: since when a secret is wrong, for instance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What holds since `at`. `key` names what it is about, `value` says it in words of ours."""

    tenant_id: str
    key: str
    value: str
    at: datetime


class Facts(Protocol):
    """One fact a key: the newest."""

    async def put(self, fact: Fact) -> None:
        """In the place of the one that had its key."""

    async def get(self, key: str) -> Fact | None: ...
    async def remove(self, key: str) -> None:
        """It holds no more; no change where nothing has the key."""
