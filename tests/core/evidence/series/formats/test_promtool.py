"""What `promtool query range` and `query instant` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Head, extractors
from core.evidence.model import PlainFile
from core.evidence.pipeline import detect
from core.evidence.series.readers import read_series

if TYPE_CHECKING:
    from pathlib import Path

T = 1_775_116_800  # 2026-04-02T08:00:00Z
RANGE = "".join(
    f'errors{{instance="{host}:8080", job="shop"}} =>\n'
    + "".join(f"{n + 0.5} @[{T + 60 * n}]\n" for n in range(9))
    for host in ("a", "b")
)
INSTANT = "".join(f'up{{job="shop", pod="p{n}"}} => {n} @[{T}.781]\n' for n in range(5))


def test_a_range_is_a_series_and_its_samples(tmp_path: Path) -> None:
    path = tmp_path / "range.txt"
    path.write_text(RANGE)
    claim = detect(Head(RANGE.encode(), path.name), extractors())
    assert (claim.extractor, claim.confidence > 0.95) == ("metric", True)
    reading = read_series(PlainFile(path))
    assert (reading.points, reading.problem) == (18, None)
    first, second = reading.series
    assert (first.name, first.labels) == ("errors", {"instance": "a:8080", "job": "shop"})
    assert second.times.tolist() == [T + 60 * n for n in range(9)]
    span = second.span(2, 2)
    assert RANGE.encode()[span.byte_start : span.byte_end] == f"2.5 @[{T + 120}]\n".encode()


def test_an_instant_has_each_series_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "up.txt"
    path.write_text(INSTANT)
    reading = read_series(PlainFile(path))
    assert [each.values.tolist() for each in reading.series] == [[0], [1], [2], [3], [4]]
    assert reading.series[0].times.tolist() == [T + 0.781]


def test_names_may_be_missing_or_quoted_and_histograms_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text(
        f"{{}} =>\n1e+06 @[{T}]\n"
        f'{{"http.errors", "my label"="a \\" b"}} =>\nNaN @[{T}]\n2 @[{T + 1}]\n'
        f"{{count:3, sum:4.5, [1,2):3}} @[{T}]\n"
    )
    reading = read_series(PlainFile(path))
    assert reading.problem == "1 lines are no points"
    bare, quoted = reading.series
    assert (bare.name, bare.labels, bare.values.tolist()) == ("", {}, [1e6])
    assert (quoted.name, quoted.labels) == ("http.errors", {"my label": 'a " b'})
    assert (quoted.values.tolist(), quoted.missing) == ([2], 1)


@pytest.mark.parametrize(
    "line",
    ["routes => 3 @[today]", "a => b", "{:status => 200}", "value @[1775116800]", "x =>"],
)
def test_other_arrows_are_no_samples(line: str) -> None:
    text = f"started\n{line}\n" * 20
    assert detect(Head(text.encode(), "x.txt"), extractors()).extractor != "metric"
