"""Point-window F1 of alarms against the anomalies that people marked in series of a folder.

`--data DIR` holds CSV files with the columns `timestamp` and `value`, and `truth.json`: for each
file its `windows`, pairs of timestamps. A window is found when an alarm lies in it. Alarms outside
all windows are false: one for each run of alarms less than 24 points apart, and one for each 24
points of a longer run. Nothing is fitted to the data: the detector's parameters are those of the
product. Without data there is nothing to measure.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.peers import HOW, run_peer
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.evidence.model import Finding

    _Alarms = Mapping[str, Sequence[str]]

_RUN = 24  # points
_DRAWS = 2_000


@dataclass(frozen=True)
class WindowScore:
    """Windows there are, windows found, false alarms."""

    windows: int = 0
    detected: int = 0
    false: int = 0

    def __add__(self, other: WindowScore) -> WindowScore:
        return WindowScore(
            self.windows + other.windows, self.detected + other.detected, self.false + other.false
        )

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return (
            2 * self.detected / (self.detected + self.false + self.windows)
            if self.detected
            else 0.0
        )


@dataclass(frozen=True)
class Marked:
    """One file: its timestamps in order, and the windows that people marked."""

    path: Path
    times: tuple[str, ...]
    windows: tuple[tuple[str, str], ...]

    def tally(self, alarms: Sequence[str]) -> WindowScore:
        """The score of these alarms (timestamps)."""
        places = {time: at for at, time in enumerate(self.times)}
        flags = sorted(places[time] for time in set(alarms))
        outside = [
            at for at in flags if not any(self._lies_in(at, window) for window in self.windows)
        ]
        hits = sum(any(self._lies_in(at, window) for at in flags) for window in self.windows)
        return WindowScore(len(self.windows), hits, _runs(outside))

    def _lies_in(self, at: int, window: tuple[str, str]) -> bool:
        return window[0] <= self.times[at] <= window[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.metrics_anomaly")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    chosen = parser.parse_args(arguments)
    files = read(chosen.data)
    alarms = {file.path.name: our_alarms(file) for file in files}
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(alarms), encoding="utf-8")
    measured = _measured(files, alarms, run_peer("isolation_forest", chosen.data))
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    return 0 if measured["n"] else 1


def read(folder: Path) -> list[Marked]:
    """The files of a folder that its truth knows."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [
        Marked(folder / name, tuple(_column(folder / name)), tuple(map(tuple, marks["windows"])))
        for name, marks in sorted(truth.items())
    ]


def our_alarms(file: Marked) -> list[str]:
    """The timestamps that findings point at: where values stand out, where a change began."""
    extraction = extract(
        PlainFile(file.path), name=file.path.name, service=None, redactor=Redactor(b"benchmark")
    )
    by_second = {_seconds(time): time for time in file.times}
    seconds = (_second_of(finding) for finding in extraction.findings)
    return [by_second[second] for second in seconds if second is not None]


def _second_of(finding: Finding) -> float | None:
    """The moment of an alarm, in seconds; of a change that no point stands out in, its first."""
    peak = finding.data.get("peak")
    if isinstance(peak, int | float):
        return float(peak)
    is_change = finding.kind is FindingKind.METRIC and finding.data.get("change") != "scatter"
    return finding.first.timestamp() if is_change and finding.first else None


def _measured(files: list[Marked], alarms: _Alarms, peer: dict[str, Any] | None) -> dict[str, Any]:
    ours = _tallies(files, alarms)
    total = sum(ours, WindowScore())
    theirs = sum(_tallies(files, peer["alarms"]), WindowScore()).f1 if peer else None
    return {
        "benchmark": "metrics_anomaly",
        "ours": round(total.f1, 4),
        "peer": None if theirs is None else round(theirs, 4),
        "peer_name": f"isolation forest, scikit-learn {peer['version']}"
        if peer
        else f"none: {HOW}",
        "ratio": round(total.f1 / theirs, 2) if theirs else None,
        "n": total.windows,
        "files": len(files),
        "precision": round(total.detected / max(1, total.detected + total.false), 4),
        "recall": round(total.detected / max(1, total.windows), 4),
        "between": _between(ours),
        "baseline": round(sum(_tallies(files, _scattered(files, alarms)), WindowScore()).f1, 4),
        "baseline_name": "zero information: as many alarms, placed by hash",
        "all_flagged": round(sum((file.tally(file.times) for file in files), WindowScore()).f1, 4),
        "fitted": "nothing here; defaults were chosen on series of this sort",
        "per_file": {file.path.name: vars(tally) for file, tally in zip(files, ours, strict=True)},
    }


def _tallies(files: Sequence[Marked], alarms: _Alarms) -> list[WindowScore]:
    return [file.tally(alarms.get(file.path.name, ())) for file in files]


def _between(tallies: Sequence[WindowScore]) -> list[float]:
    """The F1 of nine draws of files out of ten lie between these (bootstrap, 5 to 95 %)."""
    if not tallies:
        return [0.0, 0.0]
    rng = random.Random(0)  # noqa: S311 - statistics
    drawn = sorted(
        sum(rng.choices(tallies, k=len(tallies)), WindowScore()).f1 for _ in range(_DRAWS)
    )
    return [round(drawn[int(share * _DRAWS)], 4) for share in (0.05, 0.95)]


def _scattered(files: Sequence[Marked], alarms: _Alarms) -> dict[str, list[str]]:
    return {
        file.path.name: [
            file.times[_hashed(f"{file.path.name}:{at}") % len(file.times)]
            for at in range(len(alarms[file.path.name]))
        ]
        for file in files
    }


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _runs(places: Sequence[int]) -> int:
    """False alarms: runs of places, none longer than _RUN."""
    count, start, last = 0, -_RUN, -_RUN
    for at in places:
        if at - last >= _RUN or at - start >= _RUN:
            count, start = count + 1, at
        last = at
    return count


def _column(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["timestamp"] for row in csv.DictReader(file)]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


if __name__ == "__main__":
    sys.exit(main())
