"""The picture of a report's timeline: an SVG whose marks bear the numbers of the list beside it.

Written as SVG itself, where the other pictures are drawn by matplotlib: that turns letters into
shapes, and in a document the words of a picture should be found, read aloud and copied. The
palette and the layout of lanes are those of the other pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, tostring

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
)
from core.evidence.pictures.svg import canvas, draw_line, write_text
from core.evidence.pictures.timeline_layout import lanes_of, short_names, window_of
from core.evidence.timeline import EntryKind
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.pictures.timeline_layout import Lane, PictureWindow
    from core.evidence.timeline import Timeline, TimelineEntry

_WIDTH, _LEFT, _RIGHT, _TOP, _LEGEND = 700.0, 150.0, 12.0, 24.0, 46.0  # points
_ROW = 17.0  # points of a row of marks
_LANE_NAME = 24  # characters
_TINY = 9.5  # points
_MOST_TICKS = 8
_SECONDS = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * n for n in (1, 2, 5, 10, 15, 30)),
    *(3600 * n for n in (1, 2, 3, 6, 12, 24, 48, 168)),
)
_LETTER = 5.6  # points of a letter of the legend, about
_DAY_S = 86_400


@dataclass(frozen=True)
class Shape:
    """The shape of a sort of entry, as an SVG path about its own centre; its colour; its words."""

    path: str
    colour: str
    filled: bool
    label: RedactedText


_SHAPES: Final = {
    EntryKind.ALERT: Shape(
        "M-4.5,-4 H4.5 L0,4.5 Z", ORANGE, filled=True, label=RedactedText.format("alert")
    ),
    EntryKind.ENDED: Shape(
        "M-4.5,-4 H4.5 L0,4.5 Z", ORANGE, filled=False, label=RedactedText.format("alert ended")
    ),
    EntryKind.CHANGE: Shape(
        "M0,-5 L5,0 L0,5 L-5,0 Z", BLUE, filled=True, label=RedactedText.format("change")
    ),
    EntryKind.ERROR: Shape(
        "M-4,-2 L-2,-4 L0,-2 L2,-4 L4,-2 L2,0 L4,2 L2,4 L0,2 L-2,4 L-4,2 L-2,0 Z",
        ORANGE,
        filled=True,
        label=RedactedText.format("first error"),
    ),
    EntryKind.SIGN: Shape(
        "M-1.6,-4.5 H1.6 V-1.6 H4.5 V1.6 H1.6 V4.5 H-1.6 V1.6 H-4.5 V-1.6 H-1.6 Z",
        ORANGE,
        filled=True,
        label=RedactedText.format("known failure"),
    ),
    EntryKind.BURST: Shape(
        "M-4,4 V0 H-1.5 V-4.5 H1.5 V-1 H4 V4 Z",
        ORANGE,
        filled=True,
        label=RedactedText.format("burst"),
    ),
    EntryKind.NEW: Shape(
        "M0,-4.5 L4.5,4 H-4.5 Z", AMBER, filled=True, label=RedactedText.format("new line")
    ),
    EntryKind.GONE: Shape(
        "M0,-4.5 L4.5,4 H-4.5 Z", FAINT, filled=False, label=RedactedText.format("stopped line")
    ),
    EntryKind.METRIC: Shape(
        "M-4,-4 H4 V4 H-4 Z", PURPLE, filled=False, label=RedactedText.format("metric moved")
    ),
    EntryKind.SPAN: Shape(
        "M-4,0 A4,4 0 1 1 4,0 A4,4 0 1 1 -4,0 Z",
        GREEN,
        filled=True,
        label=RedactedText.format("bad span"),
    ),
    EntryKind.PERSON: Shape(
        "M-4,-4.5 L4.5,0 L-4,4.5 Z", INK, filled=False, label=RedactedText.format("people")
    ),
}


def draw_report_timeline(timeline: Timeline, listed: Sequence[TimelineEntry]) -> bytes:
    """The hours around the onset as an SVG; empty where nothing happened at a known time.

    listed: the entries to draw, numbered from 1 in their order.
    """
    if not listed:
        return b""
    window = window_of(replace(timeline, entries=tuple(listed)))
    numbers = {id(entry): number for number, entry in enumerate(listed, 1)}
    lanes = lanes_of(window, numbers)
    height = _ROW * sum(lane.rows for lane in lanes)
    svg = canvas(_WIDTH, height + _TOP + _LEGEND)
    _draw_axis(svg, window, height)
    _draw_lanes(svg, lanes, height)
    if timeline.onset is not None:
        _draw_onset(svg, timeline.onset.at, window, height)
    _draw_marks(svg, lanes, numbers, window, height)
    _draw_legend(svg, {entry.sort for lane in lanes for entry, _ in lane.entries}, height)
    document: bytes = tostring(svg, encoding="utf-8")
    return document


def _x(at: datetime, window: PictureWindow) -> float:
    share = (at - window.first) / (window.last - window.first)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _draw_axis(svg: Element, window: PictureWindow, height: float) -> None:
    bottom = _TOP + height
    for at in ticks(window.first, window.last):
        x = _x(at, window)
        draw_line(svg, (x, _TOP, x, bottom), colour=GRID)
        form = "%H:%M:%S" if at.second else "%H:%M"
        if (window.last - window.first).total_seconds() > _DAY_S:
            form = "%d %b %H:%M"
        write_text(svg, x, bottom + 14, at.strftime(form), anchor="middle")
    draw_line(svg, (_LEFT, bottom, _WIDTH - _RIGHT, bottom), colour=FAINT)
    write_text(svg, _LEFT - 8, bottom + 14, f"{window.first:%Y-%m-%d} UTC", anchor="end")


def ticks(first: datetime, last: datetime) -> list[datetime]:
    """Round times between two, at most eight."""
    length = (last - first).total_seconds()
    step = next((step for step in _SECONDS if length / step <= _MOST_TICKS), None)
    if step is None:
        step = _DAY_S * math.ceil(length / _DAY_S / _MOST_TICKS)
    begin = math.ceil(first.timestamp() / step)
    end = math.floor(last.timestamp() / step)
    return [datetime.fromtimestamp(step * n, tz=UTC) for n in range(begin, end + 1)]


def _draw_lanes(svg: Element, lanes: Sequence[Lane], height: float) -> None:
    names = short_names((lane.name for lane in lanes), _LANE_NAME)
    for lane in lanes:
        top = _TOP + height - _ROW * (lane.bottom + lane.rows)
        draw_line(svg, (0, top, _WIDTH - _RIGHT, top), colour=GRID)
        middle = top + _ROW * lane.rows / 2 + 4
        write_text(svg, _LEFT - 8, middle, names[lane.name].line().text, anchor="end", is_bold=True)


def _draw_onset(svg: Element, onset: datetime, window: PictureWindow, height: float) -> None:
    x = _x(onset, window)
    draw_line(svg, (x, _TOP - 4, x, _TOP + height), colour=INK, dashes="4 2")
    anchor = "end" if x > _WIDTH * 0.8 else "start" if x < _LEFT + 40 else "middle"
    write_text(svg, x, _TOP - 8, f"onset {onset:%H:%M:%S} UTC", anchor=anchor, is_bold=True)


def _draw_marks(
    svg: Element,
    lanes: Sequence[Lane],
    numbers: dict[int, int],
    window: PictureWindow,
    height: float,
) -> None:
    for lane in lanes:
        for entry, row in lane.entries:
            x, y = _x(entry.at, window), _TOP + height - _ROW * (lane.bottom + row + 0.5)
            _mark(svg, x, y, _SHAPES[entry.sort])
            write_text(svg, x + 6.5, y + 3.2, str(numbers[id(entry)]), size=_TINY)


def _draw_legend(svg: Element, sorts: set[EntryKind], height: float) -> None:
    x, y = _LEFT, _TOP + height + 33
    for sort, shape in _SHAPES.items():
        if sort in sorts:
            _mark(svg, x, y, shape)
            write_text(svg, x + 9, y + 4, shape.label.text)
            x += 26 + _LETTER * len(shape.label.text)


def _mark(svg: Element, x: float, y: float, shape: Shape) -> None:
    path = SubElement(svg, "path", d=shape.path, transform=f"translate({x:.1f} {y:.1f})")
    path.set("fill", shape.colour if shape.filled else PAPER)
    path.set("stroke", shape.colour)
    path.set("stroke-width", "1")
