from __future__ import annotations

from core.evidence.series.observations import find_gap
from tests.core.evidence.series.sample_series import START, series


def test_a_series_that_fell_silent() -> None:
    gap = find_gap(series([1.0] * 40), last=START + 30 * 99)
    assert gap is not None
    assert (gap.index, gap.until, gap.missed) == (39, None, 60)
    assert gap.since.timestamp() == START + 30 * 39


def test_a_hole() -> None:
    times = [START + 30 * n for n in range(60) if not 20 <= n < 30]
    gap = find_gap(series([1.0] * 50, times=times), last=times[-1])
    assert gap is not None
    assert gap.until is not None
    assert (gap.index, gap.missed, gap.until.timestamp()) == (19, 10, START + 30 * 30)


def test_a_series_without_a_rhythm_has_no_gaps() -> None:
    times = [START + n**2 for n in range(40)]
    assert find_gap(series([1.0] * 40, times=times), last=times[-1]) is None
    assert find_gap(series([1.0] * 40), last=START + 30 * 40) is None
    assert find_gap(series([1.0] * 5), last=START + 9_999) is None
