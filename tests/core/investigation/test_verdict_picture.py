"""One picture of a verdict, as PNG and as SVG, with or without anything to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.pictures.style import FORMS, Form
from core.investigation.reasoner import decide
from core.investigation.verdict_picture import draw_verdict
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation
from tests.core.investigation.test_causes_picture import CASE, DECISION

if TYPE_CHECKING:
    from core.investigation.decision import Situation

BEGINS = {"png": b"\x89PNG\r\n", "svg": b"<?xml"}
NAME = "支付$x$^2"
ODD = a_situation(
    a_log(NAME, LogLines(text="No space left on device $\\frac{1}{2}$", count=40)), alert=NAME
)


@pytest.mark.parametrize("form", FORMS)
def test_it_is_drawn(form: Form) -> None:
    drawn = draw_verdict(DECISION, CASE, series={}, form=form)
    assert drawn.content.startswith(BEGINS[form])


@pytest.mark.parametrize("situation", [a_situation(), ODD], ids=["nothing", "odd names"])
def test_whatever_there_is(situation: Situation) -> None:
    drawn = draw_verdict(decide(situation), situation, series={}, form="svg")
    assert drawn.content.startswith(BEGINS["svg"])
