"""Wake-ups from a commit to the runners of its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.jobs.model import Audience, Job


class InProcessWakeUp:
    """Rings the runners that may claim one of the jobs. Runners join when they are made."""

    def __init__(self) -> None:
        self._bells: list[tuple[frozenset[Audience], Callable[[], None]]] = []

    def join(self, audiences: Sequence[Audience], ring: Callable[[], None]) -> None:
        """From now on `ring` is called for jobs of these audiences."""
        self._bells.append((frozenset(audiences), ring))

    async def wake(self, jobs: Sequence[Job]) -> None:
        wanted = {job.audience for job in jobs}
        for audiences, ring in self._bells:
            if wanted & audiences:
                ring()
