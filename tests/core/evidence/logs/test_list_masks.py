from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.template_limits import mask_lists


def test_a_list_of_any_length_is_a_value() -> None:
    lines = [f"built with tags=[{', '.join(tags)}]" for tags in (["a"], ["b", "c"], ["c", "a"])]
    assert set(mask_lists(lines)) == {"built with tags=[*]"}


@pytest.mark.parametrize(
    ("before", "after"), [("members: ", ""), ("acl=", " changed"), ("(", ") took part")]
)
def test_wherever_it_is_told_where_it_begins_and_ends(before: str, after: str) -> None:
    between = "," if before == "acl=" else ", "
    lists = (["mira"], ["mira", "otto"], ["leif", "otto", "vera"])
    lines = [before + between.join(names) + after for names in lists]
    assert set(mask_lists(lines)) == {f"{before}*{after}"}


def test_lists_of_one_length_are_words_of_the_message() -> None:
    lines = ["signals [TERM, HUP]", "signals [TERM, INT]", "signals [USR, HUP]"]
    assert mask_lists(lines) == lines


def test_two_lists_are_too_few_to_tell() -> None:
    lines = ["flags: fast", "flags: fast, safe"]
    assert mask_lists(lines) == lines


def test_words_between_commas_in_a_sentence_stay() -> None:
    lines = ["first, wait", "first, wait, go", "wait, go, and stop"]
    assert mask_lists(lines) == lines


@given(st.lists(st.text(alphabet="ab*,;|=:()[]{}<>'\" ", max_size=60), max_size=20))
def test_each_line_comes_back_once(lines: list[str]) -> None:
    assert len(mask_lists(lines)) == len(lines)


@pytest.mark.parametrize("part", ["(a, ", "a,", "=a", "[a, b, ", "{", ": a, "])
def test_a_line_of_lists_takes_no_longer_than_others(part: str) -> None:
    began = time.process_time()
    mask_lists([part * (4_000 // len(part)) + end for end in ("x", "y", "z")])
    assert time.process_time() - began < 2
