"""When it began: the earliest moment on which files agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.timeline import OnsetSign, find_onset, find_rise, find_signs
from core.text.redacted import RedactedText

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
MINUTE = int(NOON.timestamp()) // 60
SECONDS = st.lists(st.lists(st.integers(0, 7200), max_size=4), max_size=6)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def sign(seconds: float, *, is_exact: bool = True) -> OnsetSign:
    locus = Locus(file="a.log", line_start=1, line_end=1)
    return OnsetSign(
        at=at(seconds), text=RedactedText.format("broke"), locus=locus, is_exact=is_exact
    )


def finding(kind: FindingKind, seconds: float, **other: Any) -> Finding:
    data = {"level": Level.ERROR, "last": at(3600), **other}
    return Finding(
        kind=kind,
        text=RedactedText.format("broke"),
        locus=Locus(file="a.log", line_start=7, line_end=7),
        first=at(seconds),
        **data,
    )


def test_the_earliest_moment_on_which_half_of_the_files_agree() -> None:
    files = [[sign(-3000), sign(100)], [sign(90)], [sign(150)], [], [sign(2000)]]
    onset = find_onset(files)
    assert onset is not None
    assert onset.at == at(90)
    assert ([sign.at for sign in onset.signs], onset.of) == ([at(90), at(100), at(150)], 4)
    assert onset.is_agreed


def test_one_file_alone_says_so() -> None:
    onset = find_onset([[sign(5)], []])
    assert onset is not None
    assert (onset.at, onset.is_agreed, onset.of) == (at(5), False, 1)
    assert find_onset([[], []]) is None


def test_sampled_series_agree_but_lines_say_when() -> None:
    onset = find_onset([[sign(-20, is_exact=False), sign(10, is_exact=False)], [sign(3)]])
    assert onset is not None
    assert (onset.at, len(onset.signs)) == (at(3), 2)
    alone = find_onset([[sign(-20, is_exact=False)]])
    assert alone is not None
    assert alone.at == at(-20)


@settings(deadline=None)
@given(files=SECONDS)
def test_an_onset_is_the_time_of_a_sign_and_each_file_is_heard_once(files: list[list[int]]) -> None:
    onset = find_onset([[sign(second) for second in seconds] for seconds in files])
    if onset is None:
        assert not any(files)
        return
    assert onset.at == min(sign.at for sign in onset.signs)
    assert 1 <= len(onset.signs) <= onset.of == sum(map(bool, files))


def test_when_a_rate_rose() -> None:
    buckets = {MINUTE: 1, MINUTE + 7: 1, MINUTE + 20: 60, MINUTE + 21: 55, MINUTE + 22: 70}
    rise = find_rise(buckets, first=NOON, last=at(1400))
    assert rise is not None
    assert rise.at == at(20 * 60)
    steady = find_rise({MINUTE + n: 5 for n in range(30)}, first=NOON, last=at(1800))
    assert steady is not None
    assert steady.at == NOON
    assert find_rise({}, first=None, last=None) is None


def test_a_log_says_the_second_of_its_first_errors_of_that_rate() -> None:
    """Two stray errors, then 40 a minute from 12:09:48 on: 8 in what was left of that minute."""
    buckets = {MINUTE + 1: 1, MINUTE + 9: 9, MINUTE + 10: 40, MINUTE + 11: 42}
    findings = [
        finding(FindingKind.ERROR_RATE, 70, buckets=buckets),
        finding(FindingKind.FIRST_ERROR, 70),
        finding(FindingKind.SIGNAL, 9 * 60 + 5),
        finding(FindingKind.SIGNAL, 9 * 60 + 48),
    ]
    [first_sign] = find_signs(findings, began=NOON - timedelta(hours=1))
    assert first_sign.at == at(9 * 60 + 48)


def test_errors_that_were_there_from_the_beginning_tell_no_onset() -> None:
    rate = finding(FindingKind.ERROR_RATE, 10, buckets={MINUTE + n: 5 for n in range(30)})
    assert find_signs([rate, finding(FindingKind.FIRST_ERROR, 10)], began=NOON) == []


def test_what_an_extractor_says_counts_where_it_is_another_moment() -> None:
    rate = finding(FindingKind.ERROR_RATE, 600, buckets={MINUTE + 10: 50, MINUTE + 11: 50})
    findings = [rate, finding(FindingKind.FIRST_ERROR, 605)]
    assert find_signs(findings, began=NOON, onset=at(600))[0].at == at(605)
    assert find_signs(findings, began=NOON, onset=at(900))[0].at == at(900)


@pytest.mark.parametrize("entry", [True, False])
def test_of_spans_the_place_where_the_fault_enters_is_a_sign(entry: bool) -> None:  # noqa: FBT001
    signs = find_signs([finding(FindingKind.SPAN, 3, data={"entry": entry})])
    assert [sign.at for sign in signs] == ([at(3)] if entry else [])


def test_times_are_told_by_the_timelines_clock() -> None:
    signs = find_signs([finding(FindingKind.BURST, 60)], ahead=timedelta(seconds=50))
    assert signs[0].at == at(10)


def test_a_series_that_drifts_from_the_beginning_on_tells_no_onset() -> None:
    drift = finding(FindingKind.METRIC, 60, level=Level.WARNING)
    jump = finding(FindingKind.METRIC, 2400, level=Level.WARNING)
    assert [sign.at for sign in find_signs([drift, jump], began=at(0))] == [at(2400)]
    assert [sign.at for sign in find_signs([drift, jump])] == [at(60), at(2400)]
