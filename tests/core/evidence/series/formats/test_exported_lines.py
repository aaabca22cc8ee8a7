"""Series exported a line each, as VictoriaMetrics does it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.series.prometheus import read_export

_AT_MS = 1_762_178_531_000


def _line(name: str, values: list[float | None], *, start: int = 0) -> bytes:
    times = [_AT_MS + (start + at) * 15_000 for at in range(len(values))]
    metric = {"__name__": name, "job": "api"}
    document = {"metric": metric, "values": values, "timestamps": times}
    return json.dumps(document).encode() + b"\n"


def test_pieces_of_one_series_are_one() -> None:
    reading = read_export(_line("cpu", [1, 2]) + _line("mem", [5]) + _line("cpu", [3], start=2))
    assert [series.name for series in reading.series] == ["cpu", "mem"]
    assert list(reading.series[0].values) == [1, 2, 3]
    assert reading.series[0].times[0] == _AT_MS / 1_000
    assert reading.points == 4


def test_each_point_is_cited_by_its_line() -> None:
    raw = _line("cpu", [1, 2]) + _line("mem", [5])
    cited = read_export(raw).series[1].span(0, 0)
    assert (cited.line_start, cited.line_end) == (2, 2)
    assert raw[cited.byte_start : cited.byte_end] == _line("mem", [5])


def test_a_value_that_is_missing_is_counted() -> None:
    assert read_export(_line("cpu", [1, None, 2])).series[0].missing == 1


def test_a_line_that_is_cut_off_costs_itself_alone() -> None:
    reading = read_export(_line("cpu", [1, 2]) + _line("mem", [5])[:-9])
    assert [series.name for series in reading.series] == ["cpu"]
    assert reading.problem == "lines that are no whole piece of a series: 1"


@given(st.binary(max_size=200) | st.just(b'{"metric":{},"values":3,"timestamps":{}}'))
def test_any_bytes_are_series_or_a_named_error(raw: bytes) -> None:
    with suppress(UnreadableEvidence):
        assert read_export(raw).points == 0


@pytest.mark.parametrize("raw", [b"", b"{}\n", b"[1, 2]\n"])
def test_no_piece_at_all_is_a_named_error(raw: bytes) -> None:
    with pytest.raises(UnreadableEvidence):
        read_export(raw)
