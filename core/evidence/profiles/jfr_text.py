"""Reads what `jfr print` prints of samples, allocations and waiting, and sees what a summary lacks.

Source: JDK 17 to 21, jdk.jfr.internal.tool.PrettyWriter. Binary recordings are for `jfr` to print.
"""

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
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.profiles.text_lines import TextLines

say = sentences("evidence.jfr_text")

_EVENT = re.compile(r"^(?:\x1b\[\d+m)?(jdk\.\w{1,60}) \{")
_CALL = re.compile(r"^\s+(\S[^(]{0,400}?)\([^)]{0,2000}\)(?:\s+line:\s*-?\d*)?\s*$")
_FIELD = re.compile(r"^  (weight|allocationSize|duration) = ([\d.,]+) (\w{1,5})")
_SCALES = {
    "bytes": 1.0, "byte": 1.0, "B": 1.0, "kB": 1024.0, "MB": 1024.0**2, "GB": 1024.0**3,
    "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0,
}  # fmt: skip
_WEIGHED_BY = {
    "jdk.ObjectAllocationSample": ("weight", ProfileKind.ALLOC),
    "jdk.ObjectAllocationInNewTLAB": ("allocationSize", ProfileKind.ALLOC),
    "jdk.ObjectAllocationOutsideTLAB": ("allocationSize", ProfileKind.ALLOC),
    "jdk.JavaMonitorEnter": ("duration", ProfileKind.LOCK),
}
_SAMPLES = "jdk.ExecutionSample"
_MOST_FRAMES = 2_000
_COUNTED = re.compile(r"^\s*(jdk\.\w{1,60})\s+(\d{1,18})\s+\d+\s*$")


class _Recording:
    """The profiles of a recording, event by event."""

    def __init__(self) -> None:
        self.builders = {
            ProfileKind.CPU: ProfileBuilder(ProfileKind.CPU, WeightUnit.SAMPLES),
            ProfileKind.ALLOC: ProfileBuilder(ProfileKind.ALLOC, WeightUnit.BYTES),
            ProfileKind.LOCK: ProfileBuilder(ProfileKind.LOCK, WeightUnit.SECONDS),
        }
        self.event, self.line = "", 1
        self.frames: list[str] = []
        self.fields: dict[str, float] = {}

    def read(self, number: int, line: str) -> None:
        if (event := _EVENT.match(line)) is not None:
            self.end()
            self.event, self.line = event[1], number
            self.frames, self.fields = [], {}
        elif (figure := _FIELD.match(line)) is not None:
            self.fields[figure[1]] = _amount(figure[2]) * _SCALES.get(figure[3], 1.0)
        elif " = " not in line and len(self.frames) < _MOST_FRAMES:
            call = _CALL.match(line)
            self.frames += [plain_frame(call[1])] if call else []

    def end(self) -> None:
        """Add the event that was read."""
        frames = self.frames[::-1]
        if self.event == _SAMPLES:
            self.builders[ProfileKind.CPU].add(frames, 1.0, self.line, samples=1)
        elif self.event in _WEIGHED_BY:
            name, kind = _WEIGHED_BY[self.event]
            self.builders[kind].add(frames, self.fields.get(name, 0.0), self.line, samples=1)


def read_jfr_events(lines: TextLines) -> ProfileReading:
    """CPU time by samples, memory that was asked for, and time waited for monitors."""
    recording = _Recording()
    for number, line in lines:
        recording.read(number, line)
    recording.end()
    builders = list(recording.builders.values())
    return reading_of(builders, lines=lines.lines, size=lines.size)


def read_jfr_summary(lines: TextLines) -> ProfileReading:
    """No stacks: how many samples the recording has, and how to get at them."""
    counts = {row[1]: int(row[2]) for _, line in lines if (row := _COUNTED.match(line))}
    problem = say.raw("summary_only", n=counts.get(_SAMPLES, 0))
    return ProfileReading(lines=lines.lines, size=lines.size, problem=problem)


def _amount(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0
