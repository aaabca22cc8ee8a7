"""How high a figure stands at other services, beside which a step of it may be small.

A service that did nothing before moves by thousands of its standard deviations as soon as anybody
asks it; beside what the same figure is elsewhere that may be next to nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.series.families import Family

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.evidence.series.moves import SeriesMove

# What a service uses. Latencies and failures of a service are its own, whatever others have.
_USED = frozenset(
    {Family.CPU, Family.MEMORY, Family.DISK, Family.NETWORK, Family.SATURATION, Family.OTHER}
)
_PEERS = 4  # services from which on there is a usual level
_HIGH = 0.75  # quantile of the services' levels
_SMALL = 0.2  # of that level: the least scatter a step is measured by
_LABELS = re.compile(r"[{\[(]")

_Figure = tuple[Family, str]


@dataclass(frozen=True)
class PeerLevels:
    """The least scatter of each figure that several services have."""

    least: Mapping[_Figure, float]

    @classmethod
    def of(cls, moves: Iterable[tuple[str, SeriesMove]]) -> PeerLevels:
        """Of the steps of all services, each with its service."""
        levels: defaultdict[_Figure, dict[str, float]] = defaultdict(dict)
        for service, moved in moves:
            if moved.family in _USED and not moved.of_host:
                level = max(abs(moved.before), abs(moved.after))
                of_figure = levels[_figure(service, moved)]
                of_figure[service] = max(level, of_figure.get(service, 0.0))
        return cls(
            {
                figure: _SMALL * sorted(of_figure.values())[int(_HIGH * (len(of_figure) - 1))]
                for figure, of_figure in levels.items()
                if len(of_figure) >= _PEERS
            }
        )

    def strength(self, service: str, moved: SeriesMove) -> float:
        """The step in standard deviations, no smaller ones than the figure has elsewhere."""
        step, strength = abs(moved.after - moved.before), abs(moved.strength)
        least = self.least.get(_figure(service, moved), 0.0)
        if not step or not strength or not least:
            return strength
        return step / max(step / strength, least)


def _figure(service: str, moved: SeriesMove) -> _Figure:
    """The name of a series without its labels and its service."""
    name, *_ = _LABELS.split(moved.series.replace(service, ""))
    return moved.family, name.strip()
