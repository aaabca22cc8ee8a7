"""How are a case's events spelt in a bundle, and what they amount to? As hashes spell them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from core.cases.events import CaseView, Event, EventKind, fold
from core.clock import from_micros, micros
from core.errors import Unreadable
from core.workflows.bundle.model import EVENTS, Json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.text.redacted import Clean

VIEW = TypeAdapter(CaseView)
_NAMES = ("name", "summary", "text", "why")  # of texts, in events that change no read model
_DIGEST = re.compile(r"[0-9a-f]{64}")


def event_row(event: Event) -> Json:
    """An event with everything that its hash covers."""
    return {
        "case_id": event.case_id,
        "seq": event.seq,
        "kind": event.kind,
        "at": micros(event.at),
        "actor": event.actor,
        "data": event.data,
        "previous": event.previous,
        "hash": event.hash,
    }


def read_event(row: Json) -> Event:
    """Raises Unreadable for an event that a later version made."""
    try:
        kind = EventKind(row["kind"])
    except ValueError as error:
        message = f"{EVENTS}: this version knows no events of the kind {row['kind']!r}"
        raise Unreadable(message[:300], next_step="Verify it with a newer FaultMaven.") from error
    return Event(**row | {"kind": kind, "at": from_micros(row["at"])})


def texts_of(events: Sequence[Event], texts: Mapping[str, Clean]) -> dict[str, Clean | None]:
    """Every text that the events refer to, by its digest; None where it was erased.

    Which ones these are, folding tells: it looks them up. What is history only calls them by names.
    """
    watched = _Watched(texts)
    fold(events, watched)
    named = {event.data.get(name) for event in events for name in _NAMES}
    digests = {str(one) for one in watched.asked | named if _DIGEST.fullmatch(str(one))}
    return {digest: texts.get(digest) for digest in sorted(digests | texts.keys())}


class _Watched(Mapping[str, "Clean"]):
    """Texts that remember which of them somebody asked for."""

    def __init__(self, texts: Mapping[str, Clean]) -> None:
        self._texts = texts
        self.asked = set[object]()

    def __getitem__(self, digest: str) -> Clean:
        self.asked.add(digest)
        return self._texts[digest]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
