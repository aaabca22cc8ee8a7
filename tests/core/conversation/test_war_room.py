"""Twelve people talk while a turn is held open for half a minute: nobody is lost, all in order."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.access import PersonProfile, Standing
from core.cases.events import EventKind
from core.conversation.cards.answer_cards import SETTLED
from core.conversation.cards.card import Mark
from core.conversation.messages.message import MessageKind
from core.investigation.reasoner import decide_and_answer
from core.jobs.model import JobState
from tests.fakes.chat import LOFT, House, in_memory, words_of
from tests.storage.jobs.virtual_time import LoopClock, on_virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.cases.events import CaseEvent
    from core.conversation.cards.card import Card
    from core.investigation.decision import Decision, Situation
    from core.investigation.ports import TurnInProgress

THREAD = replace(LOFT, thread="t1")
PEOPLE = [f"W{number}" for number in range(12)]
HELD_S = 30


@dataclass
class SlowReasoner:
    """A reasoner behind a slow port. `began` and `stopped`: seconds of the loop."""

    takes_s: float = 0
    breaks: bool = False
    began: list[float] = field(default_factory=list)
    stopped: list[float] = field(default_factory=list)

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        self.began.append(now())
        if self.breaks:
            message = "a secret of the port"
            raise ZeroDivisionError(message)
        try:
            await asyncio.sleep(self.takes_s)
        except asyncio.CancelledError:
            self.stopped.append(now())
            raise
        return decide_and_answer(situation)


def now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def a_war_room(folder: Path) -> AsyncIterator[tuple[House, SlowReasoner]]:
    """A case at home in a thread, its workers at work; every turn from now on is held open."""
    slow = SlowReasoner()
    house = in_memory(folder, clock=LoopClock(), reasoner=slow)
    for person in PEOPLE:
        house.pigeon.people[person] = PersonProfile(name=person.lower(), standing=Standing.MEMBER)
    async with house.workers.running():
        await house.hear("open checkout is slow", THREAD)
        await asyncio.sleep(2)
        slow.takes_s = HELD_S
        slow.began.clear()
        yield house, slow


async def say(house: House, text: str, by: str = "P1") -> None:
    await house.hear(text, THREAD, by=by, manner=MessageKind.MESSAGE)


async def events(house: House) -> list[CaseEvent]:
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
        return await unit.cases.events(case.id)


def answers(house: House) -> list[Card]:
    return [card for card in house.pigeon.shown("answer") if card.mark is Mark.ANSWER]


def test_two_hundred_messages_of_twelve_people(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, slow):
            asked = []
            for number in range(200):
                person = PEOPLE[number % 12]
                text = f"what about thing {number}?" if number % 2 else f"looking at {number}"
                asked += [text] if number % 2 else []
                await say(house, text, person)
                await asyncio.sleep(0.1)
            assert not answers(house)
            await asyncio.sleep(2 * HELD_S)
            reply = words_of(*answers(house))
            places = [reply.index(f"asked: {text}") for text in asked]
            assert places == sorted(places)
            log = await events(house)
            notes = [event for event in log if event.kind is EventKind.NOTED]
            assert len(notes) == 100
            assert [event.actor for event in notes] == [f"@w{2 * n % 12}" for n in range(100)]
            assert len(slow.began) <= 3

    on_virtual_time(story())


def test_one_line_of_progress_after_three_seconds_then_the_answer_in_its_place(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, _):
            await say(house, "what changed?")
            await say(house, "which pods?", "W1")
            await asyncio.sleep(2.5)
            assert not house.pigeon.shown("answer")
            await asyncio.sleep(1.5)
            (line,) = house.pigeon.shown("answer")
            assert line.mark is Mark.PROGRESS
            assert "Looking: what changed? · and 1 more question" in words_of(line)
            assert [action.verb for action in line.actions] == ["cancel"]
            await asyncio.sleep(16)
            (line,) = house.pigeon.shown("answer")
            assert "18 s" in words_of(line)
            await asyncio.sleep(2 * HELD_S)  # what was asked meanwhile is for the next turn
            first, second = answers(house)
            assert (first.version, second.version) == (SETTLED, SETTLED)
            assert "@dana asked: what changed?" in words_of(first)
            assert house.pigeon.calls.count("post") == 3  # case, progress become answer, answer

    on_virtual_time(story())


def test_a_quick_answer_has_no_line_of_progress(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, slow):
            slow.takes_s = 1
            await say(house, "what changed?")
            await asyncio.sleep(10)
            assert len(answers(house)) == 1
            assert house.pigeon.calls.count("post") == 2  # the case and the answer

    on_virtual_time(story())


def test_a_correction_reaches_the_turn_within_two_seconds(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, slow):
            await say(house, "what changed?")
            await asyncio.sleep(5)
            corrected = now()
            await say(house, "correction: it began at 14:05", "W1")
            await asyncio.sleep(2)
            assert slow.stopped
            assert slow.stopped[0] - corrected < 2
            assert len(slow.began) == 2
            await asyncio.sleep(HELD_S + 1)
            assert len(answers(house)) == 1

    on_virtual_time(story())


def test_a_cancel_stops_the_turn_and_is_said_where_it_was_asked(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, slow):
            await say(house, "what changed?")
            await asyncio.sleep(5)
            cancelled = now()
            await house.hear("cancel", THREAD, by="W3", manner=MessageKind.BUTTON, handle="for W3")
            await asyncio.sleep(2)
            assert slow.stopped[0] - cancelled < 2
            (card,) = house.pigeon.shown("answer")
            assert "stopped by @w3: what changed?" in words_of(card)
            await asyncio.sleep(2 * HELD_S)
            assert len(slow.began) == 1
            assert len(house.pigeon.shown("answer")) == 1

    on_virtual_time(story())


def test_whoever_cancels_gives_up_their_own_question_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, _):
            await say(house, "what changed?", "W1")
            await say(house, "which pods?", "W2")
            await asyncio.sleep(5)
            await house.hear("cancel", THREAD, by="W1")
            await asyncio.sleep(2 * HELD_S)
            reply = words_of(*answers(house))
            assert "stopped by @w1: what changed?" in reply
            assert "@w2 asked: which pods?" in reply

    on_virtual_time(story())


def test_reading_verbs_answer_at_once_whatever_the_turn_does(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, _):
            await say(house, "what changed?")
            await house.hear("status", THREAD, by="W1")
            await asyncio.sleep(1)
            assert len(house.pigeon.shown("reply")) == 1

    on_virtual_time(story())


def test_a_verdict_given_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, slow):
            slow.takes_s = 1
            await house.hear(
                "evidence 02:41:07 ERROR QueuePool limit of size 2 overflow 0 reached\n"
                "02:41:08 ERROR QueuePool limit of size 2 overflow 0 reached",
                THREAD,
            )
            await asyncio.sleep(5)
            slow.takes_s = HELD_S
            await say(house, "what changed?")
            await asyncio.sleep(5)
            await house.hear("confirm 1 the pool was cut", THREAD)
            await asyncio.sleep(2 * HELD_S)
            async with house.services.reading() as unit:
                (case,) = await unit.cases.listing()
                view = await unit.cases.view(case.id)
            assert view.hypotheses[0].verdict_by == "@dana"

    on_virtual_time(story())


def test_whoever_waits_is_told_when_a_turn_breaks(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, slow):
            slow.breaks = True
            await say(house, "what changed?")
            await asyncio.sleep(5)
            (card,) = house.pigeon.shown("answer")
            assert card.mark is Mark.REFUSED
            assert "#1: Sorry, that failed: an error of ours." in words_of(card)
            assert "a secret of the port" not in words_of(card)
            async with house.services.reading() as unit:
                assert await unit.jobs.listing(JobState.DEAD) == []
            shown = words_of(*house.pigeon.shown("case"))
            assert "Left out: the whole ranking (our fault, ZeroDivisionError at" in shown
            slow.breaks = False
            slow.takes_s = 0
            await say(house, "and now?")
            await asyncio.sleep(5)
            assert len(answers(house)) == 1

    on_virtual_time(story())


def test_corrections_without_end_keep_nobody_waiting_without_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with a_war_room(tmp_path) as (house, _):
            await say(house, "what changed?")
            for nth in range(12):
                await asyncio.sleep(HELD_S / 2)
                await say(house, f"correction: it began at 14:{nth:02}", "W1")
            assert len(answers(house)) == 1

    on_virtual_time(story())
