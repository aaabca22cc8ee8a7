"""Names that carry ids are one kind of operation."""

from __future__ import annotations

from core.evidence.spans.findings import MAX_RATED_OPERATIONS, OTHER, limit_operation_names
from tests.core.evidence.spans.sample_spans import span


def test_few_names_stay_as_they_are() -> None:
    spans = [span(f"api.get /orders/{n}", n, 1) for n in range(9)]
    assert limit_operation_names(spans) is spans


def test_ids_in_names_make_one_kind() -> None:
    spans = [span(f"api.get /orders/{n}", n, 1) for n in range(MAX_RATED_OPERATIONS + 1)]
    assert {span.operation for span in limit_operation_names(spans)} == {"get /orders/*"}
    assert [span.id for span in limit_operation_names(spans)] == [span.id for span in spans]


def test_words_without_end_are_one_kind_in_the_end() -> None:
    letters = [chr(97 + n % 26) + chr(97 + n // 26 % 26) + "x" * (n // 676) for n in range(1500)]
    spans = [span("api.often", n, 1) for n in range(3)]
    spans += [span(f"api.z{letter}", n, 1) for n, letter in enumerate(letters)]
    names = {span.operation for span in limit_operation_names(spans)}
    assert {"often", OTHER} <= names
    assert len(names) <= MAX_RATED_OPERATIONS
