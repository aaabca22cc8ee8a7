"""Writes the graph of causes as SVG, for a report and a browser: its words can be read and copied.

The boxes, their places and their words are those of `core.investigation.causes_picture`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from core.evidence.pictures.style import FAINT, PAPER
from core.evidence.pictures.svg import canvas, write_text
from core.investigation.causes_picture import box_lines, boxes, frame_of, headline, size_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.investigation.causes_picture import Box
    from core.investigation.decision import Decision, Situation

_COLUMN, _ROW = 236.0, 84.0  # points between the middles of two boxes
_WIDE, _HIGH = 196.0, 60.0  # of a box
_MARGIN, _TOP = 14.0, 40.0
_LINE = 15.0  # between lines of a box
_ARROW = "M0,0 L8,4 L0,8 Z"


def draw_causes_svg(decision: Decision, situation: Situation) -> bytes:
    """The graph as an SVG; empty where there is no service to draw."""
    drawn = boxes(decision, situation)
    if not drawn:
        return b""
    columns, rows = size_of(drawn)
    width = 2 * _MARGIN + _COLUMN * (columns - 1) + _WIDE
    svg = canvas(max(width, 460.0), _TOP + _ROW * (rows - 1) + _HIGH + 2 * _MARGIN)
    _define_arrow(svg)
    write_text(svg, _MARGIN, 22, headline(decision).text, is_bold=True, size=13)
    _draw_calls(svg, drawn, situation.calls)
    for box in drawn:
        _draw_box(svg, box)
    document: bytes = tostring(svg, encoding="utf-8")
    return document


def _define_arrow(svg: Element) -> None:
    marker = SubElement(SubElement(svg, "defs"), "marker", id="arrow", orient="auto")
    for name, size in (("markerWidth", 8), ("markerHeight", 8), ("refX", 8), ("refY", 4)):
        marker.set(name, str(size))
    SubElement(marker, "path", d=_ARROW, fill=FAINT)


def _draw_calls(svg: Element, drawn: Sequence[Box], calls: Iterable[tuple[str, str]]) -> None:
    by_service = {box.service: box for box in drawn}
    for caller, callee in dict.fromkeys(calls):
        if caller in by_service and callee in by_service and caller != callee:
            path = SubElement(svg, "path", d=_arrow(by_service[caller], by_service[callee]))
            path.set("fill", "none")
            path.set("stroke", FAINT)
            path.set("marker-end", "url(#arrow)")


def _arrow(caller: Box, callee: Box) -> str:
    """From edge to edge; one that points backwards bends below the boxes."""
    (x1, y1), (x2, y2) = _middle(caller), _middle(callee)
    if callee.column > caller.column:
        return f"M{x1 + _WIDE / 2:.1f},{y1:.1f} L{x2 - _WIDE / 2:.1f},{y2:.1f}"
    y1, y2 = y1 + _HIGH / 2, y2 + _HIGH / 2
    bend = f"{(x1 + x2) / 2:.1f},{max(y1, y2) + _HIGH / 2:.1f}"
    return f"M{x1:.1f},{y1:.1f} Q{bend} {x2:.1f},{y2:.1f}"


def _draw_box(svg: Element, box: Box) -> None:
    x, y = _middle(box)
    colour, thickness = frame_of(box)
    frame = SubElement(svg, "rect", x=f"{x - _WIDE / 2:.1f}", y=f"{y - _HIGH / 2:.1f}", rx="4")
    frame.set("width", f"{_WIDE:g}")
    frame.set("height", f"{_HIGH:g}")
    frame.set("fill", PAPER)
    frame.set("stroke", colour)
    frame.set("stroke-width", f"{thickness:.1f}")
    lines = box_lines(box)
    first = y - _LINE * (len(lines) - 1) / 2 + 4
    for nth, text in enumerate(lines):
        size = 11.5 if nth == 0 else 9.5
        line = first + nth * _LINE
        write_text(svg, x, line, text.text, anchor="middle", size=size, is_bold=nth == 0)


def _middle(box: Box) -> tuple[float, float]:
    x = _MARGIN + _WIDE / 2 + box.column * _COLUMN
    return x, _TOP + _HIGH / 2 + box.row * _ROW
