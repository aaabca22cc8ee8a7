from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.redacted import legible, one_line

ANYTHING = st.text(alphabet=st.characters(codec=None), max_size=80)


def test_nothing_orders_a_screen_about_or_turns_round_what_is_read() -> None:
    assert legible("a\x1b[2Jb\u202ec\u200bd\te\r\nf\x00\ud800") == "a�[2Jb�c�d e\nf��"
    assert legible("one\u2028two\u2029three") == "one two three"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # noqa: RUF001 - Persian
        "PDF\u200cها",  # noqa: RUF001
        "ക\u0d4d\u200dഷ",  # Malayalam
        "👩\u200d💻 ❤\ufe0f\u200d🔥 👍🏽",
        "支付服务 5xx · 8 % → 72\u00a0%",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert legible(text) == one_line(text) == text


@pytest.mark.parametrize("text", ["ad\u200cmin", "\u200d", "a\u200d\u200db", "\u202e\u200dx", "é"])
def test_a_joiner_that_joins_nothing_hides_nothing(text: str) -> None:
    assert "\u200c" not in legible(text)
    assert "\u200d" not in legible(text)


@given(ANYTHING)
def test_whatever_comes_can_be_shown_and_sent(text: str) -> None:
    shown = legible(text)
    shown.encode("utf-8")
    rest = shown.replace("\n", "").replace("\u200c", "").replace("\u200d", "")
    assert {unicodedata.category(character) for character in rest}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    assert legible(shown).replace("�", "") == shown.replace("�", "")
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(one_line(text)) == one_line(text)
