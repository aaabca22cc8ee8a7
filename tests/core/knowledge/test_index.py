"""The index finds what fits, nothing that is gone, and nothing outside the reach of who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.knowledge.entries import MOST_DEAD
from core.knowledge.index import SearchIndex, share_of_name
from core.knowledge.model import Chunk, Document, Reach
from core.knowledge.query import query_of
from core.text.redacted import RedactedText, redacted
from tests.contracts.samples import a_chunk, a_document

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = ("replica", "lag", "disk", "full", "pod", "crash", "loop", "certificate", "NotReady")
SCOPES = ("global", "user:1", "user:2", "case:1", "case:2")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
queries = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
# What is put (its scope and text) or removed (None), by id.
changes = st.lists(
    st.tuples(
        st.sampled_from([f"doc_{n}" for n in range(8)]),
        st.none() | st.tuples(st.sampled_from(SCOPES), texts),
    ),
    max_size=40,
)


def entry(document_id: str, scope: str, text: str) -> tuple[Document, list[Chunk]]:
    document = a_document(
        id=document_id, scope=scope, title=redacted(text), source=RedactedText.EMPTY
    )
    chunk = a_chunk(document_id, scope=scope, headings=RedactedText.EMPTY, text=redacted(text))
    return document, [chunk]


def applied(made: list[tuple[str, tuple[str, str] | None]]) -> tuple[SearchIndex, dict[str, str]]:
    """The index after the changes, and the scope of each document that is there."""
    index, scope_of = SearchIndex(), dict[str, str]()
    for document_id, content in made:
        if content is None:
            index.remove(document_id)
            scope_of.pop(document_id, None)
        else:
            index.replace(*entry(document_id, *content))
            scope_of[document_id] = content[0]
    return index, scope_of


def ids(index: SearchIndex, query: str, reach: Reach = Reach.of()) -> list[str]:  # noqa: B008
    return [hit.document_id for hit in index.search(query_of(query), reach, limit=50)]


@settings(max_examples=300)
@given(changes, queries, st.frozensets(st.sampled_from(SCOPES)))
def test_nobody_finds_what_is_gone_or_outside_their_reach(
    made: list[tuple[str, tuple[str, str] | None]], query: str, scopes: frozenset[str]
) -> None:
    index, scope_of = applied(made)
    for document_id in ids(index, query, Reach(scopes)):
        assert scope_of[document_id] in scopes


@settings(max_examples=100)
@given(changes, queries, st.frozensets(st.sampled_from(SCOPES), min_size=1))
def test_what_is_outside_the_reach_changes_no_order_and_no_score(
    made: list[tuple[str, tuple[str, str] | None]], query: str, scopes: frozenset[str]
) -> None:
    index, scope_of = applied(made)
    inside: Mapping[str, str] = {id_: s for id_, s in scope_of.items() if s in scopes}
    last = {id_: content for id_, content in made if content is not None}
    order = dict.fromkeys(id_ for id_, _ in reversed(made) if id_ in inside)
    alone = SearchIndex()
    for document_id in reversed(order):
        alone.replace(*entry(document_id, *last[document_id]))
    reach = Reach(scopes)
    scores = {
        frozenset(
            (hit.document_id, round(hit.score, 4))
            for hit in each.search(query_of(query), reach, limit=50)
        )
        for each in (index, alone)
    }
    assert len(scores) == 1


def test_what_was_thrown_out_is_gone_and_the_rest_is_found() -> None:
    index = SearchIndex()
    index.replace(*entry("kept", "global", "certificate"))
    for _ in range(MOST_DEAD + 20):
        index.replace(*entry("changing", "global", "replica lag"))
    assert ids(index, "certificate") == ["kept"]
    assert ids(index, "replica") == ["changing"]
    index.remove("changing")
    assert ids(index, "replica") == []
    assert len(index) == 1


def test_names_are_found_by_their_parts_and_by_what_stands_for_them() -> None:
    index = SearchIndex()
    for name in ("KubePodCrashLooping", "KubeNodeNotReady", "NodeFilesystemAlmostOutOfSpace"):
        index.replace(*entry(name, "global", name))
    assert ids(index, "pod in crash loop back-off")[0] == "KubePodCrashLooping"
    assert ids(index, "the node is not ready")[0] == "KubeNodeNotReady"
    assert ids(index, "no room on disk")[0] == "NodeFilesystemAlmostOutOfSpace"
    assert ids(index, "NodeFilesystemAlmostOutOfSpace")[0] == "NodeFilesystemAlmostOutOfSpace"


def test_what_few_are_named_for_counts_more_than_what_most_are() -> None:
    name, rarities = ("kube", "node", "flap"), {"kube": 0.1, "node": 0.4, "flap": 1.5}
    assert share_of_name(name, {"flap": 1.0}, rarities) == pytest.approx(0.75)
    assert share_of_name(name, {"kube": 1.0, "node": 0.5}, rarities) == pytest.approx(0.15)
    assert share_of_name(name, {"kube": 2.0, "node": 1.0, "flap": 3.0}, rarities) == pytest.approx(
        1
    )
    assert share_of_name((), {"kube": 1.0}, {}) == 0


def test_names_outside_the_reach_or_thrown_out_are_nobodys() -> None:
    index = SearchIndex()
    for _ in range(MOST_DEAD + 20):
        index.replace(*entry("changing", "global", "KubeNodeDown"))
    index.replace(*entry("kept", "global", "KubeNodeFlapping"))
    alone = SearchIndex()
    alone.replace(*entry("changing", "global", "KubeNodeDown"))
    alone.replace(*entry("kept", "global", "KubeNodeFlapping"))
    index.replace(*entry("other", "user:1", "KubeNodeFlapping"))
    query = query_of("kube node flapping")
    scores, scores_alone = (
        [(hit.document_id, hit.score) for hit in each.search(query, Reach.of(), limit=5)]
        for each in (index, alone)
    )
    assert scores == scores_alone


def test_of_promql_only_metrics_are_asked_for() -> None:
    query = query_of("", expression='sum by (pod) (rate(node_load1{job="disk"}[5m])) > 1 # lag')
    assert "load" in query or "node" in query
    assert not {"disk", "lag", "sum", "pod"} & query.keys()
