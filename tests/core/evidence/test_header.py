from __future__ import annotations

import re

from core.evidence.header import learn_header
from core.evidence.timestamps import find_format


def rest_of(lines: list[str]) -> list[str]:
    header = learn_header(lines, find_format(lines))
    return [re.sub(header.head, "", line, count=1) if header.head else line for line in lines]


def test_hosts_and_programs_of_syslog_belong_to_the_header() -> None:
    lines = [
        f"Nov 17 02:41:{second:02} web-{second % 3} cron[{second}]: job {second} done"
        for second in range(60)
    ]
    assert rest_of(lines) == [f"job {second} done" for second in range(60)]


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


def test_lines_that_agree_on_nothing_keep_all_their_words() -> None:
    lines = ["one thing", "[and] another", "42 things: many"]
    assert rest_of(lines) == lines
