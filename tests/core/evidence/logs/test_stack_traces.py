from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.lines import read_blocks
from core.evidence.logs.stack_traces import StackTrace, TraceFinder
from core.evidence.model import PlainFile
from tests.core.evidence.blocks import block_of

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = """\
Traceback (most recent call last):
  File "/app/shop.py", line 31, in checkout
    pool.get(timeout=30)
  File "/app/pool.py", line 7, in get
    raise PoolEmpty(message)
shop.pool.PoolEmptyError: 10 of 10 in use
"""
JAVA = """\
java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available
	at com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)
	at com.shop.Checkout.pay(Checkout.java:31)
	... 12 more
"""
NODE = """\
Error: connect ECONNREFUSED 10.0.0.5:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1495:16)
    at async /app/shop.js:31:7
"""
GO = """\
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation]

goroutine 1 [running]:
main.pay(0x0)
	/app/main.go:31 +0x1d
main.main()
	/app/main.go:7 +0x20
"""
RUBY = """\
/app/shop.rb:31:in `pay': no connection (PoolTimeoutError)
	from /app/shop.rb:7:in `<main>'
"""
DOTNET = """\
Unhandled exception. System.InvalidOperationException: no connection
   at Shop.Checkout.Pay(Order order) in /app/Checkout.cs:line 31
   at Shop.Program.Main()
"""


def traces(path: Path, text: str) -> list[StackTrace]:
    path.write_text(text, encoding="utf-8")
    finder = TraceFinder()
    for block in read_blocks(PlainFile(path)):
        finder.watch(block)
    return list(finder.traces.values())


@pytest.mark.parametrize(
    ("text", "language", "raised", "says"),
    [
        (PYTHON, "python", "shop.pool.PoolEmptyError", "10 of 10 in use"),
        (JAVA, "java", "java.sql.SQLTransientConnectionException", "HikariPool-1"),
        (NODE, "node", "Error", "connect ECONNREFUSED"),
        (GO, "go", "panic", "runtime error"),
        (RUBY, "ruby", "PoolTimeoutError", ""),
        (DOTNET, "dotnet", "System.InvalidOperationException", "no connection"),
    ],
)
def test_traces_of_six_languages(
    tmp_path: Path, text: str, language: str, raised: str, says: str
) -> None:
    (trace,) = traces(tmp_path / "log", f"2026-11-17 INFO before\n{text}2026-11-17 INFO after\n")
    assert (trace.language, trace.raised) == (language, raised)
    assert trace.says.startswith(says)
    lines = text.count("\n")
    assert (trace.line_start, trace.line_end) == (2, 1 + lines)
    assert trace.text == text.rstrip("\n")


def test_the_same_trace_is_counted_and_another_kept_apart(tmp_path: Path) -> None:
    between = "2026-11-17 INFO between\n" * 6
    text = between.join([PYTHON, JAVA, PYTHON.replace("31", "32"), JAVA, PYTHON])
    distinct = traces(tmp_path / "log", text)
    assert sorted((trace.language, trace.count) for trace in distinct) == [
        ("java", 2),
        ("python", 3),
    ]


def test_words_about_traces_are_none(tmp_path: Path) -> None:
    assert traces(tmp_path / "log", "looked at the traceback at noon\nat the end of line 3\n") == []


def test_what_was_caused_is_what_was_raised() -> None:
    lines = [
        "System.InvalidOperationException: order 1 was not charged",
        " ---> System.TimeoutException: 10 of 10 connections in use",
        "   at Orders.Pool.Connect(String name) in /src/Pool.cs:line 31",
        "   --- End of inner exception stack trace ---",
        "   at Orders.Charging.Charge(Int32 order) in /src/Charging.cs:line 15",
    ]
    finder = TraceFinder()
    finder.watch(block_of(lines))
    (trace,) = finder.traces.values()
    assert trace.raised == "System.InvalidOperationException"
    assert (trace.line_start, trace.line_end) == (1, 5)


def test_traces_of_records_that_follow_each_other_are_one_kind() -> None:
    lines = ["WARN fetch failed", *JAVA.splitlines()] * 5
    starts = [line.startswith("WARN") for line in lines]
    levels = ["WARN" if start else None for start in starts]
    columns = pl.DataFrame({"message": lines, "start": starts, "level": levels})
    finder = TraceFinder()
    finder.watch(block_of(lines), columns)
    (trace,) = finder.traces.values()
    assert (trace.count, trace.line_start, trace.line_end) == (5, 2, 5)


def test_a_cause_that_is_a_record_of_its_own_belongs_to_its_trace() -> None:
    lines = [
        "java.lang.IllegalStateException: cart is closed",
        "\tat com.shop.Cart.add(Cart.java:1)",
        "\tSuppressed: java.io.IOException: close",
        "\t\tat com.shop.Cart.close(Cart.java:9)",
        "Caused by: java.sql.SQLException: dead",
        "\tat com.shop.Pool.get(Pool.java:3)",
    ]
    starts = [not line.lstrip().startswith("at ") for line in lines]
    levels = ["ERROR" if start else None for start in starts]
    columns = pl.DataFrame({"message": lines, "start": starts, "level": levels})
    finder = TraceFinder()
    finder.watch(block_of(lines), columns)
    (trace,) = finder.traces.values()
    assert (trace.raised, trace.line_start, trace.line_end) == (
        "java.lang.IllegalStateException",
        1,
        6,
    )
