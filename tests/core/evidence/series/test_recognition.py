from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.evidence.extractor import Head
from core.evidence.model import DataType
from core.evidence.series.readers import REASONS, SeriesFormat, detect_series, find_format
from core.evidence.series.tables import table_confidence

RECORDED = Path(__file__).parent / "recorded"
WIDE = b"time," + b",".join(b"metric_number_%d" % n for n in range(10_000))


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("query_range.json", SeriesFormat.ANSWER),
        ("query.json", SeriesFormat.ANSWER),
        ("scalar.json", SeriesFormat.ANSWER),
        ("error.json", SeriesFormat.ANSWER),
        ("metrics.txt", SeriesFormat.EXPOSITION),
        ("openmetrics.txt", SeriesFormat.EXPOSITION),
        ("federate.txt", SeriesFormat.EXPOSITION),
    ],
)
def test_what_real_software_writes(name: str, format_: SeriesFormat) -> None:
    raw = (RECORDED / name).read_bytes()
    detection = detect_series(Head(raw, name))
    assert detection is not None
    assert (detection.data_type, detection.extractor) == (DataType.METRIC, "metric")
    assert detection.confidence > 0.9
    assert (detection.reason, find_format(raw)) == (REASONS[format_]().text, format_)


@pytest.mark.parametrize(
    ("raw", "format_"),
    [
        (b'{"MetricDataResults": [{"Id": "m1"}]}', SeriesFormat.CLOUDWATCH),
        (b'{"Label": "x", "Datapoints": []}', SeriesFormat.CLOUDWATCH),
        (b'{"resourceMetrics": []}', SeriesFormat.OTLP),
        (b"time,a\n1700000000,1\n1700000060,2\n", SeriesFormat.TABLE),
        (b"ts;a;b\n2026-11-17;1;2\n2026-11-18;1;2\n", SeriesFormat.TABLE),
    ],
)
def test_other_formats(raw: bytes, format_: SeriesFormat) -> None:
    detection = detect_series(Head(raw))
    assert detection is not None
    assert (detection.reason, find_format(raw)) == (REASONS[format_]().text, format_)
    assert detection.confidence > 0.9


def test_the_heading_of_a_table_may_be_longer_than_what_is_seen() -> None:
    detection = detect_series(Head(WIDE[: 64 * 2**10]))
    assert detection is not None
    assert detection.reason == "a table of numbers over time"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"the service was slow, and then it died\n" * 9,
        b'{"spans": []}',
        b"2026-11-17T02:00:00Z INFO started in 5 ms\n" * 9,
        b"name,age\nann,3\nbob,4\n",
        b"key: value\nother: 5\n",
        b"a" * 64 * 2**10,
        b"{" * 5_000,
    ],
)
def test_what_is_something_else(raw: bytes) -> None:
    detection = detect_series(Head(raw))
    assert detection is None or detection.confidence < 0.5


def test_a_log_with_stray_quotation_marks_is_looked_at_in_silence() -> None:
    """Whoever investigates would read the library's warning on the screen."""
    line = '2026-11-23T08:40:{n:02}Z F {{"event": "GET /a {n}", "of": "books, \\"x", "ms": {n}}}'
    raw = "".join(f"{line.format(n=n % 60)}\n" for n in range(300)).encode()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert table_confidence(raw, written=datetime(2026, 1, 1, tzinfo=UTC)) == 0
    assert not warned
