"""Every index of vectors finds the nearest, nothing that is gone, and nothing outside the reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.knowledge.model import Reach
from core.knowledge.ports import VectorIndex
from core.knowledge.search_filter import EVERY_DOCUMENT, SearchFilter
from core.knowledge.vectors import MatrixIndex, pack
from tests.contracts.samples import a_document

if TYPE_CHECKING:
    from core.knowledge.vectors import Vectors

pytestmark = pytest.mark.filterwarnings(  # of the stand-in, about what only a server has
    "ignore:Payload indexes have no effect:UserWarning",
    "ignore:Local mode performs exact:UserWarning",
)
SIZE = 8
NOW = datetime(2026, 11, 22, tzinfo=UTC)
EVERYBODYS = Reach.of()
AXES = np.eye(SIZE, dtype=np.float32)
SCOPES = ("global", "user:1", "case:1")
changes = st.lists(
    st.tuples(
        st.sampled_from(["doc_1", "doc_2", "doc_3"]),
        st.none() | st.tuples(st.sampled_from(SCOPES), st.integers(0, 3)),
    ),
    max_size=12,
)
Open = Callable[[], VectorIndex]


def in_qdrant() -> VectorIndex:
    """The library's own stand-in for a server, in this process."""
    from qdrant_client import QdrantClient  # noqa: PLC0415 - an extra

    from integrations.qdrant import QdrantIndex, QdrantServer  # noqa: PLC0415 - an extra

    server = QdrantServer(QdrantClient(":memory:"))
    return QdrantIndex(server, tenant_id="t", model="m/1", size=SIZE)


no_library = pytest.mark.skipif(find_spec("qdrant_client") is None, reason="no qdrant-client here")


@pytest.fixture(
    params=[
        pytest.param(lambda: MatrixIndex(SIZE), id="matrix"),
        pytest.param(in_qdrant, id="qdrant", marks=no_library),
    ]
)
def opened(request: pytest.FixtureRequest) -> Open:
    new: Open = request.param
    return new


def rows(count: int, seed: int = 0) -> Vectors:
    made = np.random.default_rng(seed).standard_normal((count, SIZE)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def put(
    index: VectorIndex, name: str, vectors: Vectors, scope: str = "global", **more: object
) -> None:
    index.replace(a_document(id=name, scope=scope, **more), pack(vectors))


def ids(
    index: VectorIndex, reach: Reach = EVERYBODYS, only: SearchFilter = EVERY_DOCUMENT
) -> set[str]:
    return {near.document_id for near in index.nearest(rows(1)[0], reach, only=only, limit=20)}


def test_a_document_is_as_near_as_its_nearest_chunk(opened: Open) -> None:
    index = opened()
    put(index, "far", AXES[[3, 4]])
    put(index, "near", AXES[[5, 1, 6]])
    first, second = index.nearest(AXES[1], Reach.of(), limit=5)
    assert (first.document_id, first.position) == ("near", 1)
    assert first.similarity == pytest.approx(1, abs=1e-3)
    assert second.similarity == pytest.approx(0, abs=1e-3)
    assert len(index.nearest(AXES[1], Reach.of(), limit=1)) == 1


def test_it_is_held_to_tags_and_dates(opened: Open) -> None:
    index = opened()
    for name, tag, days in (("new", "db", 1), ("old", "db", 100), ("other", "web", 1)):
        put(index, name, rows(2), tags=(tag,), dated_at=NOW - timedelta(days=days))
    assert ids(index, only=SearchFilter(tags=frozenset({"db", "x"}))) == {"new", "old"}
    since = NOW - timedelta(days=90)
    assert ids(index, only=SearchFilter(since=since)) == {"new", "other"}
    assert ids(index, only=SearchFilter(before=since)) == {"old"}
    assert ids(index, only=SearchFilter(before=since, tags=frozenset({"web"}))) == set()


def test_what_changed_its_scope_is_found_by_nobody_else(opened: Open) -> None:
    index = opened()
    put(index, "doc", rows(2))
    assert ids(index) == {"doc"}
    put(index, "doc", rows(2), "user:1")
    assert ids(index) == set()
    assert ids(index, Reach.of(account_id="1")) == {"doc"}


def test_a_document_that_got_shorter_has_no_chunk_of_before(opened: Open) -> None:
    index = opened()
    put(index, "doc", AXES[[1, 2, 3]])
    index.nearest(AXES[0], Reach.of(), limit=1)
    put(index, "doc", AXES[[1]])
    (near,) = index.nearest(AXES[3], Reach.of(), limit=5)
    assert near.position == 0
    assert near.similarity == pytest.approx(0, abs=1e-3)


def test_of_nothing_and_in_no_reach_nothing_is_found(opened: Open) -> None:
    index = opened()
    assert ids(index) == set()
    put(index, "doc", rows(1))
    assert ids(index, Reach()) == set()
    assert len(index) == 1
    index.remove("doc")
    index.remove("doc")
    assert ids(index) == set()
    assert len(index) == 0
    assert "doc" not in index


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes, st.frozensets(st.sampled_from(SCOPES)), st.booleans())
def test_exactly_what_is_there_and_within_the_reach_is_found(
    opened: Open,
    made: list[tuple[str, tuple[str, int] | None]],
    scopes: frozenset[str],
    asks_between: bool,  # noqa: FBT001 - drawn
) -> None:
    index, scope_of = opened(), dict[str, str]()
    for name, content in made:
        scope_of.pop(name, None)
        if content is None:
            index.remove(name)
        else:
            put(index, name, rows(content[1], seed=len(scope_of)), content[0])
            if content[1]:
                scope_of[name] = content[0]
        if asks_between:
            ids(index)
    inside = {name for name, scope in scope_of.items() if scope in scopes}
    assert ids(index, Reach(scopes)) == inside
