"""Draws the graph: a column for each kind of node, and a line for each edge.

The column says what a node is; colour repeats it. Of lines, what fixed a case is thick and green,
its cause orange, and what is only suspected is dashed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.pictures.style import (
    AMBER,
    BLUE,
    FAINT,
    GREEN,
    GRID,
    INK,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    SMALL,
    Form,
    Picture,
    entitle,
    new_figure,
    render,
    write,
)
from core.knowledge.graph.layout import places
from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind, Relation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from core.knowledge.graph.knowledge_graph import KnowledgeGraph
    from core.knowledge.graph.layout import NodePlace
    from core.text.redacted import RedactedText

say = sentences("knowledge.picture")

MOST_OF_A_KIND = 8  # nodes that are drawn
_COLUMN, _ROW, _HEAD = 2.1, 0.55, 1.0  # inches
_NARROWEST = 6.0
_WIDE, _HIGH = 0.8, 0.62  # of a box, where columns and rows are 1 apart
_LETTERS = 25  # that fit into a line of a box
_COLOURS = {
    NodeKind.RUNBOOK: BLUE,
    NodeKind.ALERT: ORANGE,
    NodeKind.SERVICE: INK,
    NodeKind.CASE: SKY,
    NodeKind.CAUSE: AMBER,
    NodeKind.FIX: GREEN,
    NodeKind.PERSON: PURPLE,
}
_TITLES = {
    NodeKind.RUNBOOK: say.later("runbooks"),
    NodeKind.ALERT: say.later("alerts"),
    NodeKind.SERVICE: say.later("services"),
    NodeKind.CASE: say.later("cases"),
    NodeKind.CAUSE: say.later("causes"),
    NodeKind.FIX: say.later("fixes"),
    NodeKind.PERSON: say.later("people"),
}


def draw_graph_picture(
    graph: KnowledgeGraph, form: Form, *, centre: GraphNode | None = None
) -> Picture:
    """The whole of a small graph. centre: the node that it is about, which is set off."""
    placed = places(graph)
    columns = max((place.column for place in placed.values()), default=0) + 1
    rows = max((place.row for place in placed.values()), default=0) + 1
    figure = new_figure(_HEAD + _ROW * (rows + 1), width=max(_NARROWEST, _COLUMN * columns))
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.4, -1.2)
    entitle(axes, _headline(graph, centre))
    for edge in graph.edges:
        _line(axes, edge, placed)
    for node, place in placed.items():
        _box(axes, node, place, is_centre=node == centre)
    for kind, column in {node.kind: place.column for node, place in placed.items()}.items():
        look = {"ha": "center", "fontsize": SMALL, "fontweight": "bold", "color": FAINT}
        write(axes, column, -0.75, _TITLES[kind](), **look)
    return render(figure, form)


def _headline(graph: KnowledgeGraph, centre: GraphNode | None) -> RedactedText:
    if not graph.nodes:
        return say("nothing")
    if centre is None:
        return say("busiest", nodes=len(graph), edges=len(graph.edges))
    return say("around", name=centre.label, nodes=len(graph), edges=len(graph.edges))


def _line(axes: Axes, edge: GraphEdge, placed: Mapping[GraphNode, NodePlace]) -> None:
    """From edge to edge of the boxes, bent where it passes over a column."""
    start, end = sorted((placed[edge.start], placed[edge.end]), key=lambda place: place.column)
    colour, width, style = _stroke(edge)
    far = end.column - start.column
    axes.annotate(
        "",
        xy=(end.column - _WIDE / 2, end.row),
        xytext=(start.column + _WIDE / 2, start.row),
        arrowprops={
            "arrowstyle": "-",
            "color": colour,
            "lw": width,
            "linestyle": style,
            "connectionstyle": "arc3" if far == 1 else "arc3,rad=0.12",
        },
        zorder=1,
    )


def _stroke(edge: GraphEdge) -> tuple[str, float, str]:
    """Colour, width in points and dashes."""
    match edge.relation:
        case Relation.RESOLVED_BY:
            return GREEN, 1.8, "-"
        case Relation.CAUSED_BY:
            return ORANGE, 1.4, "-"
        case Relation.SUSPECTED:
            return ORANGE, 1.2, "--"
        case _:
            return FAINT, 0.6, "-"


def _box(axes: Axes, node: GraphNode, place: NodePlace, *, is_centre: bool) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - see style

    frame = FancyBboxPatch(
        (place.column - _WIDE / 2, place.row - _HIGH / 2),
        _WIDE,
        _HIGH,
        boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=GRID if is_centre else PAPER,
        edgecolor=_COLOURS[node.kind],
        linewidth=2.4 if is_centre else 1.2,
        zorder=2,
    )
    axes.add_patch(frame)
    look = {"ha": "center", "va": "center", "fontsize": SMALL, "zorder": 3}
    detail = node.detail.cut(_LETTERS) if node.kind is NodeKind.CASE else None
    write(axes, place.column, place.row - (0.14 if detail else 0), node.label.cut(_LETTERS), **look)
    if detail:
        look |= {"fontsize": SMALL - 1, "color": FAINT}
        write(axes, place.column, place.row + 0.15, detail, **look)
