from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.evidence.screenshots.plots import (
    coloured_boxes,
    has_coloured_labels,
    has_curve,
    is_coloured,
)
from tests.core.evidence.screenshots.panel_drawing import word

if TYPE_CHECKING:
    from core.evidence.screenshots.model import Pixels

GREEN, BLUE = (115, 191, 105), (31, 119, 180)


@pytest.fixture
def pixels() -> Pixels:
    """A curve from column 60 to 360 on a white page of 400 columns."""
    page = np.full((200, 400, 3), 255, dtype=np.uint8)
    page[60:63, 60:360] = GREEN
    return page


def boxes(pixels: Pixels) -> list[tuple[int, int, int, int]]:
    return list(coloured_boxes(is_coloured(pixels)))


def test_labels_in_the_colour_of_their_curve_are_beside_its_plot(pixels: Pixels) -> None:
    for row in (40, 58, 76):
        pixels[row : row + 8, 30:55:2] = GREEN
        pixels[row : row + 8, 363:390:2] = BLUE
    assert boxes(pixels) == [(60, 60, 360, 63)]


def test_a_legend_close_above_a_plot_is_none_of_it(pixels: Pixels) -> None:
    pixels[48:54, 100:110] = GREEN
    assert boxes(pixels) == [(60, 60, 360, 63)]


def test_each_of_two_plots_beside_each_other_has_its_own_rows() -> None:
    page = np.full((200, 400, 3), 255, dtype=np.uint8)
    page[40:43, 20:180] = GREEN
    page[40:120, 220:380:2] = BLUE
    assert boxes(page) == [(20, 40, 180, 43), (220, 40, 379, 120)]


def test_colour_where_no_words_are_is_a_curve(pixels: Pixels) -> None:
    assert has_curve(pixels, [])
    assert not has_curve(pixels, [word("x" * 50, 30, 56)])
    assert not has_curve(pixels[:40], [])


def test_labels_in_colour_are_left_of_a_plot(pixels: Pixels) -> None:
    pixels[160:164, 20:34] = pixels[180:184, 20:34] = GREEN  # marks of a legend
    assert not has_coloured_labels(pixels)
    for row in (20, 58, 96):
        pixels[row : row + 8, 30:55:2] = GREEN
    assert has_coloured_labels(pixels)
