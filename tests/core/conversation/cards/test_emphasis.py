from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.cards.card import Voice, voices
from core.text.redacted import UNBROKEN


def said(line: str, voice: Voice) -> list[str]:
    return [part for voice_, part in voices(line) if voice_ is voice]


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("Type `hypotheses` for the numbers, then `confirm 1`.", ["hypotheses", "confirm 1"]),
        ("`open` needs a title", ["open"]),
        ("a`b", []),
        ("`` `", []),
        ("``` `a` ```", ["a"]),
        ("`a``b`", []),
        ("` a`", []),
        (f"`{'x' * 81}`", []),
        ("`a\nb`", []),
        ("", []),
    ],
)
def test_what_stands_between_two_backticks_is_to_be_typed(line: str, typed: list[str]) -> None:
    assert said(line, Voice.TYPED) == typed


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("1. Pool exhausted — 72 %", [f"72{UNBROKEN}%"]),
        ("Cause: pool exhausted — 72 %, not confirmed", ["Cause", f"72{UNBROKEN}%"]),
        ("Cause: pool exhausted — confirmed by dana", ["Cause", "confirmed"]),
        ("3. Disk full — rejected by dana", ["rejected"]),
        ("Hurts: orders: 8 % of requests fail", ["Hurts"]),
        ("Root cause 91 %: disk full", [f"Root cause 91{UNBROKEN}%"]),
        ("Root cause, confirmed: disk full", ["Root cause, confirmed"]),
        ("Next: fix it, then `resolve`", ["Next"]),
        ("what next: 8 % of all, confirmed", []),
        ("`x`Next: no", []),
    ],
)
def test_a_glance_finds_the_share_and_the_word_before_the_colon(line: str, keys: list[str]) -> None:
    assert said(line, Voice.KEY) == keys


@given(st.text() | st.text(alphabet="`— 72%Next: confirmed"))
def test_nothing_of_a_line_is_lost(line: str) -> None:
    ticks = {Voice.TYPED: "`"}
    parts = [f"{ticks.get(voice, '')}{part}{ticks.get(voice, '')}" for voice, part in voices(line)]
    assert "".join(parts).replace(UNBROKEN, " ") == line.replace(UNBROKEN, " ")
    typed = said(line, Voice.TYPED)
    assert all(
        0 < len(character) <= 80 and character == character.strip() and "`" not in character
        for character in typed
    )
