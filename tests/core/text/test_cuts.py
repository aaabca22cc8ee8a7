"""Texts that are cut to what there is room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction.engine import Redactor

pytestmark = pytest.mark.unit

REDACTOR = Redactor(b"k")
LONG = (
    "booking failed: SSLError: HTTPSConnectionPool(host='partner-hub.example', port=443): Max"
    " retries exceeded with url: /v1/rates (Caused by SSLError(certificate has expired))"
)


def test_a_line_cut_inside_keeps_how_it_begins_and_its_reason() -> None:
    cut = REDACTOR.clean(LONG).cut_inside(80).text
    assert cut.startswith("booking failed: SSLError")
    assert cut.endswith("certificate has expired))")
    assert "…" in cut
    assert len(cut) <= 80


@given(st.text(max_size=200), st.integers(min_value=20, max_value=200))
def test_no_cut_is_longer_than_the_room(text: str, room: int) -> None:
    clean = REDACTOR.clean(text)
    for cut in (clean.cut(room), clean.cut_after_word(room), clean.cut_inside(room)):
        assert len(cut.text) <= room
        assert cut == clean or "…" in cut.text


def test_no_clause_ends_inside_a_parenthesis() -> None:
    text = REDACTOR.clean("see which volume is full (df -h, df -i) and make it larger, or free it")
    assert text.clause(40).text == "see which volume is full"
    assert text.clause(65).text == "see which volume is full (df -h, df -i) and make it larger"
