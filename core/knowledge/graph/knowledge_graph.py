"""The graph in memory: edges by the nodes they join, and what lies around a node."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set


class KnowledgeGraph:
    """Of several edges of a relation between the same nodes the newest is kept."""

    def __init__(self, edges: Iterable[GraphEdge], nodes: Iterable[GraphNode] = ()) -> None:
        newest = dict[tuple[GraphNode, str, GraphNode], GraphEdge]()
        for edge in edges:
            key = (edge.start, edge.relation, edge.end)
            known = newest.get(key)
            if known is None or known.at < edge.at:
                newest[key] = edge
        self.edges: Sequence[GraphEdge] = tuple(newest.values())
        self._around = defaultdict[GraphNode, list[GraphEdge]](list)
        for node in nodes:
            self._around[node] = []
        for edge in self.edges:
            self._around[edge.start].append(edge)
            self._around[edge.end].append(edge)

    def __contains__(self, node: object) -> bool:
        return node in self._around

    def __len__(self) -> int:
        """Nodes."""
        return len(self._around)

    @property
    def nodes(self) -> list[GraphNode]:
        return list(self._around)

    def edges_of(self, node: GraphNode) -> Sequence[GraphEdge]:
        """Those that begin or end there; none of a node that is not in the graph."""
        return self._around.get(node, ())

    def count(self, *kinds: NodeKind) -> int:
        """Nodes of these kinds."""
        return sum(node.kind in kinds for node in self._around)

    def named(self, kind: NodeKind, name: str) -> GraphNode | None:
        """The node of that kind whose name or key this is, without regard to case."""
        folded = name.strip().casefold()
        for node in self._around:
            if node.kind is kind and folded in (node.key, node.label.text.casefold()):
                return node
        return None

    def around(self, node: GraphNode, *, steps: int, most: int) -> KnowledgeGraph:
        """What can be reached in so many steps, the newest first, up to `most` nodes of a kind."""
        kept, counts, frontier = {node}, Counter([node.kind]), [node]
        for _ in range(steps):
            reached = list[GraphNode]()
            for other in self._next_to(frontier):
                if other not in kept and counts[other.kind] < most:
                    kept.add(other)
                    counts[other.kind] += 1
                    reached.append(other)
            frontier = reached
        return self._within(kept)

    def busiest(self, *, most: int) -> KnowledgeGraph:
        """The nodes with most edges, up to `most` of a kind."""
        by_kind = defaultdict[NodeKind, list[GraphNode]](list)
        for node in sorted(self._around, key=lambda node: (-len(self._around[node]), node.id)):
            by_kind[node.kind].append(node)
        return self._within({node for nodes in by_kind.values() for node in nodes[:most]})

    def _next_to(self, nodes: Iterable[GraphNode]) -> Iterator[GraphNode]:
        for node in nodes:
            for edge in sorted(self.edges_of(node), key=lambda edge: edge.at, reverse=True):
                yield edge.other(node)

    def _within(self, kept: Set[GraphNode]) -> KnowledgeGraph:
        """These nodes and the edges between them, in a set order."""
        edges = {edge for node in kept for edge in self.edges_of(node)}
        inside = [edge for edge in edges if edge.start in kept and edge.end in kept]
        return KnowledgeGraph(sorted(inside, key=_order), sorted(kept, key=lambda node: node.id))


def _order(edge: GraphEdge) -> tuple[str, str, str]:
    return edge.start.id, edge.relation, edge.end.id
