"""The edges that a document tells: by its tags, and by the names in its text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind, Relation, named_node
from core.knowledge.names import names_in
from core.knowledge.tags import ALERT, OWNER, SERVICE
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.knowledge.model import Chunk, Document

LONGEST_LABEL = 60  # characters
_KINDS = {SERVICE: NodeKind.SERVICE, ALERT: NodeKind.ALERT, OWNER: NodeKind.PERSON}


def runbook_node(document: Document) -> GraphNode:
    """A document as a node."""
    title = document.title.line() or document.source.line()
    return GraphNode(
        kind=NodeKind.RUNBOOK,
        key=document.id,
        label=title.cut(LONGEST_LABEL),
        detail=document.source.line(),
    )


def document_edges(document: Document, clean: Callable[[str], RedactedText]) -> Iterator[GraphEdge]:
    """Of its tags `service:`, `alert:` and `owner:`; dated by its newest version."""
    runbook = runbook_node(document)
    for tag in document.tags:
        prefix, colon, name = tag.partition(":")
        kind = _KINDS.get(prefix + colon)
        if kind is None or not name:
            continue
        node = named_node(kind, clean(name))
        owns = kind is NodeKind.PERSON
        yield GraphEdge(
            start=node if owns else runbook,
            relation=Relation.OWNS if owns else Relation.TAGGED,
            end=runbook if owns else node,
            at=document.updated_at,
            source=runbook.label,
            document_id=document.id,
        )


def with_heading(edge: GraphEdge, chunks: Sequence[Chunk]) -> GraphEdge:
    """The edge as the first piece of the document that names its end tells it; else as it is."""
    if edge.relation is not Relation.TAGGED:
        return edge
    for chunk in chunks:
        if edge.end.key in names_in(f"{chunk.headings.text}\n{chunk.text.text}"):
            source = edge.source
            if chunk.headings:
                source = RedactedText.join(" > ", [source, chunk.headings.line()])
            return replace(edge, relation=Relation.NAMES, source=source)
    return edge
