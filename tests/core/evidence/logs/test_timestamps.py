from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.timestamps import find_format

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)
MOMENT = datetime(2026, 11, 17, 2, 41, 7, tzinfo=UTC)


def read(line: str) -> datetime | None:
    time_format = find_format([line])
    assert time_format is not None, line
    text = re.search(time_format.pattern, line)
    assert text is not None
    value = time_format.parse(pl.Series([text[0]]), reference=REFERENCE)[0]
    return value.replace(tzinfo=UTC, microsecond=0) if value else None


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-17T02:41:07Z up",
        "2026-11-17T02:41:07.123456Z up",
        "2026-11-17 02:41:07,123 INFO up",
        "2026/11/17 02:41:07 [error] 31#31: up",
        "2026-11-17T03:41:07+01:00 up",
        "2026-11-17 03:41:07.5 +0100 up",
        "2026-11-17-02.41.07.123456 up",
        "2026-11-17  2:41:07 0 [Note] up",
        "Start-Date: 2026-11-17  02:41:07",
        '10.0.0.1 - - [17/Nov/2026:02:41:07 +0000] "GET / HTTP/1.1" 200 5',
        "[Tue Nov 17 02:41:07 2026] [error] up",
        "1:M 17 Nov 2026 02:41:07.123 * up",
        "Nov 17 02:41:07 host sshd[1]: up",
        "26/11/17 02:41:07 INFO up",
        "17/11/2026 02:41:07 up",
        "17/11/2026;02:41:07;up",
        "17.11.2026;02:41:07;up",
        "2026-11-17;02:41:07;up",
        "2026-11-17,02:41:07,up",
        "11-17 02:41:07.123  1702  2395 D up",
        "E1117 02:41:07.123456       1 main.go:12] up",
        "261117 024107 148 INFO up",
        "20261117-02:41:07:123|up",
        '{"ts":1794883267.123,"msg":"up"}',
        '{"time":1794883267123,"msg":"up"}',
        '{"ts":1794883267123456,"msg":"up"}',
        '{"ts":1794883267123456789,"msg":"up"}',
        '{"ts":1.794883267123e+09,"msg":"up"}',
        "1794883267.123 6b00.1 up",
        "2026-11-17 03:41:07 CET up",
        "2026-11-16 21:41:07.123 EST [12] LOG: up",
        "2026-11-17 08:11:07 +05:30 up",
        "2026-11-17 02:41:07:123 up",
        "2026-11-17 2:41:07 AM up",
        "[17/Nov/2026 02:41:07] up",
        "17-Nov-2026 02:41:07.123 up",
        "Tue Nov 17 02:41:07 UTC 2026 up",
        "Mon Nov 16 21:41:07 EST 2026 up",
        "Tue, 17 Nov 2026 03:41:07 +0100 up",
        "Tue, 17 Nov 2026 02:41:07 GMT up",
        "[4018] 17 Nov 02:41:07.119 * up",
        "Nov 17, 2026 2:41:07 AM com.shop.Pool get",
        "Nov 17, 2026 2:41:07\u202fAM com.shop.Pool get",
        "Nov 17 2026 02:41:07: up",
        "11/17/2026 2:41:07 AM up",
        "11/17/2026, 02:41:07 up",
        "17.11.2026 02:41:07 up",
        "17-11-2026 02:41:07 up",
        "20261117T024107Z up",
    ],
)
def test_formats(line: str) -> None:
    assert read(line) == MOMENT


def test_a_time_without_a_year_is_never_in_the_future() -> None:
    assert read("Dec 24 18:00:00 host sshd[1]: up") == datetime(2025, 12, 24, 18, tzinfo=UTC)


@pytest.mark.parametrize("line", ["no time at all", "took 00:01:02 in all", "version 1.2.3", ""])
def test_no_format(line: str) -> None:
    assert find_format([line]) is None


def test_few_timed_lines_make_no_format() -> None:
    assert find_format(["2026-11-17T02:41:07Z up", *["words"] * 9]) is None


def test_what_is_no_time_is_null() -> None:
    time_format = find_format(["2026-11-17T02:41:07Z up"])
    assert time_format is not None
    assert time_format.parse(
        pl.Series(["2026-13-41T99:00:00", None]), reference=REFERENCE
    ).to_list() == [
        None,
        None,
    ]


def test_a_time_alone_is_of_the_last_day_that_had_it() -> None:
    for line in (
        "02:41:07.123 [main] INFO up",
        "2:41:07 AM up",
        "[02:41:07] up",
        "I 02:41:07.123 up",
        "ERROR: 02:41:07 up",
        "[WARN] 02:41:07 up",
    ):
        time_format = find_format([line])
        assert time_format is not None
        text = re.search(time_format.pattern, line)
        assert text is not None
        for now, day in (((20, 3), 20), ((20, 1), 19)):
            reference = datetime(2026, 11, *now, tzinfo=UTC)
            (value,) = time_format.parse(pl.Series([text[0]]), reference=reference)
            assert value.replace(microsecond=0) == datetime(2026, 11, day, 2, 41, 7)  # noqa: DTZ001


@pytest.mark.parametrize(
    "line",
    [
        "20-11-2026 om 02:41:07 gestart",
        "20.11.2026 um 02:41:07 gestartet",
        "20/11/2026 à 02:41:07 démarré",
        "E 1120 02:41:07.000 orders[180] no connection",
        "20/11/2026;02:41;lea;orders;2.9.0;ok",
        "CHG-12,2026-11-20 02:41,dba,orders,index",
    ],
)
def test_how_people_and_other_tools_write_a_time(line: str) -> None:
    moment = read(line)
    assert moment is not None
    assert moment.replace(second=0) == datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


@pytest.mark.parametrize("text", ["26/11/20 02:41:07", "20/11/26 02:41:07"])
def test_of_two_digits_the_year_is_where_the_moment_is_nearer(text: str) -> None:
    assert read(f"{text} INFO up") == datetime(2026, 11, 20, 2, 41, 7, tzinfo=UTC)


def test_a_chat_tells_minutes() -> None:
    time_format = find_format(["[02:41] dana: router 1.2 -> 1.3", "[02:43] lee: thanks"])
    assert time_format is not None
    reference = datetime(2026, 11, 20, 3, tzinfo=UTC)
    (value,) = time_format.parse(pl.Series(["[02:41]"]), reference=reference)
    assert value == datetime(2026, 11, 20, 2, 41)  # noqa: DTZ001 - naive UTC


@pytest.mark.parametrize("line", ["waited 02:41:07 for dana", "A NEW DAY 02:41:07", "up [02:41]"])
def test_a_clock_within_a_sentence_is_no_time_of_the_line(line: str) -> None:
    assert find_format([line]) is None


def test_the_29th_of_february_is_of_the_last_leap_year() -> None:
    assert read("Feb 29 18:00:00 host sshd[1]: up") == datetime(2024, 2, 29, 18, tzinfo=UTC)


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_lines_tell_times_or_none(lines: list[str]) -> None:
    time_format = find_format(lines)
    if time_format is not None:
        texts = pl.Series(lines, dtype=pl.String).str.extract(f"({time_format.pattern})", 1)
        assert len(time_format.parse(texts, reference=REFERENCE)) == len(lines)


def test_syslogs_time_is_in_lines_of_a_balancer_that_tell_no_other() -> None:
    served = "Nov 17 02:41:07 lb haproxy[8]: 10.0.0.1:40 [17/Nov/2026:02:41:06.512] fe be/s1 0/0/1"
    time_format = find_format([served] * 20)
    assert time_format is not None
    assert re.search(time_format.pattern, "Nov 17 02:41:07 lb haproxy[8]: Server be/s1 is DOWN.")
    zoned = served.replace("06.512]", "06 +0100]")  # which says more than syslog's
    time_format = find_format([zoned] * 20)
    assert time_format is not None
    assert time_format.zoned


def test_numbers_without_their_zeros_are_read() -> None:
    texts = ["20261117-9:5:0:7", "20261117-19:05:30:170"]
    time_format = find_format([f"{text}|Steps|300|flush" for text in texts])
    assert time_format is not None
    assert time_format.parse(pl.Series(texts), reference=REFERENCE).cast(str).to_list() == [
        "2026-11-17 09:05:00.007000",
        "2026-11-17 19:05:30.170000",
    ]


def test_the_time_in_a_files_name_is_not_that_of_its_lines() -> None:
    lines = [
        f"{name}.log.2026-11-01_00:00:0{at} 2026-11-17 02:41:{n:02}.500 77 INFO up"
        for n in range(40)
        for at, name in enumerate(("api", "store"))
    ]
    time_format = find_format(lines)
    assert time_format is not None
    times = pl.Series(["2026-11-17 02:41:07.500"])
    assert time_format.parse(times, reference=REFERENCE).cast(str).to_list() == [
        "2026-11-17 02:41:07.500000"
    ]


def test_the_year_of_the_next_cell_is_no_fraction() -> None:
    row = "CHG1,db,2026-11-17 02:41:07,2026-11-17 02:50:00,done"
    assert read(row) == MOMENT


def test_the_time_is_found_whichever_line_of_two_line_records_a_sample_begins_with() -> None:
    record = ("Nov 17, 2026 2:41:07 AM shop.Till pay", "INFO: paid order 17")
    lines = ["warming up", *(line for _ in range(400) for line in record)]
    assert find_format(lines) is not None
    assert find_format(lines[1:]) is not None
