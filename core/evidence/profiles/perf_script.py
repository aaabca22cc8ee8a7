"""Reads what `perf script` prints of samples with their call chains. Source: perf-script(1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.profiles.model import (
    ProfileBuilder,
    ProfileKind,
    ProfileReading,
    WeightUnit,
    plain_frame,
    reading_of,
)

if TYPE_CHECKING:
    from core.evidence.profiles.text_lines import TextLines

_HEADER = re.compile(
    r"^(?P<program>\S.{0,80}?)\s+\d+(?:/\d+)?\s+(?:\[\d+\]\s+)?\d+\.\d+:\s+(?:\d+\s+)?"
    r"(?P<event>[\w:/.-]+):"
)
_FRAME = re.compile(r"^\s+[0-9a-f]+ (?P<symbol>.+?)(?: \((?P<file>[^()]*(?:\([^()]*\))?)\))?$")
_DETAILS = re.compile(r"(?:@@?[\w.]+)?(?:\+0x[0-9a-f]+)?$")  # version of a symbol, offset
_MOST_FRAMES = 1_000
_LOCKS = re.compile(r"^(?:lock|syscalls:sys_enter_futex|contention)")


def read_perf_script(lines: TextLines) -> ProfileReading:
    """A profile of samples; the program is the outermost frame of each."""
    cpu = ProfileBuilder(ProfileKind.CPU, WeightUnit.SAMPLES)
    locks = ProfileBuilder(ProfileKind.LOCK, WeightUnit.SAMPLES)
    frames: list[str] = []
    program, builder, start = "", cpu, 1
    for number, line in lines:
        header = _HEADER.match(line)
        if header is not None:
            _add(builder, program, frames, start)
            program, frames, start = header["program"], [], number
            builder = locks if _LOCKS.match(header["event"]) else cpu
        elif (frame := _FRAME.match(line)) is not None and len(frames) < _MOST_FRAMES:
            frames.append(_label(frame))
    _add(builder, program, frames, start)
    return reading_of([cpu, locks], lines=lines.lines, size=lines.size)


def _add(builder: ProfileBuilder, program: str, frames: list[str], line: int) -> None:
    if program and frames:
        builder.add([program, *reversed(frames)], 1.0, line, samples=1)


def _label(frame: re.Match[str]) -> str:
    symbol = _DETAILS.sub("", frame["symbol"])
    file = (frame["file"] or "").rpartition("/")[2]
    if file.startswith("["):
        file = file.strip("[]").partition(".")[0]
    return plain_frame(f"{symbol} ({file})" if file else symbol)
