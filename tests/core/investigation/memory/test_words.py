"""Stems and n-grams: different forms of a word meet, different words do not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.words import grams, names, spoken, stem


@pytest.mark.parametrize(
    "forms",
    [
        "deploy deploys deployed deploying",
        "retry retries retried",
        "cache caches cached caching",
        "run runs running ran",
        "lose lost losing",
        "batch batches",
        "connection connections connected",
        "migrate migrated migrating migration migrations",
        "creates created creating creation",
        "stop stopped stopping",
        "child children kids",
    ],
)
def test_forms_of_one_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("pool", "poll"), ("cash", "cache"), ("status", "stats"), ("err", "error"), ("10", "100")],
)
def test_different_words_keep_different_stems(first: str, second: str) -> None:
    assert stem(first) != stem(second)


@pytest.mark.parametrize("word", ["db3", "k8s", "10s", "9f8e7d", "bus", "is", "s"])
def test_identifiers_and_short_words_stay_as_they_are(word: str) -> None:
    assert stem(word) == word


def test_words_that_say_nothing_are_left_out() -> None:
    assert spoken("It's what Dana's pool_size was, isn't it?") == ["dana", "pool", "size"]
    assert spoken("Dana raised the pool", without=names("Dana Levi")) == ["raised", "pool"]


def test_compounds_and_their_parts_share_grams() -> None:
    assert set(grams("timeouts")) & set(grams("timeout"))
    assert not set(grams("timeout")) & set(grams("checkout"))
    assert grams("db") == ("^db$",)


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_anything_can_be_taken_apart(text: str) -> None:
    for word in spoken(text):
        assert stem(word)
        assert grams(word)


@pytest.mark.parametrize("text", ["a" * 65_536, "don't " * 10_000, "x " * 30_000, "'" * 65_536])
def test_long_lines_take_no_time(text: str) -> None:
    began = time.process_time()
    assert len(spoken(text)) <= 500
    assert time.process_time() - began < 0.5
