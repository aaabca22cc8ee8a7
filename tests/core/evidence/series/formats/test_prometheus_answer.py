from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.series.prometheus import read_answer

RECORDED = Path(__file__).parents[1] / "recorded"

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["metric", "value", "values", "histograms", "result", "resultType", "data"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def answer(result: object, kind: str = "matrix") -> bytes:
    body = {"status": "success", "data": {"resultType": kind, "result": result}}
    return json.dumps(body).encode()


def test_a_range_query_of_a_real_server() -> None:
    raw = (RECORDED / "query_range.json").read_bytes()
    reading = read_answer(raw)
    pool = next(series for series in reading.series if series.name == "pool_in_use")
    assert dict(pool.labels)["job"] == "shop"
    assert (pool.service, len(pool.times), len(reading.series)) == ("orders", 67, 12)
    assert reading.points == sum(len(series.times) for series in reading.series)
    assert reading.problem is None
    span = pool.span(3, 3)
    assert json.loads(raw[span.byte_start : span.byte_end]) == [
        int(pool.times[3]),
        str(int(pool.values[3])),
    ]


def test_what_a_query_made_is_called_as_what_stands_beside_its_answer() -> None:
    point = {"metric": {"code": "200"}, "values": [[1795453260, "1"], [1795453263, "2"]]}
    inner = json.loads(answer([point]))
    for title in ("query", "expr", "panel"):
        alone = {title: "sum by (code) (rate(till_sales_total[1m]))", "response": inner}
        for document in (alone, [alone]):
            (series,) = read_answer(json.dumps(document).encode()).series
            assert series.name == "sum by (code) (rate(till_sales_total[1m]))"


def test_an_instant_query_of_a_real_server() -> None:
    reading = read_answer((RECORDED / "query.json").read_bytes())
    assert {series.name for series in reading.series} == {"pool_in_use", "orders_total"}
    assert all(len(series.times) == 1 for series in reading.series)


def test_a_range_selector_and_a_scalar_of_a_real_server() -> None:
    (pool,) = read_answer((RECORDED / "query_of_a_range.json").read_bytes()).series
    assert len(pool.times) >= 19
    (scalar,) = read_answer((RECORDED / "scalar.json").read_bytes()).series
    assert (scalar.name, len(scalar.times)) == ("scalar", 1)


def test_an_error_of_a_real_server() -> None:
    reading = read_answer((RECORDED / "error.json").read_bytes())
    assert reading.series == ()
    assert reading.problem is not None
    assert "parse error: unclosed left parenthesis" in reading.problem


def test_native_histograms_give_their_count_and_sum() -> None:
    """Constructed from Prometheus, "HTTP API", "Native histograms"."""
    histograms = [
        [at, {"count": str(at), "sum": str(2 * at), "buckets": []}] for at in (10, 20, 30)
    ]
    made = read_answer(
        answer([{"metric": {"__name__": "h", "job": "a"}, "histograms": histograms}])
    ).series
    assert [(series.name, series.values.tolist()) for series in made] == [
        ("h_count", [10.0, 20.0, 30.0]),
        ("h_sum", [20.0, 40.0, 60.0]),
    ]


def test_times_in_disorder_twice_and_out_of_all_reason() -> None:
    values = [[30, "3"], [10, "1"], [10, "2"], [-5, "9"], [1e15, "9"], [20, "NaN"], ["x", "1"], 7]
    (series,) = read_answer(answer([{"metric": {}, "values": values}])).series
    assert (series.times.tolist(), series.values.tolist(), series.missing) == (
        [10.0, 30.0],
        [2.0, 3.0],
        1,
    )


def test_the_years_1970_and_2999() -> None:
    values = [[0, "1"], [32472144000, "2"]]
    assert len(read_answer(answer([{"metric": {}, "values": values}])).series[0].times) == 2


def test_no_more_series_than_can_be_looked_at() -> None:
    reading = read_answer(
        answer([{"metric": {"n": str(n)}, "value": [1, "1"]} for n in range(2_500)])
    )
    assert len(reading.series) == 2_000
    assert reading.problem == "the first 2,000 of 2,500 series were read"


@pytest.mark.parametrize("cut", [1, 60, 200, -2])
def test_what_is_cut_off_is_a_named_error(cut: int) -> None:
    raw = (RECORDED / "query_range.json").read_bytes()[:cut]
    with pytest.raises(UnreadableEvidence, match="not JSON after byte"):
        read_answer(raw)


def test_json_nested_too_deep_is_a_named_error() -> None:
    with pytest.raises(UnreadableEvidence, match="nested deeper"):
        read_answer(b'{"data":{"result":' + b"[" * 100_000)


@given(ANYTHING)
def test_any_document_is_an_answer_or_a_named_error(document: object) -> None:
    raw = json.dumps({"data": document, "status": "success"}).encode()
    try:
        reading = read_answer(raw)
    except UnreadableEvidence:
        return
    for series in reading.series:
        for at in range(len(series.times)):
            assert 0 <= series.span(at, at).byte_start <= series.span(at, at).byte_end <= len(raw)


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    with pytest.raises(UnreadableEvidence, match="JSON"):
        read_answer(b'{"data":{"result":[{"metric":{}' + raw + b"\0")


def test_series_that_jq_printed_line_by_line() -> None:
    raw = b"".join(b'{"metric":{"job":"%d"},"value":[1762178531,"1"]}\n' % at for at in range(3))
    assert [series.labels["job"] for series in read_answer(raw).series] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"status":"success","data":{"resultType":"vector","result":[]}}',
        b'{"status":"success","data":{"resultType":"matrix","result":null}}',
        b'{"status":"success","data":{"resultType":"vector"}}',
    ],
)
def test_an_answer_without_a_result_is_read_as_nothing(raw: bytes) -> None:
    reading = read_answer(raw)
    assert (reading.series, reading.points) == ((), 0)


def test_answers_below_dashboards_and_panels_at_any_depth() -> None:
    matrix = [{"metric": {"code": "500"}, "values": [[10, "1"], [20, "2"]]}]
    reply = {"status": "success", "data": {"resultType": "matrix", "result": matrix}}
    nested = {
        "exported": "2026-03-04",
        "rows": [{"panels": [{"panel": "errors", "expr": "sum(errors)", "result": reply}]}],
        "edge": {"requests": reply},
    }
    first, second = read_answer(json.dumps(nested).encode()).series
    assert (first.name, dict(first.labels)) == ("sum(errors)", {"code": "500"})
    assert second.name == "requests"
    assert second.values.tolist() == [1.0, 2.0]


def test_a_document_without_an_answer_says_so_and_an_empty_answer_does_not() -> None:
    with pytest.raises(UnreadableEvidence, match="holds no result"):
        read_answer(b'{"status": "success", "data": {"panels": [{"title": "a"}]}}')
    assert read_answer(answer([])).series == ()
