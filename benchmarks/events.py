"""Warm query times over the events of evidence that has been read.

    python -m benchmarks.events [--data DIR] [--lines 10000000] [--predictions FILE]

Two logs of one day (with half of the lines each) are made, read as evidence is
(`core.evidence.pipeline.extract`), and asked: for the errors of the last hour, and for the request
ids that fail in both. The peer is what people have at hand: grep (ripgrep where it is installed)
over the same files, warm in the page cache. Answers must be those that the logs were made with.
DIR keeps the logs; else they are gone at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl

from core.evidence.events.answers import EventSource, find_events, find_shared_ids
from core.evidence.events.table import read_table
from core.evidence.events.window import EventQuery, Window
from core.evidence.model import Level, PlainArtifactStore, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

T = TypeVar("T")
LINES = 10_000_000
GATE_FILTER_MS, GATE_JOIN_MS = 200.0, 2000.0
DAY_US = 86_400_000_000
MIDNIGHT_US = 1_795_132_800_000_000  # 2026-11-20T00:00:00Z
CHUNK = 500_000
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
SHARES = (0.15, 0.80, 0.04, 0.01)
SERVICES = ("basket", "catalogue", "ledger", "mailer", "pricing", "stock")
SAYS = (
    "cache miss for shelf {} after {} ms",
    "served {} items in {} ms",
    "slow answer from replica {}: {} ms",
    "order {} not stored: no answer within {} ms",
)
RUNS = 7


@dataclass(frozen=True, kw_only=True)
class Log:
    """A log as it was made: its errors of the last hour, and the requests that fail in it."""

    path: Path
    errors: int
    failing: frozenset[int]


def main() -> int:
    """Print one JSON document; 1 where an answer is wrong or nothing was asked."""
    options = _options()
    folder: AbstractContextManager[str] = (
        nullcontext(str(options.data)) if options.data else tempfile.TemporaryDirectory()
    )
    with folder as name:
        result = _measure(Path(name), options.lines)
    if options.predictions:
        options.predictions.write_text(json.dumps(result))
    print(json.dumps(result, indent=2))
    return 0 if result["n"] and result["right"] else 1


def _measure(folder: Path, lines: int) -> dict[str, Any]:
    logs = [_made(folder / name, lines // 2, seed) for seed, name in enumerate(("a.log", "b.log"))]
    began = time.perf_counter()
    redactor = Redactor(bytes(range(32)))
    sources = [_read(log.path, redactor) for log in logs]
    ingest_s = time.perf_counter() - began
    sought = EventQuery(window=Window(since=timedelta(hours=1)), level=Level.ERROR, limit=20)
    answer, filter_ms = _timed(lambda: find_events(sought, sources, redactor=redactor))
    both, join_ms = _timed(
        lambda: find_shared_ids(sources, level=Level.ERROR, of_files=2, limit=20, redactor=redactor)
    )
    failing = logs[0].failing & logs[1].failing
    peer_errors, peer_filter_ms = _timed(lambda: _grep_errors(logs), runs=3)
    peer_both, peer_join_ms = _timed(lambda: _grep_ids(logs), runs=3)
    errors = sum(log.errors for log in logs)
    right = (answer.total, both[0]) == (errors, len(failing)) == (peer_errors, peer_both)
    return {
        "benchmark": "events",
        "ours": round(filter_ms, 1),
        "peer": round(peer_filter_ms, 1),
        "unit": "ms, the median of warm runs",
        "peer_name": f"{_grep()} over the same files",
        "ratio": round(peer_filter_ms / filter_ms, 1),
        "n": sum(source.table.rows for source in sources),
        "right": right,
        "filter": {
            "question": "errors of the last hour, newest 20 read back and redacted",
            "found": answer.total,
            "ms": round(filter_ms, 1),
            "gate_ms": GATE_FILTER_MS,
            "peer_ms": round(peer_filter_ms, 1),
        },
        "join": {
            "question": "request ids that fail in both files, 20 with their first lines",
            "found": both[0],
            "ms": round(join_ms, 1),
            "gate_ms": GATE_JOIN_MS,
            "peer_ms": round(peer_join_ms, 1),
            "ratio": round(peer_join_ms / join_ms, 1),
        },
        "ingest_s": round(ingest_s, 1),
        "log_mb": round(sum(log.path.stat().st_size for log in logs) / 1e6),
        "table_mb": round(sum(source.table.path.stat().st_size for source in sources) / 1e6),
    }


def _made(path: Path, lines: int, seed: int) -> Log:
    """Lines all over one day; each request has about eight, and some fail in both logs."""
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.integers(0, DAY_US, lines)) // 1000 * 1000
    levels = rng.choice(len(LEVELS), lines, p=SHARES)
    requests = rng.integers(0, max(1, lines // 8), lines)
    moments[-1] = DAY_US - 1000  # the newest event: its last hour begins with one of the clock
    last_hour = moments >= DAY_US - DAY_US // 24
    with path.open("wb") as out:
        for at in range(0, lines, CHUNK):
            part = slice(at, at + CHUNK)
            _write(out, moments[part], levels[part], requests[part], rng)
    errors = levels == LEVELS.index("ERROR")
    return Log(
        path=path,
        errors=int((errors & last_hour & (moments >= moments[-1] - DAY_US // 24)).sum()),
        failing=frozenset(np.unique(requests[errors]).tolist()),
    )


def _write(
    out: Any,
    moments: np.ndarray[Any, Any],
    levels: np.ndarray[Any, Any],
    requests: np.ndarray[Any, Any],
    rng: np.random.Generator,
) -> None:
    count = len(moments)
    numbers = pl.DataFrame(
        {
            "at": pl.Series(moments + MIDNIGHT_US).cast(pl.Datetime("us")),
            "level": pl.Series(levels),
            "service": pl.Series(rng.integers(0, len(SERVICES), count)),
            "request": pl.Series(requests),
            "one": pl.Series(rng.integers(0, 100_000, count)),
            "two": pl.Series(rng.integers(0, 5_000, count)),
        }
    )
    says = pl.lit("")
    for level, text in enumerate(SAYS):
        text_of_level = pl.format(text, "one", "two")
        says = pl.when(pl.col("level") == level).then(text_of_level).otherwise(says)
    line = pl.format(
        "{}Z {} {} request_id=req-{} {}",
        pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S%.3f"),
        pl.lit(pl.Series(LEVELS)).gather(pl.col("level")),
        pl.lit(pl.Series(SERVICES)).gather(pl.col("service")),
        pl.col("request").cast(pl.String).str.zfill(9),
        says,
    )
    numbers.select(line).write_csv(out, include_header=False, quote_style="never")


def _read(path: Path, redactor: Redactor) -> EventSource:
    shelf = PlainArtifactStore(table=path.with_suffix(".events"))
    original = PlainFile(path)
    extract(original, name=path.name, service=None, redactor=redactor, shelf=shelf)
    table = read_table(shelf.table, key=redactor.derive("identifiers"))
    if table is None:
        message = f"{path.name} has no table"
        raise SystemExit(message)
    return EventSource(name=path.name, table=table, text=original)


def _timed(ask: Callable[[], T], runs: int = RUNS) -> tuple[T, float]:
    """The answer, and the median in ms of runs after a first one that warms."""
    answer, spent = ask(), list[float]()
    for _ in range(runs):
        began = time.perf_counter()
        answer = ask()
        spent.append((time.perf_counter() - began) * 1e3)
    return answer, statistics.median(spent)


def _grep() -> str:
    return "ripgrep" if shutil.which("rg") else "grep"


def _searched(*arguments: str) -> list[str]:
    program = ["rg", "-a", "-I", "--no-filename"] if shutil.which("rg") else ["grep", "-a", "-h"]
    return [*program, *arguments]


def _grep_errors(logs: Sequence[Log]) -> int:
    paths = [str(log.path) for log in logs]
    return len(_run(_searched("^2026-11-20T23:[^ ]* ERROR ", *paths)))


def _grep_ids(logs: Sequence[Log]) -> int:
    """Failing ids of each file, and those of both."""
    failing = list[set[bytes]]()
    for log in logs:
        lines = _run(_searched("^[^ ]* ERROR ", str(log.path)))
        failing.append({line.split(b"request_id=", 1)[1].split(b" ", 1)[0] for line in lines})
    return len(failing[0] & failing[1])


def _run(command: list[str]) -> list[bytes]:
    done = subprocess.run(
        command, capture_output=True, check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    )
    return done.stdout.splitlines()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="keep the logs here")
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--predictions", type=Path, help="write the same document here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
