"""Are log lines grouped by the message that wrote them? Grouping accuracy, and speed.

`--data DIR` holds one folder per system with `raw.log` (or `content.log` with --content) and
`truth.csv` (a column EventId, one row per line). A folder whose name ends in `_alerts` asks which
findings come first instead. Without data there is nothing to measure.
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

from core.evidence.original import PlainFile
from core.evidence.pipeline import extract
from core.evidence.templates import mine
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

SPEED_BYTES = 50_000_000
FIRST_FINDINGS = 20
FIRST_LINES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logs", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--content", action="store_true", help="messages alone, without headers")
    chosen = parser.parse_args(arguments)
    measured = measure(chosen.data, file="content.log" if chosen.content else "raw.log")
    predictions = measured.pop("predictions")
    if chosen.predictions:
        chosen.predictions.write_text(json.dumps(predictions), encoding="utf-8")
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")
    return 0 if measured["n"] else 1


def measure(data: Path, *, file: str) -> dict[str, Any]:
    """Accuracy per system, its mean, that of the peer (each distinct line a group), and MB/s."""
    folders = sorted(folder for folder in data.iterdir() if (folder / "truth.csv").is_file())
    systems = [folder for folder in folders if not folder.name.endswith("_alerts")]
    groups = {folder.name: _groups(folder / file) for folder in systems}
    truths = {folder.name: _column(folder / "truth.csv", "EventId") for folder in systems}
    ours = {name: grouping_accuracy(truths[name], groups[name]) for name in groups}
    peers = {
        folder.name: grouping_accuracy(truths[folder.name], _lines(folder / file))
        for folder in systems
    }
    alerts = {
        folder.name: _first_lines(folder / "raw.log")
        for folder in folders
        if folder.name.endswith("_alerts")
    }
    speed = _speed([folder / file for folder in systems]) if systems else 0.0
    return {
        "benchmark": "logs",
        "file": file,
        "ours": _mean(ours.values()),
        "peer": _mean(peers.values()),
        "peer_name": "zero information: equal lines are one group",
        "ratio": round(_mean(ours.values()) / (_mean(peers.values()) or 1.0), 2),
        "n": sum(map(len, truths.values())),
        "systems": {name: round(value, 4) for name, value in ours.items()},
        "mb_per_s": round(speed, 1),
        "predictions": {
            "groups": groups,
            "alerts": alerts,
            "throughput_mb_s": round(speed, 1),
        },
    }


def grouping_accuracy(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Share of lines whose group has exactly the lines of the true one (Zhu et al., ICSE 2019)."""
    true_groups = set(_members(truth))
    right = sum(len(group) for group in _members(found) if group in true_groups)
    return right / len(truth) if truth else 0.0


def _members(labels: Sequence[Hashable]) -> list[tuple[int, ...]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        groups[label].append(number)
    return [tuple(numbers) for numbers in groups.values()]


def _groups(path: Path) -> list[str]:
    """Per line the pattern of its template: a level or service does not make another message."""
    mined = mine(PlainFile(path), reference=datetime.now(UTC), keep_places=True)
    return [mined.templates[place].pattern for place in mined.places]


def _first_lines(path: Path) -> list[dict[str, list[int]]]:
    exhibit = PlainFile(path)
    redactor = Redactor(bytes(32))
    found = extract(exhibit, name=path.name, service=None, redactor=redactor).findings
    return [{"lines": [finding.locus.line_start]} for finding in found[:FIRST_FINDINGS]]


def _speed(paths: Sequence[Path]) -> float:
    """MB/s (1e6 bytes) with each system's lines repeated, one file after the other."""
    repeats = max(1, round(SPEED_BYTES / sum(path.stat().st_size for path in paths)))
    size = seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            long = Path(folder) / path.parent.name
            long.write_bytes(path.read_bytes() * repeats)
            began = time.perf_counter()
            mine(PlainFile(long), reference=datetime.now(UTC))
            seconds += time.perf_counter() - began
            size += long.stat().st_size
            long.unlink()
    return size / 1e6 / seconds


def _column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def _mean(values: Any) -> float:
    found = list(values)
    return round(sum(found) / len(found), 4) if found else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
