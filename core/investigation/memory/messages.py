"""What was said in a case, and in which tier of memory it rests.

Tokenizers of language models keep common words whole, cut long and rare ones, take figures three
by three, and most marks one by one. So does this count. On chat in English it is within a few per
cent of word-and-mark counts (`python -m benchmarks.memory` prints the error); on identifiers and
hashes models differ among themselves by more than that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.events import CaseEvent, EventKind
from core.clock import from_micros
from core.investigation.memory.words import names
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.cases.ports import CasesUnit

# A word of the Latin alphabet is one token up to 11 letters; three figures are one, or two letters
# of another script, or a mark.
_TOKEN = re.compile(r"[A-Za-z]{1,11}|[0-9]{1,3}|[^\W\d_]{1,2}|[^\w\s]|_|\d{1,3}")


def estimate(text: str) -> int:
    """Tokens, an estimate; 0 for nothing. Takes time linear in the text."""
    return len(_TOKEN.findall(text))


# Who has a say in a case's events without being a person.
OURS = frozenset({"system", "alertmanager", "pagerduty"})


@dataclass(frozen=True, kw_only=True)
class CaseMessage:
    """One message of a case: what a person noted or asked, or what we answered.

    `seq` is the number of its event in the case. `by` is who said it as the event has it, which is
    not clean text: whoever draws it redacts it.
    """

    seq: int
    at: datetime
    by: str
    text: RedactedText

    @cached_property
    def called(self) -> frozenset[str]:
        """The parts of its speaker's name, `dana` and `levi`; none of what is no person."""
        return frozenset() if self.by in OURS else names(self.by)

    @cached_property
    def tokens(self) -> int:
        """What it takes to send it with its speaker, estimated."""
        return estimate(f"{self.by}: {self.text.text}")


@dataclass(frozen=True, kw_only=True)
class MemoryLimits:
    """How much is sent. `window` and `floor` are in tokens.

    hot: so many of the newest messages are kept. share: of what the whole conversation takes, how
    much is sent at most; but never less than `floor`, where there is that much. A conversation of
    at most `short` messages is sent whole, if the window holds it.
    """

    window: int = 8000
    hot: int = 10
    share: float = 0.36
    floor: int = 100
    short: int = 20

    def budget(self, whole: int, *, messages: int) -> int:
        """Tokens for a conversation of so many messages that has `whole`."""
        share = 1.0 if messages <= self.short else self.share
        return min(self.window, max(int(share * whole), min(self.floor, whole)))

    def after(self, facts: int, *, whole: int) -> MemoryLimits:
        """What is left for talk, where `facts` of `whole` tokens are sent in any case."""
        talk = max(1, whole - facts)
        left = min(self.share * whole, self.window) - facts
        return replace(
            self,
            window=max(self.floor, self.window - facts),
            share=min(1.0, max(0.0, left / talk)),
        )


@dataclass(frozen=True, kw_only=True)
class TierChanges:
    """What changed its place since an earlier memory: into warm, and out of it."""

    promoted: tuple[CaseMessage, ...]
    demoted: tuple[CaseMessage, ...]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The three tiers; each in the order in which it was said. `budget` is in tokens."""

    hot: tuple[CaseMessage, ...] = ()
    warm: tuple[CaseMessage, ...] = ()
    cold: tuple[CaseMessage, ...] = ()
    budget: int = 0

    @property
    def kept(self) -> tuple[CaseMessage, ...]:
        """What is sent, oldest first."""
        return (*self.warm, *self.hot)

    @property
    def tokens(self) -> int:
        """What that takes, estimated."""
        return sum(message.tokens for message in self.kept)

    def since(self, before: Memory) -> TierChanges:
        """Which cold turns became relevant again, and which warm ones stopped being so."""
        was_cold = {message.seq for message in before.cold}
        was_warm = {message.seq for message in before.warm}
        return TierChanges(
            promoted=tuple(message for message in self.warm if message.seq in was_cold),
            demoted=tuple(message for message in self.cold if message.seq in was_warm),
        )


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


async def read_messages(unit: CasesUnit, case_id: str) -> tuple[CaseMessage, ...]:
    """The newest of a case, in order; a read that does not grow with the case."""
    events = await unit.cases.newest(case_id, TALK, most=MOST)
    digests = {str(event.data.get(_TEXT_OF[event.kind])) for event in events}
    return messages_of(events, await unit.cases.texts(case_id, of=digests))


def messages_of(
    events: Iterable[CaseEvent], texts: Mapping[str, RedactedText], *, most: int = MOST
) -> tuple[CaseMessage, ...]:
    """The newest messages in the order in which they came; those that were erased are gone."""
    with_text = [event for event in events if event.data.get(_TEXT_OF.get(event.kind, ""))]
    messages = (_message(event, texts) for event in with_text[max(0, len(with_text) - most) :])
    return tuple(message for message in messages if message is not None)


def _message(event: CaseEvent, texts: Mapping[str, RedactedText]) -> CaseMessage | None:
    text = texts.get(str(event.data[_TEXT_OF[event.kind]]))
    if not text:
        return None
    return CaseMessage(seq=event.seq, at=_time_of(event), by=event.actor, text=text)


def _time_of(event: CaseEvent) -> datetime:
    """When it was said, where that is not when we heard of it."""
    occurred_at = event.data.get("occurred_at")
    return event.at if occurred_at is None else from_micros(occurred_at)
