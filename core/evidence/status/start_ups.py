"""Reads `systemd-analyze`: which units were slow to start, and how long the start took.

Units start beside each other, so that their times do not add up to that of the start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Level
from core.evidence.status.marks import SPAN, UNIT
from core.evidence.status.observations import StatusObservation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

say = sentences("evidence.start_up")

SLOW_S = 10.0  # of a unit; most take less than a second
MAX_SLOW = 20
_NAMED = 5
_SECONDS = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "month": 2_629_800.0,
    "y": 31_557_600.0,
}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(y|month|w|d|h|min|s|ms|us)(?= |$)")
_BLAMED = re.compile(rf"^ *(?P<took>{SPAN}) (?P<unit>{UNIT})$")
_LINK = re.compile(rf"^[\s│├└─]*(?P<unit>{UNIT}) @{SPAN}(?: \+(?P<took>{SPAN}))?$")
_FINISHED = re.compile(rf"^Startup finished in (?P<phases>.{{1,300}}) = (?P<total>{SPAN})$")
_UNFINISHED = "Bootup is not yet finished"


@dataclass(frozen=True)
class _SlowUnit:
    """A unit with the time that it took. target: what waited for it, if that is known."""

    unit: str
    took: str
    line: int
    target: str = ""

    @property
    def seconds(self) -> float:
        return sum(float(number) * _SECONDS[unit] for number, unit in _AMOUNT.findall(self.took))

    def observation(self) -> StatusObservation:
        words = say.raw("slow", unit=self.unit, took=self.took)
        if self.target:
            words = say.raw("slow_link", unit=self.unit, took=self.took, target=self.target)
        return StatusObservation(words=words, line=self.line, level=Level.WARNING)


def read_start_up(lines: Sequence[str]) -> Iterator[StatusObservation]:
    """Units that took SLOW_S and more, the slowest first; then the time of all, as a note."""
    units = sorted(_units(lines), key=lambda each: each.seconds, reverse=True)
    for slow in units[:MAX_SLOW]:
        if slow.seconds >= SLOW_S:
            yield slow.observation()
    if units:
        named = ", ".join(f"{each.unit} {each.took}" for each in units[:_NAMED])
        words = say.raw("slowest", units=named)
        yield StatusObservation(words=words, line=units[0].line, level=Level.INFO, is_summary=True)
    yield from _totals(lines)


def _units(lines: Sequence[str]) -> list[_SlowUnit]:
    """Each unit once, as the chain that the start waited for has it, or else as it is blamed."""
    units: dict[str, _SlowUnit] = {}
    target = ""
    for number, line in enumerate(map(str.rstrip, lines), 1):
        if blamed := _BLAMED.match(line):
            units.setdefault(blamed["unit"], _SlowUnit(blamed["unit"], blamed["took"], number))
        elif link := _LINK.match(line):
            target = link["unit"] if line.startswith(link["unit"]) else target
            if link["took"]:
                units[link["unit"]] = _SlowUnit(link["unit"], link["took"], number, target)
    return list(units.values())


def _totals(lines: Sequence[str]) -> Iterator[StatusObservation]:
    for number, line in enumerate(map(str.rstrip, lines), 1):
        if finished := _FINISHED.match(line):
            words = say.raw("finished", total=finished["total"], phases=finished["phases"])
            yield StatusObservation(words=words, line=number, level=Level.INFO, is_summary=True)
        elif line.startswith(_UNFINISHED):
            yield StatusObservation(words=say.raw("unfinished"), line=number, level=Level.WARNING)
