"""Clocks of files that differ, by the requests that both tell of."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.events.table import COLUMNS, open_table, read_table
from core.evidence.skew import LEAST_IDS, find_skews, id_spans
from core.evidence.timeline import align_clocks

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.extractor import EventTable

S = 1_000_000


def log(
    ahead_s: float, *, ids: int = 40, lasts_s: float = 0.0, starts_s: float = 0.0, seed: int = 1
) -> pl.DataFrame:
    """A request every 10 s, at most 0.2 s late; of each its first line, and its last."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    firsts = [round((n * 10 + starts_s + ahead_s + chance.uniform(0, 0.2)) * S) for n in range(ids)]
    lasts = [first + round(lasts_s * S * chance.uniform(0.8, 1.2)) for first in firsts]
    columns = {"id": list(range(ids)), "first": firsts, "last": lasts}
    return pl.DataFrame(columns, schema={"id": pl.UInt64, "first": pl.Int64, "last": pl.Int64})


@pytest.mark.parametrize("ahead", [-3600.0, -7.0, 2.5, 40.0])
def test_a_steady_difference_is_stated_with_its_bounds(ahead: float) -> None:
    [skew] = find_skews({"web": log(0), "api": log(ahead, seed=2)})
    assert (skew.one, skew.other) == (("api", "web") if ahead > 0 else ("web", "api"))
    assert skew.seconds == pytest.approx(abs(ahead), abs=0.2)
    assert skew.low <= skew.seconds <= skew.high
    assert (skew.ids, skew.is_bounded) == (40, False)
    assert skew.is_zone == (ahead == -3600.0)


def test_a_call_within_its_callers_time_is_no_skew() -> None:
    """The callee begins 2 s after its caller, in each request: so long its caller works."""
    caller = log(0, lasts_s=5)
    assert find_skews({"web": caller, "api": log(0, starts_s=2, lasts_s=1, seed=2)}) == []


def test_with_the_time_that_requests_take_it_is_sure() -> None:
    [skew] = find_skews({"web": log(0, lasts_s=1), "api": log(30, lasts_s=0.5, seed=2)})
    assert skew.is_bounded
    assert skew.seconds == pytest.approx(30, abs=0.5)


def test_a_difference_that_varies_is_no_clock() -> None:
    chance = random.Random(3)  # noqa: S311 - the same each time
    late = log(0).with_columns(
        pl.Series("wait", [round(chance.uniform(0, 9) * S) for _ in range(40)])
    )
    late = late.select("id", pl.col("first") + pl.col("wait"), pl.col("last") + pl.col("wait"))
    assert find_skews({"web": log(0), "worker": late}) == []


def test_few_shared_ids_say_nothing() -> None:
    assert find_skews({"web": log(0), "api": log(30, ids=LEAST_IDS - 1)}) == []
    assert find_skews({"web": log(0).clear(), "api": log(30)}) == []


def test_one_wrong_clock_among_three_is_the_one_that_is_corrected() -> None:
    skews = find_skews({"a": log(0), "b": log(9, seed=2), "c": log(0, seed=3)})
    assert len(skews) == 2
    clocks = align_clocks(skews)
    assert list(clocks.ahead) == ["b"]
    assert clocks.ahead["b"].total_seconds() == pytest.approx(9, abs=0.2)


def test_ids_are_read_from_the_tables_that_ingest_writes(tmp_path: Path) -> None:
    path, key = tmp_path / "events.parquet", b"k" * 32
    table: EventTable = open_table(path, key=key)
    rows = [("2026-11-19T12:00:00", ["r1"]), ("2026-11-19T12:00:02", ["R1", "t9"]), (None, ["r1"])]
    frame = pl.DataFrame(
        {"time": [time for time, _ in rows], "ids": [ids for _, ids in rows]}
    ).with_columns(pl.col("time").str.to_datetime(time_unit="us"))
    others = [pl.lit(None, dtype).alias(name) for name, dtype in COLUMNS.items()]
    missing = [pattern for pattern in others if pattern.meta.output_name() not in frame.columns]
    table.add(frame.with_columns(missing).select(list(COLUMNS)))
    table.close({})
    read = read_table(path, key=key)
    assert read is not None
    seen = id_spans(read).sort("first")
    assert (seen["last"] - seen["first"]).to_list() == [2 * S, 0]
    assert sorted(seen["id"]) == sorted(read.hashes_of(["r1", "t9"]))
