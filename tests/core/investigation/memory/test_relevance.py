"""Which turn is most about a question."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.recall import relevance
from tests.core.investigation.memory.sample_talk import NINE, long_talk, talk


def best(question: str, *lines: str) -> str:
    messages = talk(*lines)
    return messages[int(np.argmax(relevance(question, messages)))].text.text


def test_the_turn_with_the_words_wins() -> None:
    message = best(
        "who raised the connection limit?",
        "lee: coffee first",
        "dana: I raised the limit of connections to 128",
        "lee: the limit of my patience is near",
    )
    assert message == "I raised the limit of connections to 128"


def test_other_forms_of_a_word_count() -> None:
    assert best("was it deployed?", "lee: hm", "dana: deploying build 7 now", "lee: ok") == (
        "deploying build 7 now"
    )


def test_parts_of_compounds_count() -> None:
    message = best("what about the timeouts?", "lee: hm", "dana: read_timeout_ms is 500", "lee: ok")
    assert message == "read_timeout_ms is 500"


def test_an_answer_is_found_by_the_words_of_its_question() -> None:
    messages = talk(
        "lee: coffee first",
        "lee: status page updated",
        "ivo: did the failover of the replica work?",
        "dana: yes, took four minutes",
        "lee: thanks",
        "lee: customers are asking",
    )
    scores = relevance("how did the replica failover go?", messages)
    assert sorted(np.argsort(-scores)[:2]) == [2, 3]


def test_neighbours_are_those_of_the_same_hour() -> None:
    before = talk("ivo: did the failover of the replica work?", start=NINE)
    after = talk("dana: took four minutes", first=2, start=NINE + timedelta(hours=5))
    assert relevance("replica failover", (*before, *after))[1] == 0


def test_who_is_named_said_it_and_is_not_whom_it_was_said_to() -> None:
    messages = talk("lee: thanks dana, the pool it is", "dana: the pool is full", "ivo: the pool?")
    scores = relevance("what did dana say about the pool?", messages)
    assert int(np.argmax(scores)) == 1


def test_a_time_that_is_named_counts() -> None:
    messages = talk(*("lee: restarted the proxy" for _ in range(20)))
    scores = relevance("who restarted the proxy at 09:15?", messages)
    assert int(np.argmax(scores)) in range(10, 20)


def test_a_turn_that_only_asks_counts_less() -> None:
    scores = relevance("heap size", talk("lee: heap size? [a picture]", "dana: heap size."))
    assert scores[1] > scores[0]


def test_words_that_happen_to_be_our_name_still_count() -> None:
    messages = talk("lee: coffee first", "system: see e1", "dana: the file system is full")
    assert int(np.argmax(relevance("which file system?", messages))) == 2


def test_long_questions_and_messages_are_bounded() -> None:
    wide = " ".join(f"{nth:060d}" for nth in range(600))
    messages = talk(*(f"dana: {wide}" for _ in range(10)))
    began = time.process_time()
    assert relevance(wide, messages).any()
    assert time.process_time() - began < 3


def test_nothing_in_common_is_nothing() -> None:
    assert not relevance("zebra crossing", long_talk(30)).any()
    assert relevance("anything", ()).shape == (0,)
    assert not relevance("", long_talk(3)).any()


@pytest.mark.parametrize("people", [("dana", "noor"), ("p7", "p9")])
def test_other_names_change_nothing(people: tuple[str, str]) -> None:
    def lines(line: str, other: str) -> tuple[str, ...]:
        return (f"{line}: hey {other}", f"{other}: hi {line}, the disk is full", f"{line}: which?")

    usual = relevance("which disk is full?", talk(*lines("lee", "ivo")))
    assert relevance("which disk is full?", talk(*lines(*people))) == pytest.approx(usual)


@settings(max_examples=25)
@given(st.lists(st.text(max_size=60), max_size=12), st.text(max_size=60))
def test_scores_are_bounded(lines: list[str], question: str) -> None:
    scores = relevance(question, talk(*(f"dana: {line}" for line in lines)))
    assert len(scores) == len(lines)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert (scores <= 1.3).all()
