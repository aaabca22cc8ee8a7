"""Precedence on the event loop: requests from outside go first, jobs begin when they are through.

One loop runs what is acknowledged and the jobs that it causes. Where each step of an
acknowledgement waits behind a step of every job under way, a second of work takes many.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 0.25  # after which it is the others' turn in any case: slowed, never stopped


class PriorityGate:
    """Of one process. Nothing waits while nobody is in a hurry."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._hurrying = 0
        self._clear = asyncio.Event()
        self._clear.set()

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """While the block runs, who is in no hurry begins nothing new."""
        self._hurrying += 1
        self._clear.clear()
        try:
            yield
        finally:
            self._hurrying -= 1
            if not self._hurrying:
                self._clear.set()

    async def after_you(self) -> None:
        """Return when nobody is in a hurry, or patience is at its end."""
        if self._clear.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await self._clear.wait()
