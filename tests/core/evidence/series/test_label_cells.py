"""Tables in which one cell holds all labels of a series."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.evidence.series.tables import read

WRITTEN = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize("sign", [",", ";", " ", ", "])
def test_labels_in_one_cell_are_read_whatever_the_column_is_called(sign: str) -> None:
    pairs = sign.join(["__name__=open_fds", "instance=till1:9200", "job=till"])
    rows = "".join(f"2026-03-04T10:{n:02}:00Z\t{pairs}\t{n}\n" for n in range(20))
    reading = read(f"zeit\treihe\twert\n{rows}".encode(), written=WRITTEN)
    (series,) = reading.series
    assert (series.name, dict(series.labels)) == (
        "open_fds",
        {"instance": "till1:9200", "job": "till"},
    )
