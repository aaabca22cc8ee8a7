"""What is still to be caught up with is never forgotten, whatever is heard meanwhile."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.slack.absence import LONGEST, OVERLAP, Absence, OfflineGap, gap_at_start
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import StoreUnavailable
from core.places import Place
from core.workflows.message_intake import hear
from storage.memory import MemoryStore
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.context import Context
    from storage.memory.store import MemoryUnit

T0 = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)
HOUR = timedelta(hours=1)


def an_absence(*, on_line: bool, since: datetime = T0) -> Absence:
    absence = Absence(on_line=on_line)
    absence.begin(OfflineGap.since(since))
    return absence


def test_what_is_read_over_http_is_read() -> None:
    absence = an_absence(on_line=True)
    assert absence.take(T0 + HOUR) == OfflineGap.since(T0)
    assert not absence.missed.is_set()
    assert absence.take(T0 + 2 * HOUR) == OfflineGap.since(T0 + 2 * HOUR - OVERLAP)


def test_what_could_not_be_read_stays() -> None:
    absence = an_absence(on_line=True)
    absence.add(absence.take(T0 + HOUR))
    assert absence.missed.is_set()
    assert absence.take(T0 + 2 * HOUR) == OfflineGap.since(T0)


def test_what_is_said_before_the_line_opens_is_read_when_it_has() -> None:
    absence = an_absence(on_line=False)
    absence.take(T0 + HOUR)
    absence.connected()
    assert absence.missed.is_set()
    assert absence.take(T0 + 2 * HOUR) == OfflineGap.since(T0 + HOUR - OVERLAP)
    assert absence.take(T0 + 3 * HOUR) == OfflineGap.since(T0 + 3 * HOUR - OVERLAP)


def test_a_line_that_breaks_while_something_is_read() -> None:
    absence = an_absence(on_line=True)
    absence.take(T0 + HOUR)
    absence.lost(T0 + 2 * HOUR)
    absence.lost(T0 + 3 * HOUR)
    assert not absence.missed.is_set(), "there is nothing to be read before it is over"
    absence.connected()
    assert absence.take(T0 + 4 * HOUR) == OfflineGap.since(T0 + 2 * HOUR - OVERLAP)


def test_nothing_is_read_that_was_said_before_we_came() -> None:
    absence = an_absence(on_line=False)
    absence.take(T0)
    absence.lost(T0)
    absence.left_out(T0)
    assert absence.take(T0) == OfflineGap.since(T0)


def test_both_of_two_gaps() -> None:
    first = OfflineGap(anywhere=T0, at_home=T0 - HOUR)
    both = first.wider(OfflineGap.since(T0 - HOUR / 2))
    assert both == OfflineGap(anywhere=T0 - HOUR / 2, at_home=T0 - HOUR)


async def test_at_the_start_it_is_since_somebody_was_heard() -> None:
    services = memory_services()
    now = services.clock.now()
    assert await gap_at_start(services) == OfflineGap(anywhere=now, at_home=now - LONGEST)
    place = Place(platform="slack", workspace="main", channel="C1")
    message = IncomingMessage(
        place=place, key="1", by="U1", manner=MessageKind.MENTION, text="x", said_at=T0
    )
    assert await hear(message, services=services)
    assert await gap_at_start(services) == OfflineGap.since(now - OVERLAP)


class Away(MemoryStore):
    """A store that cannot be read."""

    @asynccontextmanager
    async def reading(
        self, context: Context, *, urgent: bool = False, single: bool = False
    ) -> AsyncIterator[MemoryUnit]:
        message = "the database does not answer"
        raise StoreUnavailable(message)
        yield  # type: ignore[unreachable]  # a generator


async def test_a_store_that_is_away_at_the_start() -> None:
    services = replace(memory_services(), store=Away())
    assert await gap_at_start(services) == OfflineGap.since(services.clock.now() - LONGEST)
