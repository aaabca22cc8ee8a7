"""Reads Go's profiles in text: heap, allocs, mutex, block (debug=1), goroutines (debug=1 and 2).

Source: Go's runtime/pprof (writeHeapInternal, writeProfileInternal, printCountProfile) and, for how
samples of memory are scaled up, github.com/google/pprof, profile/legacy_profile.go.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.evidence.profiles.model import (
    MAX_THREADS,
    ProfileBuilder,
    ProfileKind,
    ProfileReading,
    ThreadState,
    WeightUnit,
    plain_frame,
    reading_of,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.profiles.text_lines import TextLines

_HEAP = re.compile(r"^heap profile: \d+: \d+ \[\d+: \d+\] @ (\w+)(?:/(\d{1,12}))?")
_HEAP_ROW = re.compile(r"^(\d{1,18}): (\d{1,18}) \[(\d{1,18}): (\d{1,18})\] @")
_LOCK_ROW = re.compile(r"^(\d{1,18}) (\d{1,18}) @")
_COUNT_ROW = re.compile(r"^(\d{1,9}) @")
_SETTING = re.compile(r"^(cycles/second|sampling period)=(\d{1,18})")
_FRAME = re.compile(r"^#\s+0x[0-9a-f]+\s+(\S+?)\+0x[0-9a-f]+\s")
_GOROUTINE = re.compile(r"^goroutine (\d{1,18})(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[([^\]]{1,200})\]:")
_CALL = re.compile(r"^(?!\s)(?!created by )(\S.*?)\((?:[^()]|\([^()]*\))*\)$")
_MINUTES = re.compile(r"(\d{1,9}) minutes?")
_LOCKING = re.compile(r"^sync\.\(\*(?:RW)?Mutex\)\.R?Lock$")
_GOROUTINES_NAME = "goroutine"
_LOCKED = re.compile(r"^(?:sync\.(?:Rw?W?Mutex|RWMutex|Mutex)\.|semacquire|sync\.WaitGroup)")
_BLOCKED = re.compile(
    r"^(?:chan (?:send|receive)|select|semacquire|sync\.|IO wait|syscall)", re.IGNORECASE
)


@dataclass
class _Row:
    """A row of a profile: its figures, and the frames below it, innermost first."""

    figures: tuple[int, ...]
    line: int
    frames: list[str] = field(default_factory=list)


def read_go_heap(lines: TextLines) -> ProfileReading:
    """Memory in use and memory asked for, both scaled up from samples as pprof does."""
    in_use = ProfileBuilder(ProfileKind.HEAP, WeightUnit.BYTES)
    asked = ProfileBuilder(ProfileKind.ALLOC, WeightUnit.BYTES)
    settings: dict[str, int] = {}
    for row in _rows(lines, _HEAP_ROW, settings):
        rate = settings.get("rate", 1)
        count, size, all_count, all_size = row.figures
        frames = row.frames[::-1]
        in_use.add(frames, _scaled(count, size, rate), row.line)
        asked.add(frames, _scaled(all_count, all_size, rate), row.line)
    return reading_of([in_use, asked], lines=lines.lines, size=lines.size)


def read_go_locks(lines: TextLines) -> ProfileReading:
    """Time that goroutines waited for locks, or for each other."""
    builder = ProfileBuilder(ProfileKind.LOCK, WeightUnit.SECONDS)
    settings: dict[str, int] = {}
    for row in _rows(lines, _LOCK_ROW, settings):
        cycles, count = row.figures
        rate = settings.get("cycles/second", 10**9) or 10**9
        period = max(1, settings.get("sampling period", 1))
        builder.add(row.frames[::-1], cycles * period / rate, row.line, samples=count)
    return reading_of([builder], lines=lines.lines, size=lines.size)


def read_goroutine_counts(lines: TextLines) -> ProfileReading:
    """Goroutines (or threads that were made) by where they are, of debug=1."""
    threads = []
    for row in _rows(lines, _COUNT_ROW, {}):
        lock = next((frame for frame in row.frames if _LOCKING.match(frame)), "")
        threads.append(
            ThreadState(
                name=_GOROUTINES_NAME,
                state="",
                frames=tuple(shortened(row.frames[::-1])),
                line=row.line,
                lock_type=lock,
                count=row.figures[0],
                is_blocked=True,
            )
        )
    return ProfileReading(threads=tuple(threads), lines=lines.lines, size=lines.size)


def read_goroutines(lines: TextLines) -> ProfileReading:
    """Each goroutine with its state, and for how many minutes it has been in it, of debug=2."""
    threads: list[ThreadState] = []
    frames: list[str] = []
    for number, line in lines:
        header = _GOROUTINE.match(line)
        if header is not None:
            _close(threads, frames)
            frames = []
            if len(threads) < MAX_THREADS:
                threads.append(_goroutine(header, number))
        elif (call := _CALL.match(line)) is not None and threads:
            frames.append(plain_frame(call[1]))
    _close(threads, frames)
    return ProfileReading(threads=tuple(threads), lines=lines.lines, size=lines.size)


def _goroutine(header: re.Match[str], line: int) -> ThreadState:
    state = header[2].split(",")[0].strip()
    minutes = _MINUTES.search(header[2])
    return ThreadState(
        name=f"goroutine {header[1]}",
        state=state,
        frames=(),
        line=line,
        minutes=int(minutes[1]) if minutes else 0,
        lock_type=state if _LOCKED.match(state) else "",
        is_blocked=bool(_BLOCKED.match(state)),
    )


def _close(threads: list[ThreadState], frames: list[str]) -> None:
    if threads and frames and not threads[-1].frames:
        threads[-1] = replace(threads[-1], frames=tuple(shortened(frames[::-1])))


def _rows(lines: TextLines, pattern: re.Pattern[str], settings: dict[str, int]) -> Iterator[_Row]:
    """Each row once its frames were read. settings: filled with those of the head."""
    row: _Row | None = None
    for number, line in lines:
        if (frame := _FRAME.match(line)) is not None:
            if row is not None:
                row.frames.append(plain_frame(frame[1]))
        elif (figures := pattern.match(line)) is not None:
            if row is not None:
                yield row
            row = _Row(tuple(map(int, figures.groups())), number)
        elif row is None:
            settings.update(_settings(line))
    if row is not None:
        yield row


def _settings(line: str) -> dict[str, int]:
    if (heap := _HEAP.match(line)) is not None:
        period = int(heap[2] or 1)
        return {"rate": max(1, period // 2 if heap[1] == "heap" else period)}
    if (setting := _SETTING.match(line)) is not None:
        return {setting[1]: int(setting[2])}
    return {}


def _scaled(count: int, size: int, rate: int) -> float:
    """What so many samples of so many bytes stand for: each byte is looked at once in `rate`."""
    if not count or not size or rate <= 1:
        return float(size)
    return size / -math.expm1(-size / count / rate)
