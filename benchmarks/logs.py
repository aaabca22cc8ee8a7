"""Grouping accuracy and speed: log lines grouped by the message that wrote them.

`--data DIR` holds one folder per system with `raw.log`, `content.log` (its messages without their
headers) and `truth.csv` (a column EventId, one row per line). A folder whose name ends in
`_alerts` asks which findings come first instead. Without data there is nothing to measure.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.parts.headers import KINDS, under_header
from benchmarks.parts.one_core import findings_on_one_core
from benchmarks.parts.peers import run_peer
from benchmarks.parts.variety import write_varied
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    _Paths = Mapping[str, Path]

SPEED_MB = 50
LARGE_MB = 200
FIRST_FINDINGS = 20
FIRST_LINES = 5
_NO_ALERT = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logs", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--content", action="store_true", help="predict messages without headers")
    parser.add_argument("--speed-mb", type=int, default=SPEED_MB, help="0: speed is not measured")
    parser.add_argument("--large-mb", type=int, default=LARGE_MB, help="0: no large log is read")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measured = _Measuring(chosen.data, Path(folder)).all(
            kind="none" if chosen.content else "raw",
            speed=chosen.speed_mb * 1_000_000,
            large=chosen.large_mb * 1_000_000,
        )
    predictions = measured.pop("predictions")
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(predictions), encoding="utf-8")
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    return 0 if measured["n"] else 1


class _Measuring:
    """One data folder, and a folder for what is made of it."""

    def __init__(self, data: Path, scratch: Path) -> None:
        folders = sorted(folder for folder in data.iterdir() if (folder / "truth.csv").is_file())
        self.alerts = [folder for folder in folders if folder.name.endswith("_alerts")]
        self.systems = [folder for folder in folders if folder not in self.alerts]
        self.truths = {
            folder.name: _column(folder / "truth.csv", "EventId") for folder in self.systems
        }
        self.scratch = scratch

    def all(self, *, kind: str, speed: int, large: int) -> dict[str, Any]:
        """All figures; those at the top are of one kind of header. Sizes are in bytes."""
        paths = {"raw": {folder.name: folder / "raw.log" for folder in self.systems}}
        paths |= {name: self._wrapped(name) for name in KINDS}
        groups = {name: {s: _groups(path) for s, path in of.items()} for name, of in paths.items()}
        ours = {name: self._accuracy(by_system) for name, by_system in groups.items()}
        long = {"repeated": self._repeated(speed), "distinct": self._distinct(speed)}
        rates = {name: _speed(of) for name, of in long.items()}
        peers = self._peers(paths, long)
        alerts = {folder.name: _first_lines(folder / "raw.log") for folder in self.alerts}
        peer = peers["kinds"].get(kind)
        mean = _mean(ours[kind].values())
        return {
            "benchmark": "logs",
            "file": kind,
            "ours": mean,
            "peer": peer,
            "peer_name": "Drain3, the better of plain and masked",
            "ratio": round(mean / peer, 2) if peer else None,
            "n": sum(map(len, self.truths.values())),
            "baseline": self._equal_lines(paths[kind]),
            "baseline_name": "zero information: equal lines are one group",
            "systems": {name: round(value, 4) for name, value in ours[kind].items()},
            "kinds": {name: _mean(by_system.values()) for name, by_system in ours.items()},
            "peer_kinds": peers["kinds"],
            "mb_per_s": rates,
            "peer_mb_per_s": peers["mb_per_s"],
            "alerts": {folder.name: _hits(folder, alerts[folder.name]) for folder in self.alerts},
            "large": self._large(large),
            "predictions": {
                "groups": groups[kind],
                "alerts": alerts,
                "throughput_mb_s": rates["repeated"],
            },
        }

    def _wrapped(self, kind: str) -> dict[str, Path]:
        return {
            folder.name: self._write(
                f"{kind}-{folder.name}", under_header(kind, _lines(folder / "content.log"))
            )
            for folder in self.systems
        }

    def _accuracy(self, groups: Mapping[str, Sequence[Hashable]]) -> dict[str, float]:
        return {name: grouping_accuracy(self.truths[name], of) for name, of in groups.items()}

    def _equal_lines(self, paths: _Paths) -> float:
        return _mean(self._accuracy({name: _lines(path) for name, path in paths.items()}).values())

    def _peers(self, paths: Mapping[str, _Paths], long: Mapping[str, list[Path]]) -> dict[str, Any]:
        """Drain3 on the same files; nothing where it is not installed."""
        task = json.dumps({"groups": paths, "speed": long}, default=str)
        peer = run_peer("drain3_peer", self._write("task.json", [task]))
        if peer is None:
            return {"kinds": {}, "mb_per_s": {}}
        kinds = {
            kind: max(_mean(self._accuracy(groups).values()) for groups in ways.values())
            for kind, ways in peer["groups"].items()
        }
        return {"kinds": kinds, "mb_per_s": peer["mb_per_s"]}

    def _repeated(self, size: int) -> list[Path]:
        """Each system's lines again and again, about `size` bytes in all."""
        raw = [folder / "raw.log" for folder in self.systems] if size else []
        times = max(1, round(size / max(1, sum(path.stat().st_size for path in raw))))
        return [self._write(f"repeated-{path.parent.name}", _lines(path) * times) for path in raw]

    def _distinct(self, size: int) -> list[Path]:
        return [self._varied(folder, size // len(self.systems)) for folder in self.systems if size]

    def _varied(self, system: Path, size: int) -> Path:
        path = self.scratch / f"distinct-{system.name}-{size}"
        write_varied(path, _lines(system / "raw.log"), _lines(system / "content.log"), size=size)
        return path

    def _large(self, size: int) -> dict[str, Any] | None:
        """One log of `size` bytes with headers, on one core, through all that findings take."""
        if not size or not self.systems:
            return None
        longest = max(self.systems, key=lambda folder: (folder / "raw.log").stat().st_size)
        return findings_on_one_core(self._varied(longest, size))

    def _write(self, name: str, lines: Iterable[str]) -> Path:
        path = self.scratch / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path


def grouping_accuracy(truth: Sequence[Hashable], groups: Sequence[Hashable]) -> float:
    """Share of lines whose group has exactly the lines of the true one (Zhu et al., ICSE 2019)."""
    true_groups = set(_members(truth))
    right = sum(len(group) for group in _members(groups) if group in true_groups)
    return right / len(truth) if truth else 0.0


def _members(labels: Sequence[Hashable]) -> list[tuple[int, ...]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        groups[label].append(number)
    return [tuple(numbers) for numbers in groups.values()]


def _groups(path: Path) -> list[str]:
    """Per line the pattern of its template: a level or service does not make another message."""
    mined = mine_templates(PlainFile(path), reference=datetime.now(UTC), keep_places=True)
    return [mined.templates[place].pattern for place in mined.places]


def _first_lines(path: Path) -> list[dict[str, list[int]]]:
    exhibit = PlainFile(path)
    redactor = Redactor(bytes(32))
    findings = extract(exhibit, name=path.name, service=None, redactor=redactor).findings
    return [{"lines": [finding.locus.line_start]} for finding in findings[:FIRST_FINDINGS]]


def _hits(folder: Path, findings: Sequence[Mapping[str, Sequence[int]]]) -> float:
    """Share of the alerts' templates of which a first finding shows a line."""
    labels, events = (_column(folder / "truth.csv", name) for name in ("Label", "EventId"))
    wanted = {event for event, label in zip(events, labels, strict=True) if label != _NO_ALERT}
    lines = {number - 1 for finding in findings for number in finding["lines"][:FIRST_LINES]}
    events_shown = {events[line] for line in lines if labels[line] != _NO_ALERT}
    return round(len(events_shown) / len(wanted), 4) if wanted else 0.0


def _speed(paths: Sequence[Path]) -> float:
    """MB/s (1e6 bytes), one file after the other."""
    size = seconds = 0.0
    for path in paths:
        began = time.perf_counter()
        mine_templates(PlainFile(path), reference=datetime.now(UTC))
        seconds += time.perf_counter() - began
        size += path.stat().st_size
    return round(size / 1e6 / seconds, 1) if seconds else 0.0


def _column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return round(sum(known) / len(known), 4) if known else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
