"""What is rare and recent between two nodes relates them more than what everybody shares."""

from __future__ import annotations

from datetime import timedelta

from core.knowledge.graph.edge_texts import path_text
from core.knowledge.graph.knowledge_graph import KnowledgeGraph
from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind, Relation, named_node
from core.knowledge.graph.relatives import relatives
from core.text.redacted import RedactedText, redacted
from tests.contracts.samples import NOON

POOL = named_node(NodeKind.CAUSE, redacted("Pool exhausted"))
CHECKOUT = named_node(NodeKind.SERVICE, redacted("checkout"))


def case(number: int) -> GraphNode:
    tag = RedactedText.tag("#", number)
    return GraphNode(kind=NodeKind.CASE, key=f"case_{number}", label=tag)


def edge(
    start: GraphNode, relation: Relation, end: GraphNode, *, days: int = 0, source: str = "#1"
) -> GraphEdge:
    at = NOON - timedelta(days=days)
    return GraphEdge(start=start, relation=relation, end=end, at=at, source=redacted(source))


def related(graph: KnowledgeGraph, start: GraphNode, kind: NodeKind = NodeKind.CASE) -> list[str]:
    ranked = relatives(graph, start, kinds={kind}, at=NOON, limit=9)
    return [relative.node.label.text for relative in ranked]


def test_a_rare_cause_comes_before_a_service_that_many_share() -> None:
    shared = [edge(case(number), Relation.AFFECTS, CHECKOUT) for number in range(1, 9)]
    causes = [edge(case(number), Relation.CAUSED_BY, POOL) for number in (1, 7)]
    graph = KnowledgeGraph([*shared, *causes])
    assert related(graph, case(1))[0] == "#7"
    (first, *_) = relatives(graph, case(1), kinds={NodeKind.CASE}, at=NOON, limit=1)
    assert [path_text(path).text for path in first.paths] == [
        "same cause: Pool exhausted",
        "same service: checkout",
    ]


def test_of_equals_the_newer_comes_first() -> None:
    ages = {1: 0, 2: 400, 3: 2, 4: 90}
    graph = KnowledgeGraph(
        edge(case(number), Relation.CAUSED_BY, POOL, days=days) for number, days in ages.items()
    )
    assert related(graph, case(1)) == ["#3", "#4", "#2"]


def test_a_suspected_cause_counts_less_than_a_confirmed_one() -> None:
    graph = KnowledgeGraph(
        [
            edge(case(1), Relation.CAUSED_BY, POOL),
            edge(case(2), Relation.SUSPECTED, POOL),
            edge(case(3), Relation.CAUSED_BY, POOL),
        ]
    )
    assert related(graph, case(1)) == ["#3", "#2"]


def test_a_person_alone_relates_no_cases() -> None:
    dana = named_node(NodeKind.PERSON, redacted("@dana"))
    graph = KnowledgeGraph([edge(dana, Relation.OWNS, case(number)) for number in (1, 2)])
    assert related(graph, case(1)) == []
    assert related(graph, case(1), NodeKind.PERSON) == ["@dana"]


def test_a_runbook_is_two_steps_away_by_the_alert_that_it_names() -> None:
    alert = named_node(NodeKind.ALERT, redacted("PoolFull"))
    runbook = GraphNode(kind=NodeKind.RUNBOOK, key="doc_1", label=redacted("checkout-pool"))
    names = edge(runbook, Relation.NAMES, alert, source="checkout-pool > Symptoms")
    graph = KnowledgeGraph([edge(alert, Relation.FIRED_IN, case(1)), names], [case(2)])
    (relative,) = relatives(graph, case(1), kinds={NodeKind.RUNBOOK}, at=NOON, limit=9)
    assert path_text(relative.paths[0]).text == (
        "checkout-pool names the alert PoolFull (checkout-pool > Symptoms)"
    )
    assert related(graph, case(3)) == [], "a node that is not there is related to nothing"
