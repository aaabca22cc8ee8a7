"""Times that a question names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.memory.words import Moments

AT = datetime(2026, 3, 2, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "question",
    [
        "what did dana say at 14:05?",
        "on 2 March, who restarted it?",
        "what happened March 2nd?",
        "and on 2026-03-02?",
        "on the 2nd of march at 14:10",
    ],
)
def test_it_names_the_moment(question: str) -> None:
    assert Moments.of(question).names(AT)


@pytest.mark.parametrize(
    "question",
    [
        "what did dana say?",
        "what did dana say at 14:30?",
        "on 3 March, who restarted it?",
        "on 2 March at 09:00",
        "two marches later",
        "port 99:99 is closed",
    ],
)
def test_it_does_not(question: str) -> None:
    assert not Moments.of(question).names(AT)


def test_minutes_meet_around_midnight() -> None:
    assert Moments.of("at 23:59").names(datetime(2026, 3, 2, 0, 2, tzinfo=UTC))


@settings(max_examples=50)
@given(st.text(alphabet="0123456789-: /marchMay", max_size=60))
def test_any_question_can_be_read(question: str) -> None:
    assert Moments.of(question).names(AT) in (True, False)
