"""An event loop on which waiting takes no time: it jumps to the next moment something is due."""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tests.fakes.clock import SetClock

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Result = TypeVar("Result")


class _Jumping(selectors.DefaultSelector):
    """Instead of sleeping until a timer is due, says that it slept."""

    slept = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            message = "everyone waits and nothing is due: a deadlock"
            raise RuntimeError(message)
        if not ready and timeout:
            self.slept += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.slept

    def run_in_executor(
        self, executor: object, func: Callable[..., Result], *args: object
    ) -> asyncio.Future[Result]:
        """At once, and here: a thread would end at a moment that no seed decides."""
        ended: asyncio.Future[Result] = self.create_future()
        try:
            ended.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to who waits for it
            ended.set_exception(error)
        return ended


@dataclass
class LoopClock:
    """The `Clock` of the running loop's time."""

    start: datetime = SetClock().at

    def now(self) -> datetime:
        return self.start + timedelta(seconds=asyncio.get_running_loop().time())


def on_virtual_time(story: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)
