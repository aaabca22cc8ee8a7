"""The faults of a run: what goes wrong, when, and how often. All of it follows from the seed.

Every run has a climate of its own: some seeds know nothing but duplicates, others lose every tenth
answer of the platform. When the story is over the weather calms down, so that all can be drained.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatch
from random import Random

from core.errors import ChatUnavailable, FaultMavenError, StoreUnavailable

# Where a blow waits for its moment: `>` before a call takes effect, `<` after it.
MOMENTS = (
    "*",
    "store:unit",
    "store:unit:commit",
    "store:unit:committed",
    "store:unit:committed",
    "store:claim*",
    "store:finish*",
    "store:fail*",
    "store:extend*",
    "chat:post>",
    "chat:post<",
    "chat:open>",
    "chat:open<",
    "chat:edit<",
    "chat:find<",
    "chat:whisper<",
    "chat:profile>",
    "chat:fetch*",
    "reasoner",
    "runner",
)
# How often of a hundred; each seed draws its own for each.
STORE_FAILS = (0, 0, 0.5, 2)
CHAT_FAILS = (0, 1, 8, 20)
ANSWERS_LOST = (0, 1, 8, 20)
LIMITED = (0, 2, 15)
SLOW = (0, 5, 20)
REPEATED = (5, 20, 50)


STILL_S = (5.0, 40.0, 70.0, 100.0)  # also longer than a lease


@dataclass
class Blow:
    """From `at` (seconds) on, the process that comes to `moment` is hit, after `spare` times.

    still_s: it stands still for so long; None kills it.
    """

    at: float
    moment: str
    spare: int
    still_s: float | None = None


@dataclass
class Faults:
    """Says at every seam what happens there. Rates are shares of 1."""

    random: Random
    lasts_s: float
    calm: bool = False
    blows: list[Blow] = field(default_factory=list)
    store_fails: float = 0
    chat_fails: float = 0
    answers_lost: float = 0
    limited: float = 0
    slow: float = 0
    repeated: float = 0

    @classmethod
    def of(cls, random: Random, *, lasts_s: float) -> Faults:
        """The climate of one run."""
        blows = [
            Blow(
                at=random.uniform(0, lasts_s),
                moment=random.choice(MOMENTS),
                spare=random.choice((0, 0, 1, 3, 9)),
                still_s=random.choice((None, None, None, *STILL_S)),
            )
            for _ in range(random.choice((0, 1, 2, 3, 4)))
        ]
        return cls(
            random=random,
            lasts_s=lasts_s,
            blows=sorted(blows, key=lambda blow: blow.at),
            store_fails=random.choice(STORE_FAILS) / 100,
            chat_fails=random.choice(CHAT_FAILS) / 100,
            answers_lost=random.choice(ANSWERS_LOST) / 100,
            limited=random.choice(LIMITED) / 100,
            slow=random.choice(SLOW) / 100,
            repeated=random.choice(REPEATED) / 100,
        )

    def happens(self, rate: float) -> bool:
        return not self.calm and rate > 0 and self.random.random() < rate

    def blow_at(self, moment: str) -> Blow | None:
        """The blow that waited for this moment, if there is one."""
        now = asyncio.get_running_loop().time()
        for blow in [] if self.calm else self.blows:
            if blow.at > now:
                return None
            if fnmatch(moment, blow.moment):
                blow.spare -= 1
                if blow.spare < 0:
                    self.blows.remove(blow)
                    return blow
        return None

    def delay_s(self, moment: str) -> float:
        """How long it takes to get past."""
        kind = moment.partition(":")[0]
        if kind == "store":
            return self.random.uniform(0.1, 3) if self.happens(self.slow / 20) else 0
        if self.happens(self.slow):
            return self.random.uniform(2, 25)
        return self.random.uniform(*_USUAL_S.get(kind, (0, 0)))

    def error(self, moment: str) -> FaultMavenError | None:
        """What goes wrong there, if anything."""
        kind, _, call = moment.partition(":")
        if kind == "store" and self.happens(self.store_fails * _WEIGHTS.get(call, 1)):
            return StoreUnavailable(f"the disk under {call}")
        if kind != "chat":
            return None
        if call.endswith("<"):
            return ChatUnavailable("no answer") if self.happens(self.answers_lost) else None
        if self.happens(self.limited):
            wish = self.random.choice((0.5, 3.0, 15.0))
            return ChatUnavailable("too many requests", retry_after_s=wish)
        return ChatUnavailable("the platform is away") if self.happens(self.chat_fails) else None


_USUAL_S = {"chat": (0.02, 0.3), "reasoner": (0, 1.5), "runner": (0, 1.0)}
# Claims are many, and units few; reading never fails where writing is what may.
_WEIGHTS = {"unit:commit": 4, "unit:committed": 8, "claim": 0.3, "claim:commit": 0.3, "reading": 0}
