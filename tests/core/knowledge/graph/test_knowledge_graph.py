"""Edges by the nodes they join: the newest of several alike, and what is around a node."""

from __future__ import annotations

from core.knowledge.graph.knowledge_graph import KnowledgeGraph
from core.knowledge.graph.model import NodeKind, Relation, named_node
from core.text.redacted import redacted
from tests.core.knowledge.graph.test_relatives import CHECKOUT, POOL, case, edge

ALERT = named_node(NodeKind.ALERT, redacted("PoolFull"))


def test_of_edges_that_say_the_same_the_newest_is_kept() -> None:
    old, new = (edge(ALERT, Relation.FIRES_ON, CHECKOUT, days=days) for days in (9, 1))
    for edges in ([old, new], [new, old]):
        assert list(KnowledgeGraph(edges).edges) == [new]


def test_a_name_is_one_node_in_whatever_case_it_is_written() -> None:
    graph = KnowledgeGraph([edge(ALERT, Relation.FIRES_ON, CHECKOUT)])
    shouted = named_node(NodeKind.ALERT, redacted("POOLFULL"))
    assert shouted in graph
    assert graph.named(NodeKind.ALERT, " poolfull ") == ALERT
    assert graph.named(NodeKind.SERVICE, "poolfull") is None


def test_around_a_node_are_the_newest_of_each_kind_and_no_loose_ends() -> None:
    edges = [edge(case(n), Relation.AFFECTS, CHECKOUT, days=n) for n in range(1, 9)]
    graph = KnowledgeGraph([*edges, edge(case(1), Relation.CAUSED_BY, POOL)])
    near = graph.around(CHECKOUT, steps=1, most=3)
    assert {node.label.text for node in near.nodes} == {"checkout", "#1", "#2", "#3"}
    assert all(each.start in near and each.end in near for each in near.edges)
    assert POOL in graph.around(CHECKOUT, steps=2, most=3)
    assert len(graph) == 10


def test_the_busiest_nodes_of_each_kind_are_kept() -> None:
    edges = [edge(case(n), Relation.AFFECTS, CHECKOUT) for n in range(1, 4)]
    graph = KnowledgeGraph([*edges, edge(case(3), Relation.CAUSED_BY, POOL)])
    assert {node.label.text for node in graph.busiest(most=1).nodes} == {
        "#3",
        "checkout",
        "Pool exhausted",
    }
