"""Where the nodes of a picture stand: a column for each kind, in an order with few crossings.

Each column is sorted by the mean place of what its nodes are joined to, a few times to and fro
(Sugiyama, Tagawa, Toda: Methods for Visual Understanding of Hierarchical System Structures, 1981).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from core.knowledge.graph.model import GraphNode, NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.knowledge.graph.knowledge_graph import KnowledgeGraph

ORDER = (
    NodeKind.RUNBOOK,
    NodeKind.ALERT,
    NodeKind.SERVICE,
    NodeKind.CASE,
    NodeKind.CAUSE,
    NodeKind.FIX,
    NodeKind.PERSON,
)
_SWEEPS = 6


@dataclass(frozen=True)
class NodePlace:
    """Column and row of a node, from 0; rows are centred, so that they may be halves."""

    column: int
    row: float


def places(graph: KnowledgeGraph) -> Mapping[GraphNode, NodePlace]:
    """Of every node. Kinds of which there is none take no column."""
    columns = _columns(graph)
    tallest = max(map(len, columns), default=0)
    rows: dict[GraphNode, float] = {}
    for nodes in columns:
        rows |= _centred(nodes, tallest)
    for sweep in range(_SWEEPS):
        for nodes in columns if sweep % 2 else columns[::-1]:
            nodes.sort(key=lambda node: (_pull(graph, node, rows), node.id))
            rows |= _centred(nodes, tallest)
    return {
        node: NodePlace(column, rows[node])
        for column, nodes in enumerate(columns)
        for node in nodes
    }


def _columns(graph: KnowledgeGraph) -> list[list[GraphNode]]:
    by_kind = defaultdict[NodeKind, list[GraphNode]](list)
    for node in graph.nodes:
        by_kind[node.kind].append(node)
    return [by_kind[kind] for kind in ORDER if by_kind[kind]]


def _centred(nodes: list[GraphNode], tallest: int) -> dict[GraphNode, float]:
    """Spread over the height of the tallest column."""
    step = tallest / len(nodes)
    return {node: (at + 0.5) * step - 0.5 for at, node in enumerate(nodes)}


def _pull(graph: KnowledgeGraph, node: GraphNode, rows: Mapping[GraphNode, float]) -> float:
    others = [rows[edge.other(node)] for edge in graph.edges_of(node)]
    return fmean(others) if others else rows[node]
