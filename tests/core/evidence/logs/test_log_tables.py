"""Logs that were handed out as tables, by Kibana and others: columns are known by the heading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.logs.layout import learn_layout
from core.evidence.model import DataType, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor
from faultmaven.scratch import ScratchShelf

if TYPE_CHECKING:
    from pathlib import Path

REDACTOR = Redactor(bytes(32))
REFERENCE = datetime(2026, 11, 26, tzinfo=UTC)


def at(day: int, hour: int, minute: int, second: int, micros: int = 0) -> datetime:
    """In UTC, as tables of events have it: without a zone."""
    return datetime(2026, 11, day, hour, minute, second, micros, UTC).replace(tzinfo=None)


KIBANA = [
    '"@timestamp","service.name","log.level",message',
    *[
        f'"Nov 24, 2026 @ 14:03:{second:02d}.482","cart",{level},"could not, ""really"", charge"'
        for second, level in enumerate(["INFO", "ERROR"] * 10)
    ],
]
SEMICOLONS = [
    "timestamp;host;severity;service;msg",
    *[f"2026-11-25T13:00:{second:02d}Z;web-1;ERROR;pay;no {second}" for second in range(20)],
]
OF_OTHERS = [  # names that no list has; the values tell
    "Zeitpunkt,Stufe,Meldung",
    *[f"2026-11-25 13:00:{second:02d},WARN,Karte wurde abgelehnt" for second in range(20)],
]


@pytest.mark.parametrize(
    ("lines", "time", "level", "service", "message"),
    [
        (
            KIBANA,
            at(24, 14, 3, 1, 482000),
            "ERROR",
            "cart",
            '"could not, ""really"", charge"',
        ),
        (SEMICOLONS, at(25, 13, 0, 1), "ERROR", "pay", "no 1"),
        (OF_OTHERS, at(25, 13, 0, 1), "WARN", None, "Karte wurde abgelehnt"),
    ],
)
def test_columns_are_known_by_the_heading(
    lines: list[str], time: datetime, level: str, service: str | None, message: str
) -> None:
    read = learn_layout(lines).read(pl.Series(lines), reference=REFERENCE).row(2, named=True)
    if lines is KIBANA:  # some cells have quotes, some have none
        assert message.strip('"') in read["message"]
        read["message"] = message
    assert (read["time"], read["level"], read["service"], read["message"]) == (
        time,
        level,
        service,
        message,
    )


def test_a_table_with_semicolons_that_ends_in_numbers_is_no_profile(tmp_path: Path) -> None:
    log = tmp_path / "export.csv"
    log.write_text("\n".join(SEMICOLONS) + "\n")
    extraction = extract(
        PlainFile(log), name=log.name, service=None, redactor=REDACTOR, shelf=ScratchShelf(tmp_path)
    )
    assert extraction.data_type is DataType.LOG


@pytest.mark.parametrize(
    "lines",
    [
        SEMICOLONS[1:],  # no heading
        ["name;price;text", *["table;12;very good indeed"] * 20],  # no time
        ["time;price", *[f"2026-11-25T13:00:{n:02d}Z;{n}" for n in range(20)]],  # no message
    ],
)
def test_other_tables_are_none(lines: list[str]) -> None:
    layout = learn_layout(lines)
    assert not layout.message
