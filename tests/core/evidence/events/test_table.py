"""What a table keeps, what it never keeps, and that it is there whole or not at all."""

from __future__ import annotations

import gc
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.errors import StoreUnavailable
from core.evidence.events.table import STORED, TableWriter, open_table, read_table
from core.evidence.model import Level
from tests.core.evidence.tables import KEY, START, EventLine, frame_of, write_table

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    EventLine(at=0, service="checkout", host="web-1", ids=("req-1",), kind=7),
    EventLine(at=5, level=Level.ERROR, service="Checkout", ids=("req-1", "trace-9"), kind=8),
    EventLine(at=None, level=Level.FATAL, kind=9),
    EventLine(at=-3600, level=Level.DEBUG, kind=7),
]


def test_events_come_back_as_they_were_added(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t", LINES, kinds={7: 0, 8: 1})
    rows = table.scan().collect()
    assert dict(rows.schema) == dict(pl.Schema(STORED))
    assert table.rows == len(rows) == 4
    assert (table.first, table.last) == (
        START - timedelta(hours=1),
        START + timedelta(seconds=5),
    )
    assert rows["level"].to_list() == [1, 3, 4, 0]
    assert rows["template"].to_list() == [0, 1, None, 0]
    assert rows["line"].to_list() == [1, 2, 3, 4]
    assert rows["byte_start"].to_list() == [0, 12, 24, 36]
    assert rows["size"].to_list() == [12] * 4


def test_the_same_name_has_the_same_hash_whatever_its_capitals(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t", LINES)
    rows = table.scan().collect()
    checkout, web, first = table.hashes_of(["checkout", "web-1", "req-1"])
    assert rows["service"].to_list() == [checkout, checkout, None, None]
    assert rows["host"].to_list() == [web, None, None, None]
    assert rows["id_1"].to_list() == [first, first, None, None]
    assert rows["id_2"].to_list() == [None, *table.hashes_of(["TRACE-9"]), None, None]
    assert table.most_ids == 2


def test_a_line_may_have_many_ids(tmp_path: Path) -> None:
    ids = tuple(f"req-{number}" for number in range(5))
    table = write_table(
        tmp_path / "t", [EventLine(at=0), EventLine(at=1, ids=ids), EventLine(at=2, ids=ids[:1])]
    )
    row = table.scan().collect().row(1, named=True)
    assert [row["id_1"], row["id_2"], row["id_3"], *row["more_ids"]] == table.hashes_of(list(ids))
    assert table.most_ids == 5


def test_another_key_hashes_otherwise_and_cannot_read(tmp_path: Path) -> None:
    path, other = tmp_path / "t", bytes(32)
    table = write_table(path, LINES)
    writer = open_table(tmp_path / "u", key=other)
    writer.add(frame_of(LINES))
    writer.close({})
    theirs = read_table(tmp_path / "u", key=other)
    assert theirs is not None
    assert table.hashes_of(["checkout"]) != theirs.hashes_of(["checkout"])
    assert read_table(path, key=other) is None


def test_it_is_ours_alone(tmp_path: Path) -> None:
    write_table(tmp_path / "t", LINES)
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o600


def test_no_text_is_in_the_file(tmp_path: Path) -> None:
    secrets = ["checkout-of-mine", "web-of-mine", "req-of-mine"]
    line = EventLine(at=0, service=secrets[0], host=secrets[1], ids=(secrets[2],), text="said")
    write_table(tmp_path / "t", [line])
    raw = (tmp_path / "t").read_bytes()
    assert not any(secret.encode() in raw for secret in [*secrets, "said"])


def test_a_table_without_events_is_one(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t", [])
    assert (table.rows, table.first, table.last) == (0, None, None)
    assert table.scan().collect().is_empty()


def test_nothing_is_written_without_a_path() -> None:
    writer = open_table(None, key=KEY)
    writer.add(frame_of(LINES))
    writer.close({})
    assert read_table(None, key=KEY) is None


def test_many_parts_become_one_file_in_their_order(tmp_path: Path) -> None:
    lines = [EventLine(at=second, kind=second % 3) for second in range(40)]
    table = write_table(tmp_path / "t", lines, part_rows=5)
    rows = table.scan().collect()
    assert rows["line"].to_list() == list(range(1, 41))
    assert rows["template"].to_list() == [line.kind for line in lines]
    assert list(tmp_path.iterdir()) == [tmp_path / "t"]


def test_what_is_not_closed_leaves_nothing(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "t", key=KEY, part_rows=2)
    writer.add(frame_of(LINES))
    assert list(tmp_path.iterdir()) != []
    del writer
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".t.parts"
    left.mkdir()
    (left / "000000.ipc").write_bytes(b"half of a part")
    assert read_table(tmp_path / "t", key=KEY) is None
    table = write_table(tmp_path / "t", LINES)
    assert table.rows == 4
    assert list(tmp_path.iterdir()) == [tmp_path / "t"]


def test_an_older_table_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    write_table(tmp_path / "t", LINES)
    writer = TableWriter(tmp_path / "t", key=KEY)
    writer.add(frame_of(LINES[:1]))
    del writer
    gc.collect()
    table = read_table(tmp_path / "t", key=KEY)
    assert table is not None
    assert table.rows == 4


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """`/dev/full` answers every write as a full disk does."""
    parts = tmp_path / ".t.parts"
    writer = TableWriter(tmp_path / "t", key=KEY, part_rows=1)
    parts.mkdir()
    (parts / "000000.ipc").symlink_to("/dev/full")
    with pytest.raises(StoreUnavailable, match="disk is full"):
        writer.add(frame_of(LINES))
    del writer
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["format", "polars"])
def test_a_table_of_another_version_counts_as_missing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t"
    write_table(path, LINES)
    notes = {**pl.read_parquet_metadata(path), name: "another"}
    notes.pop("ARROW:schema")
    pl.read_parquet(path).write_parquet(path, metadata=notes)
    assert read_table(path, key=KEY) is None


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"PAR1" + bytes(64) + b"PAR1"])
def test_a_damaged_table_counts_as_missing(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "t").write_bytes(raw)
    assert read_table(tmp_path / "t", key=KEY) is None


def test_half_a_table_counts_as_missing(tmp_path: Path) -> None:
    path = tmp_path / "t"
    write_table(path, LINES)
    path.write_bytes(path.read_bytes()[:-20])
    assert read_table(path, key=KEY) is None
