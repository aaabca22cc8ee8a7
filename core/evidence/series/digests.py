"""Digests of series: the few moments at which each moved most, and what it is of.

A digest is made without knowing when the alert fired. Of each series it keeps the few moments at
which the level before and the level just after differ most, relative to the scatter before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.evidence.series.families import Family, Quantity, classify, find_owners
from core.evidence.series.model import Series
from core.evidence.series.outcomes import displacing, fill_absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.series.model import Floats

MAX_MOVES_PER_SERIES = 4  # of one series
COLUMNS = 240  # moments at which a file is looked at; longer files are averaged
_BEFORE, _AFTER = 30, 3  # moments that make a level
_LEAST_BEFORE = 3
_WARM_UP_S = 30.0  # of a series, in which nobody knows what is usual
_LEAST = 2.0  # times the scatter; less is chance
_APART = 3  # moments within which it is one and the same move
_USUAL = 0.75  # quantile of the jumps of the rest of a series
_GAUSS = 1.4826  # of a normal distribution the standard deviation, in median deviations
_SPREAD = 2.563  # … the distance of the 10 % and 90 % quantiles, in standard deviations
# Relative to its level: less than this is no change to speak of, however steady a series is.
_SMALL = {Family.CPU: 0.15, Family.MEMORY: 0.05, Family.LATENCY: 0.15, Family.WAITING: 0.15}
_SMALL_ELSE = 0.1
_SMALL_SHARE = 0.005  # of what is good nearly always
_SMALL_TO_PEERS = 0.03  # times the usual level of the same quantity of other services
_PEERS = 4
_FROM_NOTHING = 0.25  # of the new level, where there was nothing to scatter before


@dataclass(frozen=True)
class Move:
    """A step of a series. `at`, `until`: seconds since 1970; `after` is the level at `until`.

    strength: the step in standard deviations of the scatter before, negative for a fall.
    """

    at: float
    until: float
    strength: float
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Digest:
    """The summary of a series. usual: the strength of its ordinary jumps. level: its median."""

    series: Series
    owner: str | None
    name: str
    quantity: Quantity
    moves: tuple[Move, ...]
    usual: float
    level: float


def make_digests(series: Sequence[Series]) -> list[Digest]:
    """Make a digest of each series with enough points, in their order."""
    usable = [
        (member, owner, name)
        for member, (owner, name) in zip(series, find_owners(series), strict=True)
        if len(member.values) > _LEAST_BEFORE + 1
    ]
    if not usable:
        return []
    members = [member for member, _, _ in usable]
    times, levels = _align(members)
    is_filled = fill_absent(members, levels)
    kinds = _classified(usable, levels)
    usual_levels = _quantiles(np.abs(levels), 0.5)[0]
    is_state = np.all(np.isin(levels, (0.0, 1.0)) | np.isnan(levels), axis=1)
    least = _floors([name for _, _, name in usable], kinds, usual_levels, is_state)
    strengths, before, after = _measure_steps(levels, least)
    return [
        Digest(
            series=member,
            owner=owner,
            name=name,
            quantity=kinds[at],
            level=float(usual_levels[at]),
            usual=_usual_jump(strengths[at]),
            moves=tuple(
                move
                for move in (
                    _move(times, levels[at], k, strengths[at, k], (before[at, k], after[at, k]))
                    for k in _strongest(strengths[at])
                )
                if is_filled[at] or move.at >= member.times[0] + _WARM_UP_S
            ),
        )
        for at, (member, owner, name) in enumerate(usable)
    ]


def _classified(usable: Sequence[tuple[Series, str | None, str]], levels: Floats) -> list[Quantity]:
    """What each measures. Work is a failure where it takes the place of the usual outcome."""
    failing = displacing([member for member, _, _ in usable], levels)
    kinds = [classify(member, name) for member, _, name in usable]
    return [
        Quantity(Family.ERRORS, 1)
        if row in failing and kind.family in (Family.OTHER, Family.TRAFFIC)
        else kind
        for row, kind in enumerate(kinds)
    ]


def _move(
    times: Floats, levels: Floats, at: int, strength: float, sides: tuple[float, float]
) -> Move:
    """Describe a step.

    It begins where the series first passes half of it, as its strength peaks broadly.
    """
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


def _align(series: Sequence[Series]) -> tuple[Floats, Floats]:
    """The common moments (at most COLUMNS), and a row of levels a series; NaN without a point."""
    all_times = np.unique(np.concatenate([member.times for member in series]))
    step = max(1.0, min(float(np.median(np.diff(member.times))) for member in series))
    step = max(step, (all_times[-1] - all_times[0]) / (COLUMNS - 1))
    used = np.unique(np.round((all_times - all_times[0]) / step).astype(np.int64))
    sums = np.zeros((len(series), len(used)))
    counts = np.zeros_like(sums)
    for row, member in enumerate(series):
        columns = np.searchsorted(
            used, np.round((member.times - all_times[0]) / step).astype(np.int64)
        )
        np.add.at(sums[row], columns, member.values)
        np.add.at(counts[row], columns, 1)
    with np.errstate(invalid="ignore"):
        levels = sums / counts
    return _moments(all_times, used, step), levels


def _moments(all_times: Floats, used: npt.NDArray[np.int64], step: float) -> Floats:
    """The first time that falls into each column."""
    columns = np.round((all_times - all_times[0]) / step).astype(np.int64)
    moments: Floats = all_times[np.searchsorted(columns, used)]
    return moments


def _floors(
    names: Sequence[str], kinds: Sequence[Quantity], levels: Floats, is_state: npt.NDArray[np.bool_]
) -> Floats:
    """The smallest change that counts, per row: relative in column 0, absolute in column 1.

    A change that is small beside the same quantity of other services does not count: an idle pod
    may double its CPU. A share of what is good is near the whole everywhere, which says nothing of
    how much of it is much; what is only ever 0 or 1 is a state, and no share.
    """
    floors = np.zeros((len(names), 2))
    floors[:, 0] = [_relative_floor(kind) for kind in kinds]
    rows: dict[str, list[int]] = {}
    for row, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if not _is_share_of_good(kind) or is_state[row]:
            rows.setdefault(name, []).append(row)
    for same in rows.values():
        peer_levels = levels[same][np.isfinite(levels[same])]
        if len(peer_levels) >= _PEERS:
            floors[same, 1] = _SMALL_TO_PEERS * float(np.median(peer_levels))
    return floors


def _relative_floor(kind: Quantity) -> float:
    return _SMALL_SHARE if _is_share_of_good(kind) else _SMALL.get(kind.family, _SMALL_ELSE)


def _is_share_of_good(kind: Quantity) -> bool:
    """Whether it is an availability or a rate of success."""
    return kind.family is Family.ERRORS and kind.bad < 0


def _measure_steps(levels: Floats, least: Floats) -> tuple[Floats, Floats, Floats]:
    """For each row and moment: the strength of the step, the level before and the level after."""
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
        past_count, new_count = np.isfinite(past).sum(axis=1), np.isfinite(new).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            strength = (now - usual) / scatter * np.sqrt(new_count / _AFTER)
        good = (past_count >= _LEAST_BEFORE) & (new_count > 0) & np.isfinite(strength)
        strengths[:, at] = np.where(good, strength, 0.0)
        before[:, at], after[:, at] = usual, now
    return strengths, before, after


def _quantiles(levels: Floats, *shares: float) -> list[Floats]:
    """Quantiles of each row without missing values; NaN where a row is empty.

    Rows sort NaN last.
    """
    if not levels.shape[1]:
        return [np.full(len(levels), np.nan) for _ in shares]
    ordered = np.sort(levels, axis=1)
    counts = np.isfinite(levels).sum(axis=1)
    rows = np.arange(len(levels))
    quantiles = []
    for share in shares:
        place = share * np.maximum(counts - 1, 0)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(counts - 1, 0))
        part = place - low
        quantiles.append(ordered[rows, low] * (1 - part) + ordered[rows, high] * part)
    return quantiles


def _strongest(strengths: Floats) -> list[int]:
    remaining, places = np.abs(strengths), list[int]()
    while (
        len(places) < MAX_MOVES_PER_SERIES
        and (at := int(remaining.argmax()))
        and remaining[at] >= _LEAST
    ):
        places.append(at)
        remaining[max(0, at - _APART) : at + _APART + 1] = 0.0
    return sorted(places)


def _usual_jump(strengths: Floats) -> float:
    """The typical strength of the jumps that are not among its moves."""
    left = np.abs(strengths)
    for at in _strongest(strengths):
        left[max(0, at - _APART) : at + _APART + 1] = 0.0
    rest = left[_LEAST_BEFORE:]
    return float(np.quantile(rest, _USUAL)) if len(rest) > _APART else 1.0
