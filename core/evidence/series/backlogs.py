"""Whether a heap of work came at once and was worked off, or waits for somebody who does not work.

A queue that nobody reads rises as fast as work arrives, and stands. One that a batch fills stands
at its height at once and falls at the pace of those who read it: nobody failed to do their part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.evidence.series.model import Floats

_AT_ONCE = 3  # points within which the heap is at its height
_FEWEST = 4  # points that it takes to work it off: less is a spike
_GONE = 0.1  # of the height, what may be left
_FALLING = 0.8  # share of the points at which less is left than before


def is_worked_off(values: Floats, begin: int, before: float) -> bool:
    """Whether what came at `begin` is gone by the end, less at nearly each point.

    values: of the series, oldest first. before: its level before `begin`.
    """
    heap = values[begin:] - before
    top = int(heap[:_AT_ONCE].argmax()) if len(heap) else 0
    if len(heap) <= top + _FEWEST or heap[top] <= 0 or heap[top] < heap.max():
        return False
    is_gone = heap <= _GONE * heap[top]
    gone = top + int(is_gone[top:].argmax())
    if gone - top < _FEWEST or not is_gone[gone:].all():
        return False
    return bool(np.mean(np.diff(heap[top : gone + 1]) < 0) >= _FALLING)
