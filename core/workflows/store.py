"""What rests, and how it is reached: the store and its units of work.

`Store` hands out units of work: what is written in one is committed together when its block ends
and rolled back when it raises. No other port is called inside an open unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.conversation.ports import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from core.alerts.model import Delivery
    from core.context import Context
    from core.conversation.messages.message import JournaledMessage
    from core.jobs.model import Job

__all__ = ["Store", "Unit"]


class Store(Protocol):
    """Where everything rests. After each commit it wakes runners for the jobs the unit added."""

    def unit(self, context: Context) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that may write rows of the context's tenant, and sees no others.

        Raises StoreUnavailable when it cannot commit, and Conflict where another unit wrote first
        what only one may write; it is undone then, also where the block caught the error.
        """

    def reading(
        self, context: Context, *, urgent: bool = False
    ) -> AbstractAsyncContextManager[Unit]:
        """A consistent view for readers; it waits for no writer and writes nothing.

        urgent: somebody outside waits for an answer; what is in no hurry begins after it.
        """

    async def check(self) -> None:
        """Raises StoreUnavailable unless a write could be committed now."""

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        """Commit deliveries and the jobs they cause in one transaction: the intake's hot path."""

    async def hear(self, messages: Sequence[tuple[JournaledMessage, Job]]) -> list[bool]:
        """Commit what was said, each with the job that takes it up, before other writers.

        False for what was heard already, by its key: nothing is stored of it.
        """
