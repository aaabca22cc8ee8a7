from __future__ import annotations

import pytest

from core.evidence.series.change_points import find_change
from core.evidence.series.families import is_counter, to_rate
from tests.core.evidence.series.sample_series import series


def test_a_rate_is_per_second_and_a_reset_is_no_fall() -> None:
    counter = series([0, 30, 60, 90, 15, 45, 75], "orders_total")
    made = to_rate(counter)
    assert made.name == "rate(orders_total)"
    assert made.values.tolist() == [1.0, 1.0, 1.0, 0.5, 1.0, 1.0]
    assert made.span(0, 0).line_start == 2
    assert find_change(made.times, made.values) is None


@pytest.mark.parametrize(
    ("values", "name", "kind", "expected"),
    [
        ([1, 2, 3, 4], "orders_total", "", True),
        ([1, 2, 3, 4], "orders", "counter", True),
        ([1, 2, 3, 4], "orders", "", False),
        ([1, 2, 3, 4], "items_count", "gauge", False),
        ([4, 3, 4, 3, 4, 3], "items_count", "", False),
        ([5, 5, 5, 5], "orders_total", "", False),
        ([1, 2], "orders_total", "counter", False),
    ],
)
def test_what_is_a_counter(values: list[float], name: str, kind: str, *, expected: bool) -> None:
    assert is_counter(series(values, name, kind=kind)) is expected
