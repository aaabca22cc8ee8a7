"""Lines and words of pictures that are written as SVG, so that their words can be read and copied.

matplotlib turns letters into shapes; in a document the words of a picture should be found.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from core.evidence.pictures.style import INK, PAPER

FONT = "Libertinus Serif, DejaVu Serif, serif"
NORMAL_SIZE = 11.5  # points


def canvas(width: float, height: float) -> Element:
    """An empty picture. width, height: in points."""
    svg = Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
    )
    svg.set("font-family", FONT)
    SubElement(svg, "rect", width=f"{width:g}", height=f"{height:g}", fill=PAPER)
    return svg


def draw_line(
    svg: Element, ends: tuple[float, float, float, float], *, colour: str, dashes: str = ""
) -> None:
    """A line. ends: x and y of one, then of the other."""
    x1, y1, x2, y2 = (f"{end:.1f}" for end in ends)
    line = SubElement(svg, "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour)
    line.set("stroke-width", "1")
    if dashes:
        line.set("stroke-dasharray", dashes)


def write_text(
    svg: Element,
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: float = NORMAL_SIZE,
    is_bold: bool = False,
) -> None:
    """Text at a place; what XML cannot hold or nobody can see is left out."""
    written = SubElement(svg, "text", x=f"{x:.1f}", y=f"{y:.1f}", fill=INK)
    written.set("font-size", f"{size:g}")
    written.set("text-anchor", anchor)
    written.set("stroke", PAPER)  # a rim, so that lines do not cross it
    written.set("stroke-width", "2")
    written.set("paint-order", "stroke")
    if is_bold:
        written.set("font-weight", "bold")
    written.text = "".join(character for character in text if character.isprintable())
