"""Series of our own making in which it is known what is wrong: the floor for the detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.model import Floats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LENGTH = 2_000


@dataclass(frozen=True)
class KnownSeries:
    """A series with the stretch (indices, end excluded) that is wrong; None where nothing is."""

    name: str
    values: Floats
    wrong: tuple[int, int] | None


def corpus(seed: int) -> Iterator[KnownSeries]:
    """Each sort of anomaly on each sort of series, and each sort of series as it should be."""
    chance = np.random.default_rng(seed)
    for base, make in BASES.items():
        for sort, spoil in SORTS.items():
            values = make(chance)
            at = int(chance.integers(LENGTH // 3, LENGTH - 300))
            yield KnownSeries(f"{sort} on {base}", values, spoil(values, at, chance))
        yield KnownSeries(f"clean {base}", make(chance), None)


def _steady(chance: np.random.Generator) -> Floats:
    return 50.0 + chance.normal(0.0, 2.0, LENGTH)


def _daily(chance: np.random.Generator) -> Floats:
    phase = 2 * np.pi * np.arange(LENGTH) / 288
    return 100.0 + 40.0 * np.sin(phase) + chance.normal(0.0, 4.0, LENGTH)


def _jobs(chance: np.random.Generator) -> Floats:
    """A job every 96 points, which is no anomaly."""
    values = 10.0 + chance.normal(0.0, 1.0, LENGTH)
    for start in range(40, LENGTH - 8, 96):
        values[start : start + 8] += 60.0 + chance.normal(0.0, 2.0)
    return values


BASES: dict[str, Callable[[np.random.Generator], Floats]] = {
    "steady": _steady,
    "daily": _daily,
    "jobs": _jobs,
}


def _spike(values: Floats, at: int, _: np.random.Generator) -> tuple[int, int]:
    values[at] += 12.0 * np.std(values)
    return at, at + 1


def _dip(values: Floats, at: int, _: np.random.Generator) -> tuple[int, int]:
    values[at : at + 10] -= 8.0 * np.std(values)
    return at, at + 10


def _plateau(values: Floats, at: int, _: np.random.Generator) -> tuple[int, int]:
    values[at : at + 60] += 6.0 * np.std(values)
    return at, at + 60


def _stuck(values: Floats, at: int, _: np.random.Generator) -> tuple[int, int]:
    values[at : at + 120] = values.max() + 2.0 * np.std(values)
    return at, at + 120


def _wild(values: Floats, at: int, chance: np.random.Generator) -> tuple[int, int]:
    values[at : at + 40] += chance.normal(0.0, 8.0 * np.std(values), 40)
    return at, at + 40


def _ramp(values: Floats, at: int, _: np.random.Generator) -> tuple[int, int]:
    values[at : at + 80] += np.linspace(0.0, 8.0 * np.std(values), 80)
    return at, at + 80


SORTS: dict[str, Callable[[Floats, int, np.random.Generator], tuple[int, int]]] = {
    "spike": _spike,
    "dip": _dip,
    "plateau": _plateau,
    "stuck": _stuck,
    "wild": _wild,
    "ramp": _ramp,
}
