"""`confirm`, `reject` and `undo`: a slip is asked back, and what was a slip is taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind, verify_chain
from core.cases.investigation_state import SolutionState
from core.cases.model import CaseState, HypothesisState
from core.cases.projection import CaseView, fold
from core.conversation.cards.card import Mark
from core.conversation.messages.message import Binding, MessageKind
from tests.core.conversation.commands.test_check_commands import kinds, view_of
from tests.core.workflows.test_command_dispatch import house, with_hypotheses
from tests.fakes.chat import LOFT, words_of

if TYPE_CHECKING:
    from core.conversation.cards.card import Card
    from tests.fakes.chat import House

__all__ = ["house"]

MEMORY_LOG = "\n".join(
    f"2026-01-01 00:05:0{second},000 ERROR billing: java.lang.OutOfMemoryError: Java heap space"
    for second in range(3)
)


async def two_causes(house: House) -> None:
    """2 leads with about two thirds, 1 has a few percent."""
    await with_hypotheses(house)
    await do(house, f"evidence {MEMORY_LOG}")
    assert "2. Out of memory — 67 %" in words_of(*await house.say("hypotheses"))


async def do(house: House, line: str, *, by: str = "dana") -> Card:
    """Say a line, let its turn be over, and a minute pass."""
    (card,) = await house.say(line, by=by)
    await house.work()
    house.clock.advance(60)
    return card


async def standings(house: House) -> dict[int, HypothesisState]:
    return {known.number: known.state for known in (await view_of(house)).hypotheses}


async def log_holds(house: House) -> CaseView:
    """The case, whose log folds into it as an import of its bundle would."""
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
        view = await unit.cases.view(case.id)
    assert verify_chain(events) == view.case.head
    assert fold(events, texts) == view
    return view


async def test_the_reply_names_the_cause_and_the_reason_and_offers_undo(house: House) -> None:
    await two_causes(house)
    card = await do(house, "confirm 2 heap was full at 00:05")
    reply = words_of(card)
    assert "#1 cause confirmed: 2. Out of memory" in reply
    assert "Why: heap was full at 00:05" in reply
    assert "`undo` within 10 minutes" in reply
    assert ("undo", "confirm 2") in [(action.verb, action.argument) for action in card.actions]
    assert "confirmed by dana: heap was full at 00:05" in words_of(*await house.say("hypotheses"))


async def test_a_weak_cause_is_asked_back_and_nothing_is_recorded(house: House) -> None:
    await two_causes(house)
    card = await do(house, "confirm 1")
    assert "1 has 2 %, 2 has 67 %. Still confirm Connection pool exhausted?" in words_of(card)
    assert "`confirm 1 anyway`" in words_of(card)
    assert [(action.verb, action.argument) for action in card.actions] == [
        ("confirm", "1 anyway"),
        ("confirm", "2"),
        ("hypotheses", ""),
    ]
    assert EventKind.JUDGED not in await kinds(house)


async def test_a_rejected_cause_is_asked_back_with_who_when_and_why(house: House) -> None:
    await two_causes(house)
    await do(house, "reject 2 heap is at a third", by="lee")
    reply = words_of(await do(house, "confirm 2"))
    assert "2 was rejected by lee at 00:01 UTC (heap is at a third)." in reply
    assert (await standings(house))[2] is HypothesisState.REJECTED


@pytest.mark.parametrize("line", ["ask i think it was 1", "ask it was 1", "ask accept 1 please"])
async def test_a_sentence_that_judges_means_the_number_it_names(house: House, line: str) -> None:
    await two_causes(house)
    assert "Still confirm Connection pool exhausted?" in words_of(await do(house, line))


@pytest.mark.parametrize(
    "line", ["confirm 1 anyway", "confirm anyway 1", "confirm #1 anyway: seen in spring"]
)
async def test_whoever_insists_is_obeyed_and_the_reason_is_kept(house: House, line: str) -> None:
    await two_causes(house)
    card = await do(house, line)
    assert "cause confirmed: 1. Connection pool exhausted" in words_of(card)
    assert (await standings(house))[1] is HypothesisState.VALIDATED
    why = (await view_of(house)).hypotheses[0].verdict_why
    assert (why.text if why else "") in ("", "seen in spring")


async def test_the_hint_carries_the_reason_that_was_given(house: House) -> None:
    await two_causes(house)
    card = await do(house, "confirm 1 because the pool graph says so")
    assert "`confirm 1 anyway: because the pool graph says so`" in words_of(card)
    await do(house, f"{card.actions[0].verb} {card.actions[0].argument}")
    confirmed = next(known for known in (await view_of(house)).hypotheses if known.number == 1)
    assert confirmed.verdict_why is not None
    assert confirmed.verdict_why.text == "because the pool graph says so"


async def test_a_tap_is_protected_like_a_line_and_a_sentence_asks_the_same(house: House) -> None:
    await two_causes(house)
    case = (await view_of(house)).case
    async with house.services.unit() as unit:
        await unit.conversation.bind(Binding(tenant_id=case.tenant_id, case_id=case.id, place=LOFT))
    await house.hear("1", LOFT, verb="confirm", manner=MessageKind.BUTTON)
    await house.work()
    assert EventKind.JUDGED not in await kinds(house)
    (sentence,) = await house.say("ask i think it was 1")
    assert "Still confirm Connection pool exhausted?" in words_of(sentence)
    await house.hear("1 anyway", LOFT, verb="confirm", manner=MessageKind.BUTTON)
    await house.work()
    assert (await standings(house))[1] is HypothesisState.VALIDATED


async def test_confirming_twice_is_recorded_once(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2")
    assert "is confirmed by dana already" in words_of(await do(house, "confirm 2", by="lee"))
    assert (await kinds(house)).count(EventKind.JUDGED) == 1


async def test_a_confirm_is_taken_back_with_what_it_led_to(house: House) -> None:
    await two_causes(house)
    before = await view_of(house)
    await do(house, "confirm 2 it was the heap")
    assert (await view_of(house)).investigation.solutions
    card = await do(house, "undo", by="lee")
    assert "taken back: confirm 2, Out of memory (dana, 00:01 UTC)" in words_of(card)
    view = await log_holds(house)
    assert view.case.state is before.case.state
    assert {known.number: known.verdict_by for known in view.hypotheses} == {1: None, 2: None}
    assert HypothesisState.VALIDATED not in (await standings(house)).values()
    assert view.investigation.solutions == ()
    assert view.investigation.phases == before.investigation.phases


async def test_a_reason_added_later_is_taken_back_with_its_verdict(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2")
    await do(house, "confirm 2 the heap was full")
    await do(house, "undo")
    assert HypothesisState.VALIDATED not in (await standings(house)).values()


async def test_a_rejection_is_taken_back_to_the_verdict_before(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2 seen it")
    await do(house, "reject 2")
    await do(house, "undo reject 2")
    view = await log_holds(house)
    confirmed = next(known for known in view.hypotheses if known.number == 2)
    assert confirmed.state is HypothesisState.VALIDATED
    assert (confirmed.verdict_by, confirmed.verdict_why and confirmed.verdict_why.text) == (
        "dana",
        "seen it",
    )
    assert view.case.state is CaseState.ANALYZING


async def test_a_fix_is_not_done_any_more(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2")
    await house.say("fixed 1")
    assert "taken back: fixed 1" in words_of(*await house.say("undo"))
    (fix,) = (await log_holds(house)).investigation.solutions
    assert (fix.state, fix.confirmed_at, fix.confirmed_by) == (SolutionState.PROPOSED, None, None)


async def test_a_resolved_case_is_open_as_before_and_nothing_is_announced(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2")
    announced, state = len(house.chat.shown("news")), (await view_of(house)).case.state
    await do(house, "resolve restarted it")
    card = await do(house, "undo", by="lee")
    assert "taken back: resolve (dana, " in words_of(card)
    case = (await log_holds(house)).case
    assert (case.state, case.solution, case.resolved_at) == (state, None, None)
    assert len(house.chat.shown("news")) == announced
    (shown,) = house.chat.shown("case")
    assert "Open #1" in words_of(shown)


async def test_two_who_undo_at_once_take_one_step_back(house: House) -> None:
    await two_causes(house)
    await do(house, "reject 1")
    await do(house, "confirm 2")
    replies = await asyncio.gather(house.say("undo", by="lee"), house.say("undo", by="kim"))
    texts = sorted(words_of(*cards) for cards in replies)
    assert "taken back already by " in texts[0] + texts[1]
    assert (await kinds(house)).count(EventKind.TAKEN_BACK) == 1
    assert (await standings(house))[1] is HypothesisState.REJECTED


async def test_a_button_of_an_older_change_takes_back_no_later_one(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2")
    await do(house, "reject 1", by="kim")
    card = await do(house, "undo confirm 2")
    assert card.mark is Mark.REFUSED
    assert "`confirm 2` is not the last change of #1: reject 1" in words_of(card)
    assert EventKind.TAKEN_BACK not in await kinds(house)


@pytest.mark.parametrize(
    ("lines", "instead"),
    [
        (("confirm 2",), "reject 2"),
        (("reject 2",), "confirm 2"),
        (("confirm 2", "fixed 1"), "correct the fix was not made"),
        (("resolve done",), "reopen"),
    ],
)
async def test_after_ten_minutes_it_stands_and_what_to_say_instead_is_told(
    house: House, lines: tuple[str, ...], instead: str
) -> None:
    await two_causes(house)
    for line in lines:
        await do(house, line)
    house.clock.advance(600)
    reply = words_of(await do(house, "undo"))
    assert "the 10 minutes are over" in reply
    assert f"To change it now: {instead}" in reply
    assert EventKind.TAKEN_BACK not in await kinds(house)


async def test_where_nothing_was_changed_nothing_is_taken_back(house: House) -> None:
    await two_causes(house)
    assert "that could be taken back" in words_of(await do(house, "undo"))
    await do(house, "resolve done")
    await do(house, "reopen")
    assert "that could be taken back" in words_of(await do(house, "undo"))


@pytest.mark.parametrize("line", ["undo that", "ask take that back please", "ask wrong button"])
async def test_a_sentence_is_asked_back_and_names_what_it_would_undo(
    house: House, line: str
) -> None:
    await two_causes(house)
    await do(house, "confirm 2")
    card = await do(house, line)
    assert "take back confirm 2, Out of memory (dana, 00:01 UTC)? To do so, type `undo`." in (
        words_of(card)
    )
    assert [action.argument for action in card.actions] == ["confirm 2"]
    assert EventKind.TAKEN_BACK not in await kinds(house)


async def test_the_timeline_and_the_report_tell_both(house: House) -> None:
    await two_causes(house)
    await do(house, "confirm 2 it was the heap")
    await do(house, "undo", by="lee")
    (timeline,) = await house.say("timeline")
    (report,) = await house.say("report")
    for text in (words_of(timeline), report.fold[0].text.text):
        assert "dana confirmed 2. Out of memory: it was the heap" in text
        assert "lee took back: dana confirmed 2. Out of memory: it was the heap" in text
