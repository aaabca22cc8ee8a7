"""Hot, warm and cold: what is sent, what comes back, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.messages import MemoryLimits
from core.investigation.memory.recall import organise
from tests.core.investigation.memory.sample_talk import FILLER, long_talk, talk

if TYPE_CHECKING:
    from core.investigation.memory.messages import CaseMessage

POOL = "dana: I raised the pool of the ledger to 128 connections"
DISK = "ivo: the disk of the archive is at 97 percent"
CASE = long_talk(120, m5=POOL, m20=DISK)


def seqs(messages: tuple[CaseMessage, ...]) -> list[int]:
    return [message.seq for message in messages]


def test_the_newest_ten_are_hot_and_the_relevant_are_warm() -> None:
    memory = organise(CASE, "who raised the pool of the ledger?")
    assert seqs(memory.hot) == [*range(110, 120)]
    assert 5 in seqs(memory.warm)
    assert 20 in seqs(memory.cold)


def test_how_many_are_hot_is_a_setting() -> None:
    assert seqs(organise(CASE, "pool", limits=MemoryLimits(hot=3)).hot) == [117, 118, 119]
    assert seqs(organise(CASE, "pool", limits=MemoryLimits(hot=0)).hot) == []


def test_a_cold_turn_that_becomes_relevant_is_promoted_and_another_demoted() -> None:
    before = organise(CASE, "who raised the pool of the ledger?")
    after = organise(CASE, "how full is the archive disk?")
    moved = after.since(before)
    assert 20 in seqs(moved.promoted)
    assert 5 in seqs(moved.demoted)
    back = organise(CASE, "who raised the pool of the ledger?").since(after)
    assert 5 in seqs(back.promoted)
    assert 20 in seqs(back.demoted)


def test_what_was_hot_is_not_promoted_by_cooling_down() -> None:
    before = organise(CASE[:6], "pool")
    assert 5 in seqs(before.hot)
    assert organise(CASE, "pool").since(before).promoted == ()


def test_at_most_the_share_of_the_whole_is_sent() -> None:
    whole = sum(message.tokens for message in CASE)
    memory = organise(CASE, " ".join(FILLER))
    assert memory.tokens <= memory.budget == int(0.36 * whole)
    assert memory.tokens > 0.3 * whole


def test_the_window_bounds_it_too() -> None:
    assert organise(CASE, "pool", limits=MemoryLimits(window=60)).tokens <= 60


def test_a_short_conversation_is_sent_whole() -> None:
    few = CASE[:20]
    assert organise(few, "status of the page?").kept == few


def test_the_newest_yield_to_what_is_clearly_asked_for() -> None:
    facts = {f"m{nth}": f"dana: ledger pool note {nth}" for nth in range(10, 40)}
    memory = organise(long_talk(120, **facts), "ledger pool notes", limits=MemoryLimits(share=0.12))
    assert 0 < len(memory.hot) < 10
    assert len(memory.warm) > 10


def test_a_text_beyond_the_budget_does_not_stop_the_others() -> None:
    huge = "dana: pool " + "ledger " * 5000
    memory = organise(
        long_talk(60, m5=POOL, m6=huge), "pool of the ledger", limits=MemoryLimits(share=0.05)
    )
    assert 5 in seqs(memory.warm)
    assert 6 in seqs(memory.cold)


def test_nothing_said_is_nothing_sent() -> None:
    memory = organise((), "pool")
    assert (memory.kept, memory.cold, memory.tokens) == ((), (), 0)


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([*FILLER, "pool full", "disk full?"]), max_size=40),
    st.text(max_size=20),
    st.integers(0, 400),
    st.floats(0, 1),
)
def test_every_message_is_in_exactly_one_tier(
    lines: list[str], cue: str, window: int, share: float
) -> None:
    messages = talk(*(f"lee: {line}" for line in lines))
    memory = organise(
        messages, cue, limits=MemoryLimits(window=window, share=share, floor=0, short=0)
    )
    assert sorted(seqs((*memory.hot, *memory.warm, *memory.cold))) == seqs(messages)
    assert memory.tokens <= memory.budget <= window
    assert list(memory.kept) == sorted(memory.kept, key=lambda message: message.seq)
