from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from core.evidence.pictures.flame_graph import (
    MOST_ROWS,
    FlameBox,
    box_label,
    draw_flame_graph,
    flame_boxes,
)
from core.evidence.profiles.model import ProfileBuilder, ProfileKind, StackProfile, WeightUnit
from core.evidence.profiles.shares import heaviest_path
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from tests.core.evidence.profiles.recorded import read

if TYPE_CHECKING:
    from core.evidence.pictures.style import Form

REDACTOR = Redactor(b"key")
FILE = RedactedText.format("shop.pb")


def profile(*stacks: tuple[str, float]) -> StackProfile:
    builder = ProfileBuilder(ProfileKind.CPU, WeightUnit.SAMPLES)
    for frames, weight in stacks:
        builder.add(frames.split(";"), weight)
    return builder.build()


def boxes(of: StackProfile) -> dict[str, FlameBox]:
    return {box.name: box for box in flame_boxes(of, heaviest_path(of)[0])}


def written(of: StackProfile) -> list[str]:
    """What is written in an SVG: matplotlib keeps each text as a comment beside its shapes."""
    drawn = draw_flame_graph(of, file=FILE, redactor=REDACTOR, form="svg")
    return re.findall(r"<!-- (.*?) -->", drawn.content.decode())


def test_a_call_is_as_wide_as_its_weight_and_lies_on_its_caller() -> None:
    of = boxes(profile(("main;pay;db", 60), ("main;pay", 20), ("main;draw", 20)))
    assert (of["main"].left, of["main"].width, of["main"].depth) == (0.0, 1.0, 0)
    assert of["pay"].width == of["draw"].left == pytest.approx(0.8)
    assert of["db"].width == pytest.approx(0.6)
    assert [of[name].depth for name in ("main", "pay", "draw", "db")] == [0, 1, 1, 2]


def test_the_hot_path_is_marked_and_nothing_beside_it() -> None:
    of = boxes(profile(("main;pay;db", 60), ("main;draw;db2", 40)))
    assert {name for name, box in of.items() if box.is_hot} == {"main", "pay", "db"}


def test_a_function_of_the_same_name_elsewhere_is_not_hot() -> None:
    of = profile(("main;pay;db", 60), ("cron;pay;db", 40))
    drawn = list(flame_boxes(of, heaviest_path(of)[0]))
    assert sorted((box.name, box.is_hot) for box in drawn) == [
        ("cron", False), ("db", False), ("db", True), ("main", True), ("pay", False), ("pay", True),
    ]  # fmt: skip


def test_what_is_too_narrow_or_too_deep_is_left_out() -> None:
    deep = ";".join(f"f{n}" for n in range(60))
    of = boxes(profile((deep, 5_000), ("tiny", 1)))
    assert "tiny" not in of
    assert len(of) == MOST_ROWS


def test_names_are_cut_to_their_box() -> None:
    box = FlameBox("render_cart_of_the_customer (shop/cart.py)", 0, 0.0, 1.0, is_hot=False)
    whole = box_label(box, REDACTOR).text
    assert whole == box.name
    widths = [0.3, 0.18, 0.1, 0.02, 0.01]
    cut = [
        box_label(FlameBox(box.name, 0, 0.0, width, is_hot=False), REDACTOR).text
        for width in widths
    ]
    assert cut[1] == "render_cart_of_the_customer"
    assert cut[2].endswith("…")
    assert cut[-1] == ""
    assert all(len(text) * 0.0056 <= width for text, width in zip(cut, widths, strict=True))


def test_the_picture_tells_its_file_its_amount_and_the_hot_path() -> None:
    texts = written(read("go-cpu.pb.gz").profiles[0])
    assert "shop.pb: CPU time, 1.41 s" in texts
    assert any("79 % ends in main.price" in text for text in texts)
    assert "main.price 79 %" in texts


def test_secrets_are_not_drawn() -> None:
    made_up = "AKIA" + "Z7Q4" * 4
    texts = written(profile((f"main;call {made_up}", 5)))
    assert texts
    assert not any(made_up in text for text in texts)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_it_is_1200_pixels_wide(form: Form) -> None:
    drawn = draw_flame_graph(profile(("a;b", 1)), file=FILE, redactor=REDACTOR, form=form).content
    if form == "png":
        assert int.from_bytes(drawn[16:20], "big") == 1200
    else:
        assert b'width="864pt"' in drawn
