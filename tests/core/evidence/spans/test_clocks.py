"""Clocks that differ are found by calls that would be impossible otherwise."""

from __future__ import annotations

import random

import pytest

from core.evidence.spans.model import SpanKind
from core.evidence.spans.traces import (
    LEAST_PAIRS,
    Trace,
    build_forest,
    clock_offsets,
    correct_clocks,
    find_skews,
)
from tests.core.evidence.spans.sample_spans import span


def traces(ahead_ms: float, *, requests: int = 20, kind: SpanKind = SpanKind.SERVER) -> list[Trace]:
    """a calls b, whose clock is ahead; a call takes 20 to 60 ms, the network 1 to 5."""
    chance, spans = random.Random(3), []  # noqa: S311 - the same each time
    for n in range(requests):
        took, net = chance.uniform(20, 60), chance.uniform(1, 5)
        key = {"trace": f"t{n}"}
        spans.append(span(f"a.r#{n}", n * 1000, took + 2 * net, kind=SpanKind.CLIENT, **key))
        start = n * 1000 + net + ahead_ms
        spans.append(span(f"b.s#{n}", start, took, f"a.r#{n}", kind=kind, **key))
    return list(build_forest(spans).traces)


@pytest.mark.parametrize("ahead_ms", [-90_000, -700, -50, 50, 700, 90_000])
def test_a_clock_that_is_off_is_found_and_measured(ahead_ms: float) -> None:
    [skew] = find_skews(traces(ahead_ms))
    ahead = skew.seconds if skew.one == "b" else -skew.seconds
    assert ahead == pytest.approx(ahead_ms / 1000, abs=0.004)
    assert skew.low <= skew.seconds <= skew.high
    assert skew.pairs == 20
    assert skew.sure == 1.0


@pytest.mark.parametrize("ahead_ms", [0, 0.5, -0.5])
def test_clocks_that_agree_say_nothing(ahead_ms: float) -> None:
    assert find_skews(traces(ahead_ms)) == []


def test_few_calls_say_nothing() -> None:
    assert find_skews(traces(900, requests=LEAST_PAIRS - 1)) == []


def test_work_that_goes_on_after_its_parent_is_no_skew() -> None:
    """Without kinds nobody knows whether the parent waits."""
    spans = []
    for n in range(20):
        spans.append(span(f"a.r#{n}", n * 1000, 50, trace=f"t{n}"))
        spans.append(span(f"b.s#{n}", n * 1000 + 45, 40, f"a.r#{n}", trace=f"t{n}"))
    assert find_skews(build_forest(spans).traces) == []


def test_corrected_calls_lie_in_their_callers() -> None:
    corrected = traces(-5_000)
    ahead = clock_offsets(corrected, find_skews(corrected))
    for trace in (correct_clocks(trace, ahead) for trace in corrected):
        caller, callee = sorted(trace.spans, key=lambda span: span.service)
        assert caller.start - 4000 <= callee.start
        assert callee.end <= caller.end + 4000
