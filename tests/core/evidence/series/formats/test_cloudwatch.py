"""Constructed: CloudWatch does not run here.

Built from the Amazon CloudWatch API Reference (2010-08-01), "GetMetricStatistics" and
"GetMetricData", their response elements and examples, as `aws cloudwatch` prints them.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.series.json_documents import read_cloudwatch

STATISTICS = {
    "Label": "CPUUtilization",
    "Datapoints": [
        {
            "Timestamp": f"2026-11-17T02:{minute:02}:00Z",
            "Average": 20.0 + minute,
            "Maximum": 90.0,
            "ExtendedStatistics": {"p99": 88.5},
            "Unit": "Percent",
        }
        for minute in (10, 0, 5)
    ],
}
DATA = {
    "MetricDataResults": [
        {
            "Id": "m1",
            "Label": "orders-queue ApproximateNumberOfMessagesVisible",
            "Timestamps": ["2026-11-17T02:10:00+00:00", "2026-11-17T02:05:00+00:00"],
            "Values": [42.0, 3.0],
            "StatusCode": "Complete",
        },
        {
            "Id": "m2",
            "Label": "age",
            "Timestamps": ["2026-11-17T02:10:00+00:00"],
            "Values": [7.0],
            "StatusCode": "PartialData",
        },
    ],
    "Messages": [],
}


def written(document: object) -> bytes:
    return json.dumps(document, indent=4).encode()


def test_statistics_come_in_no_order_one_series_each() -> None:
    raw = written(STATISTICS)
    reading = read_cloudwatch(raw)
    by_statistic = {series.labels["statistic"]: series for series in reading.series}
    assert set(by_statistic) == {"Average", "Maximum", "p99"}
    average = by_statistic["Average"]
    assert (average.name, average.labels["unit"]) == ("CPUUtilization", "Percent")
    assert average.values.tolist() == [20.0, 25.0, 30.0]
    span = average.span(0, 0)
    cited = raw[span.byte_start : span.byte_end]
    assert b"02:00:00Z" in cited
    assert b"02:05:00Z" not in cited
    assert b'"Average": 20.0' in cited


def test_data_come_newest_first() -> None:
    raw = written(DATA)
    reading = read_cloudwatch(raw)
    queue, age = reading.series
    assert queue.name == "orders-queue ApproximateNumberOfMessagesVisible"
    assert queue.values.tolist() == [3.0, 42.0]
    assert len(age.times) == 1
    assert reading.problem == "1 of 2 results are incomplete, says CloudWatch"
    span = queue.span(1, 1)
    assert b"02:10:00" in raw[span.byte_start : span.byte_end]


def test_no_datapoints_are_no_series() -> None:
    assert read_cloudwatch(written({"Label": "CPUUtilization", "Datapoints": []})).series == ()


@pytest.mark.parametrize("raw", [b"{}", b'{"Datapoints"', b"[1]"])
def test_what_is_none_is_a_named_error(raw: bytes) -> None:
    with pytest.raises(UnreadableEvidence):
        read_cloudwatch(raw)


@given(
    st.dictionaries(
        st.sampled_from(["Label", "Datapoints", "MetricDataResults"]),
        st.none()
        | st.text(max_size=5)
        | st.lists(
            st.none()
            | st.dictionaries(
                st.sampled_from(["Timestamp", "Timestamps", "Values", "Average", "Unit", "Label"]),
                st.none() | st.floats() | st.text(max_size=5) | st.lists(st.floats(), max_size=3),
                max_size=4,
            ),
            max_size=4,
        ),
    )
)
def test_any_document_is_an_answer_or_a_named_error(document: dict[str, object]) -> None:
    try:
        read_cloudwatch(json.dumps(document).encode())
    except UnreadableEvidence:
        assert "Datapoints" not in document


def test_times_without_values_are_said() -> None:
    lame = {"Id": "m1", "Label": "CPU", "Timestamps": ["2026-11-17T02:05:00Z"] * 3, "Values": [1.0]}
    reading = read_cloudwatch(json.dumps({"MetricDataResults": [lame]}).encode())
    assert reading.problem == "1 of 1 results have more times than values, or fewer"
    assert [len(series.times) for series in reading.series] == [1]
