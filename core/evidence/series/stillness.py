"""When did a series that always moves stand still? A sensor, an agent or a cache that is stuck.

No value of such a stretch is odd, and a stretch of noise is nearer to it than to other noise: it
has to be looked for by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.evidence.series.model import Floats

_LEAST_RUN = 12  # points
_LONGER = 6.0  # times the second longest run
_LEAST_RUNS = 30  # a series of a few levels stands still all the time


@dataclass(frozen=True)
class Still:
    """From point `first` to `last` (indices, included) the value is exactly `value`."""

    first: int
    last: int
    value: float


def find_still(values: Floats) -> Still | None:
    """The longest run of one value, where no other run is nearly as long."""
    edges = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1, [len(values)]))
    lengths = np.diff(edges)
    if len(lengths) < _LEAST_RUNS:
        return None
    longest = int(np.argmax(lengths))
    second = int(np.max(np.delete(lengths, longest)))
    if lengths[longest] < max(_LEAST_RUN, _LONGER * second):
        return None
    first, last = int(edges[longest]), int(edges[longest + 1]) - 1
    return Still(first, last, float(values[first]))
