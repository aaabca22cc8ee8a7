"""Spans become trees, whatever is wrong with their ids."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.spans.model import SpanKind
from core.evidence.spans.traces import build_forest
from tests.core.evidence.spans.sample_spans import span, tree


def test_parents_and_children_find_each_other() -> None:
    trace = tree(
        span("db.q", 3, 1, "api.get"), span("web.get", 0, 9), span("api.get", 1, 5, "web.get")
    )
    assert [span.id for span in trace.spans] == ["web.get", "api.get", "db.q"]
    assert list(trace.parents) == [-1, 0, 1]
    assert [list(child) for child in trace.children] == [[1], [2], []]
    assert trace.root == 0


def test_both_sides_of_a_call_may_share_an_id() -> None:
    client = span("web.call", 0, 9, kind=SpanKind.CLIENT)
    server = client._replace(
        service="api", start=client.start + 1000, duration=5000, kind=SpanKind.SERVER, shared=True
    )
    inner = span("api.inner", 2, 1, "web.call")
    trace = tree(server, client, inner)
    assert [span.service for span in trace.spans] == ["web", "api", "api"]
    assert list(trace.parents) == [-1, 0, 1]


def test_duplicates_orphans_and_circles_are_counted() -> None:
    root = span("a.x", 0, 5)
    forest = build_forest([root, root, span("b.y", 1, 1, "nobody")])
    assert (forest.duplicates, forest.orphans, forest.cycles) == (1, 1, 0)
    forest = build_forest(
        [span("a.x", 0, 5, "b.y"), span("b.y", 1, 3, "a.x"), span("c.z", 2, 1, "c.z")]
    )
    assert forest.cycles == 1
    assert sorted(forest.traces[0].parents) == [-1, -1, 0]


@settings(deadline=None)
@given(parents=st.lists(st.integers(-1, 30), max_size=30))
def test_whatever_the_parents_every_span_is_reached_from_a_root(parents: list[int]) -> None:
    spans = [
        span(f"s.o#{at}", at, 1, f"s.o#{parent}" if parent >= 0 else "")
        for at, parent in enumerate(parents)
    ]
    for trace in build_forest(spans).traces:
        order = [at for at, parent in enumerate(trace.parents) if parent < 0]
        for at in order:
            order.extend(trace.children[at])
        assert sorted(order) == list(range(len(trace.spans)))
