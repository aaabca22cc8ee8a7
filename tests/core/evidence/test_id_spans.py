"""What is kept of ids is bounded, and the least used goes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.evidence import id_spans
from core.evidence.id_spans import RecentIdSpans, SpansKey

if TYPE_CHECKING:
    import pytest


def key(name: str) -> SpansKey:
    return (name, 8, None, None)


def spans(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"id": list(range(rows))})


def test_a_file_without_ids_is_known_to_have_none() -> None:
    recent = RecentIdSpans()
    recent.keep(key("a"), None)
    assert key("a") in recent
    assert recent[key("a")] is None
    assert ("a", 9, None, None) not in recent


def test_the_least_used_go_where_there_are_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_spans, "MOST_ROWS", 10)
    recent = RecentIdSpans()
    for name in "abc":
        recent.keep(key(name), spans(3))
    assert recent[key("a")] is not None  # used again
    recent.keep(key("d"), spans(3))
    assert [name for name in "abcd" if key(name) in recent] == ["a", "c", "d"]


def test_what_is_kept_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_spans, "MOST_ROWS", 10)
    recent = RecentIdSpans()
    recent.keep(key("a"), spans(3))
    for rows in (6, 7, 6):
        recent.keep(key("b"), spans(rows))
    assert key("a") in recent


def test_a_large_one_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_spans, "MOST_ROWS_EACH", 5)
    recent = RecentIdSpans()
    recent.keep(key("a"), spans(3))
    recent.keep(key("a"), spans(6))
    assert key("a") not in recent
