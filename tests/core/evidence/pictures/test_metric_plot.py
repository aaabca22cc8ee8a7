from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.evidence.pictures.metric_plot import draw
from core.evidence.series.findings import SeriesFindingWriter
from core.evidence.series.observations import find_onset, observe
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import series

if TYPE_CHECKING:
    from core.evidence.pictures.style import Form, Picture
    from core.evidence.series.model import Series

REDACTOR = Redactor(b"key")
CHANCE = np.random.default_rng(8)


def picture(*given: Series, form: Form = "svg") -> Picture:
    seen = observe(given)
    written = SeriesFindingWriter(file="m", service=None, redactor=REDACTOR).tell(seen)
    return draw(
        given,
        [each.finding for each in written],
        redactor=REDACTOR,
        onset=find_onset(seen),
        form=form,
    )


def said(drawn: Picture) -> list[str]:
    """What is written in an SVG: matplotlib keeps each text as a comment beside its shapes."""
    return re.findall(r"<!-- (.*?) -->", drawn.content.decode())


def moved(name: str = "pool", *, at: int = 60) -> Series:
    return series(np.where(np.arange(120) < at, 8.0, 40.0), name, service="orders")


def test_what_moved_with_its_words_levels_and_onset() -> None:
    texts = said(picture(moved()))
    assert "What moved, onset 2026-11-17 02:30:00 UTC" in texts
    assert "pool{service=&quot;orders&quot;}" in texts or 'pool{service="orders"}' in texts
    assert "8 → 40 at 02:30:00 UTC" in texts
    assert {"onset", "level before", "level after"} <= set(texts)
    assert "stands out" not in texts


def test_a_picture_for_a_chat_is_eight_hundred_pixels_wide() -> None:
    content = picture(moved(), form="png").content
    assert int.from_bytes(content[16:20], "big") == 800
    assert int.from_bytes(content[20:24], "big") < 400


def test_what_stands_out_and_silence_have_a_mark_of_their_own() -> None:
    values = 5.0 + CHANCE.normal(0, 0.5, 400)
    values[300] = 90.0
    odd = series(values, "odd")
    quiet = series([1.0, 2.0] * 100, "quiet")
    texts = said(picture(odd, quiet))
    assert {"stands out", "no data"} <= set(texts)


def test_at_most_four_series_the_first_to_move_on_top() -> None:
    texts = said(picture(*(moved(f"s{n}", at=90 - 5 * n) for n in range(6))))
    named = [text for text in texts if re.match(r"s\d", text)]
    assert len(named) == 4
    assert named == sorted(named, reverse=True)


def test_names_are_redacted() -> None:
    drawn = picture(series([1.0] * 30 + [9.0] * 30, owner="dana@example.com"))
    assert b"dana@" not in drawn.content
    assert any("«email" in text for text in said(drawn))


@pytest.mark.parametrize("form", ["png", "svg"])
def test_nothing_to_show_is_said(form: Form) -> None:
    assert picture(form=form).content
    if form == "svg":
        assert "Nothing was measured" in said(picture())
        assert "Nothing moved" in said(picture(series([1.0, 2.0] * 30)))


def test_a_point_alone_the_year_2999_and_a_hundred_thousand_points() -> None:
    alone = series([0.0], "up")
    late = series([1.0] * 20 + [9.0] * 20, times=32_472_000_000.0 + 60.0 * np.arange(40))
    long = series(np.repeat([1.0, 50.0], 50_000), "long")
    for odd in (alone, late, long):
        assert len(picture(odd).content) < 200_000


def test_of_many_points_the_extremes_are_kept() -> None:
    values = np.zeros(50_000)
    values[[100, 25_000, 49_000]] = 1_000.0, 1_000.0, 700.0
    texts = said(picture(series(values, "spiky")))
    assert "stands out" in texts
