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


def test_a_curve_of_another_colour_may_touch_a_mark() -> None:
    pixels = drawn((GREEN, 90, 25))
    pixels[23:27, 0:90] = RED
    (entry,) = read_legend(pixels, [word("cart", 106, 20)])
    assert (entry.name, entry.colour) == ("cart", GREEN)


def test_columns_of_a_narrow_table_are_none_of_a_name() -> None:
    words = [word("node", 27, 20), word("1", 62, 20), word("235", 82, 20)]
    assert [each.name for each in read_legend(drawn((GREEN, 10, 25)), words)] == ["node 1"]


def test_of_two_marks_of_one_colour_the_first_is_the_legend() -> None:
    words = [word("cart", 27, 20), word("cart", 27, 60)]
    assert len(read_legend(drawn((GREEN, 10, 25), (GREEN, 10, 65)), words)) == 1


def test_a_mark_may_stand_behind_each_name() -> None:
    pixels = drawn()
    pixels[24:26, 80:125], pixels[44:46, 80:125] = GREEN, RED
    words = [word("node-1", 30, 20), word("node-2", 30, 40)]
    entries = read_legend(pixels, words)
    assert [(each.name, each.colour) for each in entries] == [("node-1", GREEN), ("node-2", RED)]
    assert entries[0].right > 120
    assert read_legend(pixels, words[:1]) == [], "one alone may be beside a curve"


def test_a_name_may_have_the_colour_itself() -> None:
    pixels = drawn()
    for row, colour in ((20, GREEN), (40, RED)):
        pixels[row : row + 10, 30:72:3] = colour
    pixels[60:70, 30:72:3] = 60
    words = [word("node-1", 30, 20), word("14.0", 100, 20), word("node-2", 30, 40)]
    entries = read_legend(pixels, [*words, word("axis", 30, 60)])
    assert [(each.name, each.colour) for each in entries] == [("node-1", GREEN), ("node-2", RED)]


def test_a_dash_among_others_is_no_mark() -> None:
    pixels = drawn((RED, 10, 25), (RED, 30, 25), (RED, 50, 25))
    assert read_legend(pixels, [word("limit", 66, 20)]) == []


def test_the_last_point_of_a_curve_does_not_make_a_mark_a_dash() -> None:
    pixels = drawn((GREEN, 50, 25))
    pixels[23:27, 38:42] = GREEN
    (entry,) = read_legend(pixels, [word("cart", 66, 20)])
    assert entry.name == "cart"


def test_a_thin_mark_has_the_colour_of_its_middle() -> None:
    pixels = drawn()
    pixels[25, 10:22], pixels[24, 10:22] = GREEN, (200, 230, 190)
    (entry,) = read_legend(pixels, [word("cart", 27, 20)])
    assert entry.colour == GREEN


def test_a_mark_that_reads_like_a_word_is_none_of_the_name_before_it() -> None:
    pixels = drawn((GREEN, 10, 25), (RED, 64, 25))
    words = [word("cart", 27, 20), word("o", 66, 20), word("api", 80, 20)]
    entries = read_legend(pixels, words)
    assert [each.name for each in entries] == ["cart", "api"]


def test_rows_that_begin_alike_are_told_apart_by_their_next_column() -> None:
    pixels = drawn((GREEN, 10, 25), (RED, 10, 45))
    words = [word("trace", 27, 20), word("cart", 90, 20), word("7", 150, 20)]
    words += [word("trace", 27, 40), word("api", 90, 40), word("9", 150, 40)]
    assert [each.name for each in read_legend(pixels, words)] == ["trace cart", "trace api"]


def test_the_end_of_a_name_may_be_what_heads_figures_elsewhere() -> None:
    pixels = drawn((GREEN, 10, 25), (RED, 10, 45))
    words = [word("Load", 27, 20), word("min", 60, 20)]
    words += [word("api", 27, 40), word("max", 53, 40), word("4", 79, 40)]
    assert [each.name for each in read_legend(pixels, words)] == ["Load min", "api"]


def test_marks_stand_on_the_side_where_there_are_more_of_them() -> None:
    pixels = drawn((GREEN, 50, 25), (RED, 112, 25), (TEAL, 174, 25))
    words = [word("app1", 16, 20), word("app2", 78, 20), word("app3", 140, 20)]
    entries = read_legend(pixels, words)
    assert [(each.name, each.colour) for each in entries] == [
        ("app1", GREEN),
        ("app2", RED),
        ("app3", TEAL),
    ]
