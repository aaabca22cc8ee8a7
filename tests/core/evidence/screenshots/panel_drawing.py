"""A panel as Grafana draws it, with the words around it as a reader tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from core.evidence.screenshots.model import PictureWord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.evidence.screenshots.model import Pixels

LEFT, RIGHT, TOP, BOTTOM = 60, 460, 40, 240
COLOURS = ("#73bf69", "#f2495c", "#5794f2")


def panel(
    series: Mapping[str, Callable[[float], float]],
    *,
    labels: Sequence[str] = ("0 ms", "100 ms", "200 ms", "300 ms", "400 ms"),
    clocks: Sequence[str] = ("23:50", "23:55", "00:00", "00:05", "00:10"),
    paper: str = "#181b1f",
    most: float = 400,
    page: str | None = None,
    legend_beside: bool = False,
    axis_on_right: bool = False,
) -> tuple[Pixels, list[PictureWord]]:
    """Pixels and words. series: name → value (0 to `most`) by place (0 to 1).

    page: the colour around the panel, where it is another. legend_beside: and not below the plot.
    axis_on_right: as Datadog has it.
    """
    is_wide = legend_beside or axis_on_right
    picture = Image.new("RGB", (620 if is_wide else 480, 300), page or paper)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((4, 4, picture.width - 5, picture.height - 5), fill=paper)
    words = [word("Latency", 12, 12), word("p95", 64, 12)]
    for place, label in enumerate(labels):
        row = BOTTOM - (BOTTOM - TOP) * place / (len(labels) - 1)
        parts = label.split(" ")
        column: float = RIGHT + 6 if axis_on_right else LEFT - 8 - 7 * len(label)
        for part in parts:
            words.append(word(part, column, row - 5))
            column += 7 * (len(part) + 1)
    for place, clock in enumerate(clocks):
        column = LEFT + (RIGHT - LEFT) * place / (len(clocks) - 1)
        words.append(word(clock, column - 17, BOTTOM + 8))
    for place, (name, value) in enumerate(series.items()):
        points = [
            (column, BOTTOM - (BOTTOM - TOP) * value((column - LEFT) / (RIGHT - LEFT)) / most)
            for column in range(LEFT, RIGHT)
        ]
        draw.line(points, fill=COLOURS[place], width=2)
        left, row = (480, 50 + 20 * place) if legend_beside else (12 + 110 * place, 280)
        draw.rectangle((left, row, left + 14, row + 4), fill=COLOURS[place])
        words.append(word(name, left + 20, row - 3))
    return np.asarray(picture), words


def word(text: str, left: float, top: float) -> PictureWord:
    return PictureWord(text, left, top, 7.0 * len(text), 10.0, 0.9, (1, 1, int(top)))
