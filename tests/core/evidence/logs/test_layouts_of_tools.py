"""Lines as tools write them, which tell their time or level elsewhere than most."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from core.evidence.logs.layout import learn_layout
from core.evidence.logs.levels import read_level
from core.evidence.model import FindingKind, Level, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = datetime(2026, 11, 26, tzinfo=UTC)


def at(day: int, hour: int, minute: int, second: int, micros: int = 0) -> datetime:
    """In UTC, as tables of events have it: without a zone."""
    return datetime(2026, 11, day, hour, minute, second, micros, UTC).replace(tzinfo=None)


def read(*lines: str) -> list[dict[str, Any]]:
    return learn_layout(lines * 10).read(pl.Series(lines), reference=REFERENCE).to_dicts()


@pytest.mark.parametrize(
    ("spelled", "level"),
    [("ERROR+4", Level.ERROR), ("DEBUG-2", Level.DEBUG), ("INFO+1", Level.INFO), ("x+4", None)],
)
def test_levels_between_those_of_slog(spelled: str, level: Level | None) -> None:
    assert read_level(spelled) is level


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ('2026-11-25 13:00:03 level=error msg="no db" ms=3', at(25, 13, 0, 3)),
        (
            "type=SYSCALL msg=audit(1795612345.123:400): arch=c000003e success=no pid=1",
            at(25, 13, 12, 25, 123000),
        ),
        (
            "20261125 13:00:03,db-1,dana,10.0.0.4,40,1030,QUERY,shop,'SELECT 1',0",
            at(25, 13, 0, 3),
        ),
        ("node=web-1 type=PATH msg=audit(1795612345:7): a=1", at(25, 13, 12, 25)),
    ],
)
def test_fields_after_a_time_without_a_name(line: str, time: datetime) -> None:
    assert read(line)[0]["time"] == time


def test_a_time_within_a_few_messages_is_not_that_of_the_lines() -> None:
    lines = ['level=info msg="fine" n=1', 'level=info msg="next at 2026-11-25 13:00:03" n=2']
    assert [row["time"] for row in read(*lines)] == [None, None]


def test_what_serilog_leaves_unsaid_is_information() -> None:
    usual = '{"@t":"2026-11-25T13:00:01.1Z","@mt":"Stored without an error","AppName":"Shop"}'
    wrong = '{"@t":"2026-11-25T13:00:02.1Z","@mt":"Not stored","@l":"Error","AppName":"Shop"}'
    layout = learn_layout([usual] * 50 + [wrong])
    rows = layout.read(pl.Series([usual, wrong]), reference=REFERENCE)
    assert rows["level"].to_list() == ["Information", "Error"]


@pytest.mark.parametrize("name", ["_service", "Service", "ServiceName", "Application", "APP"])
def test_a_service_however_its_field_is_written(name: str) -> None:
    line = f'{{"timestamp":1795612345.1,"short_message":"stored","{name}":"orders"}}'
    assert read(line)[0]["service"] == "orders"


def test_squid_tells_a_status_behind_its_result() -> None:
    line = "1795612001.123  4 10.0.0.1 TCP_MISS/503 8694 CONNECT pay.test:443 - HIER_NONE/- -"
    assert read(line)[0]["level"] == "503"


def test_a_named_level_counts_more_than_a_word_in_quotes() -> None:
    named = 'api-1 | time="2026-11-25T13:00:01Z" level=info msg="done without error" n=1'
    other = "worker-1 | 2026-11-25T13:00:02Z [WARN] job 2 is late"
    assert [row["level"].strip("]") for row in read(named, other)] == ["info", "WARN"]


SLOW = """# Time: 261125 13:18:34
# User@Host: shop[shop] @ localhost []
# Query_time: 2.5  Lock_time: 0.0  Rows_sent: 1  Rows_examined: 9000
SET timestamp=1795612714;
SELECT * FROM orders;
# User@Host: shop[shop] @ localhost []
# Query_time: 2.1  Lock_time: 0.0  Rows_sent: 1  Rows_examined: 9000
SELECT * FROM carts;"""
OF_MYSQL = """# Time: 2026-11-25T13:18:34.123456Z
# User@Host: shop[shop] @ localhost []  Id: 4
# Query_time: 2.5  Lock_time: 0.0  Rows_sent: 1  Rows_examined: 9000
SELECT * FROM orders;"""


@pytest.mark.parametrize(("log", "starts"), [(SLOW, [4, 7]), (OF_MYSQL, [3])])
def test_a_slow_query_is_a_record(log: str, starts: list[int]) -> None:
    rows = read(*log.splitlines())
    assert [number for number, row in enumerate(rows) if row["start"]] == starts
    assert all(rows[number]["time"] is not None for number in starts)
    assert rows[0]["time"].replace(microsecond=0) == at(25, 13, 18, 34)


def test_a_record_of_two_lines_is_shown_with_both(tmp_path: Path) -> None:
    log = tmp_path / "orders.out"
    log.write_text(
        "".join(
            f"Nov 25, 2026 3:42:{second:02d} PM Orders run\nSEVERE: order {second} refused\n"
            for second in range(30)
        )
    )
    read = extract(PlainFile(log), name=log.name, service=None, redactor=Redactor(bytes(32)))
    errors = [finding for finding in read.findings if finding.kind is FindingKind.TEMPLATE]
    assert errors[0].text.text == "Nov 25, 2026 3:42:00 PM Orders run SEVERE: order 0 refused"
