from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from core.evidence.logs.fields import find_fields
from core.evidence.logs.layout import learn_layout

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)


def read(*lines: str) -> list[dict[str, Any]]:
    # A layout is learnt from many lines that agree; repeating them stands in for that.
    return learn_layout(lines * 10).read(pl.Series(lines), reference=REFERENCE).to_dicts()


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (
            "2026-11-17T02:41:07.1Z ERROR [main] c.shop.Pool: no connection",
            "ERROR",
            "no connection",
        ),
        ("2026-11-17 02:41:07,1 - shop.pool - WARNING - no connection", "WARNING", "no connection"),
        (
            "2026-11-17T02:41:07Z  INFO 1 --- [nio-1] c.s.Pool   : no connection",
            "INFO",
            "no connection",
        ),
        (
            "2026-11-17 02:41:07.1 UTC [312] FATAL:  sorry, too many clients",
            "FATAL",
            "sorry, too many clients",
        ),
        ("2026/11/17 02:41:07 [error] 31#31: *45 connect() failed", "error", "connect() failed"),
        (
            "1:M 17 Nov 2026 02:41:07.123 # Can't save in background",
            "#",
            "Can't save in background",
        ),
        ("E1117 02:41:07.123456       1 main.go:12] no connection", "E", "no connection"),
        ("Nov 17 02:41:07 web-1 sshd[12]: no connection", None, "no connection"),
        ("[2026-11-17 02:41:07,123] ERROR [Broker 1]: no connection", "ERROR", "no connection"),
        ("11-17 02:41:07.123  1702  2395 W Pool: no connection", "W", "no connection"),
        (
            "[2026-11-17T02:41:07.1+0000][warning][gc,start ] no connection",
            "warning",
            "no connection",
        ),
        (
            "[2026-11-17T02:41:07,1][WARN ][o.e.c.Pool] [node-1] no connection",
            "WARN",
            "no connection",
        ),
        ("ERROR:root:no connection", "ERROR", "no connection"),
        ("20261117T024107.123Z|gate-1|E|no connection", "E", "no connection"),
    ],
)
def test_headers(line: str, level: str | None, message: str) -> None:
    (row,) = read(line)
    assert (row["level"], row["message"].strip()) == (level, message)
    assert row["start"]


def test_json_lines() -> None:
    rows = read(
        '{"time":"2026-11-17T02:41:07.1Z","level":"error","service":"api",'
        '"msg":"no \\"connection\\"","error":"refused"}',
        '{"time":"2026-11-17T02:41:08.1Z","level":"info","service":"api","msg":"fine"}',
    )
    assert rows[0]["message"] == 'no "connection" refused'
    assert [row["level"] for row in rows] == ["error", "info"]
    assert rows[0]["service"] == "api"
    assert rows[0]["time"] == datetime(2026, 11, 17, 2, 41, 7, 100_000)  # noqa: DTZ001 - naive UTC


def test_logfmt() -> None:
    rows = read(
        'ts=2026-11-17T02:41:07Z level=warn app=api msg="no connection" err="refused"',
        "ts=2026-11-17T02:41:08Z level=info app=api msg=fine",
    )
    assert [row["level"] for row in rows] == ["warn", "info"]
    assert rows[1]["message"] == "fine"


def test_lines_of_a_container_runtime_are_unwrapped() -> None:
    (row,) = read(
        '{"log":"02:41:07 ERROR c.s.Pool - no connection\\n","stream":"stderr",'
        '"time":"2026-11-17T02:41:07.1Z"}'
    )
    assert row["level"] == "ERROR"
    assert row["time"] == datetime(2026, 11, 17, 2, 41, 7, 100_000)  # noqa: DTZ001 - naive UTC


def test_an_access_log_has_its_status_for_a_level() -> None:
    line = '10.0.0.1 - - [17/Nov/2026:02:41:07 +0000] "GET /cart HTTP/1.1" 502 139 "-" "curl/8"'
    layout = learn_layout([line] * 10)
    assert layout.status
    assert read(line)[0]["level"] == "502"


def test_other_lines_of_an_access_log_keep_their_level() -> None:
    access = '10.0.0.1 - - [17/Nov/2026:02:41:07 +0000] "GET /cart HTTP/1.1" 200 139 "-" "curl/8"'
    other = "17/Nov/2026:02:41:08 +0000 [emerg] 10#10: unknown directive"
    levels = read(*[access] * 9, other)
    assert [row["level"].strip("]") for row in levels] == [*["200"] * 9, "emerg"]


def test_lines_without_a_time_continue_a_record() -> None:
    rows = read("2026-11-17T02:41:07Z ERROR broken", "    at com.shop.Pool.get(Pool.java:3)")
    assert [row["start"] for row in rows] == [True, False]


def test_prose_has_no_header() -> None:
    assert learn_layout(["Hello there, this is a note.", "It has two lines."]).head == ""


def test_what_a_line_of_fields_says() -> None:
    line = '{"time":"2026-11-17T02:41:07Z","level":"error","msg":"say \\"no\\"","err":"refused"}'
    assert learn_layout([line] * 5).message_text(line) == 'say "no" refused'


WRAPPED_TRACE = (
    r'{"log":"2026-11-19 03:11:00,000 ERROR [http-1] LinkFailure: it broke\n",'
    r'"stream":"stdout","time":"2026-11-19T03:11:00.000Z"}',
    r'{"log":"\tat com.example.Pool(Pool.java:10)\n",'
    r'"stream":"stdout","time":"2026-11-19T03:11:00.010Z"}',
    r'{"log":"Caused by: java.net.ConnectException: Connection refused\n",'
    r'"stream":"stdout","time":"2026-11-19T03:11:00.020Z"}',
)


def test_a_trace_that_a_container_runtime_wrapped_line_by_line_is_one_record() -> None:
    read = learn_layout(WRAPPED_TRACE).read(pl.Series(WRAPPED_TRACE), reference=REFERENCE)
    assert read["start"].to_list() == [True, False, False]
    assert read["level"].to_list() == ["ERROR", None, None]


@pytest.mark.parametrize(
    "line",
    [
        "Nov 17 02:41:07 lb haproxy[8]: 10.0.0.1:40 [17/Nov/2026:02:41:06.512] fe be/<NOSRV> "
        '0/0/-1/-1/31 503 559 - - SC-- 5/5/1/0/0 0/0 "GET / HTTP/1.1"',
        '{"start_time":"2026-11-17T02:41:07.123Z","method":"GET","response_code":503,"duration":3}',
        "2026-11-17T02:41:07Z method=GET path=/seats status=503 took=12ms",
    ],
)
def test_a_status_is_a_level_where_no_level_is(line: str) -> None:
    layout = learn_layout([line] * 10)
    assert layout.status
    assert layout.read(pl.Series([line]), reference=REFERENCE)["level"].to_list() == ["503"]


def test_a_level_that_is_stated_says_more_than_a_status() -> None:
    (row,) = read('{"time":"2026-11-17T02:41:07Z","level":"info","msg":"served","status":503}')
    assert row["level"] == "info"


def test_a_clock_alone_is_the_time_of_a_record() -> None:
    lines = [f'{{"when":"02:41:0{at}.125","lvl":20,"w":"job {at} is done"}}' for at in range(4)]
    layout = learn_layout(lines)
    assert layout.tells_clock_alone
    assert all(row["time"] for row in read(*lines))


def test_fields_of_other_names_are_told_by_their_values() -> None:
    lines = [
        f'{{"horodatage":"2026-11-17T02:41:0{at}.1Z","gravite":{level},"texte":"{words}"}}'
        for at, (level, words) in enumerate(
            [(6, "requête servie"), (3, "base perdue"), (6, "requête servie")]
        )
    ]
    rows = read(*lines)
    assert [row["message"] for row in rows[:2]] == ["requête servie", "base perdue"]
    assert [row["level"] for row in rows[:2]] == ["6", "3"]
    assert rows[1]["time"] == datetime(2026, 11, 17, 2, 41, 1, 100_000)  # noqa: DTZ001 - naive UTC


@pytest.mark.parametrize(
    ("numbers", "levels"),
    [
        (("2", "2", "4"), ["INFO", "INFO", "ERROR"]),
        (("6", "6", "4"), ["6", "6", "4"]),
        (("20", "20", "40"), ["INFO", "INFO", "ERROR"]),
        (("30", "30", "50"), ["30", "30", "50"]),
    ],
)
def test_numbers_of_levels_count_up_or_down_as_most_lines_say(
    numbers: tuple[str, ...], levels: list[str]
) -> None:
    lines = [
        f'{{"epoch_ms": 179542853137{at}, "sev": {number}, "m": "order {at} stored"}}'
        for at, number in enumerate(numbers)
    ]
    rows = read(*lines)
    assert [row["level"] for row in rows] == levels
    assert all(row["time"] is not None for row in rows)


def test_a_record_of_measurements_has_no_message() -> None:
    assert find_fields(['{"day": "2026-11-17", "cpu": 0.3, "host": "a1"}'] * 9) is None
