"""How much may a turn take? A budget is handed to the reasoner, and ends what goes over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.cases.investigation_state import Spent
from core.errors import OutOfLimits

CALLS_A_ROUND = 2  # one call of a model, and one to repair what came back


class Intensity(StrEnum):
    """How deep a turn looks."""

    LIGHT = "light"
    MEDIUM = "medium"
    FULL = "full"


ROUNDS = {Intensity.LIGHT: (1, 2), Intensity.MEDIUM: (3, 5), Intensity.FULL: (5, 8)}


@dataclass
class Budget:
    """Rounds of one turn (a round is one pass from observing to acting), and the calls in them.

    rounds: at most. `spent` is what was taken so far.
    """

    intensity: Intensity = Intensity.LIGHT
    rounds: int = ROUNDS[Intensity.LIGHT][1]
    spent: Spent = field(default_factory=Spent)

    @property
    def left(self) -> int:
        """Rounds that may still be taken."""
        return self.rounds - self.spent.rounds

    def take_round(self) -> None:
        """Before each round. Raises OutOfLimits where none is left."""
        if self.left < 1:
            message = f"this turn may take {self.rounds} rounds, and has"
            raise OutOfLimits(message)
        self.spent += Spent(rounds=1)

    def take_call(self) -> None:
        """Before each call of a model. Raises OutOfLimits where its rounds have had theirs."""
        if self.spent.calls >= self.spent.rounds * CALLS_A_ROUND:
            message = f"{self.spent.rounds} rounds may take {self.spent.calls} calls, and have"
            raise OutOfLimits(message)
        self.spent += Spent(calls=1)

    def pay(self, *, tokens: int, cost: int) -> None:
        """What a call took. cost: in millionths of a dollar."""
        self.spent += Spent(tokens=tokens, cost=cost)
