"""Limits, and how memory changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.messages import Memory, MemoryLimits, estimate
from tests.core.investigation.memory.sample_talk import talk


@pytest.mark.parametrize(
    ("whole", "messages", "budget"),
    [
        (0, 0, 0),
        (500, 20, 500),  # few messages are sent whole
        (1000, 40, 360),
        (150, 40, 100),  # the floor
        (60, 40, 60),
        (100_000, 400, 8000),  # the window
        (100_000, 3, 8000),
    ],
)
def test_the_budget(whole: int, messages: int, budget: int) -> None:
    assert MemoryLimits().budget(whole, messages=messages) == budget


def test_facts_come_first() -> None:
    left = MemoryLimits().after(300, whole=2000)
    assert left.budget(1700, messages=100) == pytest.approx(0.36 * 2000 - 300, abs=1)
    assert (
        MemoryLimits().after(9000, whole=20_000).budget(11_000, messages=100)
        == MemoryLimits().floor
    )


@settings(max_examples=50)
@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 500))
def test_there_is_always_a_budget(facts: int, talked: int, messages: int) -> None:
    left = MemoryLimits().after(facts, whole=facts + talked)
    assert 0 <= left.budget(talked, messages=messages) <= 8000


def test_a_message_takes_its_words_and_its_speaker() -> None:
    (message,) = talk("dana: the pool is full")
    assert message.tokens == estimate("dana: the pool is full") == 6


def test_between_hot_and_warm_nothing_is_promoted() -> None:
    message, two = talk("dana: the pool", "lee: the disk")
    before = Memory(hot=(message,), cold=(two,))
    moved = Memory(warm=(message, two)).since(before)
    assert (moved.promoted, moved.demoted) == ((two,), ())
    assert Memory(cold=(message, two)).since(Memory(warm=(message, two))).demoted == (message, two)


@pytest.mark.parametrize(
    ("by", "parts"),
    [("dana", {"dana"}), ("@dana.levi", {"dana", "levi"}), ("Dana Levi", {"dana", "levi"})],
)
def test_people_are_called_by_the_parts_of_their_name(by: str, parts: set[str]) -> None:
    (message,) = talk(f"{by}: hm")
    assert message.called == parts


def test_we_are_no_person() -> None:
    (message,) = talk("system: the pool is full")
    assert message.called == frozenset()
