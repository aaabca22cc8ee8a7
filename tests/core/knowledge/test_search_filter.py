"""A search is held to ages that people write, and what is no age is refused in plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import WrongUsage
from core.knowledge.dates import date_in_front
from core.knowledge.entries import DocumentEntries
from core.knowledge.model import Reach
from core.knowledge.pages import PageMark
from core.knowledge.search_filter import SearchFilter, filter_in, without_filters
from tests.contracts.samples import a_document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "days"), [("90d", 90), ("2w", 14), ("6m", 180), ("1Y", 365), ("12h", 0.5)]
)
def test_an_age_is_counted_back_from_now(age: str, days: float) -> None:
    assert SearchFilter.of(newer=age, now=NOW).since == NOW - timedelta(days=days)
    assert SearchFilter.of(older=age, now=NOW).before == NOW - timedelta(days=days)


def test_a_day_begins_at_midnight() -> None:
    assert SearchFilter.of(newer="2026-01-31", now=NOW).since == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("age", ["soon", "90", "d", "-3d", "2026-13-01", "99999y", "1.5d"])
def test_what_is_no_age_is_refused_with_an_example(age: str) -> None:
    with pytest.raises(WrongUsage, match="older needs an age or a day") as refused:
        filter_in(f"replica lag older:{age}", NOW)
    assert "newer:90d" in refused.value.next_step


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(WrongUsage, match="nothing is newer"):
        filter_in("lag newer:90d older:1d newer:1h", NOW)


def test_filters_are_taken_out_of_the_words() -> None:
    words = "replica lag tag:Tech:Postgres newer:90d older:7d behind"
    only = filter_in(words, NOW)
    assert only.tags == {"tech:postgres"}
    assert (only.since, only.before) == (NOW - timedelta(days=90), NOW - timedelta(days=7))
    assert without_filters(words).split() == ["replica", "lag", "behind"]
    assert without_filters("newer:90d") == "newer:90d"
    assert filter_in("is it newer: or older than this?", NOW) == SearchFilter()


ages = st.integers(0, 40)


@settings(max_examples=30)
@given(st.lists(ages, max_size=8), ages, ages)
def test_the_index_takes_what_the_filter_takes(days: list[int], newer: int, width: int) -> None:
    entries, documents = DocumentEntries(), []
    for number, age in enumerate(days):
        at = NOW - timedelta(days=age)
        documents.append(a_document(id=f"doc_{number}", updated_at=NOW, dated_at=at))
        entries.add(documents[-1])
    since = NOW - timedelta(days=newer + width + 1)
    only = SearchFilter(since=since, before=NOW - timedelta(days=newer))
    taken = [document.id for document in documents if only.takes(document)]
    mask = entries.mask(Reach.of(), only)
    assert [name for name, inside in zip(entries.ids, mask, strict=True) if inside] == taken


def test_a_document_without_a_date_is_as_old_as_it_was_changed() -> None:
    assert a_document(dated_at=None, updated_at=NOW).date == NOW


def test_the_latest_date_in_front_counts() -> None:
    front = "---\ntitle: x\ndate: 2024-02-03\nlast_reviewed: '2025-06-01'\n---\n# x\n"
    assert date_in_front(front) == datetime(2025, 6, 1, tzinfo=UTC)
    assert date_in_front("---\ndate: 2024-13-03\n---\n# x\n") is None
    assert date_in_front("# x\n\ndate: 2024-02-03\n") is None


def test_a_page_is_as_old_as_its_server_says() -> None:
    at = PageMark(modified="Sun, 06 Nov 1994 08:49:37 GMT").modified_at
    assert at == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert PageMark(modified="yesterday").modified_at is None
    assert PageMark().modified_at is None
