from __future__ import annotations

from core.evidence.logs.trends import LogTrend, began_late, has_stopped, is_rare

STEADY = dict.fromkeys(range(100), 10)
COURSE = LogTrend.of([STEADY])


def test_lines_before_and_after_a_minute() -> None:
    assert (COURSE.total, COURSE.before(50), COURSE.after(50)) == (1000, 500, 490)
    assert (LogTrend.of([]).total, LogTrend.of([]).before(3)) == (0, 0)


def test_what_comes_late_and_often_is_new() -> None:
    assert began_late({60: 20, 70: 3}, COURSE)
    assert not began_late({60: 3}, COURSE)  # could be chance
    assert began_late({60: 3}, COURSE, serious=True)
    assert not began_late({2: 500}, COURSE)
    assert not began_late({}, COURSE)


def test_what_came_steadily_and_no_more_is_gone() -> None:
    assert has_stopped(dict.fromkeys(range(40), 2), COURSE)
    assert not has_stopped(dict.fromkeys(range(99), 2), COURSE)
    assert not has_stopped({0: 30, 39: 30}, COURSE)  # it never was steady
    assert not has_stopped({1: 1, 2: 1}, COURSE)


def test_what_is_rare_in_a_long_log() -> None:
    assert is_rare(1, records=1000)
    assert not is_rare(1, records=20)
    assert not is_rare(50, records=1000)
