"""`run`, `result`, `fixed`: what is to be tried, what came of it, and whether the fix was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.model import PredictionOutcome
from core.cases.projection import CaseView, fold
from core.conversation.cards.card import Mark
from core.evidence.signatures import signatures
from tests.core.workflows.test_command_dispatch import POOL_LOG, house, with_hypotheses
from tests.fakes.chat import words_of

if TYPE_CHECKING:
    from tests.fakes.chat import House

__all__ = ["house"]

FAULT = "connection_pool_exhausted"


async def view_of(house: House) -> CaseView:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        return await unit.cases.view(case.id)


async def kinds(house: House) -> list[EventKind]:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        return [event.kind for event in await unit.cases.events(case.id)]


async def test_the_check_to_run_is_a_command_with_what_each_rival_predicts(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("run")
    commands = [row.text.text for row in card.rows if row.code]
    assert len(commands) == 1
    assert "{service}" not in commands[0]
    assert "If 1: " in words_of(card)
    assert "If something else: " in words_of(card)
    answers = [action.argument for action in card.actions if action.verb == "result"]
    assert answers == ["1", "1 yes", "1 no"]


async def test_buttons_say_what_was_seen_in_the_words_of_the_trade(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("run 1")
    assert [action.label.text for action in card.actions] == [
        "Paste output",
        "Pool is full",
        "Pool has room",
        "Check helped",
        "Check did not",
    ]
    asks = [row.text for row in (*card.rows, *card.fold) if not row.code]
    assert len(asks) == len(set(asks))


async def test_the_check_of_the_one_that_is_named(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("run 1")
    assert "check 1: " in words_of(card)
    (refused,) = await house.say("run 9")
    assert refused.mark is Mark.REFUSED


async def test_looking_at_a_check_changes_nothing(house: House) -> None:
    await with_hypotheses(house)
    before = await kinds(house)
    await house.say("run")
    assert await kinds(house) == before


async def test_without_hypotheses_nothing_is_to_be_run(house: House) -> None:
    await house.say("open checkout is slow")
    (card,) = await house.say("run")
    assert "no check is open" in words_of(card)


@pytest.mark.parametrize(
    ("seen", "outcome"), [("yes", PredictionOutcome.HELD), ("no", PredictionOutcome.FAILED)]
)
async def test_a_tap_is_scored_and_moves_the_confidence(
    house: House, seen: str, outcome: PredictionOutcome
) -> None:
    await with_hypotheses(house)
    before = (await view_of(house)).hypotheses[0]
    (card,) = await house.say(f"result 1 {seen}")
    assert f"Predictions: 1 {outcome}" in words_of(card)
    await house.work()
    view = await view_of(house)
    (asked,) = (check for check in view.investigation.checks if check.answered_by)
    assert asked.answered_by == "dana"
    assert dict(asked.scores)[1] is outcome
    after = next(hypothesis for hypothesis in view.hypotheses if hypothesis.number == 1)
    moved = after.confidence - before.confidence
    assert (moved > 0) is (outcome is PredictionOutcome.HELD)


async def test_what_was_printed_is_evidence_and_is_cited(house: House) -> None:
    await with_hypotheses(house)
    shown = next(line for line in _printed() if line)
    (card,) = await house.say(f"result 1 {shown}")
    assert "Predictions: 1 held" in words_of(card)
    await house.work()
    view = await view_of(house)
    (asked,) = (check for check in view.investigation.checks if check.answered_by)
    assert asked.citations[0].locus is not None
    assert asked.citations[0].locus.file == "result-1.txt"
    assert view.case.files == 2


async def test_what_is_pasted_as_evidence_answers_what_was_asked(house: House) -> None:
    await with_hypotheses(house)
    printed = f" state | count\n-------+------\n {_printed()[0]} | 9\n(1 row)"
    await house.say(f"evidence {printed}")
    await house.work()
    (asked,) = (check for check in (await view_of(house)).investigation.checks if check.answered_by)
    assert asked.citations[0].locus is not None
    assert asked.citations[0].locus.label == "pasted.txt:3"
    assert dict(asked.scores)[1] is PredictionOutcome.HELD


async def test_the_same_check_is_not_asked_again(house: House) -> None:
    await with_hypotheses(house)
    (first,) = await house.say("run")
    await house.say("result 1 yes")
    await house.work()
    (second,) = await house.say("run")
    assert first.rows[0].text != second.rows[0].text


async def test_a_result_of_nothing_is_refused_with_an_example(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("result 1")
    assert card.mark is Mark.REFUSED
    assert "result 1 yes" in words_of(card)


async def test_the_log_folds_into_the_course(house: House) -> None:
    await with_hypotheses(house)
    await house.say("result 1 yes")
    await house.work()
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
    assert fold(events, texts).investigation.checks == (await view_of(house)).investigation.checks


async def test_the_turn_asks_its_best_check_once(house: House) -> None:
    await with_hypotheses(house)
    await house.say("ask why?")
    await house.work()
    assert (await kinds(house)).count(EventKind.CHECK_ASKED) == 1
    (card,) = house.chat.shown("case")
    assert "→ `run`" in words_of(card)


async def test_without_a_proposed_fix_nothing_is_fixed(house: House) -> None:
    await house.say("open checkout is slow")
    (card,) = await house.say("fixed")
    assert card.mark is Mark.REFUSED
    assert "resolve" in words_of(card)


async def test_a_fix_that_was_done_waits_for_evidence(house: House) -> None:
    await with_hypotheses(house)
    await house.say("confirm 1")
    await house.work()
    (card,) = house.chat.shown("case")
    assert [action.argument for action in card.actions if action.verb == "fixed"] == ["1"]
    (reply,) = await house.say("fixed")
    assert "fix 1 marked as done" in words_of(reply)
    assert EventKind.SOLUTION_CONFIRMED in await kinds(house)
    (again,) = await house.say("fixed 1")
    assert again.mark is Mark.REFUSED


@pytest.mark.parametrize("greeting", ["ask thanks!", "hello there", "ask good morning, all"])
async def test_a_greeting_is_answered_at_once_and_opens_no_turn(
    house: House, greeting: str
) -> None:
    await house.say("open checkout is slow")
    before = await kinds(house)
    (card,) = await house.say(greeting)
    assert "Ask me" in words_of(card)
    assert await kinds(house) == before


async def test_what_was_tried_and_said_is_recalled(house: House) -> None:
    await with_hypotheses(house)
    await house.say("result 1 yes")
    await house.say("ask is the pool too small since the deploy?")
    await house.work()
    (tried,) = await house.say("what was tried?")
    assert "tried: " in words_of(tried)
    (card,) = await house.say("what did dana ask about the pool?")
    assert "is the pool too small since the deploy?" in words_of(card)


async def test_the_status_folds_what_is_believed_and_what_it_took(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("status")
    folded = "\n".join(row.text.text for row in card.fold)
    assert "trust" in folded
    assert "no model used" in folded
    assert "Timeline: " in folded
    assert len(card.rows) <= 6


def _printed() -> list[str]:
    """Lines that the check of the pool looks for, as its signature's examples have them."""
    probe = signatures()[FAULT].confirm
    assert probe is not None
    candidates = [
        "cl_waiting 37",
        " active | 00:03:11 | select 1",
        "waiting: 37",
        "in_use=10 max=10",
        "FATAL: remaining connection slots are reserved",
        *POOL_LOG.split("\n"),
        "idle in transaction",
        "pool_in_use 10",
        "active 10 max 10 waiting 4",
    ]
    return [candidate for candidate in candidates if probe.pattern.search(candidate)]
