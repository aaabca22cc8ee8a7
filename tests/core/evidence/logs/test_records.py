from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from core.evidence.events.table import COLUMNS
from core.evidence.lines import Block, read_blocks
from core.evidence.logs.layout import learn_layout
from core.evidence.logs.records import RecordFinder
from core.evidence.logs.template_counts import mask_block
from core.evidence.model import Level, PlainFile
from tests.core.evidence.rows import Rows

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)
LEVELS = list(Level)
TEXT = """\
2026-11-17T02:41:07Z INFO order 1 taken request_id=r-0001
2026-11-17T02:41:08Z ERROR charging failed
java.lang.IllegalStateException: broken
\tat com.shop.Pool.get(Pool.java:3)
2026-11-17T02:41:09Z INFO order 2 taken request_id=r-0002
"""


def records_of(
    path: Path, text: str, *, block_bytes: int = 2**20, service: str | None = None
) -> Rows:
    path.write_text(text, encoding="utf-8")
    rows = Rows()
    finder = RecordFinder(rows, service)
    layout = learn_layout(text.splitlines())
    for block in read_blocks(PlainFile(path), block_bytes=block_bytes):
        finder.watch(block, mask_block(block, layout.read(block.lines, reference=REFERENCE)))
    finder.close({})
    return rows


def test_a_record_goes_on_to_the_next_one(tmp_path: Path) -> None:
    table = records_of(tmp_path / "log", TEXT, service="orders").frame
    assert table.schema == pl.Schema(COLUMNS)
    assert table.select("line", "line_end").rows() == [(1, 1), (2, 4), (5, 5)]
    raw = TEXT.encode()
    spans = table.select("byte_start", "byte_end").rows()
    assert b"".join(raw[start:end] for start, end in spans) == raw
    assert [LEVELS[rank] for rank in table["level"]] == [Level.INFO, Level.ERROR, Level.INFO]
    assert table["ids"].to_list() == [["r-0001"], None, ["r-0002"]]
    assert table["service"].to_list() == ["orders"] * 3
    assert table["time"][1] == datetime(2026, 11, 17, 2, 41, 8)  # noqa: DTZ001 - naive UTC


def test_where_blocks_end_makes_no_difference(tmp_path: Path) -> None:
    whole = records_of(tmp_path / "log", TEXT * 5).frame
    for block_bytes in (70, 100, 150, 333):
        parts = records_of(tmp_path / "log", TEXT * 5, block_bytes=block_bytes).frame
        assert parts.equals(whole, null_equal=True)


def test_lines_without_a_time_have_the_latest_one() -> None:
    lines = ["2026-11-17T02:41:07Z INFO up", "  more", "2026-11-17T02:41:09Z INFO up"]
    columns = pl.DataFrame(
        {
            "time": [datetime(2026, 11, 17, 2, 41, 7), None, None],  # noqa: DTZ001 - naive UTC
            "level": ["INFO", None, "502"],
            "service": [None, None, "api"],
            "host": [None, None, None],
            "program": ["cron", "cron", "cron"],
            "message": ["up", "no space left on device", "GET /"],
            "start": [True, True, True],
            "key": pl.Series([1, 2, 3], dtype=pl.UInt64),
        },
        schema_overrides={"host": pl.String, "time": pl.Datetime("us")},
    )
    rows = Rows()
    finder = RecordFinder(rows)
    finder.watch(Block(1, pl.Series(lines), np.array([0, 29, 36, 64])), columns)
    finder.close({})
    assert rows.frame["time"].n_unique() == 1
    # As stated, by its words, by its status.
    assert [LEVELS[rank] for rank in rows.frame["level"]] == [
        Level.INFO,
        Level.ERROR,
        Level.ERROR,
    ]
    assert rows.frame["service"].to_list() == ["cron", "cron", "api"]
    assert finder.program == "cron"
    assert rows.kinds == {}


def test_a_log_may_begin_in_the_middle_of_a_record(tmp_path: Path) -> None:
    table = records_of(tmp_path / "log", "\tat com.shop.Pool.get(Pool.java:3)\n" + TEXT).frame
    assert table.select("line", "line_end").rows()[0] == (1, 1)
    assert len(table) == 4
