"""When did errors begin to be unusual?

The stretch of time that has most errors for its length is looked for; where that is more than
chance would bring, it began to go wrong at its start. Kulldorff's scan statistic in one dimension
("A spatial scan statistic", 1997), with a Poisson model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_ERRORS = 5  # in the stretch
_LEAST_RATIO = 2.0  # of its errors to those that its length would have
_LEAST_LIKELIHOOD = 6.0  # log of the ratio of likelihoods; about one log in a hundred by chance
_LEAST_BEFORE = 2  # steps of another kind, for anything to be usual
_MAX_STEPS = 600  # all stretches are looked at: that is half its square


def find_onset(minutes: Mapping[int, int], *, first: int, last: int, step: int = 1) -> int | None:
    """The minute (since 1970) in which errors began to be unusual; None where they never did.

    minutes: errors per minute, in steps of that many. first, last: the log's own span.
    """
    while (last - first) // step >= _MAX_STEPS:
        step *= 2
    steps = (last - first) // step + 1
    if steps <= _LEAST_BEFORE or not minutes:
        return None
    counts = np.zeros(steps)
    for minute, count in minutes.items():
        counts[min(max(0, (minute - first) // step), steps - 1)] += count
    begins, ends, gain = _best_stretch(counts)
    found = counts[begins:ends].sum()
    usual = counts.sum() * (ends - begins) / steps
    if gain < _LEAST_LIKELIHOOD or found < _LEAST_ERRORS or found < _LEAST_RATIO * usual:
        return None
    begins += int(np.flatnonzero(counts[begins:ends])[0])
    return first + begins * step if begins >= _LEAST_BEFORE else None


def _best_stretch(counts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, int, float]:
    """Its first step, the one after its last, and by how much it explains the counts better."""
    total, steps = counts.sum(), len(counts)
    sums = np.concatenate(([0.0], np.cumsum(counts)))
    best = (0, steps, 0.0)
    for begins in range(steps):
        inside = sums[begins + 1 :] - sums[begins]
        usual = total * np.arange(1, steps - begins + 1) / steps
        outside, usual_outside = total - inside, total - usual
        with np.errstate(divide="ignore", invalid="ignore"):
            gains = np.nan_to_num(inside * np.log(inside / usual)) + np.nan_to_num(
                outside * np.log(outside / usual_outside)
            )
        gains[inside <= usual] = 0.0
        at = int(np.argmax(gains))
        if gains[at] > best[2]:
            best = (begins, begins + at + 1, float(gains[at]))
    return best
