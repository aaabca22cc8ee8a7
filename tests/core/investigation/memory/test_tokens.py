"""The estimate: cheap, additive, and near what people count by hand."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.messages import estimate


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("   \n", 0),
        ("the pool is full", 4),
        ("full!", 2),
        ("20", 1),
        ("5432", 2),
        ("pool_size", 3),
        ("Verbindungspool", 2),
        ("\u8fde\u63a5\u6c60", 2),
        ("\u0663\u0663", 1),
    ],
)
def test_words_marks_and_figures_are_counted(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


def test_plain_english_is_within_five_per_cent_of_words_and_marks() -> None:
    text = (
        "I raised the pool of the ledger from 64 to 128 connections on Friday, and since then the"
        " database complains. Who else has looked at it? We should wait for the numbers."
    )
    counted = len(re.findall(r"\w+|[^\w\s]", text))
    assert abs(estimate(text) - counted) <= counted * 0.05


@settings(max_examples=50)
@given(st.text(max_size=200), st.text(max_size=200))
def test_two_texts_take_what_each_takes(first: str, second: str) -> None:
    assert estimate(f"{first} {second}") == estimate(first) + estimate(second)


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=200))
def test_never_more_than_a_token_a_character(text: str) -> None:
    assert 0 <= estimate(text) <= len(text)


@pytest.mark.parametrize(
    "text", ["a" * 65_536, "1" * 65_536, "-" * 65_536, "\u00fc\u00fc " * 20_000]
)
def test_long_lines_take_no_time(text: str) -> None:
    began = time.process_time()
    assert estimate(text) > 0
    assert time.process_time() - began < 0.5
