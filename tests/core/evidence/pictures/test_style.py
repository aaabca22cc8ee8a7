from __future__ import annotations

import sys
from datetime import UTC, datetime
from subprocess import run

import pytest

from core.evidence.pictures.style import (
    FORMS,
    Form,
    apply_plain_style,
    drawable_text,
    entitle,
    label_times,
    moment,
    new_figure,
    render,
    write,
)
from core.text.redacted import RedactedText

AT = datetime(2026, 11, 17, 2, 41, tzinfo=UTC)


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_is_a_file_of_its_form_without_the_time_of_drawing(form: Form) -> None:
    figure = new_figure(2.0)
    axes = figure.subplots()
    apply_plain_style(axes)
    axes.plot([moment(AT), moment(AT) + 0.1], [1, 2])
    label_times(axes)
    entitle(axes, RedactedText.format("costs $5 and $6, 漢"))
    write(axes, moment(AT), 1.5, RedactedText.format("$x_1$"))
    drawn = render(figure, form)
    assert drawn.form == form
    assert drawn.content.startswith(b"\x89PNG" if form == "png" else b"<?xml")
    assert b"dc:date" not in drawn.content


def test_only_letters_of_the_font_on_one_line() -> None:
    assert (
        drawable_text(
            RedactedText.join("\n", [RedactedText.format("a → b"), RedactedText.format("漢\u200b")])
        )
        == "a → b □"
    )


def test_nothing_is_loaded_before_the_first_picture_and_no_window_system_ever() -> None:
    script = (
        "import sys; import core.evidence.pictures.metric_plot, core.evidence.pictures.style;"
        "assert 'matplotlib' not in sys.modules"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0


def test_ticks_are_few_but_more_than_one() -> None:
    for minutes in (4, 8, 20, 60, 600, 5_000):
        figure = new_figure(2.0)
        axes = figure.subplots()
        axes.set_xlim(moment(AT), moment(AT) + minutes / 1_440)
        label_times(axes)
        start, end = axes.get_xlim()
        assert 2 <= sum(start <= tick <= end for tick in axes.get_xticks()) <= 8, minutes
