from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from core.evidence.lines import FEW_LINES, Block
from core.evidence.logs.layout import Layout, learn_layout
from core.evidence.logs.template_counts import MAX_MINUTES, TemplateCounts, mask_block

REFERENCE = datetime(2026, 11, 20, tzinfo=UTC)
START = datetime(2026, 11, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def add(tally: TemplateCounts, layout: Layout, lines: list[str], *, number: int) -> None:
    series = pl.Series("line", lines)
    starts = np.arange(len(lines) + 1, dtype=np.int64)
    block = Block(number, series, starts)
    tally.add(block, mask_block(block, layout.read(series, reference=REFERENCE)))


def test_blocks_add_up() -> None:
    lines = [f"{START + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ} INFO up {n}" for n in range(100)]
    layout = learn_layout(lines)
    tally = TemplateCounts(keep_lines=True)
    add(tally, layout, lines[:50], number=1)
    add(tally, layout, ["  and more"], number=51)
    add(tally, layout, lines[50:], number=52)
    rows = tally.kinds().rows(named=True)
    assert [(row["masked"], row["count"], row["line"]) for row in rows] == [
        ("up *", 100, 1),
        ("  and more", 1, 51),
    ]
    assert rows[1]["first"] == datetime(2026, 11, 17, 0, 0, 49)  # noqa: DTZ001 - naive UTC
    assert tally.minutes()["count"].sum() == 101
    assert len(tally.line_keys()) == 101


def test_few_lines_are_counted_as_many_are() -> None:
    verbs = ("up", "down", "no host", "went away")
    lines = [
        f"{START + 20 * n * timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ} INFO {verbs[n % 4]}"
        for n in range(3 * FEW_LINES)
    ]
    lines[5] = lines[FEW_LINES] = "  and more"
    layout, whole, parts = learn_layout(lines), TemplateCounts(), TemplateCounts()
    add(whole, layout, lines, number=1)
    for first in range(0, len(lines), FEW_LINES):
        add(parts, layout, lines[first : first + FEW_LINES], number=first + 1)
    places = ["byte_start", "byte_end"]  # which begin anew with each block here
    assert parts.kinds().drop(places).equals(whole.kinds().drop(places))
    assert parts.minutes().sort("key", "minute").equals(whole.minutes().sort("key", "minute"))
    assert parts.span() == whole.span()


def test_blank_lines_that_were_left_out_are_lines() -> None:
    tally = TemplateCounts(keep_lines=True)
    add(tally, Layout(), ["up"], number=1)
    add(tally, Layout(), [""], number=50)
    up, *blank = tally.line_keys()
    assert tally.lines == 50
    assert len(blank) == 49
    assert {up} != set(blank) == {blank[-1]}


def test_a_long_log_gets_longer_buckets() -> None:
    count = MAX_MINUTES + 1_000
    times = pl.datetime_range(START, interval="1m", eager=True, end=START + count * MINUTE)
    lines = (times.dt.strftime("%Y-%m-%dT%H:%M:%SZ") + " INFO up").head(count).to_list()
    tally = TemplateCounts()
    add(tally, learn_layout(lines[:100]), lines, number=1)
    tally.kinds()
    assert len(tally.minutes()) <= MAX_MINUTES
    assert tally.step > 1
    assert tally.minutes()["count"].sum() == len(lines)
