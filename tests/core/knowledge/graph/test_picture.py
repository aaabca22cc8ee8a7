"""The picture of a graph: a column for each kind, few crossings, nothing outside the frame."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from core.knowledge.graph.knowledge_graph import KnowledgeGraph
from core.knowledge.graph.layout import places
from core.knowledge.graph.model import NodeKind, Relation, named_node
from core.knowledge.graph.picture import draw_graph_picture
from core.text.redacted import redacted
from tests.core.knowledge.graph.test_relatives import CHECKOUT, POOL, case, edge

SVG = "{http://www.w3.org/2000/svg}"


def a_graph() -> KnowledgeGraph:
    """Three cases, whose causes are named in the opposite order."""
    causes = [named_node(NodeKind.CAUSE, redacted(name)) for name in ("z", "m", "a")]
    edges = [edge(case(n), Relation.CAUSED_BY, cause) for n, cause in enumerate(causes, start=1)]
    return KnowledgeGraph([*edges, *(edge(case(n), Relation.AFFECTS, CHECKOUT) for n in (1, 2, 3))])


def test_a_kind_is_a_column_and_what_is_joined_stands_in_a_row() -> None:
    graph = a_graph()
    placed = places(graph)
    columns = {node.kind: place.column for node, place in placed.items()}
    assert columns == {NodeKind.SERVICE: 0, NodeKind.CASE: 1, NodeKind.CAUSE: 2}
    assert placed[CHECKOUT].row == 1.0, "alone in its column, in the middle"
    joined = [each for each in graph.edges if each.relation is Relation.CAUSED_BY]
    assert all(placed[each.start].row == placed[each.end].row for each in joined)


def test_a_picture_is_the_same_each_time_and_stays_text() -> None:
    drawn = draw_graph_picture(a_graph(), "svg", centre=CHECKOUT).content
    again = draw_graph_picture(a_graph(), "svg", centre=CHECKOUT).content
    assert ET.fromstring(drawn).tag == f"{SVG}svg"  # noqa: S314 - drawn here
    assert len(drawn) == len(again)
    assert draw_graph_picture(a_graph(), "png").content.startswith(b"\x89PNG")


def test_an_empty_graph_is_a_picture_that_says_so() -> None:
    assert draw_graph_picture(KnowledgeGraph([]), "png").content.startswith(b"\x89PNG")
    assert POOL not in places(KnowledgeGraph([]))
