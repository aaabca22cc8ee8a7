"""What was said about it, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.recall import recall
from tests.core.investigation.memory.sample_talk import FILLER, long_talk, talk

if TYPE_CHECKING:
    from core.investigation.memory.messages import CaseMessage

POOL = "dana: I raised the pool of the ledger to 128 connections"
DISK = "ivo: the disk of the archive is at 97 percent"
CASE = long_talk(120, m5=POOL, m20=DISK)


def seqs(messages: tuple[CaseMessage, ...]) -> list[int]:
    return [message.seq for message in messages]


def test_recall_finds_what_was_said_about_it() -> None:
    assert recall("what did dana say about the pool?", CASE)[0].seq == 5
    assert recall("how full was the archive?", CASE)[0].seq == 20


def test_recall_of_a_person_is_what_that_person_said() -> None:
    case = long_talk(60, m5=POOL, m9="ivo: the pool of the ledger is none of my business", m30=DISK)
    assert seqs(recall("what did ivo say about the pool?", case)) == [9]
    assert seqs(recall("what did dana say?", case)) == [5]


def test_recall_of_what_nobody_said_is_nothing() -> None:
    assert recall("what did anybody say about zebras?", CASE) == ()
    assert recall("what was said about the pool?", ()) == ()
    assert recall("what did dana say about certificates?", CASE) == ()


def test_the_question_itself_is_not_recalled() -> None:
    case = long_talk(40, m5=POOL, m39="lee: what did dana say about the pool?")
    assert seqs(recall("what did dana  say about the Pool?", case)) == [5]


@pytest.mark.parametrize("most", [1, 2])
def test_recall_is_of_the_most_relevant_few(most: int) -> None:
    facts = {f"m{nth}": f"dana: ledger pool note {nth}" for nth in range(3)}
    assert len(recall("ledger pool note", long_talk(30, **facts), most=most)) == most


@settings(max_examples=25)
@given(st.lists(st.sampled_from(FILLER), max_size=20), st.text(max_size=40))
def test_any_question_gets_messages_of_the_case(lines: list[str], question: str) -> None:
    messages = talk(*(f"lee: {line}" for line in lines))
    assert set(recall(question, messages)) <= set(messages)
