"""Stretches of recordings in which nothing was wrong, under an alert that is made up.

Two sorts: logs of healthy programs, cut into parts; and recorded incidents from before anything
was changed in them (all of one that has no fault), cut into windows of time, with their metrics.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HEALTHY = ROOT / "tests" / "recordings" / "signatures"
RECORDINGS = (ROOT / "faultmaven" / "recordings", ROOT / "tests" / "recordings")
TRUTH = ROOT / "tests" / "recordings" / "truth"
PART = 60  # lines of a log
MOST_PARTS = 4
WINDOW_S = 100.0
_TIMES = (
    (re.compile(r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d"), "%Y-%m-%dT%H:%M:%S"),
    (re.compile(r"\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d"), "%d %b %Y %H:%M:%S"),
)
_HEAD = 160  # characters in which a line tells its time


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Files by their path, in which nothing is wrong; `source` is what they were cut from."""

    name: str
    source: str
    alerted: str
    files: Mapping[str, bytes]

    def write(self, folder: Path) -> None:
        """Below `files` of `folder`."""
        for name, content in self.files.items():
            path = folder / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def quiet_windows() -> list[Quiet]:
    """All that our own recordings give."""
    return [*_healthy(), *_before_incidents()]


def _healthy() -> Iterator[Quiet]:
    for path in sorted(HEALTHY.glob("*/healthy_*.log")):
        lines = path.read_bytes().splitlines(keepends=True)
        parts = max(1, min(MOST_PARTS, len(lines) // PART))
        size = len(lines) // parts
        name = f"{path.parent.name}/{path.stem}"
        for nth in range(parts):
            content = b"".join(lines[nth * size : (nth + 1) * size])
            files = {"app/app.log": content}
            yield Quiet(name=f"{name}#{nth}", source=name, alerted="app", files=files)


def _before_incidents() -> Iterator[Quiet]:
    for folder in sorted(case for root in RECORDINGS for case in root.iterdir()):
        truth = TRUTH / f"{folder.name}.json"
        if truth.is_file() and (folder / "alert.json").is_file():
            yield from _windows(folder, json.loads(truth.read_text(encoding="utf-8")))


def _windows(folder: Path, truth: Mapping[str, Any]) -> Iterator[Quiet]:
    alert = json.loads((folder / "alert.json").read_text(encoding="utf-8"))["alerts"][0]
    texts = {
        path.relative_to(folder / "files").as_posix(): path.read_bytes()
        for path in sorted((folder / "files").rglob("*"))
        if path.suffix == ".log"
    }
    first, last = _span(texts)
    last = min([last, *_moments_of_trouble(truth)])
    for nth in range(int((last - first) // WINDOW_S)):
        begin = first + nth * WINDOW_S
        files = {
            name: _lines_between(text, begin, begin + WINDOW_S) for name, text in texts.items()
        }
        files = {name: content for name, content in files.items() if content}
        for name in ("metrics.json", "topology.json"):
            if (folder / name).is_file():
                whole = json.loads((folder / name).read_text(encoding="utf-8"))
                files[name] = _measured_between(whole, begin, begin + WINDOW_S)
        yield Quiet(
            name=f"{folder.name}#{nth}",
            source=folder.name,
            alerted=alert["labels"]["service"],
            files=files,
        )


def _moments_of_trouble(truth: Mapping[str, Any]) -> Iterator[float]:
    """When something was done that led to the fault, and when it showed. None: there is none."""
    if truth["service"] is None:
        return
    for text in (truth["onset"], truth["marks"].get("change")):
        if text:
            yield datetime.fromisoformat(text).timestamp()


def _span(texts: Mapping[str, bytes]) -> tuple[float, float]:
    """Of the time that all logs have in common, roughly: the first and the last moment."""
    moments = [at for text in texts.values() for at, _ in _timed(text) if at is not None]
    return min(moments), max(moments)


def _lines_between(text: bytes, begin: float, end: float) -> bytes:
    return b"".join(line for at, line in _timed(text) if at is not None and begin <= at < end)


def _timed(text: bytes) -> Iterator[tuple[float | None, bytes]]:
    """Lines with their time; those without one have that of the line before."""
    at = None
    for line in text.splitlines(keepends=True):
        at = _time_in(line[:_HEAD].decode(errors="replace")) or at
        yield at, line


def _time_in(head: str) -> float | None:
    for pattern, form in _TIMES:
        match = pattern.search(head)
        if match:
            text = match[0].replace("/", "-").replace(" ", "T") if "T" in form else match[0]
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
    return None


def _measured_between(document: dict[str, Any], begin: float, end: float) -> bytes:
    """An answer of Prometheus with the points of a window; any other document as it is."""
    for series in document.get("data", {}).get("result", ()):
        series["values"] = [pair for pair in series["values"] if begin <= pair[0] < end]
    return json.dumps(document).encode()
