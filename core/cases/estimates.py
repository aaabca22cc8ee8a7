"""The chance that something helps, from how often it did: the mean of a Beta distribution."""

from __future__ import annotations

from datetime import datetime, timedelta

PRIOR_WORKED = PRIOR_FAILED = 1.0  # Beta(1, 1): nothing is known of what nobody tried
HALF_LIFE = timedelta(days=90)  # after which a try counts half: systems change


def beta_mean(worked: float, tried: float) -> float:
    """0 to 1; a half where nothing was tried. Both are weights: `worked` is a part of `tried`."""
    return (PRIOR_WORKED + worked) / (PRIOR_WORKED + PRIOR_FAILED + tried)


def freshness(moment: datetime, now: datetime) -> float:
    """1 for now, a half after a half-life."""
    return float(0.5 ** (max(now - moment, timedelta()) / HALF_LIFE))
