"""The edges that a case tells: its service and alerts, its cause and fix, and who worked on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.feedback import SuggestionKind
from core.context import SYSTEM
from core.evidence.signatures import signatures
from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind, Relation, named_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from core.alerts.model import CaseAlert
    from core.cases.events import CaseEvent
    from core.cases.feedback import Feedback
    from core.cases.memories import CaseMemory
    from core.cases.model import Case
    from core.cases.rows import ListedCase
    from core.text.redacted import RedactedText

    Clean = Callable[[str], RedactedText]


def case_node(case: Case) -> GraphNode:
    """A case as a node: its number, and its title."""
    return GraphNode(kind=NodeKind.CASE, key=case.id, label=case.tag, detail=case.title.line())


def cause_node(fault: str, clean: Clean) -> GraphNode:
    """A fault as a node, under the title that the catalogue has for it."""
    signature = signatures().get(fault)
    label = signature.title if signature else clean(fault.replace("_", " "))
    return GraphNode(kind=NodeKind.CAUSE, key=fault, label=label)


def row_edges(row: ListedCase, clean: Clean) -> Iterator[GraphEdge]:
    """Its service, its owner, and who resolved it."""
    case, node = row.case, case_node(row.case)
    if case.service:
        service = named_node(NodeKind.SERVICE, clean(case.service))
        yield _edge(node, Relation.AFFECTS, service, node, case.opened_at)
    if case.owner:
        owner = named_node(NodeKind.PERSON, clean(case.owner))
        yield _edge(owner, Relation.OWNS, node, node, row.updated_at)
    if case.resolved_by not in (None, SYSTEM) and case.resolved_at:
        person = named_node(NodeKind.PERSON, clean(case.resolved_by or ""))
        yield _edge(person, Relation.WORKED_ON, node, node, case.resolved_at)


def alert_edges(alert: CaseAlert, case: GraphNode, clean: Clean) -> Iterator[GraphEdge]:
    """In which case it fired, and on which service."""
    node = named_node(NodeKind.ALERT, clean(alert.name))
    yield _edge(node, Relation.FIRED_IN, case, case, alert.at)
    if alert.service:
        service = named_node(NodeKind.SERVICE, clean(alert.service))
        yield _edge(node, Relation.FIRES_ON, service, case, alert.at)


def memory_edges(memory: CaseMemory, case: GraphNode, clean: Clean) -> Iterator[GraphEdge]:
    """Its cause, where one was confirmed, and the fix that worked last."""
    if memory.fault:
        cause = cause_node(memory.fault, clean)
        yield _edge(case, Relation.CAUSED_BY, cause, case, memory.at)
    if memory.fix is not None:
        fix = named_node(NodeKind.FIX, memory.fix.text)
        yield _edge(case, Relation.RESOLVED_BY, fix, case, memory.fix.at)


def suspicion(row: ListedCase, fault: str, clean: Clean) -> GraphEdge:
    """The cause that leads in an open case: confirmed, where the row says so."""
    relation = Relation.CAUSED_BY if row.cause == fault else Relation.SUSPECTED
    case = case_node(row.case)
    return _edge(case, relation, cause_node(fault, clean), case, row.updated_at)


def feedback_edges(
    word: Feedback, case: GraphNode, runbooks: Mapping[str, GraphNode]
) -> Iterator[GraphEdge]:
    """The runbook that helped in a case. runbooks: those that may be named, by id."""
    runbook = runbooks.get(word.suggestion.name)
    if word.suggestion.kind is SuggestionKind.RUNBOOK and word.helped and runbook is not None:
        yield _edge(case, Relation.RESOLVED_BY, runbook, case, word.at)


def opened_edges(
    event: CaseEvent, case: GraphNode, runbooks: Mapping[str, GraphNode]
) -> Iterator[GraphEdge]:
    """The runbook that people looked at in a case."""
    runbook = runbooks.get(event.data["document_id"])
    if runbook is not None:
        yield _edge(case, Relation.OPENED, runbook, case, event.at)


def _edge(
    start: GraphNode, relation: Relation, end: GraphNode, case: GraphNode, at: datetime
) -> GraphEdge:
    return GraphEdge(start=start, relation=relation, end=end, at=at, source=case.label)
