"""Lines as a block of a file."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from core.evidence.lines import Block

if TYPE_CHECKING:
    from collections.abc import Sequence


def block_of(lines: Sequence[str], *, number: int = 1) -> Block:
    """Its first line has that number, its first byte is the file's."""
    ends = accumulate(len(line.encode()) + 1 for line in lines)
    return Block(number, pl.Series(lines, dtype=pl.String), np.array([0, *ends], dtype=np.int64))
