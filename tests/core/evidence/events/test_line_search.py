"""Lines by their words: numbered as an editor does, counted by what they carry, nothing hidden."""

from __future__ import annotations

from datetime import time

import pytest

from core.evidence.events.answers import read_numbered_lines
from core.evidence.events.line_clocks import ANY, ClockSpan
from core.evidence.events.line_query import LineQuery
from core.evidence.events.line_search import (
    MINUTE,
    MOST_GROUPS,
    LineCounts,
    count_lines,
    find_lines,
)
from core.redaction.engine import Redactor
from tests.core.evidence.tables import Text

pytestmark = pytest.mark.unit

REDACTOR = Redactor(b"key")
SECRET = "hunter2-value-of-mine"  # noqa: S105 # pragma: allowlist secret
ACCESS = [
    f'10.0.0.1 - - [9/Nov/2026:13:0{n % 3}:00 +0000] "GET /pay HTTP/1.1" {status} 1 took={ms}ms'
    for n, (status, ms) in enumerate([(200, 10)] * 6 + [(503, 30_000)] * 3 + [(200, 20)])
]
TABLE = [
    "time,method,status,duration",
    *(f"2026-11-20T13:00:0{n}Z,GET,50{n},1.5" for n in range(5)),
]


def text(*lines: str) -> Text:
    return Text("\n".join(lines).encode())


def found(original: Text, words: str) -> list[tuple[int, str]]:
    lines = find_lines(original, LineQuery(words), redactor=REDACTOR, most=30, room=400)
    return [(number, line.text) for number, line in lines]


def counted(original: Text, words: str, by: str = "", within: ClockSpan = ANY) -> LineCounts:
    counts = count_lines(original, LineQuery(words), redactor=REDACTOR, by=by, within=within)
    assert counts is not None
    return counts


@pytest.mark.parametrize(
    "original",
    [
        text(*TABLE),
        text("a", "", "b GET", "", "", "c GET"),
        Text(b"one\r\nGET two\r\n\r\nGET three"),
        Text(b"x" * 3_000_000 + b"\nGET after a line without an end\n"),
    ],
    ids=["table", "blanks", "dos", "endless"],
)
def test_a_line_has_the_number_that_it_is_read_by(original: Text) -> None:
    lines = found(original, "get")
    assert lines
    for number, line in lines:
        read = read_numbered_lines(original, number, number, redactor=REDACTOR, room=400)
        assert [(each, words.text) for each, words in read] == [(number, line)]


def test_all_words_must_be_there_and_figures_by_themselves() -> None:
    original = text("POST /pay 504", "GET /pay 200", "GET /pay id-1504", "GET /PAY 504")
    assert [number for number, _ in found(original, "pay get 504")] == [4]


def test_what_redaction_hides_is_neither_found_nor_counted() -> None:
    original = text(f"login password={SECRET} took=4ms", "login of dana took=5ms")
    assert found(original, SECRET) == []
    assert count_lines(original, LineQuery(SECRET), redactor=REDACTOR) is None
    assert counted(original, "login").lines == 2
    assert SECRET not in str(counted(original, "login", by="password").groups)


def test_statuses_and_durations_of_an_access_log() -> None:
    counts = counted(text(*ACCESS), "pay")
    assert counts.statuses == ((200, 7), (503, 3))
    assert counts.durations is not None
    assert (counts.durations.least, counts.durations.most) == (10, 30_000)
    assert (counts.durations.median, counts.durations.count) == (10, 10)
    assert (counts.lines, counts.first, counts.last) == (10, 1, 10)


def test_a_column_of_a_table_is_counted_by_its_name() -> None:
    counts = counted(text(*TABLE), "get", by="method")
    assert [(value.text, count) for value, count in counts.groups] == [("GET", 5)]
    assert counts.statuses == tuple((500 + n, 1) for n in range(5))


@pytest.mark.parametrize(
    ("line", "ms"),
    [
        ("took=12ms", 12),
        ('{"duration_ms": 12.5}', 12.5),
        ("done in 3.2 s", 3_200),
        ("latency: 40us", 0.04),
        ("elapsed_s=2", 2_000),
        ('"GET /poll HTTP/1.1" 204 0 rt=18.004 us=204', 18_004),  # nginx: seconds; then a status
        ("rt=0.104 urt=0.103", 104),
        ("took=12 ms=4", 4),
        ("duration=12", None),
        ("version 12ms-beta of time", None),
    ],
)
def test_a_duration_has_a_unit(line: str, ms: float | None) -> None:
    durations = counted(text(line), "").durations
    assert (durations.most if durations else None) == (ms if ms is None else pytest.approx(ms))


def test_values_are_counted_by_field_and_by_minute() -> None:
    lines = [f"13:0{n % 2}:00 user=u{n % 20:02} path=/p" for n in range(60)]
    by_user = counted(text(*lines), "path", by="user")
    assert len(by_user.groups) == MOST_GROUPS
    assert by_user.others == 60 - 3 * MOST_GROUPS
    by_minute = counted(text(*lines), "path", by=MINUTE)
    assert {value.text: count for value, count in by_minute.groups} == {"13:00": 30, "13:01": 30}


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-23T13:0{n}:07Z served",
        "23/Nov/2026:13:0{n}:07 +0000 served",
        '{{"ts":"2026-11-23T13:0{n}:07Z","msg":"served"}}',
        '{{"ts":{epoch}.25,"msg":"served"}}',
        "{epoch}123 served",
    ],
)
def test_minutes_are_counted_whichever_way_a_line_tells_its_time(line: str) -> None:
    lines = [line.format(n=n, epoch=1795438807 + 60 * n) for n in (5, 5, 6)]
    by_minute = counted(text(*lines), "served", by=MINUTE)
    assert {value.text: count for value, count in by_minute.groups} == {"13:05": 2, "13:06": 1}


def test_many_numbers_are_summed_up() -> None:
    counts = counted(text(*(f"queue depth={n}" for n in range(101))), "queue", by="depth")
    assert counts.values is not None
    assert (counts.values.least, counts.values.median, counts.values.most) == (0, 50, 100)
    assert counts.groups == ()


def test_a_name_of_a_field_is_no_pattern() -> None:
    assert counted(text("a=1 (.*=2"), "", by="(.*").groups[0][0].text == "2"
    assert counted(text("a=1"), "", by="(").groups == ()


@pytest.mark.parametrize(
    ("since", "until", "lines"),
    [
        (time(13, 1), None, 6),
        (None, time(13, 0), 4),
        (time(13, 1), time(13, 1, 30), 3),
        (time(23, 0), time(13, 0, 30), 4),
        (time(14, 0), None, None),
    ],
)
def test_only_lines_of_the_time_asked_for_are_counted(
    since: time | None, until: time | None, lines: int | None
) -> None:
    within = ClockSpan(since, until)
    counts = count_lines(text(*ACCESS), LineQuery("GET"), redactor=REDACTOR, within=within)
    assert (counts.lines if counts else None) == lines


def test_a_line_without_a_clock_is_of_the_time_of_the_one_before() -> None:
    original = text("13:00:00 refused", "  at pay()", "13:09:00 refused", "  at refund()")
    within = ClockSpan(time(13, 5))
    lines = find_lines(
        original, LineQuery("at"), redactor=REDACTOR, most=9, room=400, within=within
    )
    assert [line.text.strip() for _, line in lines] == ["at refund()"]


def test_a_text_without_clocks_has_no_time_to_look_at() -> None:
    assert counted(text("one GET", "two GET"), "get", within=ClockSpan(time(13, 5))).lines == 2
