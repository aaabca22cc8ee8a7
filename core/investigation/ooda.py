"""How deep must a turn look? A score of the case chooses light, medium or full.

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
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.hypotheses import HypothesisState
from core.investigation.budget import ROUNDS, Budget, Intensity

if TYPE_CHECKING:
    from core.investigation.decision import Situation

MEDIUM_FROM, FULL_FROM = 4, 8
_RIVAL = 0.1  # share of the posterior
_ALERTS = (5, 25)
_FILES = (5, 20)
_LINES = (100_000, 1_000_000)
_TIMES = (timedelta(minutes=15), timedelta(hours=1))


@dataclass(frozen=True, kw_only=True)
class Load:
    """What makes a case hard, in points."""

    services: int = 0
    alerts: int = 0
    rivals: int = 0
    failed: int = 0
    time: int = 0
    evidence: int = 0

    @property
    def score(self) -> int:
        return sum(getattr(self, one.name) for one in fields(self))


def load_of(situation: Situation) -> Load:
    """The points of a case as it is."""
    named = {one.service for one in situation.occurrences}
    named |= {one.service for one in situation.files}
    rejected = [one for one in situation.hypotheses if one.state is HypothesisState.REJECTED]
    alive = [one for one in situation.hypotheses if one.is_alive]
    rivals = sum(one.confidence >= _RIVAL for one in alive)
    lines = sum(one.lines for one in situation.files)
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
    """What a turn may take of a case with these points."""
    level, above = _level(load.score)
    least, most = ROUNDS[level]
    return Budget(intensity=level, rounds=min(most, least + above))


def _level(score: int) -> tuple[Intensity, int]:
    """The intensity, and by how many points the score is above where it begins."""
    if score >= FULL_FROM:
        return Intensity.FULL, score - FULL_FROM
    if score >= MEDIUM_FROM:
        return Intensity.MEDIUM, score - MEDIUM_FROM
    return Intensity.LIGHT, score


def _beyond_the_first(count: int) -> int:
    return min(3, max(0, count - 1))


def _in_phase(situation: Situation) -> timedelta:
    """How long the case is in its phase; nothing where that is not known."""
    phases = situation.course.phases
    return situation.at - phases[-1].at if phases else timedelta()
