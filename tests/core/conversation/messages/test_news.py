"""What people must act on is said in the case, once; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import InvestigationState, SolutionState
from core.conversation.messages.outbox import news
from core.investigation.answering.responses import EscalationRequired, SolutionReady
from core.text.redacted import RedactedText
from tests.core.investigation.sample_views import (
    a_decision,
    a_hypothesis,
    a_solution,
    a_view,
    minutes,
    nothing,
)
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.answering.responses import Response

FOUND = a_decision(a_hypothesis(), is_certain=True)


def told(before: InvestigationState, after: InvestigationState) -> list[Response]:
    situation = replace(nothing(), investigation=after)
    notices = news(a_view(investigation=before), a_view(investigation=after), situation, FOUND)
    return [response for _, response in notices]


def test_a_new_fix_is_told_with_its_cause() -> None:
    (response,) = told(InvestigationState(), InvestigationState(solutions=(a_solution(),)))
    assert isinstance(response, SolutionReady)
    assert (response.solution.number, response.hypothesis.number) == (1, 1)


def test_a_fix_that_was_known_or_has_come_further_is_not() -> None:
    known = InvestigationState(solutions=(a_solution(),))
    assert told(known, known) == []
    assert told(known, InvestigationState(solutions=(a_solution(SolutionState.FAILED),))) == []


def test_a_call_for_help_is_told_each_time_that_people_are_called() -> None:
    called = InvestigationState(
        escalated_at=minutes(5), escalated_why=RedactedText.format("six looks, none decisive")
    )
    (response,) = told(InvestigationState(), called)
    assert isinstance(response, EscalationRequired)
    assert "six looks, none decisive" in response.text.text
    assert told(called, called) == []
    assert len(told(called, replace(called, escalated_at=minutes(50)))) == 1


async def test_it_is_shown_in_the_case_with_a_button_that_marks_it_as_done(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    assert house.chat.shown("news") == []
    await house.say("confirm 1")
    await house.work()
    await house.say("why 1?")
    await house.work()
    (card,) = house.chat.shown("news")
    assert "Fix: give back the size that the pool had" in words_of(card)
    assert [action.verb for action in card.actions] == ["fixed", "reject"]
