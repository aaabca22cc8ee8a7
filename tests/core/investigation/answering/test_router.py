"""Each question goes to the skill that can answer it, and any text to exactly one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.answering.answers import answer_question
from core.investigation.answering.questions import Skill, route
from core.investigation.reasoner import decide
from core.text.redacted import redacted
from tests.core.investigation.answering.test_answers import SITUATION
from tests.core.investigation.sample_situations import a_situation

QUESTIONS = {
    Skill.LOG_ANALYSIS: (
        "show errors between 13:40 and 13:50",
        "errors in checkout in the last hour",
        "what happened at 14:05?",
        "how many errors since 13:40?",
        "which request ids appear in all files?",
    ),
    Skill.TROUBLESHOOTING: (
        "why 1?",
        "what next?",
        "what changed?",
        "what contradicts it?",
        "is it the database?",
        "when did it start?",
        "what do you need?",
        "why does checkout say 503?",
        "what did the log say first?",
        "ok, why?",
        "thanks, what next?",
        "who is on call?",
        "is the pool the problem?",
    ),
    Skill.CONTEXT: (
        "what did dana say about the pool?",
        "what has kim suggested",
        "what was tried?",
        "what have we tried so far?",
        "did anyone restart the pod?",
        "who restarted checkout?",
        "has anybody checked the disk?",
        "summarise the case",
        "catch me up",
        "what do we know?",
        "remind me what was decided",
    ),
    Skill.CONVERSATION: (
        "hello",
        "hi there!",
        "thanks!",
        "thank you very much",
        "good morning all",
        "great job",
        "who are you?",
        "ok",
        "?",
        "🙏",
        "",
    ),
}
CASES = [(question, way) for way, questions in QUESTIONS.items() for question in questions]
WORDS = sorted({word for question, _ in CASES for word in question.split()})


@pytest.mark.parametrize(("question", "way"), CASES)
def test_where_a_question_goes(question: str, way: Skill) -> None:
    assert route(question) is way


def test_every_skill_is_in_the_table_of_the_module() -> None:
    import core.investigation.answering.questions as module  # noqa: PLC0415 - its docstring is what is tested

    rows = re.findall(r"^\| ([a-z ]+) \| `", module.__doc__ or "", re.MULTILINE)
    assert sorted(rows) == sorted(Skill)


@settings(max_examples=40)
@given(st.text(max_size=400) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_text_has_one_route_and_an_answer(question: str) -> None:
    assert route(question) in Skill
    for situation, decision in BOTH:
        response = answer_question(redacted(question), situation, decision)
        assert response.text
        assert route(question) is route(question)


def test_a_long_text_is_no_trouble() -> None:
    began = time.process_time()
    for word in ("a", "what did ", "has we ", "who ", "hello ", ". ", "thanks thank "):
        route(word * 20_000)
    assert time.process_time() - began < 2.0


BOTH = tuple((situation, decide(situation)) for situation in (SITUATION, a_situation()))
