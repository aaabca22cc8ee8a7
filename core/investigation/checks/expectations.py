"""What do the rivals expect of a check, and how much does its outcome tell? Pure figures.

A check looks for one or two sights (patterns); what is seen is the first of them, or none. For
each rival it is said how likely each sight is; 0 stands for *something else*.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.cases.hypotheses import Expectation

SOMETHING_ELSE = 0  # the number of no hypothesis
BY_CHANCE = 0.1  # how likely a sight is where nothing is said about it


def expected_bits(shares: Mapping[int, float], expectations: Sequence[Expectation]) -> float:
    """Mutual information, in bits, between which rival is right and what the check shows."""
    outcomes = {number: outcomes_of(number, expectations) for number in shares}
    parts = zip(*outcomes.values(), strict=True)
    weights = list(shares.values())
    mixed = [math.fsum(w * p for w, p in zip(weights, part, strict=True)) for part in parts]
    known = math.fsum(shares[number] * _entropy(outcomes[number]) for number in shares)
    return max(0.0, _entropy(mixed) - known)


def outcomes_of(number: int, expectations: Sequence[Expectation]) -> tuple[float, ...]:
    """How likely each of a check's sights is for a rival, in their order; last, none of them.

    Where several are seen the first of them counts.
    """
    left, found = 1.0, list[float]()
    for pattern in sights_of(expectations):
        likely = next(
            (e.likely for e in expectations if e.hypothesis == number and e.pattern == pattern),
            _likely_of_others(pattern, expectations),
        )
        found.append(left * likely)
        left *= 1 - likely
    return (*found, left)


def sights_of(expectations: Iterable[Expectation]) -> tuple[str, ...]:
    """The patterns that a check looks for, the weightiest first."""
    return tuple(dict.fromkeys(one.pattern for one in expectations))


def _likely_of_others(pattern: str, expectations: Sequence[Expectation]) -> float:
    """Of a rival that the check says nothing about: as likely as for something else."""
    others = (e for e in expectations if e.hypothesis == SOMETHING_ELSE and e.pattern == pattern)
    return next((one.likely for one in others), BY_CHANCE)


def _entropy(shares: Iterable[float]) -> float:
    return -math.fsum(share * math.log2(share) for share in shares if share > 0)
