"""The critical path: who was waited for, and for how much of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.spans.traces import critical_path, own_times
from tests.core.evidence.spans.sample_spans import span, tree

if TYPE_CHECKING:
    from core.evidence.spans.traces import Trace


def path(trace: Trace) -> dict[str, float]:
    """ms of own work by id."""
    return {trace.spans[step.at].id: step.own / 1000 for step in critical_path(trace)}


def test_calls_one_after_the_other_are_all_on_it() -> None:
    trace = tree(span("a.r", 0, 100), span("b.x", 10, 20, "a.r"), span("c.y", 40, 50, "a.r"))
    assert path(trace) == {"a.r": 30, "b.x": 20, "c.y": 50}


def test_of_calls_side_by_side_the_one_that_ended_last_is_on_it() -> None:
    trace = tree(span("a.r", 0, 100), span("b.x", 10, 80, "a.r"), span("c.y", 10, 85, "a.r"))
    assert path(trace) == {"a.r": 15, "c.y": 85}


def test_what_nobody_waits_for_is_not_on_it() -> None:
    later = span("m.send", 20, 500, "a.r", waited=False)
    trace = tree(span("a.r", 0, 100), later)
    assert path(trace) == {"a.r": 100}
    assert own_times(trace) == [100_000, 500_000]


def test_a_child_counts_as_far_as_its_parent_lasts() -> None:
    trace = tree(span("a.r", 0, 100), span("b.x", 90, 50, "a.r"))
    assert path(trace) == {"a.r": 90, "b.x": 10}
    assert own_times(trace)[0] == 90_000


def test_a_thousand_deep() -> None:
    spans = [span("a.r#0", 0, 5000)]
    spans += [span(f"a.r#{n}", n, 5000 - 2 * n, f"a.r#{n - 1}") for n in range(1, 2000)]
    assert len(path(tree(*spans))) == 2000


TIMES = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 15), st.booleans()),
    min_size=1,
    max_size=15,
)


@settings(deadline=None)
@given(times=TIMES)
def test_own_work_on_the_path_adds_up_to_the_roots_time(
    times: list[tuple[int, int, int, bool]],
) -> None:
    spans = [
        span(f"s.o#{at}", start, took, f"s.o#{parent}" if parent < at else "", waited=waited)
        for at, (start, took, parent, waited) in enumerate(times)
    ]
    trace = tree(*spans)
    steps = critical_path(trace)
    assert sum(step.own for step in steps) == trace.spans[trace.root].duration
    assert all(step.own >= 0 for step in steps)
    assert all(
        0 <= own <= span.duration for own, span in zip(own_times(trace), trace.spans, strict=True)
    )
