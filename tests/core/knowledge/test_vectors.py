"""The nearest are found exactly, nothing that is gone, and nothing outside the reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.knowledge.entries import MOST_DEAD
from core.knowledge.model import Reach
from core.knowledge.search_filter import SearchFilter
from core.knowledge.vectors import BLOCK, MatrixIndex, pack, unpack
from tests.contracts.samples import a_document

if TYPE_CHECKING:
    from core.knowledge.vectors import Vectors

SIZE = 8
SCOPES = ("global", "user:1", "user:2", "case:1", "case:2")
IDS = [f"doc_{number}" for number in range(8)]
# What is put (its scope and how many chunks) or removed (None), by id.
changes = st.lists(
    st.tuples(
        st.sampled_from(IDS), st.none() | st.tuples(st.sampled_from(SCOPES), st.integers(0, 4))
    ),
    max_size=40,
)


def rows(count: int, seed: int = 0) -> Vectors:
    made = np.random.default_rng(seed).standard_normal((count, SIZE)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def put(
    index: MatrixIndex, id_: str, vectors: Vectors, scope: str = "global", tag: str = ""
) -> None:
    tags = (tag,) if tag else ()
    index.replace(a_document(id=id_, scope=scope, tags=tags), pack(vectors))


def ids(index: MatrixIndex, vector: Vectors, reach: Reach = Reach.of()) -> list[str]:  # noqa: B008
    return [near.document_id for near in index.nearest(vector, reach, limit=100)]


def test_a_vector_comes_back_almost_as_it_was() -> None:
    vectors = rows(50)
    packed, scales = unpack(pack(vectors), SIZE)
    back = packed * scales[:, None]
    cosines = (back * vectors).sum(axis=1) / np.linalg.norm(back, axis=1)
    assert cosines.min() > 0.9995
    assert len(pack(vectors)) == 50 * (SIZE + 4)


def test_a_document_is_as_near_as_its_nearest_chunk() -> None:
    index, axes = MatrixIndex(SIZE), np.eye(SIZE, dtype=np.float32)
    put(index, "far", axes[[3, 4]])
    put(index, "near", axes[[5, 1, 6]])
    first, second = index.nearest(axes[1], Reach.of(), limit=5)
    assert (first.document_id, first.position) == ("near", 1)
    assert first.similarity == pytest.approx(1, abs=1e-4)
    assert second.similarity == pytest.approx(0, abs=1e-4)


def test_more_rows_than_a_block_give_the_order_of_all_cosines() -> None:
    index, vectors = MatrixIndex(SIZE), rows(BLOCK * 2 + 7)
    for number, vector in enumerate(vectors):
        put(index, f"doc_{number}", vector[None])
    asked = rows(1, seed=1)[0]
    wanted = [f"doc_{number}" for number in np.argsort(-(vectors @ asked))[:3]]
    assert ids(index, asked)[:3] == wanted


def test_of_tags_one_is_enough_and_none_is_not() -> None:
    index = MatrixIndex(SIZE)
    put(index, "db", rows(1), tag="db")
    put(index, "web", rows(1), tag="web")
    hits = index.nearest(
        rows(1)[0], Reach.of(), only=SearchFilter(tags=frozenset({"db", "x"})), limit=5
    )
    assert [hit.document_id for hit in hits] == ["db"]


@settings(max_examples=30)
@given(changes, st.frozensets(st.sampled_from(SCOPES)))
def test_exactly_what_is_there_and_within_the_reach_is_found(
    made: list[tuple[str, tuple[str, int] | None]], scopes: frozenset[str]
) -> None:
    index, scope_of = MatrixIndex(SIZE), dict[str, str]()
    for id_, content in made:
        scope_of.pop(id_, None)
        if content is None:
            index.remove(id_)
        else:
            put(index, id_, rows(content[1], seed=len(scope_of)), content[0])
            if content[1]:
                scope_of[id_] = content[0]
    inside = {id_ for id_, scope in scope_of.items() if scope in scopes}
    assert set(ids(index, rows(1)[0], Reach(scopes))) == inside
    assert {id_ for id_ in IDS if id_ in index} == set(scope_of)


def test_after_many_changes_the_rest_is_where_it_was() -> None:
    index, axes = MatrixIndex(SIZE), np.eye(SIZE, dtype=np.float32)
    put(index, "kept", axes[[2, 3]])
    for _ in range(MOST_DEAD + 20):
        put(index, "changing", axes[[4]])
    near = index.nearest(axes[3], Reach.of(), limit=5)
    assert [(hit.document_id, hit.position) for hit in near] == [("kept", 1), ("changing", 0)]
    assert len(index) == 2
