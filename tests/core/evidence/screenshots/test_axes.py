from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.screenshots.axes import time_axis, value_axes
from tests.core.evidence.screenshots.panel_drawing import word

if TYPE_CHECKING:
    from core.evidence.screenshots.model import PictureWord


def column(*labels: str, right: float = 90, step: float = 40) -> list[PictureWord]:
    """Labels of several words with one right edge, from the top."""
    words = []
    for place, label in enumerate(labels):
        left = right - 7.0 * len(label)
        for part in label.split(" "):
            words.append(word(part, left, 20 + step * place))
            left += 7 * (len(part) + 1)
    return words


@pytest.mark.parametrize(
    ("labels", "span"),
    [
        (("2k req/s", "1.5k req/s", "1k req/s", "500 req/s"), 1500),
        (("90-", "60-", "30-"), 60),
        (("2 s", "1.5 s", "1 s", "500 ms"), 1.5),
        (("4 K", "3 K", "2 K"), 2000),
        (("80/'s", "60/'s", "40/'s"), 40),
    ],
)
def test_labels_have_units_prefixes_and_marks(labels: tuple[str, ...], span: float) -> None:
    (axis,) = value_axes(column(*labels))
    assert axis.span == pytest.approx(span)


def clocks(*texts: str, top: float) -> list[PictureWord]:
    return [word(text, 100 + 120 * place, top) for place, text in enumerate(texts)]


def test_two_labels_suffice_where_their_nought_is_right_above_the_times() -> None:
    labels = column("100", "50")
    assert len(value_axes([*labels, *clocks("10:00", "10:30", top=115)])) == 1
    assert value_axes([*labels, *clocks("10:00", "10:30", top=190)]) == []
    assert value_axes(labels) == []


def test_two_labels_may_have_different_units_of_time() -> None:
    words = [*column("1 s", "500 ms"), *clocks("10:00", "10:30", top=115)]
    assert len(value_axes(words)) == 1


def test_a_nought_may_lose_the_end_of_its_unit() -> None:
    (axis,) = value_axes(column("1 s", "500 ms", "Om"))
    assert axis.count == 3


def test_a_label_of_the_page_does_not_take_the_place_of_one() -> None:
    words = [*column("2 hours", "100", "50"), *clocks("10:00", "10:30", top=155)]
    (axis,) = value_axes(words)
    assert axis.scale.value(65) == pytest.approx(100)


def test_marks_beside_labels_make_no_second_axis() -> None:
    labels = column("14", "12", "10", "8")
    beside = column("10-", "8-", "6-", right=103, step=40)
    assert len(value_axes([*labels, *beside])) == 1


@pytest.mark.parametrize(
    "texts",
    [("11:30am", "12:00pm", "12:30pm"), ("11:30AM", "12:00PM", "12:30PM..."), ("11:30", "12:00")],
)
def test_times_may_be_of_a_half_day(texts: tuple[str, ...]) -> None:
    axis = time_axis(clocks(*texts, top=200), below=150, left=90, right=600)
    assert axis is not None
    assert axis.scale is not None
    assert axis.scale.value(125) == pytest.approx(60 * 11.5, abs=10)


def test_a_half_of_the_day_may_be_a_word_of_its_own() -> None:
    words = [
        part
        for place in range(3)
        for part in (
            word(f"0{place + 4}:00", 100 + 120 * place, 200),
            word("PM", 140 + 120 * place, 200),
        )
    ]
    axis = time_axis(words, below=150, left=90, right=600)
    assert axis is not None
    assert axis.scale is not None
    assert axis.scale.value(127) == pytest.approx(16 * 60, abs=2)


def test_panels_below_each_other_have_an_axis_each() -> None:
    upper, lower = column("60K", "40K", "20K"), column("9%", "6%", "3%")
    moved = [replace(each, top=each.top + 200) for each in lower]
    axes = value_axes([*upper, *moved])
    assert {(axis.unit, axis.top, axis.words) for axis in axes} == {
        ("K", 25, frozenset(upper)),
        ("%", 225, frozenset(moved)),
    }


def test_labels_of_two_panels_may_be_on_one_line_without_being_an_axis() -> None:
    upper = column("400", "300", "200", "100", "0", step=40)
    lower = column("100%", "75%", "50%", "25%", "0%", step=32.75)
    moved = [replace(each, top=each.top + 202) for each in lower]
    assert {axis.top for axis in value_axes([*upper, *moved])} == {25, 227}


def test_of_labels_most_of_which_were_misread_the_right_ones_tell_the_scale() -> None:
    words = column("300", "7", "999", "1", "100", "444", "0")
    words += clocks("10:00", "10:30", top=285)
    (axis,) = value_axes(words)
    assert axis.scale.value(25) == pytest.approx(300)


def test_figures_of_a_table_that_happen_to_be_on_a_line_are_no_axis() -> None:
    words = [word(text, 60, top) for text, top in (("44.2", 20), ("30.1", 60), ("6.0", 128.4))]
    assert value_axes(words) == []


@pytest.mark.parametrize("texts", [("12/05", "12/06", "12/07"), ("Sep 5", "Sep 6", "Sep 7")])
def test_below_a_plot_of_several_days_are_dates(texts: tuple[str, ...]) -> None:
    words = [
        word(part, 100 + 120 * place + 28 * number, 200)
        for place, text in enumerate(texts)
        for number, part in enumerate(text.split(" "))
    ]
    axis = time_axis(words, below=150, left=90, right=600)
    assert axis is not None
    assert (axis.top, axis.scale, axis.words) == (200, None, frozenset(words))
