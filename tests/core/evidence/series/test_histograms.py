from __future__ import annotations

import numpy as np
import pytest

from core.evidence.series.families import summarise_histograms
from tests.core.evidence.series.sample_series import series


def test_an_average_and_a_quantile_instead_of_buckets() -> None:
    """Half of 100 observations a step below 0.1, all below 0.5; later half of them above 0.5."""
    steps = np.arange(10)
    slow = np.maximum(0, steps - 5)
    given = [
        series(50 * steps, "h_bucket", le="0.1", service="a"),
        series(100 * steps - 50 * slow, "h_bucket", le="0.5", service="a"),
        series(100 * steps, "h_bucket", le="+Inf", service="a"),
        series(10.0 * steps + 50 * slow, "h_sum", service="a"),
        series(100 * steps, "h_count", service="a"),
        series(steps, "other"),
    ]
    made, rest = summarise_histograms(given)
    by_name = {series.name: series for series in made}
    assert set(by_name) == {"average(h)", "p99(h)"}
    assert [series.name for series in rest] == ["h_count", "other"]
    assert by_name["average(h)"].values.tolist() == pytest.approx([0.1] * 5 + [0.6] * 4)
    # 99 of 100: 49 of the 50 between 0.1 and 0.5; later beyond the last bound.
    assert by_name["p99(h)"].values.tolist() == pytest.approx([0.492] * 5 + [0.5] * 4)
    assert dict(by_name["p99(h)"].labels) == {"service": "a"}


def test_buckets_without_an_end_or_with_odd_bounds_give_nothing() -> None:
    odd = [series(range(5), "h_bucket", le=bound) for bound in ("0.1", "x")]
    assert summarise_histograms(odd) == ([], [])


def test_steps_without_observations_have_no_quantile() -> None:
    given = [series([0, 5, 5, 9], "h_bucket", le=bound) for bound in ("1", "+Inf")]
    (made,), _ = summarise_histograms(given)
    assert len(made.values) == 2
