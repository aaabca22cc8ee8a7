from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evidence.screenshots.legend import read_legend
from tests.core.evidence.screenshots.panel_drawing import word

if TYPE_CHECKING:
    from core.evidence.screenshots.curves import Colour
    from core.evidence.screenshots.model import Pixels

GREEN, RED, TEAL = (115, 191, 105), (242, 73, 92), (20, 160, 150)


def drawn(*marks: tuple[Colour, int, int]) -> Pixels:
    """A page with marks of 12 by 4 pixels. marks: colour, left and row of each."""
    pixels = np.full((120, 300, 3), 255, dtype=np.uint8)
    for colour, left, row in marks:
        pixels[row - 2 : row + 2, left : left + 12] = colour
    return pixels


def test_a_name_has_the_colour_of_the_mark_before_it() -> None:
    pixels = drawn((GREEN, 10, 25), (RED, 110, 25), (TEAL, 10, 45))
    words = [
        word("cart", 27, 20),
        word("GET", 127, 20),
        word("/cart", 153, 20),
        word("api", 27, 40),
    ]
    entries = read_legend(pixels, words)
    assert [(each.name, each.colour) for each in entries] == [
        ("cart", GREEN),
        ("GET /cart", RED),
        ("api", TEAL),
    ]


def test_figures_behind_a_name_are_none_of_it() -> None:
    words = [word("node-1", 27, 20), word("Last:", 75, 20), word("91%", 112, 20)]
    assert [each.name for each in read_legend(drawn((GREEN, 10, 25)), words)] == ["node-1"]


def test_a_word_beside_a_curve_is_no_name() -> None:
    pixels = drawn((GREEN, 10, 25))
    pixels[23:27, 0:100] = GREEN
    assert read_legend(pixels, [word("peak", 103, 20)]) == []


def test_of_two_marks_of_one_colour_the_first_is_the_legend() -> None:
    words = [word("cart", 27, 20), word("cart", 27, 60)]
    assert len(read_legend(drawn((GREEN, 10, 25), (GREEN, 10, 65)), words)) == 1
