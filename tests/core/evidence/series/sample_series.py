"""Series as tests need them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.model import FileRange, Series, make_series

if TYPE_CHECKING:
    import numpy.typing as npt

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC).timestamp()


class NumberedGround:
    """A ground in which place N is line N + 1, ten bytes long."""

    def span(self, first: int, last: int) -> FileRange:
        return FileRange(first + 1, last + 1, 10 * first, 10 * last + 10)


def series(
    values: npt.ArrayLike,
    name: str = "pool",
    *,
    step: float = 30.0,
    kind: str = "",
    times: npt.ArrayLike | None = None,
    **labels: str,
) -> Series:
    """A point each `step` seconds from 02:00."""
    array = np.array(values, dtype=np.float64)
    regular = START + step * np.arange(len(array), dtype=np.float64)
    at = regular if times is None else np.array(times, dtype=np.float64)
    return make_series(name, labels, (at, array), NumberedGround(), kind=kind)
