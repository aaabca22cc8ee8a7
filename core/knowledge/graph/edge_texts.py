"""Says by which path a node is related: `same cause: Connection pool exhausted`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.knowledge.graph.model import NodeKind, Relation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.knowledge.graph.knowledge_graph import KnowledgeGraph
    from core.knowledge.graph.model import GraphEdge, GraphNode
    from core.knowledge.graph.relatives import GraphPath
    from core.text.redacted import RedactedText

say = sentences("knowledge.graph")

_KINDS = {
    NodeKind.SERVICE: say.later("service"),
    NodeKind.ALERT: say.later("alert"),
    NodeKind.RUNBOOK: say.later("runbook"),
    NodeKind.CASE: say.later("case"),
    NodeKind.CAUSE: say.later("cause"),
    NodeKind.FIX: say.later("fix"),
    NodeKind.PERSON: say.later("person"),
}
_RELATIONS = {
    Relation.NAMES: say.later("names"),
    Relation.TAGGED: say.later("tagged"),
    Relation.OWNS: say.later("owns"),
    Relation.WORKED_ON: say.later("worked_on"),
    Relation.FIRES_ON: say.later("fires_on"),
    Relation.FIRED_IN: say.later("fired_in"),
    Relation.AFFECTS: say.later("affects"),
    Relation.CAUSED_BY: say.later("caused_by"),
    Relation.SUSPECTED: say.later("suspected"),
    Relation.RESOLVED_BY: say.later("resolved_by"),
    Relation.OPENED: say.later("opened"),
}


def path_text(path: GraphPath) -> RedactedText:
    """Why the last node of a path is related to its first."""
    last = path.edges[-1]
    if path.via is None:
        return edge_text(last)
    if last.relation in (Relation.NAMES, Relation.TAGGED):
        return edge_text(last)
    return say("same", kind=kind_text(path.via.kind), name=path.via.label)


def edge_text(edge: GraphEdge) -> RedactedText:
    """`checkout-pool names the alert HighErrorRate (checkout-pool > Symptoms)`."""
    sentence = say(
        "edge",
        start=edge.start.label,
        relation=relation_text(edge.relation),
        kind=kind_text(edge.end.kind),
        end=edge.end.label,
    )
    if edge.source in (edge.start.label, edge.end.label):
        return sentence
    return say("edge_with_source", edge=sentence, source=edge.source)


def relation_text(relation: Relation) -> RedactedText:
    """`resolved by`."""
    return _RELATIONS[relation]()


def kind_text(kind: NodeKind) -> RedactedText:
    """`alert`."""
    return _KINDS[kind]()


def outcome_text(graph: KnowledgeGraph, case: GraphNode) -> RedactedText | None:
    """`fixed by the runbook checkout-pool`; None where no runbook is known to have helped."""
    for edge in graph.edges_of(case):
        if edge.relation is Relation.RESOLVED_BY and edge.end.kind is NodeKind.RUNBOOK:
            return say("fixed_by_runbook", name=edge.end.label)
    return None
