from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.series.prometheus import read_exposition

RECORDED = Path(__file__).parents[1] / "recorded"
WRITTEN = datetime(2026, 11, 20, tzinfo=UTC)

LINES = st.lists(
    st.sampled_from(
        [
            "# TYPE a counter",
            "# HELP a what it is",
            'a{b="c"} 1',
            'a_bucket{le="+Inf"} 3',
            "a 1 1700000000000",
            "a NaN",
            "a +Inf 17e",
            'a{b="c" 1',
            "# EOF",
            "",
            "  ",
        ]
    )
    | st.text(max_size=30),
    max_size=12,
)


def test_a_scrape_of_a_real_program() -> None:
    raw = (RECORDED / "metrics.txt").read_bytes()
    reading = read_exposition(raw, written=WRITTEN)
    assert (reading.problem, reading.untimed) == (None, True)
    pool = next(series for series in reading.series if series.name == "pool_in_use")
    assert (pool.kind, dict(pool.labels)) == ("gauge", {"service": "orders"})
    assert pool.times.tolist() == [WRITTEN.timestamp()]
    samples = [line for line in raw.decode().splitlines() if not line.startswith("#")]
    assert reading.points == len(samples)


def test_each_sample_knows_its_line() -> None:
    for name in ("metrics.txt", "openmetrics.txt", "federate.txt"):
        raw = (RECORDED / name).read_bytes()
        for series in read_exposition(raw, written=WRITTEN).series:
            span = series.span(0, 0)
            line = raw[span.byte_start : span.byte_end].decode()
            assert line.startswith(series.name), name
            assert line == raw.decode().splitlines(keepends=True)[span.line_start - 1]


def test_openmetrics_of_a_real_program() -> None:
    reading = read_exposition((RECORDED / "openmetrics.txt").read_bytes(), written=WRITTEN)
    assert reading.problem is None
    assert {series.kind for series in reading.series} == {"gauge", "counter", "histogram"}


def test_federation_of_a_real_server_tells_times() -> None:
    reading = read_exposition((RECORDED / "federate.txt").read_bytes(), written=WRITTEN)
    assert not reading.untimed
    assert all(series.times[0] > 1.7e9 for series in reading.series)


def test_openmetrics_with_exemplars_and_fractions_of_a_second() -> None:
    text = (
        "# TYPE h histogram\n"
        'h_bucket{le="0.5"} 4 1795186454.25 # {trace_id="ab12"} 0.31 1795186454\n'
        'h_bucket{le="+Inf"} 5 1795186454.25\nh_count 5 1795186454.25\nh_sum 2 1795186454.25\n'
        "# EOF\n"
    )
    reading = read_exposition(text.encode(), written=WRITTEN)
    assert reading.problem is None
    assert {series.times[0] for series in reading.series} == {1795186454.25}


def test_what_is_cut_off_gives_what_stands_before_and_says_so() -> None:
    raw = (RECORDED / "metrics.txt").read_bytes()
    cut = raw[: raw.index(b"request_seconds_bucket") + 25]
    reading = read_exposition(cut, written=WRITTEN)
    assert any(series.name == "pool_in_use" for series in reading.series)
    assert reading.problem == "1 line is damaged and left out, the first is line 14"


def test_what_stands_behind_a_damaged_line_is_read() -> None:
    text = (
        "# TYPE jobs_total counter\n"
        'jobs_total{queue="a} 3\njobs_total{queue="b"} 4\nworkers five\nworkers 9\n'
    )
    reading = read_exposition(text.encode(), written=WRITTEN)
    first_values = {(series.name, series.kind): series.values[0] for series in reading.series}
    assert first_values == {("jobs_total", "counter"): 4.0, ("workers", "unknown"): 9.0}
    assert reading.problem == "2 lines are damaged and left out, the first is line 2"
    assert [reading.series[0].span(0, 0).line_start] == [3]


def test_openmetrics_that_breaks_a_rule_is_read_line_by_line() -> None:
    text = (
        "# TYPE hits counter\n# UNIT hits requests\n"
        'hits_total{path="/"} 7 1795186454.25 # {trace_id="ab12"} 0.3\n'
        'hits_created{path="/"} 1795180000.0\n# EOF\n'
    )
    reading = read_exposition(text.encode(), written=WRITTEN)
    assert {series.name: series.values[0] for series in reading.series}["hits_total"] == 7.0
    assert reading.series[0].times[0] == 1795186454.25
    assert reading.problem is not None
    assert "line by line" in reading.problem


def test_several_scrapes_with_times_are_series() -> None:
    text = "".join(f"pool {n} {1_700_000_000_000 + 1_000 * n}\n" for n in range(30))
    (series,) = read_exposition(text.encode(), written=WRITTEN).series
    assert len(series.times) == 30
    assert series.times[1] - series.times[0] == 1.0


@given(LINES)
def test_any_lines_are_read_or_the_problem_is_said(lines: list[str]) -> None:
    raw = "\n".join(lines).encode("utf-8", errors="replace")
    reading = read_exposition(raw, written=WRITTEN)
    assert reading.points <= len(lines) or reading.problem or "\n" in "".join(lines)
    for series in reading.series:
        for at in range(len(series.times)):
            assert 0 <= series.span(at, at).byte_start <= len(raw)
