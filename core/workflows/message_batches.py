"""How are many things heard in time, and in their order? What waits together is committed together.

While one commit runs, whatever is said in that channel gathers for the next: a lone word waits for
nobody, and nothing waits on a timer. Other channels do not wait for it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.conversation.messages.incoming import Heard
from core.errors import FaultMavenError, StoreUnavailable
from core.workflows.message_intake import hear_all
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 64  # a commit that takes longer would keep the first of them waiting


@dataclass
class Gathering:
    """Everything that is being heard on one platform. One event loop only."""

    services: Services
    _waiting: defaultdict[str, deque[_Waiting]] = field(default_factory=lambda: defaultdict(deque))
    _turns: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def take(self, heard: Heard) -> bool:
        """As `hearing.hear`, which see; in the order of the calls."""
        channel = heard.place.channel
        mine = _Waiting(heard, asyncio.get_running_loop().create_future())
        self._waiting[channel].append(mine)
        async with self._turns[channel]:
            while not mine.news.done():
                await self._commit(self._waiting[channel])
        return mine.news.result()

    async def _commit(self, waiting: deque[_Waiting]) -> None:
        batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
        try:
            news = await hear_all([one.heard for one in batch], services=self.services)
        except FaultMavenError as error:
            _refuse(batch, error)
        else:
            for one, is_news in zip(batch, news, strict=True):
                one.news.set_result(is_news)
        finally:
            _refuse(batch, StoreUnavailable("what was said is not committed: it broke off"))


@dataclass(frozen=True)
class _Waiting:
    heard: Heard
    news: asyncio.Future[bool]


def _refuse(those: Sequence[_Waiting], error: FaultMavenError) -> None:
    """Tell each that has no answer yet, so that nobody is left hanging."""
    for one in those:
        if not one.news.done():
            one.news.set_exception(error)
            one.news.exception()  # whoever gave up waiting asks no more
