"""Change points and discords: ours beside ruptures and stumpy.

    pip install ruptures stumpy
    python -m benchmarks.libraries.series --data DIR

Changes are put into made series whose kind and start are known; DIR holds the series that
`benchmarks.metrics_anomaly` reads, which are searched once with our discords and once with stumpy's
matrix profile, not normalised and of the second neighbour, below the same threshold.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import ruptures
import stumpy

from benchmarks.libraries.footprint import cost, seconds_each
from benchmarks.metrics_anomaly import our_alarms, read
from core.evidence.series import anomalies, change_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.evidence.series.model import Floats

LENGTHS = (60, 200, 1_000)
EACH = 20  # series of a kind and length
NEAR = 0.05  # of the length: the start is right
QUIET = ("noise", "spike")


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data: Path = parser.parse_args().data
    document = {
        "changes": {name: _changes(find) for name, find in FINDERS.items()},
        "same_split": _same_split(),
        "discords": {"ours": _discords(data, None), "stumpy": _discords(data, by_stumpy)},
        "cost": {name: cost(name) for name in ("ruptures", "stumpy")},
    }
    print(json.dumps(document, indent=1))
    return 0


def made() -> Iterator[tuple[str, int, Floats]]:
    """Kind, start of the change, values."""
    random = np.random.default_rng(30)
    for length in LENGTHS:
        for nth in range(EACH):
            at = int(length * (0.2 + 0.6 * nth / EACH))
            noise, after = random.normal(0, 1, length), np.arange(length) >= at
            episode = after & (np.arange(length) < at + max(5, length // 8))
            yield "level", at, noise + 6.0 * after
            yield "episode", at, noise + 6.0 * episode
            yield "slope", at, noise + np.maximum(0, np.arange(length) - at) * 40.0 / length
            if length >= LENGTHS[1]:
                yield "scatter", at, 50 + noise * np.where(after, 8.0, 1.0)
            yield "noise", -1, noise
            yield "spike", -1, noise + 20.0 * (np.arange(length) == at)


def ours(values: Floats) -> int | None:
    """The index at which the change that we find began."""
    shift = change_points.find_change(np.arange(len(values)) * 60.0, values)
    return None if shift is None else round(shift.at.timestamp() / 60)


def by_kernel(kernel: str, weight: float) -> Callable[[Floats], int | None]:
    """The first change point of Pelt in C, with a penalty of `weight` times log n.

    ruptures.Pelt itself, in Python, takes about a second for 500 points.
    """

    def find(values: Floats) -> int | None:
        scatter = np.median(np.abs(np.diff(values))) / 0.954 or 1.0
        penalty = weight * np.log(len(values))
        search = ruptures.KernelCPD(kernel=kernel, min_size=3)
        changes: list[int] = search.fit(values / scatter).predict(pen=penalty)
        return changes[0] if len(changes) > 1 else None

    return find


FINDERS: dict[str, Callable[[Floats], int | None]] = {
    "ours": ours,
    "linear kernel, penalty 3 log n": by_kernel("linear", 3.0),
    "linear kernel, penalty 8 log n": by_kernel("linear", 8.0),
    "rbf kernel, penalty 1 log n": by_kernel("rbf", 1.0),
    "rbf kernel, penalty 3 log n": by_kernel("rbf", 3.0),
}


def _changes(find: Callable[[Floats], int | None]) -> dict[str, Any]:
    right: dict[str, list[bool]] = {}
    took = 0.0
    for kind, at, values in made():
        began = time.perf_counter()
        change = find(values)
        took += time.perf_counter() - began
        is_near = change is not None and abs(change - at) <= max(3, NEAR * len(values))
        right.setdefault(kind, []).append(change is None if kind in QUIET else is_near)
    every = [hit for kind in right.values() for hit in kind]
    shares = {kind: round(float(np.mean(hits_of_kind)), 3) for kind, hits_of_kind in right.items()}
    return {"right": round(float(np.mean(every)), 3), "n": len(every), **shares} | {
        "ms_each": round(took / len(every) * 1e3, 2)
    }


def _same_split() -> dict[str, float]:
    """Our split beside the one that Binseg finds by the same measure, and how long both take."""
    series = [values for kind, _, values in made() if kind == "level"]

    def split(values: Floats) -> int:
        search = ruptures.Binseg(model="l2", min_size=3, jump=1)
        return int(search.fit(values).predict(n_bkps=1)[0])

    same = np.mean([split(values) == change_points._split(values) for values in series])
    theirs = seconds_each(lambda: [split(values) for values in series], rounds=3)
    us = seconds_each(lambda: [change_points._split(values) for values in series], rounds=3)
    return {"same": round(float(same), 3), "n": len(series), "times_as_long": round(theirs / us, 1)}


def by_stumpy(values: Floats, window: int, **_: int | None) -> list[Any]:
    """As `find_discords`, by the whole matrix profile."""
    scaled = (values - np.median(values)) / float(np.ptp(values))
    profile = stumpy.aamp(scaled, window, k=2)
    far = profile[:, 1].astype(np.float64)
    usual = float(np.median(far)) or float(np.mean(far)) or 1.0
    margin = anomalies._STANDS_OUT / window**0.5
    discords, left = [], far / usual
    for _ in range(anomalies.MAX_ANOMALIES):
        best = int(np.argmax(left))
        if left[best] <= 1.0 + margin:
            break
        strength = float(left[best])
        excess = (strength - 1.0) / margin
        nearest = int(profile[best, 2])
        discords.append(anomalies.DiscordWindow(best, max(nearest, 0), window, strength, excess))
        around = int(window * (1 + anomalies._APART))
        left[max(0, best - around) : best + around] = 0.0
    return discords


def _discords(folder: Path, find: Any) -> dict[str, float]:
    kept = anomalies.find_discords
    anomalies.find_discords = find or kept
    try:
        files = read(folder)
        our_alarms(files[0])  # compiles what is compiled at first use
        began = time.perf_counter()
        alarms = {file.path.name: our_alarms(file) for file in files}
        took = time.perf_counter() - began
    finally:
        anomalies.find_discords = kept
    tallies = [file.tally(alarms[file.path.name]) for file in files]
    windows, hits, false = (sum(getattr(tally, name) for tally in tallies) for name in TALLIED)
    f1 = 2 * hits / max(1, windows + hits + false)
    return {"f1": round(f1, 3), "windows": windows, "seconds": round(took, 2)}


TALLIED = ("windows", "found", "false")

if __name__ == "__main__":
    sys.exit(main())
