"""Reads histograms of Java's heap: `jmap -histo`, `jcmd GC.class_histogram`."""

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

_ROW = re.compile(r"^\s*\d{1,9}:\s+(\d{1,18})\s+(\d{1,18})\s+(\S+)")
# Java Virtual Machine Specification, 4.3.2: what an array is of.
_OF = {
    "B": "byte", "C": "char", "D": "double", "F": "float", "I": "int", "J": "long", "S": "short",
    "Z": "boolean",
}  # fmt: skip


def read_class_histogram(lines: TextLines) -> ProfileReading:
    """Memory in use by class; samples are instances."""
    builder = ProfileBuilder(ProfileKind.HEAP, WeightUnit.BYTES)
    for number, line in lines:
        if (row := _ROW.match(line)) is not None:
            builder.add([class_name(row[3])], float(row[2]), number, samples=int(row[1]))
    return reading_of([builder], lines=lines.lines, size=lines.size)


def class_name(descriptor: str) -> str:
    """`byte[][]` for `[[B`, `java.lang.Object[]` for `[Ljava.lang.Object;`."""
    inner = descriptor.lstrip("[")
    dimensions = len(descriptor) - len(inner)
    if dimensions:
        inner = _OF.get(inner) or inner.removeprefix("L").removesuffix(";")
    return plain_frame(inner + "[]" * min(dimensions, 8))
