"""Vectors on a server: shared, of each tenant its own, and missed by nobody while it is away."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from core.errors import SourceUnavailable
from core.knowledge.model import Reach
from core.knowledge.search import SearchIndexes
from core.knowledge.vectors import pack
from tests.contracts.samples import a_document
from tests.fakes.embedder import ConceptEmbedder

pytest.importorskip("qdrant_client", reason="no qdrant-client here")

from qdrant_client import QdrantClient

from integrations.qdrant import TRIES_AGAIN_S, QdrantIndex, QdrantServer, collection_of

pytestmark = pytest.mark.filterwarnings(  # of the stand-in, about what only a server has
    "ignore:Payload indexes have no effect:UserWarning",
    "ignore:Local mode performs exact:UserWarning",
)
SIZE = 4
AXES = np.eye(SIZE, dtype=np.float32)


@dataclass
class Wire:
    """The library's stand-in for a server, behind a wire that can be cut. calls: what was sent."""

    client: QdrantClient = field(default_factory=lambda: QdrantClient(":memory:"))
    is_cut: bool = False
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if self.is_cut:
            message = "no route to host"
            raise ConnectionError(message)
        self.calls.append(name)
        return getattr(self.client, name)


@dataclass
class Hand:
    """A clock."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def hand() -> Hand:
    return Hand(1_000.0)


def index_on(wire: Wire, hand: Hand, tenant_id: str = "t") -> QdrantIndex:
    """That of a process that has just begun."""
    server = QdrantServer(wire, clock=hand)
    return QdrantIndex(server, tenant_id=tenant_id, model="m/1", size=SIZE)


def put(index: QdrantIndex, name: str, axis: int = 0, scope: str = "global") -> None:
    index.replace(a_document(id=name, scope=scope), pack(AXES[[axis]]))


def ids(index: QdrantIndex, reach: Reach | None = None) -> list[str]:
    near = index.nearest(AXES[0], reach or Reach.of(), limit=10)
    return [neighbour.document_id for neighbour in near]


def test_tenants_of_one_server_never_meet(wire: Wire, hand: Hand) -> None:
    mine, theirs = index_on(wire, hand, "mine"), index_on(wire, hand, "theirs")
    put(mine, "doc")
    put(theirs, "doc", 1)
    put(theirs, "doc_2")
    assert ids(mine) == ["doc"]
    assert set(ids(theirs)) == {"doc", "doc_2"}
    mine.remove("doc")
    assert ids(mine) == []
    assert set(ids(theirs)) == {"doc", "doc_2"}


def test_while_it_is_away_nothing_is_near_and_nothing_gets_lost(
    wire: Wire, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    index = index_on(wire, hand)
    put(index, "before")
    put(index, "gone")
    assert set(ids(index)) == {"before", "gone"}
    wire.is_cut = True
    with caplog.at_level(logging.WARNING):
        for name in ("meanwhile", "later"):
            put(index, name)
            assert ids(index) == []
            assert name not in index, "its words count for both"
        index.remove("gone")
        hand.at += TRIES_AGAIN_S
        assert ids(index) == []
    assert len(caplog.messages) == 1, "one line, however often it is asked"
    assert "found by their words alone" in caplog.text
    wire.is_cut = False
    assert ids(index) == [], "a server that was away just now is left alone"
    hand.at += TRIES_AGAIN_S
    with caplog.at_level(logging.WARNING):
        assert set(ids(index)) == {"before", "meanwhile", "later"}
    assert "answers again" in caplog.messages[-1]


def test_what_is_there_already_is_not_sent_again(wire: Wire, hand: Hand) -> None:
    first = index_on(wire, hand)
    put(first, "doc")
    assert ids(first) == ["doc"]
    wire.calls.clear()
    second = index_on(wire, hand)
    put(second, "doc")
    assert ids(second) == ["doc"]
    assert "upsert" not in wire.calls
    put(second, "doc", 1)
    ids(second)
    assert "upsert" in wire.calls


def test_what_was_deleted_while_nobody_ran_goes_when_one_starts(wire: Wire, hand: Hand) -> None:
    first = index_on(wire, hand)
    put(first, "doc")
    ids(first)
    second = index_on(wire, hand)
    second.remove("doc")  # as the tables say of everything that was ever deleted
    second.remove("never there")
    assert ids(second) == []
    assert wire.client.count(collection_of("m/1")).count == 0


def test_no_text_rests_there(wire: Wire, hand: Hand) -> None:
    index = index_on(wire, hand)
    put(index, "doc")
    ids(index)
    (points, _) = wire.client.scroll(collection_of("m/1"), with_payload=True)
    assert {key for point in points for key in point.payload or {}} == {
        *("tenant_id", "document_id", "scope", "tags", "date", "digest", "position"),
    }


def test_a_server_says_how_many_collections_it_has_or_that_it_is_away(
    wire: Wire, hand: Hand
) -> None:
    server = QdrantServer(wire, clock=hand)
    assert server.count_collections() == 0
    wire.is_cut = True
    with pytest.raises(SourceUnavailable, match="does not answer"):
        server.count_collections()


def test_nobody_at_the_address_costs_a_search_nothing_but_meaning() -> None:
    server = QdrantServer.at("http://127.0.0.1:9", None)
    index = QdrantIndex(server, tenant_id="t", model="m/1", size=SIZE)
    put(index, "doc")
    assert ids(index) == []
    assert server.is_away


def test_each_tenant_of_a_process_has_its_own(wire: Wire, hand: Hand) -> None:
    indexes = SearchIndexes(
        embedder=ConceptEmbedder(), open_vectors=lambda tenant, _: index_on(wire, hand, tenant)
    )
    assert indexes.of_tenant("a").meanings != indexes.of_tenant("b").meanings
