"""What people must act on is said in the case, once; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import InvestigationState, SolutionState
from core.conversation.messages.news import news
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

    from core.conversation.cards.card import Card

FOUND = a_decision(a_hypothesis(), is_certain=True)


def told(before: InvestigationState, after: InvestigationState) -> list[Card]:
    situation = replace(nothing(), investigation=after)
    return news(a_view(investigation=before), a_view(investigation=after), situation, FOUND)


def test_a_new_fix_is_told_with_its_cause() -> None:
    (card,) = told(InvestigationState(), InvestigationState(solutions=(a_solution(),)))
    assert [(action.verb, action.argument) for action in card.actions] == [
        ("fixed", "1"),
        ("reject", "1"),
    ]


def test_a_fix_that_was_known_or_has_come_further_is_not() -> None:
    known = InvestigationState(solutions=(a_solution(),))
    assert told(known, known) == []
    assert told(known, InvestigationState(solutions=(a_solution(SolutionState.FAILED),))) == []


def test_another_fix_takes_the_place_of_the_first() -> None:
    first, second = a_solution(), replace(a_solution(), number=2)
    (before,) = told(InvestigationState(), InvestigationState(solutions=(first,)))
    known = InvestigationState(solutions=(first,))
    (after,) = told(known, InvestigationState(solutions=(first, second)))
    assert before.key == after.key
    assert before.actions != after.actions


def test_a_call_for_help_is_told_each_time_that_people_are_called() -> None:
    called = InvestigationState(
        escalated_at=minutes(5), escalated_why=RedactedText.format("six looks, none decisive")
    )
    (card,) = told(InvestigationState(), called)
    assert "six looks, none decisive" in words_of(card)
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


async def test_buttons_of_a_rejected_cause_go_everywhere(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    for line in ("open checkout is slow", f"evidence {POOL_LOG}", "confirm 1", "why 1?"):
        await house.say(line)
        await house.work()
    (before,) = house.chat.shown("news")
    assert before.actions
    await house.say("reject 1 it was the load")
    await house.work()
    (news_card,), (case_card,) = house.chat.shown("news"), house.chat.shown("case")
    assert news_card.actions == ()
    assert "fixed" not in {action.verb for action in case_card.actions}
    assert "Do now" not in words_of(case_card)
