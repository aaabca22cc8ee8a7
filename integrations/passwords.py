"""Passwords hashed by bcrypt, a few at a time, in threads of their own.

bcrypt reads 72 bytes of a password: a hash of all of it is what it is given.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

import bcrypt

from core.errors import TooMany

if TYPE_CHECKING:
    from collections.abc import Callable

COST = 12  # 2^12 rounds: about a quarter of a second
LONGEST_QUEUE = 8

Value = TypeVar("Value")


@dataclass(kw_only=True)
class BcryptPasswords:
    """One thread: what signs in takes no more than one core, whoever tries how often."""

    cost: int = COST
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="passwords")
    )
    _waiting: int = 0

    async def hash(self, password: str) -> str:
        salt = bcrypt.gensalt(self.cost)
        return (await self._run(partial(bcrypt.hashpw, _digest(password), salt))).decode()

    async def matches(self, password: str, hashed: str) -> bool:
        against = hashed or _nobodys(self.cost)
        is_equal = await self._run(partial(bcrypt.checkpw, _digest(password), against.encode()))
        return is_equal and bool(hashed)

    async def _run(self, work: Callable[[], Value]) -> Value:
        if self._waiting > LONGEST_QUEUE:
            message = "too many people sign in at once"
            raise TooMany(message, next_step="Try again in a few seconds.", retry_after_s=3)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode("utf-8", "replace")).digest())


@cache
def _nobodys(cost: int) -> str:
    """A hash that no password has, as slow to compare with as any."""
    return bcrypt.gensalt(cost).decode() + "." * 31
