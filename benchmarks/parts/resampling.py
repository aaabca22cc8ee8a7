"""Confidence of a small sample's mean, by the percentile bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMES = 2000


def interval(values: Sequence[float]) -> list[float]:
    """95 % of the mean, by resampling what was measured; [] of nothing."""
    if not values:
        return []
    rng = np.random.default_rng(0)
    sample = np.asarray(values, dtype=np.float64)
    means = sample[rng.integers(0, len(sample), (TIMES, len(sample)))].mean(axis=1)
    return [round(float(bound), 4) for bound in np.quantile(means, (0.025, 0.975))]
