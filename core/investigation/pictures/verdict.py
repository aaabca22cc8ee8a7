"""A verdict as one picture: the graph of causes, and below it the window that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.pictures.style import Form, Picture, render, sheet
from core.investigation.pictures.causes_graph import boxes, draw_graph, size_of
from core.investigation.pictures.decisive_window import deciding, draw_window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.evidence.series.model import Series
    from core.investigation.decision import Decision, Situation

_COLUMN, _ROW, _PANEL, _HEAD = 3.2, 0.95, 1.55, 0.8  # inches
_NARROWEST, _WIDEST = 8.0, 14.0


def draw_verdict(
    decision: Decision,
    situation: Situation,
    *,
    series: Mapping[tuple[str, str], Series],
    form: Form = "png",
) -> Picture:
    """series: those that metrics of the case were read from, by file and title."""
    drawn = boxes(decision, situation)
    telling = deciding(decision, situation, series)
    columns, rows = size_of(drawn)
    heights = [_HEAD + _ROW * rows, *[_PANEL] * len(telling)]
    width = min(_WIDEST, max(_NARROWEST, _COLUMN * columns))
    figure = sheet(sum(heights), width=width)
    every = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes in every[1:-1]:
        axes.sharex(every[-1])
    draw_graph(every[0], drawn, decision, situation)
    if telling:
        draw_window(list(every[1:]), telling, decision, situation)
    return render(figure, form)
