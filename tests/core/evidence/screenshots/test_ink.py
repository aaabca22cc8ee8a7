from __future__ import annotations

import numpy as np
import pytest

from core.evidence.screenshots.ink import (
    GLYPH_ROWS,
    MAX_SCALED_PIXELS,
    ink_of,
    ink_of_labels,
    ink_of_names,
    ink_within_plots,
    paper_of,
)
from tests.core.evidence.screenshots.drawings import terminal

LINES = ["ERROR checkout timed out", "WARN  payments is gone"]


@pytest.mark.parametrize(
    ("paper", "ink"), [("#101010", "#e0e0e0"), ("#ffffff", "#202020"), ("#002b36", "#cc3333")]
)
def test_text_is_black_on_white_whatever_the_theme(paper: str, ink: str) -> None:
    pixels = ink_of(np.asarray(terminal(LINES, paper=paper, ink=ink))).pixels
    assert np.median(pixels) == 255
    assert pixels.min() < 40


@pytest.mark.parametrize("size", [10, 14, 24])
def test_lines_get_the_height_that_reads_best(size: int) -> None:
    ink = ink_of(np.asarray(terminal(LINES, size=size)))
    rows = np.flatnonzero((ink.pixels < 128).any(axis=1))
    first_line = rows[: np.flatnonzero(np.diff(rows) > 3)[0] + 1]
    assert 0.7 * GLYPH_ROWS < len(first_line) < 1.3 * GLYPH_ROWS


def test_a_large_picture_is_not_made_larger() -> None:
    pixels = np.zeros((2_200, 2_000, 3), dtype=np.uint8)
    pixels[10:18, 10:500] = 255
    ink = ink_of(pixels)
    assert ink.pixels.size <= MAX_SCALED_PIXELS * 1.01


def test_a_picture_of_nothing_has_no_ink() -> None:
    assert (ink_of(np.zeros((40, 40, 3), dtype=np.uint8)).pixels == 255).all()


def test_the_paper_is_that_of_a_panel_not_of_the_page_or_of_the_area_below_a_curve() -> None:
    pixels = np.full((100, 100, 3), (17, 18, 23), dtype=np.uint8)
    pixels[3:97, 3:97] = (24, 27, 31)
    pixels[45:97, 3:97] = (68, 44, 24)
    assert np.abs(paper_of(pixels) - (24, 27, 31)).max() < 4


def test_a_picture_of_colours_alone_has_the_paper_of_its_edges() -> None:
    pixels = np.full((100, 100, 3), (0, 43, 90), dtype=np.uint8)
    pixels[3:97, 3:97] = (90, 20, 20)
    assert (paper_of(pixels) == (0, 43, 90)).all()


def test_the_paper_may_have_a_tinge() -> None:
    pixels = np.full((100, 100, 3), (90, 95, 110), dtype=np.uint8)
    pixels[3:97, 3:97] = (27, 30, 46)
    assert np.abs(paper_of(pixels) - (27, 30, 46)).max() < 4


def test_a_tinged_panel_may_have_less_of_a_picture_than_the_area_below_a_curve() -> None:
    pixels = np.full((100, 100, 3), (26, 24, 32), dtype=np.uint8)
    pixels[3:97, 3:97] = (36, 33, 45)
    pixels[45:97, 3:97] = (52, 75, 100)
    assert np.abs(paper_of(pixels) - (36, 33, 45)).max() < 4


def test_letters_of_a_very_dark_blue_are_ink() -> None:
    pixels = np.full((60, 200, 3), 255, dtype=np.uint8)
    pixels[20:30, 20:40] = (42, 63, 95)
    assert (ink_of_labels(pixels).pixels < 128).any()


def test_a_legend_over_a_plot_is_ink_when_asked_for() -> None:
    pixels = np.full((200, 300, 3), 255, dtype=np.uint8)
    for column in range(40, 280):
        pixels[30 + column // 3, column] = (31, 119, 180)
    pixels[60:68, 230:260] = 30
    assert (ink_of_labels(pixels).pixels > 200).all()
    ink = ink_within_plots(pixels)
    dark = np.argwhere(ink.pixels < 128) / ink.scale
    assert 56 < dark[:, 0].min() < dark[:, 0].max() < 72
    assert 226 < dark[:, 1].min() < dark[:, 1].max() < 264


def test_a_plot_on_a_grey_of_its_own_leaves_the_labels_around_it_legible() -> None:
    pixels = np.full((200, 300, 3), 255, dtype=np.uint8)
    pixels[20:160, 60:] = 229
    pixels[100:108, 20:40] = 30
    ink = ink_of_labels(pixels)
    assert (ink.pixels > 200).mean() > 0.9, "neither grey is ink"


def test_the_own_paper_of_a_plot_may_have_a_tinge() -> None:
    pixels = np.full((200, 300, 3), 255, dtype=np.uint8)
    pixels[20:160, 60:] = (229, 236, 246)
    pixels[100:108, 20:40] = 30
    assert (ink_of_labels(pixels).pixels > 240).mean() > 0.9


def test_of_names_in_colour_only_these_and_no_curves_are_ink() -> None:
    pixels = np.full((200, 300, 3), 255, dtype=np.uint8)
    pixels[20:120:2, 40:280] = (31, 119, 180)
    pixels[150:160, 20:40] = 30
    pixels[150:160, 200:230] = (214, 39, 40)
    ink = ink_of_names(pixels)
    dark = np.argwhere(ink.pixels < 128) / ink.scale
    assert 145 < dark[:, 0].min() < dark[:, 0].max() < 165
    assert 190 < dark[:, 1].min() < dark[:, 1].max() < 240
