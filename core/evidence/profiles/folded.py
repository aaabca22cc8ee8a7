"""Reads folded stacks: `main;checkout;render_cart 318`, as FlameGraph, py-spy and others write.

Source: github.com/brendangregg/FlameGraph, stackcollapse.pl.
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

if TYPE_CHECKING:
    from core.evidence.profiles.text_lines import TextLines

_WEIGHT = re.compile(r" (\d{1,18}(?:\.\d{1,9})?)\s*$")
_THREAD = re.compile(r"^(?:process|thread) \d|^Thread[- ]\d|^\[.{1,80}\]$")


def read_folded(lines: TextLines, *, kind: ProfileKind = ProfileKind.CPU) -> ProfileReading:
    """One profile. kind: what was counted, which the format does not tell."""
    builder = ProfileBuilder(kind, WeightUnit.SAMPLES)
    for number, line in lines:
        weight = _WEIGHT.search(line)
        if weight is None:
            continue
        frames = [
            plain_frame(frame) for frame in line[: weight.start()].split(";") if frame.strip()
        ]
        if frames and _THREAD.match(frames[0]) and len(frames) > 1:
            frames = frames[1:]
        count = float(weight[1])
        builder.add(frames, count, number, samples=int(count))
    return reading_of([builder], lines=lines.lines, size=lines.size)
