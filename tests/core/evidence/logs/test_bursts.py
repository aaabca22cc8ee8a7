from __future__ import annotations

from core.evidence.logs.trends import find_burst


def test_a_jump_is_a_burst_from_its_first_minute() -> None:
    minutes = dict.fromkeys(range(100, 110), 2) | {110: 40, 111: 90, 112: 80}
    burst = find_burst(minutes, first=100, last=115)
    assert burst is not None
    assert (burst.minute, burst.peak, burst.usual) == (110, 90, 2.0)


def test_silence_before_counts() -> None:
    burst = find_burst({110: 30}, first=100, last=112)
    assert burst is not None
    assert burst.usual == 0


def test_steady_lines_rare_lines_and_short_logs_are_no_burst() -> None:
    assert find_burst(dict.fromkeys(range(100, 120), 50), first=100, last=119) is None
    assert find_burst({110: 3}, first=100, last=119) is None
    assert find_burst({100: 50}, first=100, last=101) is None
    assert find_burst({}, first=100, last=119) is None


def test_a_log_that_begins_with_it_tells_nothing() -> None:
    assert find_burst({100: 90, 101: 90, 102: 1, 103: 1}, first=100, last=110) is None
