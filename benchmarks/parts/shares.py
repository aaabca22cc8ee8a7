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


def clustered(hits: Mapping[str, Sequence[bool]]) -> list[float]:
    """The 95 % interval of a share of trials that come in sources: whole sources are drawn anew.

    Where not a single trial hit, drawing tells nothing: then the upper end is that of as many
    independent trials as there are sources.
    """
    sources = sorted(hits)
    if not any(any(one) for one in hits.values()):
        return [0.0, wilson(0, len(sources))[1]]
    chance = random.Random(0)  # noqa: S311 - statistics
    drawn = []
    for _ in range(_DRAWS):
        chosen = [hits[name] for name in chance.choices(sources, k=len(sources))]
        drawn.append(sum(map(sum, chosen)) / max(1, sum(map(len, chosen))))
    drawn.sort()
    return [round(drawn[int(share * _DRAWS)], 4) for share in (0.025, 0.975)]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A stated probability (0 to 1), and whether it came true."""

    said: float
    came: bool


def calibration(forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Brier score beside that of the base rate, expected calibration error, reliability table."""
    n = len(forecasts)
    if not n:
        return {"n": 0}
    rate = sum(one.came for one in forecasts) / n
    brier = math.fsum((one.said - one.came) ** 2 for one in forecasts) / n
    bins = [_bin(forecasts, at) for at in range(_BINS)]
    error = math.fsum(len(one) * abs(_said(one) - _came(one)) for one in bins if one) / n
    return {
        "n": n,
        "base_rate": round(rate, 4),
        "brier": round(brier, 4),
        "brier_of_the_base_rate": round(rate * (1 - rate), 4),
        "ece": round(error, 4),
        "reliability": [
            {"n": len(one), "said": round(_said(one), 3), "came": round(_came(one), 3)}
            for one in bins
            if one
        ],
    }


def _bin(forecasts: Sequence[Forecast], at: int) -> list[Forecast]:
    return [one for one in forecasts if min(_BINS - 1, int(one.said * _BINS)) == at]


def _said(forecasts: Sequence[Forecast]) -> float:
    return math.fsum(one.said for one in forecasts) / len(forecasts)


def _came(forecasts: Sequence[Forecast]) -> float:
    return sum(one.came for one in forecasts) / len(forecasts)
