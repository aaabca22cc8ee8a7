"""The budget of a turn: the load of a case selects light, medium or full intensity.

Points are given for what makes a case hard, each kind up to a limit:

    services     1 for each beyond the first that an alert or a file is of      at most 3
    alerts       1 from 5 on, 2 from 25 on                                      at most 2
    rivals       1 for each open hypothesis of 10 % or more beyond the first    at most 3
    failed       2 for each hypothesis that was rejected                        at most 4
    time         1 after 15 minutes in this phase, 2 after an hour              at most 2
    evidence     1 from 5 files or 100,000 lines on, 2 from 20 or a million on  at most 2

Up to 3 points a turn is light (1 or 2 rounds), up to 7 medium (3 to 5), from 8 on full (5 to 8).
Within that it has a round more for each point, so that a case that grows harder gets more at once.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.investigation_state import Usage
from core.cases.model import HypothesisState
from core.errors import OutOfLimits

if TYPE_CHECKING:
    from core.investigation.decision import Situation

CALLS_A_ROUND = 2  # one call of a model, and one to repair what came back


class Intensity(StrEnum):
    """How many rounds a turn may take."""

    LIGHT = "light"
    MEDIUM = "medium"
    FULL = "full"


ROUNDS = {Intensity.LIGHT: (1, 2), Intensity.MEDIUM: (3, 5), Intensity.FULL: (5, 8)}


@dataclass
class Budget:
    """The rounds of one turn (a round observes, decides and acts) and what they have spent so far.

    rounds: upper limit.
    """

    intensity: Intensity = Intensity.LIGHT
    rounds: int = ROUNDS[Intensity.LIGHT][1]
    spent: Usage = field(default_factory=Usage)

    @property
    def left(self) -> int:
        """Rounds that may still be taken."""
        return self.rounds - self.spent.rounds

    def take_round(self) -> None:
        """Counts a round before it starts. Raises OutOfLimits if none is left."""
        if self.left < 1:
            message = f"this turn may take {self.rounds} rounds, and has"
            raise OutOfLimits(message)
        self.spent += Usage(rounds=1)

    def take_call(self) -> None:
        """Counts a model call beforehand. Raises OutOfLimits if the rounds allow no more."""
        if self.spent.calls >= self.spent.rounds * CALLS_A_ROUND:
            message = f"{self.spent.rounds} rounds may take {self.spent.calls} calls, and have"
            raise OutOfLimits(message)
        self.spent += Usage(calls=1)

    def grant(self, rounds: int) -> None:
        """Allows rounds beyond the limit, and takes the first: somebody waits for an answer."""
        self.rounds += rounds
        self.take_round()

    def pay(self, *, tokens: int, cost: int) -> None:
        """Adds what a model call used. cost: in millionths of a dollar."""
        self.spent += Usage(tokens=tokens, cost=cost)


MEDIUM_FROM, FULL_FROM = 4, 8
_RIVAL = 0.1  # share of the posterior
_ALERTS = (5, 25)
_FILES = (5, 20)
_LINES = (100_000, 1_000_000)
_TIMES = (timedelta(minutes=15), timedelta(hours=1))


@dataclass(frozen=True, kw_only=True)
class Load:
    """The difficulty of a case, in points for each factor."""

    services: int = 0
    alerts: int = 0
    rivals: int = 0
    failed: int = 0
    time: int = 0
    evidence: int = 0

    @property
    def score(self) -> int:
        """The sum of all points."""
        return sum(getattr(self, points.name) for points in fields(self))


def load_of(situation: Situation) -> Load:
    """The load of a case in its present state."""
    named = {occurrence.service for occurrence in situation.occurrences}
    named |= {file.service for file in situation.files}
    rejected = [
        hypothesis
        for hypothesis in situation.hypotheses
        if hypothesis.state is HypothesisState.REJECTED
    ]
    alive = [hypothesis for hypothesis in situation.hypotheses if hypothesis.is_alive]
    rivals = sum(hypothesis.confidence >= _RIVAL for hypothesis in alive)
    lines = sum(file.lines for file in situation.files)
    volume = max(bisect_right(_FILES, len(situation.files)), bisect_right(_LINES, lines))
    return Load(
        services=_beyond_the_first(len(named - {None})),
        alerts=bisect_right(_ALERTS, len(situation.occurrences)),
        rivals=_beyond_the_first(rivals),
        failed=min(4, 2 * len(rejected)),
        time=bisect_right(_TIMES, _in_phase(situation)),
        evidence=volume,
    )


def budget_of(load: Load) -> Budget:
    """The budget that a turn gets for this load."""
    level, above = _level(load.score)
    least, most = ROUNDS[level]
    return Budget(intensity=level, rounds=min(most, least + above))


def _level(score: int) -> tuple[Intensity, int]:
    """The intensity for a score, and the points above the start of that level."""
    if score >= FULL_FROM:
        return Intensity.FULL, score - FULL_FROM
    if score >= MEDIUM_FROM:
        return Intensity.MEDIUM, score - MEDIUM_FROM
    return Intensity.LIGHT, score


def _beyond_the_first(count: int) -> int:
    """The points for several of a kind: one for each after the first, at most 3."""
    return min(3, max(0, count - 1))


def _in_phase(situation: Situation) -> timedelta:
    """The time since the case entered its phase; zero if that is not recorded."""
    phases = situation.investigation.phases
    return situation.at - phases[-1].at if phases else timedelta()
