"""Nodes of the knowledge graph, and the typed, dated and sourced edges between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.text.redacted import RedactedText


class NodeKind(StrEnum):
    """What a node stands for."""

    SERVICE = "service"
    ALERT = "alert"  # by its name
    RUNBOOK = "runbook"
    CASE = "case"
    CAUSE = "cause"  # a fault, wherever it occurs
    FIX = "fix"  # by its words
    PERSON = "person"  # or a team


class Relation(StrEnum):
    """How the start of an edge stands to its end."""

    NAMES = "names"  # a runbook a service or an alert, in its text
    TAGGED = "tagged"  # a runbook with a service or an alert
    OWNS = "owns"  # a person a case, or a runbook
    WORKED_ON = "worked_on"  # a person a case
    FIRES_ON = "fires_on"  # an alert a service
    FIRED_IN = "fired_in"  # an alert a case
    AFFECTS = "affects"  # a case a service
    CAUSED_BY = "caused_by"  # a case a cause that was confirmed
    SUSPECTED = "suspected"  # a case the cause that leads, while it is open
    RESOLVED_BY = "resolved_by"  # a case a fix that worked, or a runbook that helped
    OPENED = "opened"  # a case a runbook that people looked at


@dataclass(frozen=True, kw_only=True)
class GraphNode:
    """A node: the same where kind and key are.

    key: the id of a case or a document; else the folded name. label: what people call it. detail:
    the title of a case, or where a runbook came from.
    """

    kind: NodeKind
    key: str
    label: RedactedText = field(compare=False)
    detail: RedactedText = field(default=RedactedText.EMPTY, compare=False)

    @property
    def id(self) -> str:
        """`alert:highlatency`, which no other node has."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, kw_only=True)
class GraphEdge:
    """An edge. at: when it was last so. source: the case or the document that tells it."""

    start: GraphNode
    relation: Relation
    end: GraphNode
    at: datetime
    source: RedactedText
    document_id: str = ""  # of the source, where it is a document

    def other(self, node: GraphNode) -> GraphNode:
        """The end that is not this node."""
        return self.end if node == self.start else self.start


def named_node(kind: NodeKind, label: RedactedText) -> GraphNode:
    """The node of a name: of a service, an alert, a cause, a fix or a person."""
    line = label.line()
    return GraphNode(kind=kind, key=line.text.casefold(), label=line)
