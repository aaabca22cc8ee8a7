"""The curve that strokes of one colour make, and what it passes by."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.screenshots.curves import Plot, follow
from core.evidence.screenshots.strokes import Row, path_of, strokes_of

HEIGHT, WIDTH = 100, 200


def painted() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A flat curve at row 80, two pixels thick."""
    strength = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    strength[80:82, 20:180] = 1
    return strength


def read(strength: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Row:
    return path_of(strokes_of(strength, 10), height=HEIGHT)


def test_a_curve_is_where_it_is_painted() -> None:
    rows = read(painted())
    assert np.isnan(rows[:20]).all()
    assert np.isnan(rows[180:]).all()
    assert set(rows[20:180]) == {90}


def test_a_word_of_the_same_colour_is_passed_by() -> None:
    strength = painted()
    strength[5:15, 90:120] = 1
    assert set(read(strength)[20:180]) == {90}


def test_a_peak_is_followed_though_it_is_steep() -> None:
    strength = painted()
    strength[80:82, 100:120] = 0
    strength[20:82, 99] = strength[20:82, 120] = strength[20:22, 100:120] = 1
    rows = read(strength)
    assert set(rows[101:119]) == {30}
    assert rows[140] == 90


def test_a_line_from_top_to_bottom_is_none_of_it() -> None:
    strength = painted()
    strength[:, 60:63] = 1
    rows = read(strength)
    assert set(rows[~np.isnan(rows)]) == {90}


def test_what_is_tinged_alike_where_the_curve_has_ended_is_none_of_it() -> None:
    strength = painted()
    strength[95, 180:] = 0.4
    assert np.isnan(read(strength)[180:]).all()


def test_of_a_filled_area_the_upper_edge_is_read() -> None:
    strength = painted()
    strength[40:, 20:100] = strength[80:, 100:180] = 1
    rows = read(strength)
    assert (rows[50], rows[150]) == (50, 90)


@pytest.mark.parametrize("strength", [np.zeros((HEIGHT, 0)), np.zeros((HEIGHT, 5))])
def test_nothing_painted_is_no_curve(
    strength: np.ndarray[tuple[int, int], np.dtype[np.float32]],
) -> None:
    assert np.isnan(read(strength)).all()


def test_of_a_very_wide_plot_some_columns_tell_the_curve() -> None:
    pixels = np.full((60, 7000, 3), 255, dtype=np.uint8)
    pixels[40:42, :3500], pixels[10:12, 3500:] = (31, 119, 180), (31, 119, 180)
    (rows,) = follow(pixels, Plot(left=0, right=7000, top=0, bottom=60), [(31, 119, 180)])
    assert rows is not None
    assert len(rows) == 7000
    assert (rows[100], rows[6900]) == (40, 10)
