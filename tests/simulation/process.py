"""A process that can be killed at any moment, and leaves nothing but what it has committed.

Every task that begins in a process belongs to it. A killed one never gets past a seam again, and
all effects on the world lie behind seams.
"""

from __future__ import annotations

import asyncio
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

Result = TypeVar("Result")
_CURRENT: ContextVar[Process | None] = ContextVar("process", default=None)


class Process:
    """Some tasks that live and die together. name: `bot.3` is the third life of the bot."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self._frozen_until = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: dict[asyncio.Task[Any], None] = {}  # a set would have no order

    @staticmethod
    def current() -> Process:
        """The one that the running task belongs to."""
        process = _CURRENT.get()
        if process is None:
            message = "nobody's task acts on the world"
            raise RuntimeError(message)
        return process

    def spawn(self, coroutine: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """A task of this process."""
        context = copy_context()
        context.run(_CURRENT.set, self)
        return asyncio.get_running_loop().create_task(coroutine, context=context)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def must_live(self) -> None:
        """Raises CancelledError in the tasks of a killed process."""
        if not self.alive:
            raise asyncio.CancelledError

    def freeze(self, seconds: float) -> None:
        """It stands still, as a laptop does that is closed: nothing it asks for begins."""
        self._frozen_until = asyncio.get_running_loop().time() + seconds

    async def thaw(self) -> None:
        """Returns when it goes on."""
        self.must_live()
        while (left_s := self._frozen_until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left_s)
            self.must_live()

    async def die(self) -> None:
        """Killed, by one of its own tasks. Never returns."""
        self.kill()
        await asyncio.get_running_loop().create_future()

    def kill(self) -> None:
        """From now on nothing of it happens any more."""
        self.alive = False
        if not self.ended.done():
            self.ended.set_result(None)

    async def bury(self) -> None:
        """Wait until its tasks have noticed; no time passes."""
        self.kill()
        while left := list(self._tasks):
            for task in left:
                task.cancel()
            await asyncio.sleep(0)


def adopting(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    context: Context | None = None,
) -> asyncio.Task[Any]:
    """A task factory: whatever a process starts belongs to it."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, context=context)
    process = context.get(_CURRENT) if context else _CURRENT.get()
    if process is not None:
        process.adopt(task)
    return task
