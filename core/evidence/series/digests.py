"""When did each series move, and by how much, whenever the incident may turn out to have been?

A digest is made without knowing when the alert fired. Of each series it keeps the few moments at
which the level before and the level just after differ most, by the scatter before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.evidence.series.families import Family, Quantity, owners, quantity
from core.evidence.series.model import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.series.model import Floats

MOVES = 4  # of one series
COLUMNS = 240  # moments at which a file is looked at; longer files are averaged
_BEFORE, _AFTER = 30, 3  # moments that make a level
_LEAST_BEFORE = 3
_LEAST = 2.0  # times the scatter; less is chance
_APART = 3  # moments within which it is one and the same move
_USUAL = 0.75  # quantile of the jumps of the rest of a series
_GAUSS = 1.4826  # of a normal distribution the standard deviation, in median deviations
_SPREAD = 2.563  # … the distance of the 10 % and 90 % quantiles, in standard deviations
# Relative to its level: less than this is no change to speak of, however steady a series is.
_SMALL = {Family.CPU: 0.15, Family.MEMORY: 0.05, Family.LATENCY: 0.15, Family.WAITING: 0.15}
_SMALL_ELSE = 0.1
_SMALL_SHARE = 0.01  # of what is good nearly always
_SMALL_TO_PEERS = 0.03  # times the usual level of the same quantity of other services
_PEERS = 4
_FROM_NOTHING = 0.25  # of the new level, where there was nothing to scatter before


@dataclass(frozen=True)
class Move:
    """A step of a series. `at`, `until`: seconds since 1970; the level after is that of `until`.

    strength: the step by the scatter before, in standard deviations, below 0 for a fall.
    """

    at: float
    until: float
    strength: float
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What is kept of a series. usual: the strength of its ordinary jumps. level: its median."""

    series: Series
    owner: str | None
    name: str
    quantity: Quantity
    moves: tuple[Move, ...]
    usual: float
    level: float


def digests(series: Sequence[Series]) -> list[Digest]:
    """One a series that has enough points, in their order."""
    known = [
        (one, owner, name)
        for one, (owner, name) in zip(series, owners(series), strict=True)
        if len(one.values) > _LEAST_BEFORE + 1
    ]
    if not known:
        return []
    times, levels = _aligned([one for one, _, _ in known])
    kinds = [quantity(one, name) for one, _, name in known]
    usual_levels = _quantiles(np.abs(levels), 0.5)[0]
    least = _least([name for _, _, name in known], kinds, usual_levels)
    strengths, before, after = _steps(levels, least)
    return [
        Digest(
            series=one,
            owner=owner,
            name=name,
            quantity=kinds[at],
            level=float(usual_levels[at]),
            usual=_usual(strengths[at]),
            moves=tuple(
                _move(times, levels[at], k, strengths[at, k], (before[at, k], after[at, k]))
                for k in _strongest(strengths[at])
            ),
        )
        for at, (one, owner, name) in enumerate(known)
    ]


def _move(
    times: Floats, levels: Floats, at: int, strength: float, sides: tuple[float, float]
) -> Move:
    """It begins where the series first passes half of the step: its strength is blunt there."""
    middle, rises = sum(sides) / 2, sides[1] > sides[0]
    around = range(max(0, at - _APART + 1), min(len(levels), at + _AFTER))
    passed = (k for k in around if (levels[k] > middle) == rises and np.isfinite(levels[k]))
    begin = next(passed, at)
    end = min(max(begin, at) + _AFTER, len(times)) - 1
    return Move(
        at=float(times[begin]),
        until=float(times[end]),
        strength=float(strength),
        before=float(sides[0]),
        after=float(sides[1]),
    )


def _aligned(series: Sequence[Series]) -> tuple[Floats, Floats]:
    """The moments (at most COLUMNS), and a row a series; NaN where it has no point."""
    every = np.unique(np.concatenate([one.times for one in series]))
    step = max(1.0, min(float(np.median(np.diff(one.times))) for one in series))
    step = max(step, (every[-1] - every[0]) / (COLUMNS - 1))
    used = np.unique(np.round((every - every[0]) / step).astype(np.int64))
    sums = np.zeros((len(series), len(used)))
    counts = np.zeros_like(sums)
    for row, one in enumerate(series):
        columns = np.searchsorted(used, np.round((one.times - every[0]) / step).astype(np.int64))
        np.add.at(sums[row], columns, one.values)
        np.add.at(counts[row], columns, 1)
    with np.errstate(invalid="ignore"):
        levels = sums / counts
    return _moments(every, used, step), levels


def _moments(every: Floats, used: npt.NDArray[np.int64], step: float) -> Floats:
    """The first time that is told in each column."""
    columns = np.round((every - every[0]) / step).astype(np.int64)
    moments: Floats = every[np.searchsorted(columns, used)]
    return moments


def _least(names: Sequence[str], kinds: Sequence[Quantity], levels: Floats) -> Floats:
    """Row by row: relative floor in the first column, absolute in the second.

    What hardly matters beside the same quantity of others is no change: a pod that idles may
    double its CPU.
    """
    floors = np.zeros((len(names), 2))
    floors[:, 0] = [_small(kind) for kind in kinds]
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    for same in rows.values():
        told = levels[same][np.isfinite(levels[same])]
        if len(told) >= _PEERS:
            floors[same, 1] = _SMALL_TO_PEERS * float(np.median(told))
    return floors


def _small(kind: Quantity) -> float:
    if kind.family is Family.ERRORS and kind.bad < 0:
        return _SMALL_SHARE
    return _SMALL.get(kind.family, _SMALL_ELSE)


def _steps(levels: Floats, least: Floats) -> tuple[Floats, Floats, Floats]:
    """For each row and moment: the strength of the step there, the level before and after."""
    strengths, before, after = (np.zeros_like(levels) for _ in range(3))
    for at in range(_LEAST_BEFORE, levels.shape[1]):
        past, new = levels[:, max(0, at - _BEFORE) : at], levels[:, at : at + _AFTER]
        low, usual, high = _quantiles(past, 0.1, 0.5, 0.9)
        now = _quantiles(new, 0.5)[0]
        apart = _quantiles(np.abs(past - usual[:, None]), 0.5)[0] * _GAUSS
        scatter = np.maximum.reduce(
            [apart, (high - low) / _SPREAD, least[:, 0] * np.abs(usual), least[:, 1]]
        )
        scatter = np.where(scatter <= 0, np.abs(now) * _FROM_NOTHING, scatter)
        seen, told = np.isfinite(past).sum(axis=1), np.isfinite(new).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            strength = (now - usual) / scatter * np.sqrt(told / _AFTER)
        good = (seen >= _LEAST_BEFORE) & (told > 0) & np.isfinite(strength)
        strengths[:, at] = np.where(good, strength, 0.0)
        before[:, at], after[:, at] = usual, now
    return strengths, before, after


def _quantiles(levels: Floats, *shares: float) -> list[Floats]:
    """Of each row, without what is missing; NaN where a row has nothing. Rows sort NaN last."""
    if not levels.shape[1]:
        return [np.full(len(levels), np.nan) for _ in shares]
    ordered = np.sort(levels, axis=1)
    told = np.isfinite(levels).sum(axis=1)
    rows = np.arange(len(levels))
    found = []
    for share in shares:
        place = share * np.maximum(told - 1, 0)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(told - 1, 0))
        part = place - low
        found.append(ordered[rows, low] * (1 - part) + ordered[rows, high] * part)
    return found


def _strongest(strengths: Floats) -> list[int]:
    left, found = np.abs(strengths), list[int]()
    while len(found) < MOVES and (at := int(left.argmax())) and left[at] >= _LEAST:
        found.append(at)
        left[max(0, at - _APART) : at + _APART + 1] = 0.0
    return sorted(found)


def _usual(strengths: Floats) -> float:
    """How strong the jumps are that are none of its moves."""
    left = np.abs(strengths)
    for at in _strongest(strengths):
        left[max(0, at - _APART) : at + _APART + 1] = 0.0
    rest = left[_LEAST_BEFORE:]
    return float(np.quantile(rest, _USUAL)) if len(rest) > _APART else 1.0
