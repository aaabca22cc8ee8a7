"""The knowledge graph: `/api/v1/knowledge/graph`, and what is related to a case."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import Query, Response

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId
from api.guard import Reader, TheServices
from api.parameters import Text
from api.pictures import picture_answer
from core.knowledge.graph.edge_texts import edge_text, outcome_text, path_text
from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind, Relation
from core.knowledge.graph.picture import draw_graph_picture
from core.knowledge.graph.relatives import RelatedNodes, Relative
from core.workflows.knowledge_graph import GraphExcerpt, graph_excerpt, related_to

router = api_router("/api/v1", "knowledge")

Service = Annotated[Text, Query(max_length=200)]


class GraphNodeAnswer(ApiAnswer):
    """A node. key: the id of a case or a document, else its folded name."""

    id: str
    kind: NodeKind
    key: str
    label: str
    detail: str


class GraphEdgeAnswer(ApiAnswer):
    """An edge between two nodes, by their ids. source: the case or document that tells it."""

    start: str
    relation: Relation
    end: str
    at: WireTime
    source: str
    text: str


class GraphAnswer(ApiAnswer):
    """A part of the graph. centre: the id of the service that it is around."""

    centre: str | None
    nodes: list[GraphNodeAnswer]
    edges: list[GraphEdgeAnswer]


class RelativeAnswer(ApiAnswer):
    """A node that is related. paths: why, the strongest reason first. outcome: what fixed it."""

    node: GraphNodeAnswer
    score: float
    paths: list[str]
    edges: list[GraphEdgeAnswer]
    outcome: str | None


class RelatedAnswer(ApiAnswer):
    """What is related to a case, the most related first."""

    cases: list[RelativeAnswer]
    runbooks: list[RelativeAnswer]


@router.get("/knowledge/graph", summary="Services, alerts, runbooks, cases, causes, fixes, people")
async def get_graph(caller: Reader, services: TheServices, service: Service = "") -> GraphAnswer:
    excerpt = await graph_excerpt(caller.account, service=service, services=services)
    return graph_answer(excerpt)


@router.get("/knowledge/graph/picture", summary="The same as a picture", response_class=Response)
async def get_graph_picture(
    caller: Reader,
    services: TheServices,
    service: Service = "",
    form: Literal["png", "svg"] = "svg",
) -> Response:
    excerpt = await graph_excerpt(caller.account, service=service, services=services)
    drawn = await asyncio.to_thread(draw_graph_picture, excerpt.graph, form, centre=excerpt.centre)
    return picture_answer(drawn)


@router.get("/cases/{case_id}/related", summary="Cases and runbooks that are related, and how")
async def get_related(case_id: CaseId, caller: Reader, services: TheServices) -> RelatedAnswer:
    related = await related_to(case_id, caller.account, services=services)
    return RelatedAnswer(
        cases=[_relative(each, related) for each in related.cases],
        runbooks=[_relative(each, related) for each in related.runbooks],
    )


def graph_answer(excerpt: GraphExcerpt) -> GraphAnswer:
    """As it is sent."""
    return GraphAnswer(
        centre=excerpt.centre.id if excerpt.centre else None,
        nodes=[_node(node) for node in excerpt.graph.nodes],
        edges=[_edge(edge) for edge in excerpt.graph.edges],
    )


def _relative(relative: Relative, related: RelatedNodes) -> RelativeAnswer:
    outcome = outcome_text(related.graph, relative.node)
    return RelativeAnswer(
        node=_node(relative.node),
        score=round(relative.score, 3),
        paths=[path_text(path).text for path in relative.paths],
        edges=[_edge(edge) for path in relative.paths for edge in path.edges],
        outcome=outcome.text if outcome else None,
    )


def _node(node: GraphNode) -> GraphNodeAnswer:
    return GraphNodeAnswer(
        id=node.id,
        kind=node.kind,
        key=node.key,
        label=node.label.text,
        detail=node.detail.text,
    )


def _edge(edge: GraphEdge) -> GraphEdgeAnswer:
    return GraphEdgeAnswer(
        start=edge.start.id,
        relation=edge.relation,
        end=edge.end.id,
        at=edge.at,
        source=edge.source.text,
        text=edge_text(edge).text,
    )
