"""Whose clock is off, by where logs end: those that were fetched together end together.

A service whose log ends ahead of all others writes of a time that has not come; one that talks all
the time and ends long before them writes of one that is over.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from core.evidence.model import DataType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.investigation.decision import Situation

_TOGETHER = timedelta(seconds=15)  # in which most logs end
_ASTRAY = timedelta(seconds=30)
_LEAST = 3  # services whose logs end together
_PAUSES = 20  # of its own, that it would have been silent for
_TALKS = 50  # lines


def stray_clock(situation: Situation) -> str | None:
    """The only service whose log ends at another time than those of all others, if any."""
    ends = _ends(situation)
    usual = median(end.timestamp() for end in ends.values()) if ends else 0.0
    gaps = {name: timedelta(seconds=end.timestamp() - usual) for name, end in ends.items()}
    together = [name for name, gap in gaps.items() if abs(gap) <= _TOGETHER]
    astray = [
        name
        for name, gap in gaps.items()
        if gap >= _ASTRAY or (-gap >= _ASTRAY and -gap / _PAUSES >= _pause(situation, name))
    ]
    return astray[0] if len(together) >= _LEAST and len(astray) == 1 else None


def _ends(situation: Situation) -> Mapping[str, datetime]:
    ends: dict[str, datetime] = {}
    for file in situation.files:
        if file.data_type is DataType.LOG and file.service and file.last:
            ends[file.service] = max(file.last, ends.get(file.service, file.last))
    return ends


def _pause(situation: Situation, service: str) -> timedelta:
    """How long it is silent between two lines, on the average; for ever where it says little."""
    lines, lasting = 0, timedelta()
    for file in situation.files:
        if file.service == service and file.first and file.last:
            lines += file.lines
            lasting += file.last - file.first
    return lasting / lines if lines >= _TALKS else timedelta.max
