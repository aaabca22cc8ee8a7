"""Quality of a ranking of services, and the rankings of simple methods on the same metrics."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.parts.shares import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.parts.incidents import RecordedIncident

    _Score = Callable[[NDArray[np.float64], NDArray[np.float64]], float | None]


def scored(
    rankings: Mapping[str, Sequence[str]], incidents: Sequence[RecordedIncident]
) -> dict[str, Any]:
    """top-1, top-3, top-5 and the mean reciprocal rank, by dataset and in all."""
    places: defaultdict[str, list[int | None]] = defaultdict(list)
    for incident in incidents:
        place = place_of(incident.guilty, rankings.get(incident.name, ()))
        for dataset in ("all", incident.dataset):
            places[dataset].append(place)
    return {dataset: _summary(ranks) for dataset, ranks in places.items()}


def place_of(guilty: str | None, ranking: Sequence[str]) -> int | None:
    """1 for the first; None where it is not named."""
    named = list(dict.fromkeys(ranking))
    return named.index(guilty) + 1 if guilty in named else None


def by_hash(incident: RecordedIncident) -> list[str]:
    """Rank by hash, without information; the alphabet happens to carry some."""
    return sorted(incident.candidates, key=lambda name: _hashed(f"{incident.name}/{name}"))


def by_z_score(incident: RecordedIncident) -> list[str]:
    """By the largest distance from the mean before it, in standard deviations."""

    def score(before: NDArray[np.float64], after: NDArray[np.float64]) -> float | None:
        spread = float(before.std())
        return float(np.abs(after - before.mean()).max()) / spread if spread else None

    return _by(score, incident)


def by_robust_score(incident: RecordedIncident) -> list[str]:
    """By the largest rise over the median before it, in interquartile ranges.

    Source: the hypothesis test of BARO (Pham et al., FSE 2024), told where the incident begins.
    """

    def score(before: NDArray[np.float64], after: NDArray[np.float64]) -> float | None:
        if np.ptp(before) == 0 or np.ptp(after) == 0:
            return None
        low, high = np.percentile(before, [25, 75])
        return float(((after - np.median(before)) / (high - low or 1.0)).max())

    return _by(score, incident)


def _by(score: _Score, incident: RecordedIncident) -> list[str]:
    """Services by the best score of their series; ties and the unscored by hash."""
    rows = [[float(cell or "nan") for cell in row] for row in incident.metrics.rows]
    values = np.nan_to_num(np.array(rows))
    is_before = values[:, 0] < incident.at
    best = dict.fromkeys(by_hash(incident), -np.inf)
    for at, name in enumerate(incident.metrics.heading):
        service = name.partition("|")[0]
        if at and service in best and is_before.any() and not is_before.all():
            scored_by = score(values[is_before, at], values[~is_before, at])
            best[service] = max(best[service], -np.inf if scored_by is None else scored_by)
    return sorted(best, key=lambda service: -best[service])


def _summary(places: Sequence[int | None]) -> dict[str, Any]:
    n = len(places)
    summary: dict[str, Any] = {"n": n}
    for most in (1, 3, 5):
        hits = sum(place is not None and place <= most for place in places)
        summary[f"top{most}"] = round(hits / n, 4)
        summary[f"top{most}_between"] = wilson(hits, n)
    summary["mrr"] = round(sum(1 / place for place in places if place) / n, 4)
    return summary


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
