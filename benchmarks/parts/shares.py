"""Confidence intervals of shares, and calibration of stated probabilities."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_Z = 1.96  # 95 %
_DRAWS = 2_000
_BINS = 10


def wilson(hits: int, n: int) -> list[float]:
    """The 95 % interval of a share of independent trials. Source: Wilson, JASA 22 (1927)."""
    if not n:
        return [0.0, 1.0]
    share, spread = hits / n, _Z * _Z / n
    middle = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return [
        round(max(0.0, (middle - half) / (1 + spread)), 4),
        round(min(1.0, (middle + half) / (1 + spread)), 4),
    ]


def share_of(hits: Sequence[bool]) -> dict[str, Any]:
    """The share of trials that hit, None of none, with their number and its interval."""
    n = len(hits)
    share = round(sum(hits) / n, 3) if n else None
    return {"share": share, "n": n, "between": wilson(sum(hits), n)}


def clustered(hits: Mapping[str, Sequence[bool]]) -> list[float]:
    """The 95 % interval of a share of trials that come in sources: whole sources are drawn anew.

    Where not a single trial hit, drawing tells nothing: then the upper end is that of as many
    independent trials as there are sources.
    """
    sources = sorted(hits)
    if not any(any(outcomes) for outcomes in hits.values()):
        return [0.0, wilson(0, len(sources))[1]]
    rng = random.Random(0)  # noqa: S311 - statistics
    drawn = []
    for _ in range(_DRAWS):
        chosen = [hits[name] for name in rng.choices(sources, k=len(sources))]
        drawn.append(sum(map(sum, chosen)) / max(1, sum(map(len, chosen))))
    drawn.sort()
    return [round(drawn[int(share * _DRAWS)], 4) for share in (0.025, 0.975)]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A stated probability (0 to 1), and whether it came true."""

    stated: float
    came: bool


def calibration(forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Brier score beside that of the base rate, expected calibration error, reliability table."""
    n = len(forecasts)
    if not n:
        return {"n": 0}
    rate = sum(forecast.came for forecast in forecasts) / n
    brier = math.fsum((forecast.stated - forecast.came) ** 2 for forecast in forecasts) / n
    bins = [_bin(forecasts, at) for at in range(_BINS)]
    error = math.fsum(len(bin_) * abs(_stated(bin_) - _came(bin_)) for bin_ in bins if bin_) / n
    return {
        "n": n,
        "base_rate": round(rate, 4),
        "brier": round(brier, 4),
        "brier_of_the_base_rate": round(rate * (1 - rate), 4),
        "ece": round(error, 4),
        "reliability": [
            {"n": len(bin_), "said": round(_stated(bin_), 3), "came": round(_came(bin_), 3)}
            for bin_ in bins
            if bin_
        ],
    }


def _bin(forecasts: Sequence[Forecast], at: int) -> list[Forecast]:
    return [
        forecast for forecast in forecasts if min(_BINS - 1, int(forecast.stated * _BINS)) == at
    ]


def _stated(forecasts: Sequence[Forecast]) -> float:
    return math.fsum(forecast.stated for forecast in forecasts) / len(forecasts)


def _came(forecasts: Sequence[Forecast]) -> float:
    return sum(forecast.came for forecast in forecasts) / len(forecasts)
