"""What is related to a node: what shares something rare with it, lately.

Two nodes are related by a path of one or two edges. What is between them counts by its rarity, as
terms do in a search (Robertson, Zaragoza: The Probabilistic Relevance Framework, 2009): an alert
that two cases had says more than a service that half of all cases are about.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from typing import TYPE_CHECKING

from core.knowledge.graph.knowledge_graph import KnowledgeGraph
from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind, Relation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

HALF_LIFE = timedelta(days=180)  # after which what happened counts half
LEAST_FRESHNESS = 0.1
COUNTED = (NodeKind.CASE, NodeKind.RUNBOOK)  # of how many a node between them is rare
# Of what is between: a cause says what is wrong, a service only where, and a person nothing.
_WEIGHTS = {NodeKind.CAUSE: 2.0, NodeKind.FIX: 1.5, NodeKind.SERVICE: 0.5, NodeKind.PERSON: 0.0}
_DOUBTED = 0.5  # weight of a cause that is only suspected


@dataclass(frozen=True)
class GraphPath:
    """One or two edges, in the order they are walked."""

    edges: tuple[GraphEdge, ...]
    via: GraphNode | None
    score: float


@dataclass(frozen=True)
class Relative:
    """A node that is related, with the paths that lead there, the strongest first."""

    node: GraphNode
    paths: tuple[GraphPath, ...]

    @property
    def score(self) -> float:
        return sum(path.score for path in self.paths)

    @property
    def at(self) -> datetime:
        """When the newest of its last edges was so."""
        return max(path.edges[-1].at for path in self.paths)


@dataclass(frozen=True)
class RelatedNodes:
    """What is related to a case in a graph, the most related first."""

    graph: KnowledgeGraph
    cases: tuple[Relative, ...] = ()
    runbooks: tuple[Relative, ...] = ()


def relatives(
    graph: KnowledgeGraph,
    start: GraphNode,
    *,
    kinds: Collection[NodeKind],
    at: datetime,
    limit: int,
) -> list[Relative]:
    """Those of these kinds, the most related first; of equals, the newest. at: now."""
    paths = defaultdict[GraphNode, list[GraphPath]](list)
    for node, path in _paths(graph, start, at):
        if node.kind in kinds:
            paths[node].append(path)
    ranked = [Relative(node, _strongest_first(walked)) for node, walked in paths.items()]
    ranked = [relative for relative in ranked if relative.score > 0]
    ranked.sort(key=lambda each: (-each.score, -each.at.timestamp(), each.node.id))
    return ranked[:limit]


def _rarity(total: int, shared: int) -> float:
    """The fewer of all cases and runbooks share it, the higher; of what all share, 0.7."""
    return log(1 + total / max(1, shared))


def _strongest_first(walked: Sequence[GraphPath]) -> tuple[GraphPath, ...]:
    """One path by each node between: two edges to the same node tell the same."""
    best = dict[GraphNode | None, GraphPath]()
    for path in sorted(walked, key=lambda path: -path.score):
        best.setdefault(path.via, path)
    return tuple(best.values())


def _paths(
    graph: KnowledgeGraph, start: GraphNode, at: datetime
) -> Iterator[tuple[GraphNode, GraphPath]]:
    total = graph.count(*COUNTED)
    for first in graph.edges_of(start):
        via = first.other(start)
        yield via, GraphPath((first,), None, _rarity(total, 1) * _freshness(first.at, at))
        around = graph.edges_of(via)
        shared = sum(edge.other(via).kind in COUNTED for edge in around)
        worth = _rarity(total, shared) * _WEIGHTS.get(via.kind, 1.0) * _sureness(first)
        for second in around:
            node = second.other(via)
            if node != start:
                score = worth * _sureness(second) * _freshness(second.at, at)
                yield node, GraphPath((first, second), via, score)


def _sureness(edge: GraphEdge) -> float:
    return _DOUBTED if edge.relation is Relation.SUSPECTED else 1.0


def _freshness(then: datetime, now: datetime) -> float:
    """1 of what is so now, halved with every half-life, and never less than a little."""
    age = max(0.0, (now - then) / HALF_LIFE)
    return max(LEAST_FRESHNESS, float(0.5**age))
