"""Logs that tell a local time without saying so stand on the clock of the rest of the case."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType, Finding, FindingKind
from core.investigation.local_times import with_utc
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import T0, LogLines, a_log, a_situation, shifted

if TYPE_CHECKING:
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

HOUR = timedelta(hours=1)


def a_clock(service: str, text: str, ahead: timedelta) -> Situation:
    """A log of 15 minutes whose line has this text, on a clock that is so much ahead."""
    file, findings = a_log(service, LogLines(text=text))
    kept = tuple(replace(finding, kind=FindingKind.TEMPLATE) for finding in findings)
    return shifted(a_situation((replace(file, data_type=DataType.LOG), kept)), ahead)


def on_one_clock(*clocks: Situation) -> Situation:
    """With a log in UTC beside them, and an alert."""
    files = [file for clock in clocks for file in clock.files]
    findings: dict[str, tuple[Finding, ...]] = {}
    for clock in clocks:
        findings.update(clock.findings)
    known = a_clock("edge", "2026-03-02T09:10:00Z it broke", timedelta())
    occurrences = a_situation(alert="edge", alert_at=660).occurrences
    whole = replace(
        known,
        files=(*known.files, *files),
        findings={**known.findings, **findings},
        occurrences=occurrences,
    )
    return with_utc(whole)


def starts(situation: Situation) -> list[timedelta]:
    """How long after T0 each file begins."""
    return [file.first - T0 for file in situation.files if file.first]


@pytest.mark.parametrize(("name", "start"), [("board.csv", timedelta()), ("range.json", HOUR)])
def test_a_table_that_lies_apart_from_the_alert_may_be_of_a_local_time(
    name: str, start: timedelta
) -> None:
    table = a_clock("shop", "cpu moved", HOUR)
    file = replace(table.files[0], name=redacted(name), data_type=DataType.METRIC)
    assert starts(on_one_clock(replace(table, files=(file,)))) == [timedelta(), start]


@pytest.mark.parametrize(
    ("text", "is_moved"), [("10:10:00 it broke", True), ("2026-03-01 10:10:00 it broke", False)]
)
def test_a_clock_that_is_ahead_was_read_as_one_of_the_day_before(
    text: str, *, is_moved: bool
) -> None:
    ahead = timedelta(hours=1 - 24)
    assert starts(on_one_clock(a_clock("shop", text, ahead))) == [
        timedelta(),
        timedelta() if is_moved else ahead,
    ]


def test_a_log_of_minutes_tells_a_clock_without_a_zone() -> None:
    moved = on_one_clock(a_clock("shop", "2026-03-02;10:10;dana;shop;2.0", HOUR))
    assert starts(moved) == [timedelta(), timedelta()]


def test_a_zone_within_one_of_many_lines_is_not_the_clock_of_the_log() -> None:
    clocks = [f"2026-03-02 10:{minute}:00,123 it broke" for minute in range(10, 16)]
    quoted = "DETAIL: failing row contains (at) = (2026-03-02 10:10:00.1+00)"
    file, findings = a_log("shop", *(LogLines(text=text) for text in (*clocks, quoted)))
    kept = tuple(replace(finding, kind=FindingKind.TEMPLATE) for finding in findings)
    log = shifted(a_situation((replace(file, data_type=DataType.LOG), kept)), HOUR)
    assert starts(on_one_clock(log)) == [timedelta(), timedelta()]


@pytest.mark.parametrize("ahead", [HOUR, -5 * HOUR, 13 * HOUR, -12 * HOUR])
def test_a_log_of_a_local_time_is_moved_by_whole_hours(ahead: timedelta) -> None:
    moved = on_one_clock(a_clock("shop", "2026-03-02 10:10:00,123 it broke", ahead))
    assert starts(moved) == [timedelta(), timedelta()]
    (finding,) = moved.findings[moved.files[1].id]
    assert finding.first == T0 + timedelta(seconds=600)
    assert min(finding.buckets) == int((T0 + timedelta(seconds=600)).timestamp() // 60)


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        pytest.param("2026-03-02T10:10:00+00:00 it broke", HOUR, id="tells its zone"),
        pytest.param("2026-03-02 10:10:00.1 UTC [7] it broke", HOUR, id="tells UTC"),
        pytest.param("it broke", HOUR, id="tells no clock"),
        pytest.param("2026-03-02 09:10:00 it broke", timedelta(minutes=4), id="covers the alert"),
        pytest.param("2026-03-02 09:32:00 it broke", timedelta(minutes=22), id="no zone is so"),
        pytest.param("2026-03-01 09:10:00 it broke", -24 * HOUR, id="is of another day"),
        pytest.param("2026-03-02 14:40:00 it broke", HOUR * 5.5, id="half an hour, and alone"),
    ],
)
def test_any_other_log_stays_where_it_is(text: str, ahead: timedelta) -> None:
    assert starts(on_one_clock(a_clock("shop", text, ahead)))[1] == ahead


def test_half_hours_are_believed_where_two_logs_agree() -> None:
    ahead = timedelta(hours=5, minutes=30)
    logs = [a_clock(name, "2026-03-02 14:40:00 it broke", ahead) for name in ("shop", "cart")]
    assert starts(on_one_clock(*logs)) == [timedelta()] * 3


def test_what_was_counted_in_such_a_log_moves_with_it() -> None:
    clock = a_clock("shop", "2026-03-02 10:10:00 it broke", HOUR)
    (file,) = clock.files
    row = [
        "http_errors",
        "errors",
        1,
        False,
        "/s",
        1.0,
        7200.0,
        7210.0,
        3.0,
        0.0,
        4.0,
        [1, 2],
        [0, 9],
    ]
    (line,) = clock.findings[file.id]
    counted = replace(line, kind=FindingKind.MOVES, data={"moves": json.dumps([row])})
    moved = on_one_clock(replace(clock, findings={file.id: (line, counted)}))
    (kept,) = json.loads(str(moved.findings[file.id][1].data["moves"]))
    assert kept[6:8] == [3600.0, 3610.0]
    assert kept[:6] == row[:6]


def test_a_text_that_dates_changes_by_the_clock_of_several_logs_moves_with_them() -> None:
    logs = [a_clock(name, "2026-03-02 10:10:00 it broke", HOUR) for name in ("shop", "cart")]
    assert starts(on_one_clock(*logs, a_change(HOUR)))[:3] == [timedelta()] * 3
    assert changed_at(on_one_clock(*logs, a_change(HOUR))) == T0 + timedelta(seconds=590)
    assert changed_at(on_one_clock(logs[0], a_change(HOUR))) == T0 + timedelta(seconds=590) + HOUR
    assert changed_at(on_one_clock(*logs, a_change(timedelta()))) == T0 + timedelta(seconds=590)


def a_change(ahead: timedelta) -> Situation:
    """A setting that a tool changed 10 s before it broke, as its output dates it."""
    file, (line,) = a_log("playbook", LogLines(text="pool: 6 -> 1", at=590, lasting=0, count=1))
    change = replace(line, kind=FindingKind.CHANGE)
    text = replace(file, data_type=DataType.TEXT, first=None, last=None)
    return shifted(a_situation((text, (change,))), ahead)


def changed_at(situation: Situation) -> datetime | None:
    (change,) = (
        finding
        for findings in situation.findings.values()
        for finding in findings
        if finding.kind is FindingKind.CHANGE
    )
    return change.first


def test_the_first_lines_of_a_server_may_tell_a_zone_that_its_program_does_not() -> None:
    local = a_clock("shop", "2026-03-02 10:10:00,113 ERROR it broke", HOUR)
    [file], [finding] = local.files, local.findings[local.files[0].id]
    start = replace(finding, text=redacted("[2026-03-02 10:00:00 +0100] [7] [INFO] ready"), count=3)
    both = replace(local, findings={file.id: (start, finding)})
    assert starts(on_one_clock(both)) == [timedelta(), timedelta()]
    zoned = replace(local, findings={file.id: (replace(start, count=4000), finding)})
    assert starts(on_one_clock(zoned)) == [timedelta(), HOUR]


@pytest.mark.parametrize(("zone", "start"), [(" CET", timedelta()), ("Z", HOUR)])
def test_a_list_of_hours_ends_with_the_others_by_a_clock_that_another_log_tells(
    zone: str, start: timedelta
) -> None:
    jobs = a_clock("jobs", "Mar  2 10:10:00 jobs-1 CRON[7]: (app) CMD (/opt/close)", HOUR)
    whole = replace(jobs.files[0], first=T0 - 3 * HOUR, last=T0 + HOUR + timedelta(minutes=13))
    (ran,) = jobs.findings[whole.id]
    assert ran.first is not None
    earlier = replace(ran, first=ran.first - 2 * HOUR, last=ran.first - 2 * HOUR)
    zoned = a_clock("db", f"2026-03-02 09:10:00{zone} it broke", timedelta())
    listed = replace(jobs, files=(whole,), findings={whole.id: (earlier, ran)})
    _, moved = on_one_clock(listed, zoned).findings[whole.id]
    assert moved.first == ran.first + start - HOUR
