from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from core.evidence.logs.header import learn_header
from core.evidence.logs.layout import learn_layout
from core.evidence.logs.timestamps import find_format

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)


def rest_of(lines: list[str]) -> list[str]:
    header = learn_header(lines, find_format(lines))
    return [re.sub(header.head, "", line, count=1) if header.head else line for line in lines]


def test_hosts_and_programs_of_syslog_belong_to_the_header() -> None:
    lines = [
        f"Nov 17 02:41:{second:02} web-{second % 3} cron[{second}]: job {second} done"
        for second in range(60)
    ]
    assert rest_of(lines) == [f"job {second} done" for second in range(60)]


def test_a_process_with_its_ids_needs_no_colon() -> None:
    lines = [
        f"2026-04-24 14:08:{second:02}.1+0200 {name}[{second}:{second * 77:x}] battery {second}"
        for second, name in enumerate(["power", "photos"] * 30)
    ]
    assert rest_of(lines) == [f"battery {second}" for second in range(60)]


def test_a_second_time_belongs_to_the_header() -> None:
    lines = [
        f"1794883{second:03} 2026.11.17 n{second} Nov 17 02:41:{second:02} "
        f"n{second}/n{second} kernel: up"
        for second in range(60)
    ]
    assert set(rest_of(lines)) == {"up"}


def test_a_component_that_some_lines_lack_is_optional() -> None:
    lines = [f"2026-11-17 02:41:{n:02} INFO pool.Pool: size {n}" for n in range(50)]
    lines += [f"2026-11-17 02:42:{n:02} INFO starting up" for n in range(5)]
    assert rest_of(lines)[0] == "size 0"
    assert rest_of(lines)[-1] == "starting up"


def test_only_one_component_is_taken() -> None:
    lines = [f"2026-11-17 02:41:{n:02} INFO pool.Pool: warning: size {n}" for n in range(50)]
    assert rest_of(lines)[0] == "warning: size 0"


_SAID = ("job 7 taken", "queue is full", "lease renewed", "no route to x", "retry in 2 s")


@pytest.mark.parametrize(
    "form",
    [
        "2026-11-17 02:{n:02}:41, Info     {column}    {said}",
        "2026-11-17 02:{n:02}:41 INFO store::{column}{{shard={n}}}: {said}",
        "17.11.2026 02:{n:02}:41 WARN {column} {said}",
        "2026-11-17 02:{n:02}:41;INFO;{column};{said}",
        "2026-11-17 02:{n:02}:41,INFO,{column},{said}",
        "{n} node-{n} unit.{column} changed 17948830{n:02} 1 {said}",
        "app.2026-11-01_00:00:0{k} 2026-11-17 02:{n:02}:41.007 7 INFO a.{column} [r-{n}] {said}",
        "20261117-2:{n}:5:7|{column}|300|{said}",
    ],
)
def test_a_column_of_the_header_says_nothing_about_the_message(form: str) -> None:
    rows = [
        (n, k, column, message)
        for n in range(6)
        for k, column in enumerate("ABC")
        for message in _SAID
    ]
    lines = [form.format(n=9 * n, k=k, column=f"{c}x", said=message) for n, k, c, message in rows]
    assert rest_of(lines) == [message for *_, message in rows]


def test_a_word_that_the_sample_did_not_show_is_no_column() -> None:
    lines = [
        f"2026-11-17 02:41:0{n} INFO {c}x {message}"
        for n in range(9)
        for c in "ABC"
        for message in _SAID
    ]
    header = learn_header(lines, find_format(lines))
    rest = re.sub(header.head, "", "2026-11-17 02:41:00 INFO poolexhausted queue is full")
    assert rest == "poolexhausted queue is full"


def test_a_sentence_that_tells_of_a_time_stays() -> None:
    lines = [f"INFO {job} ended at 2026-11-17 02:41:0{n}" for n in range(9) for job in "abc"]
    assert rest_of(lines)[0] == "a ended at 2026-11-17 02:41:00"


def test_lines_that_agree_on_nothing_keep_all_their_words() -> None:
    lines = ["one thing", "[and] another", "42 things: many"]
    assert rest_of(lines) == lines


SAID = [
    f"{word} {number} for user{number % 7} took {number * 3} ms: {rest}"
    for number in range(40)
    for word, rest in (
        ("order", "fine"),
        ("failed to charge card of order", "connection refused"),
        ("GET /cart", "cache=hit, shard=4"),
        ("[retry] attempt", "will try again - later"),
        ("pool usage is", "9 | 10"),
    )
]
LEVELS = ("INFO", "ERROR", "DEBUG", "WARN", "INFO")
NAMES = ("c.shop.Cart", "c.shop.pay.Charge", "c.shop.Cart", "c.shop.Retry", "Pool")


def wrapped(form: str) -> list[str]:
    """Each message under a header of that form; level and name are those of its kind."""
    start = datetime(2026, 11, 17, 2, tzinfo=UTC)
    return [
        form.format(
            t=start + timedelta(milliseconds=1_237 * number),
            level=LEVELS[number % 5],
            l=LEVELS[number % 5][0],
            name=NAMES[number % 5],
            pid=3_000 + number % 11,
            host=f"web-{number % 3}",
            message=message,
        )
        for number, message in enumerate(SAID)
    ]


@pytest.mark.parametrize(
    "form",
    [
        "{message}",
        "{t:%Y-%m-%d %H:%M:%S},123 {level:<5} [main] {name}: {message}",
        "{t:%Y-%m-%dT%H:%M:%S}.123+01:00 {level:>5} 1 --- [nio-{pid}] {name:<30} : {message}",
        "{t:%H:%M:%S}.123 [http-{pid}] {level:<5} {name} - {message}",
        "{t:%Y-%m-%d %H:%M:%S},123 - {name} - {level} - {message}",
        "{t:%Y-%m-%d %H:%M:%S} | {level:<8} | {name}:serve:47 - {message}",
        "{t:%Y-%m-%d %H:%M:%S}|{level}|{name}|{pid}|{message}",
        "{level}:{name}:{message}",
        "{l}{t:%m%d %H:%M:%S}.123456 {pid:>7} pool.go:12] {message}",
        "{t:%Y-%m-%dT%H:%M:%S}.123Z\t{level}\tshop\tpool/pool.go:12\t{message}",
        "<134>{t:%b %d %H:%M:%S} {host} orders[{pid}]: {message}",
        '<134>1 {t:%Y-%m-%dT%H:%M:%S}.123Z {host} orders {pid} ID4 [a@1 b="c \\] d"] {message}',
        "{t:%b %d %H:%M:%S} {host} orders[{pid}]: {message}",
        "{t:%Y-%m-%dT%H:%M:%S}+0000 {host} orders[{pid}]: {message}",
        "{t:%Y-%m-%d %H:%M:%S}.123 CET [{pid}] shop@orders LOG:  {message}",
        "{t:%Y-%m-%d %H:%M:%S} UTC:10.0.0.1(4711):shop@orders:[{pid}]:LOG:  {message}",
        "{pid}:M {t:%d %b %Y %H:%M:%S}.123 * {message}",
        "[{t:%a %b %d %H:%M:%S}.123456 {t:%Y}] [core:{level}] [pid {pid}:tid 7] {message}",
        "{t:%Y/%m/%d %H:%M:%S} [{level}] {pid}#{pid}: *45 {message}",
        "{t:%m/%d/%Y} 2:41:07 AM [{level}] {message}",
        "{l}, [{t:%Y-%m-%dT%H:%M:%S}.123456 #{pid}] {level:>5} -- orders: {message}",
        "orders-1  | {t:%Y-%m-%dT%H:%M:%S}Z {level} {message}",
        "{t:%Y-%m-%dT%H:%M:%S}.123456789Z stdout F {message}",
        "{t:%Y-%m-%dT%H:%M:%S}.123456789Z stdout F {t:%Y-%m-%d %H:%M:%S},123 {level} {message}",
    ],
)
def test_a_header_of_any_kind_ends_where_the_message_begins(form: str) -> None:
    lines = wrapped(form)
    messages = learn_layout(lines).read(pl.Series(lines), reference=REFERENCE)["message"]
    assert [text.strip() for text in messages] == SAID


def test_files_that_lines_begin_with_are_no_program() -> None:
    lines = [
        f"2026-11-17 02:41:{second:02} -> /srv/in/{'abc'[second % 3]}.bin: clean"
        for second in range(60)
    ]
    assert rest_of(lines)[1] == "/srv/in/b.bin: clean"


def test_a_program_may_be_named_by_its_path() -> None:
    lines = [
        f"Nov 17 02:41:{second:02} web /usr/sbin/{'ab'[second % 2]}gent[{second}]: job is done"
        for second in range(60)
    ]
    assert rest_of(lines)[1] == "job is done"


def test_a_namespace_behind_the_time_belongs_to_the_header() -> None:
    names = ("lamps:wire", "lamps:wire:slow")
    lines = [
        f"2026-11-17T02:41:{second:02}.100Z {names[second % 2]} lampLit s{second}"
        for second in range(60)
    ]
    assert rest_of(lines)[:2] == ["lampLit s0", "lampLit s1"]


def test_a_message_that_a_colon_joins_to_its_logger_is_no_namespace() -> None:
    lines = [
        f"2026-11-17 02:41:{second:02},100:{name}:lamps:Lit one lamp"
        for second in range(30)
        for name in ("DEBUG", "INFO")
    ]
    assert rest_of(lines)[0].endswith("Lit one lamp")


def test_a_level_without_a_name_belongs_to_the_header() -> None:
    lines = [
        f"2026-11-17 02:41:{second:02},100 - hall.lamps - {level} - lit one"
        for second in range(30)
        for level in ("Level 5", "INFO")
    ]
    assert set(rest_of(lines)) == {"lit one"}
