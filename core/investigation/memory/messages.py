"""What was said in a case, by its events?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.clock import from_micros
from core.investigation.memory.model import Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from core.cases.events import Event
    from core.store import Unit
    from core.text.redacted import Clean

MOST = 500  # of the newest messages; older ones are in the case's events and no turn reads them

# Where each kind of message keeps the digest of its text.
_TEXT_OF = {
    EventKind.NOTED: "text",
    EventKind.ASKED: "text",
    EventKind.ANSWERED: "text",
    EventKind.CORRECTED: "text",
    EventKind.JUDGED: "why",
}

TALK = frozenset(_TEXT_OF)


async def read_messages(unit: Unit, case_id: str) -> tuple[Said, ...]:
    """The newest of a case, in order; a read that does not grow with the case."""
    events = await unit.cases.newest(case_id, TALK, most=MOST)
    digests = {str(event.data.get(_TEXT_OF[event.kind])) for event in events}
    return messages_of(events, await unit.cases.texts(case_id, of=digests))


def messages_of(
    events: Iterable[Event], texts: Mapping[str, Clean], *, most: int = MOST
) -> tuple[Said, ...]:
    """The newest messages in the order in which they came; those that were erased are gone."""
    told = [event for event in events if event.data.get(_TEXT_OF.get(event.kind, ""))]
    said = (_said(event, texts) for event in told[max(0, len(told) - most) :])
    return tuple(one for one in said if one is not None)


def _said(event: Event, texts: Mapping[str, Clean]) -> Said | None:
    text = texts.get(str(event.data[_TEXT_OF[event.kind]]))
    if not text:
        return None
    return Said(seq=event.seq, at=_time_of(event), by=event.actor, text=text)


def _time_of(event: Event) -> datetime:
    """When it was said, where that is not when we heard of it."""
    occurred_at = event.data.get("occurred_at")
    return event.at if occurred_at is None else from_micros(occurred_at)
