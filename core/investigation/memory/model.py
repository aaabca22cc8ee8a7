"""What was said in a case, and in which tier of memory does it rest? Types only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from core.investigation.memory.tokens import estimate
from core.investigation.memory.words import names
from core.text.redacted import Clean

# Who has a say in a case's events without being a person.
OURS = frozenset({"system", "alertmanager", "pagerduty"})


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message of a case: what a person noted or asked, or what we answered.

    `seq` is the number of its event in the case. `by` is who said it as the event has it, which is
    not clean text: whoever draws it redacts it.
    """

    seq: int
    at: datetime
    by: str
    text: Clean

    @cached_property
    def called(self) -> frozenset[str]:
        """The parts of its speaker's name, `dana` and `levi`; none of what is no person."""
        return frozenset() if self.by in OURS else names(self.by)

    @cached_property
    def tokens(self) -> int:
        """What it takes to send it with its speaker, estimated."""
        return estimate(f"{self.by}: {self.text.text}")


class Tier(StrEnum):
    """How near at hand a message is."""

    HOT = "hot"  # among the newest
    WARM = "warm"  # older, and about what is asked now
    COLD = "cold"  # archived: it stays in the case and is not sent


@dataclass(frozen=True, kw_only=True)
class Limits:
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

    def after(self, facts: int, *, whole: int) -> Limits:
        """What is left for talk, where `facts` of `whole` tokens are sent in any case."""
        talk = max(1, whole - facts)
        left = min(self.share * whole, self.window) - facts
        return replace(
            self,
            window=max(self.floor, self.window - facts),
            share=min(1.0, max(0.0, left / talk)),
        )


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What changed its place since an earlier memory: into warm, and out of it."""

    promoted: tuple[Said, ...]
    demoted: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The three tiers; each in the order in which it was said. `budget` is in tokens."""

    hot: tuple[Said, ...] = ()
    warm: tuple[Said, ...] = ()
    cold: tuple[Said, ...] = ()
    budget: int = 0

    @property
    def kept(self) -> tuple[Said, ...]:
        """What is sent, oldest first."""
        return (*self.warm, *self.hot)

    @property
    def tokens(self) -> int:
        """What that takes, estimated."""
        return sum(one.tokens for one in self.kept)

    def since(self, before: Memory) -> Moved:
        """Which cold turns became relevant again, and which warm ones stopped being so."""
        was_cold = {one.seq for one in before.cold}
        was_warm = {one.seq for one in before.warm}
        return Moved(
            promoted=tuple(one for one in self.warm if one.seq in was_cold),
            demoted=tuple(one for one in self.cold if one.seq in was_warm),
        )
