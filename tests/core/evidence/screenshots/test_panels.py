from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.model import FindingKind, Level
from core.evidence.screenshots.model import PictureWord
from core.evidence.screenshots.moves import Direction, move_of
from core.evidence.screenshots.panel_findings import PanelFindingWriter
from core.evidence.screenshots.panels import read_panels
from core.redaction.engine import Redactor
from tests.core.evidence.screenshots.panel_drawing import LEFT, RIGHT, panel, word

SHAPES = {
    "checkout": lambda x: 300.0 if x > 0.5 else 100.0,
    "payments": lambda x: 350.0 - 250.0 * x,
    "cart": lambda _: 200.0,
}


@pytest.mark.parametrize("paper", ["#181b1f", "#ffffff"])
def test_a_panel_tells_what_each_curve_did(paper: str) -> None:
    (only,) = read_panels(*panel(SHAPES, paper=paper))
    assert only.title == "Latency p95"
    moves = {curve.name: curve.move for curve in only.curves}
    assert moves["checkout"].direction is Direction.ROSE
    assert moves["checkout"].before == pytest.approx(100, abs=8)
    assert moves["checkout"].after == pytest.approx(300, abs=8)
    assert moves["payments"].direction is Direction.FELL
    assert moves["cart"].direction is Direction.FLAT


def test_a_legend_may_stand_beside_the_plot() -> None:
    (only,) = read_panels(*panel(SHAPES, page="#111217", legend_beside=True))
    moves = {curve.name: curve.move.direction for curve in only.curves}
    assert moves == {
        "checkout": Direction.ROSE,
        "payments": Direction.FELL,
        "cart": Direction.FLAT,
    }


def test_the_axis_may_stand_right_of_the_plot() -> None:
    (only,) = read_panels(*panel(SHAPES, axis_on_right=True))
    assert only.title == "Latency p95"
    moves = {curve.name: curve.move for curve in only.curves}
    assert {name: move.direction for name, move in moves.items()} == {
        "checkout": Direction.ROSE,
        "payments": Direction.FELL,
        "cart": Direction.FLAT,
    }
    assert moves["checkout"].after == pytest.approx(300, abs=8)


def test_a_legend_may_stand_behind_a_second_axis() -> None:
    pixels, words = panel(SHAPES, legend_beside=True)
    second = [word(text, RIGHT + 4, row) for text, row in (("20", 35), ("10", 135), ("0", 235))]
    moved = [replace(each, left=each.left + 60) if each.left > RIGHT else each for each in words]
    wide = np.hstack([pixels[:, :RIGHT], pixels[:, -60:-5][:, ::-1], pixels[:, RIGHT:]])
    (only,) = read_panels(wide, [*moved, *second])
    assert {curve.name for curve in only.curves} == set(SHAPES)
    assert only.axis.unit == "ms"


def test_a_legend_on_another_card_is_of_another_panel() -> None:
    above, words = panel({"cart": SHAPES["cart"]}, page="#0b0c0e")
    below, others = panel({"checkout": SHAPES["checkout"]}, page="#0b0c0e")
    lowered = [replace(each, top=each.top + len(above)) for each in others]
    panels = read_panels(np.vstack([above, below]), [*words, *lowered])
    assert [[curve.name for curve in each.curves] for each in panels] == [["cart"], ["checkout"]]
    assert [each.title for each in panels] == ["Latency p95", "Latency p95"]


def test_the_title_of_a_panel_beside_is_none_of_its_own() -> None:
    first, words = panel({"cart": SHAPES["cart"]})
    second, others = panel({"checkout": SHAPES["checkout"]}, labels=("0", "2", "4"))
    moved = [replace(each, left=each.left + first.shape[1]) for each in others]
    panels = read_panels(np.hstack([first, second]), [*words, *moved])
    assert [each.title for each in panels] == ["Latency p95", "Latency p95"]


def test_without_cards_the_legend_right_below_a_panel_is_of_that_one() -> None:
    above, words = panel({"cart": SHAPES["cart"]})
    below, others = panel({"checkout": SHAPES["checkout"]})
    lowered = [replace(each, top=each.top + len(above)) for each in others]
    panels = read_panels(np.vstack([above, below]), [*words, *lowered])
    assert [[curve.name for curve in each.curves] for each in panels] == [["cart"], ["checkout"]]


def test_a_name_that_begins_like_a_nought_is_no_label() -> None:
    pixels, words = panel({"orders": SHAPES["checkout"]})
    moved = [
        replace(each, left=LEFT - 8 - each.width) if each.text == "orders" else each
        for each in words
    ]
    pixels = pixels.copy()
    pixels[280:284, 2:7] = (115, 191, 105)
    (only,) = read_panels(pixels, moved)
    assert [curve.name for curve in only.curves] == ["orders"]


def test_a_title_close_to_the_plot_is_no_part_of_a_curve() -> None:
    pixels, words = panel({"checkout": lambda _: 200.0})
    bluish = pixels.copy()
    bluish[26:32, 64:70] = (115, 191, 105)  # a letter of the curve's colour
    (only,) = read_panels(bluish, [*words, word("m/s", 64, 24)])
    assert [curve.move.direction for curve in only.curves] == [Direction.FLAT]


def test_a_mark_of_an_axis_is_no_label() -> None:
    pixels, words = panel(SHAPES)
    marks = [word("-", 54, row) for row in (35, 85, 135, 185, 235)]
    (only,) = read_panels(pixels, [*words, *marks])
    assert len(only.curves) == len(SHAPES)


def test_the_time_of_a_move_may_lie_behind_midnight() -> None:
    (only,) = read_panels(*panel({"checkout": SHAPES["checkout"]}))
    (curve,) = only.curves
    assert curve.at == pytest.approx(24 * 60, abs=1)


def test_a_label_that_was_misread_is_left_out() -> None:
    pixels, words = panel(SHAPES, labels=("0 ms", "100 ms", "700 ms", "300 ms", "400 ms"))
    (only,) = read_panels(pixels, words)
    assert only.axis.scale.value(only.axis.top) == pytest.approx(0.4, abs=0.01)


def test_labels_of_several_units_are_one_scale() -> None:
    pixels, words = panel(SHAPES, labels=("0 s", "500 ms", "1 s", "1.5 s", "2 s"))
    (only,) = read_panels(pixels, words)
    assert only.axis.unit == "s"
    moves = {curve.name: curve.move for curve in only.curves}
    assert moves["checkout"].after == pytest.approx(1.5, abs=0.05)


def test_what_is_read_into_an_area_is_no_word() -> None:
    pixels, words = panel(SHAPES)
    giant = PictureWord("Let", 100, 50, 300.0, 150.0, 0.9, (1, 1, 1))
    (only,) = read_panels(pixels, [*words, giant])
    assert {curve.name for curve in only.curves} == set(SHAPES)


def test_without_legible_axes_there_is_no_panel() -> None:
    pixels, words = panel(SHAPES)
    assert read_panels(pixels, [each for each in words if each.left > 50]) == []
    assert read_panels(pixels, []) == []


def test_without_a_legend_curves_have_no_name() -> None:
    pixels, words = panel({"checkout": SHAPES["checkout"]})
    nameless = [each for each in words if each.text != "checkout"]
    (only,) = read_panels(pixels, nameless)
    assert [(curve.name, curve.move.direction) for curve in only.curves] == [(None, Direction.ROSE)]


def test_words_without_end_are_read_in_time() -> None:
    pixels, _ = panel(SHAPES)
    flood = [word(str(number % 7), number % 90, number % 300) for number in range(20_000)]
    assert len(read_panels(pixels, flood)) <= 24


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ([1.0] * 50 + [9.0] * 50, Direction.ROSE),
        ([9.0] * 50 + [1.0] * 50, Direction.FELL),
        ([5.0] * 45 + [9.5] * 10 + [5.0] * 45, Direction.PEAKED),
        ([5.0] * 45 + [0.5] * 10 + [5.0] * 45, Direction.DIPPED),
        ([5.0, 5.4] * 50, Direction.FLAT),
    ],
)
def test_moves_have_a_direction(values: list[float], direction: Direction) -> None:
    columns = np.arange(100, dtype=np.float64)
    move = move_of(columns, np.array(values), span=10)
    assert move is not None
    assert move.direction is direction
    if direction in (Direction.ROSE, Direction.FELL):
        assert move.column == pytest.approx(50, abs=2)


def test_a_curve_that_is_hardly_seen_has_no_move() -> None:
    values = np.full(100, np.nan)
    values[:5] = 1.0
    assert move_of(np.arange(100, dtype=np.float64), values, span=10) is None


def test_moves_are_metrics_of_weak_weight_with_their_line() -> None:
    writer = PanelFindingWriter("shot.png", None, Redactor(b"key"))
    findings = writer.write(read_panels(*panel(SHAPES)), first_line=4)
    rose, fell, stayed = sorted(findings, key=lambda finding: finding.locus.line_start)
    assert rose.text.text.startswith("Latency p95: checkout rose from about 100 ms to about 300 ms")
    assert rose.text.text.endswith("at about 00:00")
    assert (rose.kind, rose.level, rose.locus.label) == (
        FindingKind.METRIC,
        Level.INFO,
        "shot.png:4",
    )
    assert (fell.locus.series, fell.first, fell.service) == ("payments", None, None)
    assert (stayed.kind, stayed.text.text) == (
        FindingKind.NOTE,
        "Latency p95: cart stayed at about 200 ms",
    )
