"""Where faults enter: at the deepest place that fails or is slow, while all below is fine."""

from __future__ import annotations

import random

import numpy as np

from core.evidence.spans.faults import (
    find_delay_entries,
    find_failure_entries,
    find_rise,
    summarise_operations,
)
from core.evidence.spans.model import Span, SpanKind
from core.evidence.spans.traces import Trace, build_forest
from tests.core.evidence.spans.sample_spans import BEGAN, span


def request(
    n: int, *, web_fails: bool = False, api_fails: bool = False, db_ms: float = 5, api_ms: float = 5
) -> list[Span]:
    key = {"trace": f"t{n}"}
    at, took = n * 1000, api_ms + db_ms
    return [
        span(f"web.get#{n}", at, took + 10, failed=web_fails, **key),
        span(f"api.get#{n}", at + 2, took + 2, f"web.get#{n}", failed=api_fails, **key),
        span(f"db.query#{n}", at + 3, db_ms, f"api.get#{n}", **key),
    ]


def planted(requests: list[list[Span]]) -> list[Trace]:
    return list(build_forest([span for spans in requests for span in spans]).traces)


def test_a_failure_enters_at_the_deepest_failing_span() -> None:
    traces = planted([request(n, web_fails=n > 5, api_fails=n > 5) for n in range(10)])
    [entry] = find_failure_entries(traces, summarise_operations(traces))
    assert (entry.service, entry.operation, entry.here, entry.traces) == ("api", "get", 4, 4)


def test_who_only_gave_up_waiting_is_not_where_it_enters() -> None:
    """web fails, but api took nearly all of its time, which is far more than usual."""
    slow = [request(n, web_fails=n > 15, db_ms=900 if n > 15 else 5) for n in range(20)]
    traces = planted(slow)
    assert find_failure_entries(traces, summarise_operations(traces))[0].service == "db"


def test_a_call_to_what_writes_no_spans_names_it() -> None:
    client = span("api.sql", 1, 5, "api.get", kind=SpanKind.CLIENT, peer="orders-db", failed=True)
    traces = planted([[span("api.get", 0, 50, failed=True), client]])
    assert find_failure_entries(traces, summarise_operations(traces))[0].peer == "orders-db"


def test_a_delay_enters_where_own_work_grew() -> None:
    chance = random.Random(1)  # noqa: S311 - the same each time
    requests = [request(n, api_ms=400 if n >= 30 else chance.uniform(3, 9)) for n in range(40)]
    entry, *_ = find_delay_entries(planted(requests))
    assert (entry.service, entry.here, entry.traces) == ("api", 10, 10)
    assert 380_000 < entry.extra < 410_000


def test_traces_that_are_alike_have_no_delay() -> None:
    chance = random.Random(2)  # noqa: S311 - the same each time
    assert (
        find_delay_entries(planted([request(n, api_ms=chance.uniform(40, 70)) for n in range(40)]))
        == []
    )


def test_figures_of_an_operation() -> None:
    traces = planted([request(n, api_fails=n >= 20, db_ms=n) for n in range(40)])
    operations = {operation.service: operation for operation in summarise_operations(traces)}
    assert next(iter(operations)) == "api"  # what fails comes first
    assert (operations["api"].count, operations["api"].failed, operations["api"].share) == (
        40,
        20,
        0.5,
    )
    assert operations["api"].since == BEGAN + 20_002_000
    assert sum(operations["api"].minutes.values()) == 20
    assert (operations["db"].p50, operations["db"].since) == (19_500, None)


def test_when_a_share_rose() -> None:
    times = np.arange(100, dtype=np.int64)
    chance = np.random.default_rng(4)
    assert find_rise(times, times >= 60) == 60
    assert find_rise(times, chance.random(100) < 0.1) is None
    assert find_rise(times, times < 50) is None  # it fell
    assert find_rise(times, np.zeros(100, dtype=bool)) is None
    noisy = chance.random(100) < np.where(times >= 70, 0.8, 0.05)
    split = find_rise(times, noisy)
    assert split is not None
    assert abs(split - 70) <= 3
