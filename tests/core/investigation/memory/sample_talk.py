"""Talk for tests: who said what, a minute apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.investigation.memory.messages import CaseMessage
from core.text.redacted import redacted

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FILLER = (
    "looking now",
    "any news from the provider?",
    "still red on my side, the front page takes ages",
    "customers are asking on the forum about it",
    "can somebody join the call in five minutes?",
    "coffee first",
    "status page updated just now",
    "thanks, that is what I thought as well",
)


def talk(*lines: str, first: int = 1, start: datetime = NINE) -> tuple[CaseMessage, ...]:
    """`dana: the pool is full`, one a minute."""
    messages = []
    for nth, line in enumerate(lines):
        by, _, text = line.partition(": ")
        at = start + timedelta(minutes=nth)
        messages.append(CaseMessage(seq=first + nth, at=at, by=by, text=redacted(text)))
    return tuple(messages)


def long_talk(count: int, **facts: str) -> tuple[CaseMessage, ...]:
    """Filler by lee, in which `m12="dana: ..."` is the message number 12, from 0."""
    lines = [f"lee: {FILLER[nth % len(FILLER)]}" for nth in range(count)]
    for place, line in facts.items():
        lines[int(place.removeprefix("m"))] = line
    return talk(*lines, first=0)
