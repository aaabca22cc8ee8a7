"""How often a leading hypothesis is right, and whether its share says so where all is new.

    python -m benchmarks.track_record

`track_record.csv` has a row for each recorded incident or quiet time of which the engine had a
leader: its predictions that held, its witnesses, whether a change is one of them, whether it rests
on a log that nothing known explains, its share of the causes that are known, and whether it named
the right service. `round` tells which engine looked: the incidents of a round were recorded after
its rules, and nobody had seen them; rules were written with those that are `known`. Only rounds
tell what an engine is worth where all is new: leaving out a kind of fault flatters it, as the rules
have met that kind.

Measured are the leaders of each class, with the interval of the share that was right; the product's
shares, and those of a logistic regression with a ridge that was fitted without the row's kind of
fault, or without its whole round and every kind of it.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.shares import Forecast, calibration, wilson
from core.investigation.verdict.hypotheses import ALONE, UNEXPLAINED, WITNESSED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ROWS = Path(__file__).with_name("track_record.csv")
KNOWN = "known"
RIDGE = 1.0  # of the weights; the bias is free
STEPS = 25
SURE = 0.8
SHARES = {"witnessed": WITNESSED, "alone": ALONE, "unexplained": UNEXPLAINED}


@dataclass(frozen=True, kw_only=True)
class Leader:
    """A leader of a recorded incident. `share`: of the causes that are known."""

    kind: str
    round: str
    held: int
    witnesses: int
    change: bool
    unexplained: bool
    share: float
    right: bool

    @property
    def known_as(self) -> str:
        """Its class, by which the product leaves room for what nobody thought of."""
        if self.unexplained:
            return "unexplained"
        return "witnessed" if self.held and self.witnesses > 1 else "alone"

    @property
    def traits(self) -> list[float]:
        """What the regression sees, the bias first."""
        support = min(min(self.held, 2) + self.change, 2)
        return [1.0, float(support), float(self.unexplained)]


def main() -> int:
    """Print one JSON document."""
    print(json.dumps(measured(read()), indent=1))
    return 0


def read() -> list[Leader]:
    """The recorded leaders."""
    with ROWS.open(encoding="utf-8", newline="") as lines:
        return [
            Leader(
                kind=row["kind"],
                round=row["round"],
                held=int(row["held"]),
                witnesses=int(row["witnesses"]),
                change=row["change"] == "1",
                unexplained=row["unexplained"] == "1",
                share=float(row["share"]),
                right=row["right"] == "1",
            )
            for row in csv.DictReader(lines)
        ]


def measured(leaders: Sequence[Leader]) -> dict[str, Any]:
    """All figures, of all leaders and of those that were new to the engine."""
    new = [leader for leader in leaders if leader.round != KNOWN]

    def without_kind(leader: Leader) -> list[Leader]:
        return [other for other in leaders if other.kind != leader.kind]

    def without_round(leader: Leader) -> list[Leader]:
        kinds = {other.kind for other in new if other.round == leader.round}
        return [
            other for other in leaders if other.round != leader.round and other.kind not in kinds
        ]

    return {
        "benchmark": "track_record",
        "classes": {name: _of_class(name, leaders, new) for name in SHARES},
        "all": {
            "share_alone": _scored([leader.share for leader in leaders], leaders),
            "product": _scored(list(map(_product, leaders)), leaders),
            "fitted_without_kind": _fitted(leaders, without_kind),
        },
        "new": {
            "share_alone": _scored([leader.share for leader in new], new),
            "product": _scored(list(map(_product, new)), new),
            "fitted_without_kind": _fitted(new, without_kind),
            "fitted_without_round": _fitted(new, without_round),
        },
    }


def _of_class(name: str, leaders: Sequence[Leader], new: Sequence[Leader]) -> dict[str, Any]:
    right, right_new = (
        [leader.right for leader in those if leader.known_as == name] for those in (leaders, new)
    )
    return {
        "product": SHARES[name],
        "n": len(right),
        "right": sum(right),
        "between": wilson(sum(right), len(right)),
        "new": len(right_new),
        "new_and_right": sum(right_new),
        "new_between": wilson(sum(right_new), len(right_new)),
    }


def _product(leader: Leader) -> float:
    return leader.share * SHARES[leader.known_as]


def _fitted(
    leaders: Sequence[Leader], others: Callable[[Leader], list[Leader]]
) -> dict[str, float | int]:
    """Shares that the record of the others allows: no more than either gives."""
    shares = [
        min(leader.share, _chance(np.array(leader.traits), fit(others(leader))))
        for leader in leaders
    ]
    return _scored(shares, leaders)


def fit(leaders: Sequence[Leader]) -> NDArray[np.float64]:
    """The weights of a logistic regression, by Newton's method."""
    traits = np.array([leader.traits for leader in leaders])
    right = np.array([leader.right for leader in leaders], dtype=float)
    ridge = np.diag([0.0] + [RIDGE] * (traits.shape[1] - 1))
    weights = np.zeros(traits.shape[1])
    for _ in range(STEPS):
        chances = 1.0 / (1.0 + np.exp(-traits @ weights))
        slope = traits.T @ (right - chances) - ridge @ weights
        bend = (traits * (chances * (1.0 - chances))[:, None]).T @ traits + ridge
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def _chance(traits: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    return 1.0 / (1.0 + float(np.exp(-traits @ weights)))


def _scored(shares: Sequence[float], leaders: Sequence[Leader]) -> dict[str, float | int]:
    pairs = list(zip(shares, leaders, strict=True))
    forecasts = [Forecast(stated=share, came=leader.right) for share, leader in pairs]
    reached = defaultdict[bool, int](int)
    for share, leader in pairs:
        reached[leader.right] += share >= SURE
    figures = calibration(forecasts)
    return {
        "n": len(pairs),
        "ece": figures["ece"],
        "brier": figures["brier"],
        "sure_and_right": reached[True],
        "sure_and_wrong": reached[False],
    }


if __name__ == "__main__":
    sys.exit(main())
