"""The dependency graph, as spans tell it."""

from __future__ import annotations

from core.evidence.spans.model import SpanKind
from core.evidence.spans.traces import build_forest, find_calls
from tests.core.evidence.spans.sample_spans import span, tree


def test_calls_between_services_are_counted_with_errors_and_p95() -> None:
    spans = []
    for n in range(10):
        spans.append(span(f"web.get#{n}", 0, 50, trace=f"t{n}"))
        spans.append(span(f"api.get#{n}", 1, n, f"web.get#{n}", trace=f"t{n}", failed=n > 7))
        spans.append(span(f"api.inner#{n}", 1, 1, f"api.get#{n}", trace=f"t{n}"))
    [call] = find_calls(build_forest(spans).traces)
    assert (call.caller, call.callee, call.count, call.errors) == ("web", "api", 10, 2)
    assert 8_000 <= call.p95 <= 9_000
    assert call.example.failed


def test_a_server_without_spans_is_known_by_its_client() -> None:
    kind = SpanKind.CLIENT
    trace = tree(
        span("api.get", 0, 50),
        span("api.sql", 1, 5, "api.get", kind=kind, peer="orders-db"),
        span("api.http", 9, 5, "api.get", kind=kind, peer="10.1.2.3:8080"),
    )
    assert [(call.caller, call.callee) for call in find_calls([trace])] == [("api", "orders-db")]


def test_a_message_that_nobody_waits_for_is_no_call() -> None:
    trace = tree(span("api.get", 0, 5), span("mailer.send", 9, 50, "api.get", waited=False))
    assert find_calls([trace]) == []
