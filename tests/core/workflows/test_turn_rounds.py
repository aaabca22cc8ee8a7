"""A turn takes rounds until its decision says done; killed anywhere it pays for nothing twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from core.cases.model import TurnStepName
from core.errors import StoreUnavailable
from core.investigation.answering.responses import Answer
from core.investigation.budget import Budget
from core.investigation.decision import Decision, Reply, Situation
from core.investigation.reasoner import Deterministic, decide
from core.text.redacted import RedactedText
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.ports import TurnInProgress

LINE = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


@dataclass
class Curious:
    """Looks something up in each of its first rounds, and answers in the one after them."""

    rounds: int = 2
    paid: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    dies_in: int | None = None

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        nth = situation.budget.spent.rounds
        self.seen.append(nth)

        async def look_up() -> str:
            self.paid.append(f"lines {nth}")
            return f"{nth} lines"

        outcome = await turn.step(TurnStepName.TOOL, f"lines {nth}", look_up)
        assert outcome == f"{nth} lines"
        if self.dies_in == nth:
            self.dies_in = None
            message = "the process is killed"
            raise StoreUnavailable(message)
        decision = replace(decide(situation), done=nth >= self.rounds)
        if not decision.done:
            return decision
        answer = Answer(text=RedactedText.format("looked {n} times", n=nth))
        replies = [Reply(question=question.id, response=answer) for question in situation.questions]
        return replace(decision, answers=tuple(replies))


@pytest.fixture(autouse=True)
def generous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rounds; a case as small as this one would get a single one."""
    monkeypatch.setattr("core.workflows.turn.budget_of", lambda _: Budget(rounds=4))


async def asked(folder: Path, reasoner: Curious) -> House:
    house = in_memory(folder, reasoner=reasoner)
    await house.say("open checkout is slow")
    await house.say(f"evidence {LINE}")
    await house.work()
    reasoner.paid.clear()
    reasoner.seen.clear()
    await house.say("why 1?")
    return house


async def test_it_goes_on_until_the_decision_is_done(tmp_path: Path) -> None:
    reasoner = Curious()
    house = await asked(tmp_path, reasoner)
    await house.work()
    assert reasoner.seen == [1, 2]
    assert "looked 2 times" in words_of(*house.chat.shown("answer"))


async def test_its_budget_ends_it(tmp_path: Path) -> None:
    reasoner = Curious(rounds=99)
    house = await asked(tmp_path, reasoner)
    await house.work()
    assert reasoner.seen == [1, 2, 3, 4]
    assert "Sorry, that failed" in words_of(*house.chat.shown("answer"))


@pytest.mark.parametrize("dies_in", [1, 2])
async def test_what_was_paid_for_is_not_paid_again(tmp_path: Path, dies_in: int) -> None:
    reasoner = Curious()
    house = await asked(tmp_path, reasoner)
    reasoner.dies_in = dies_in
    await house.work()
    house.clock.advance(10)
    await house.work()
    assert reasoner.paid == ["lines 1", "lines 2"]
    assert reasoner.seen == {1: [1, 1, 2], 2: [1, 2, 2]}[dies_in]
    assert "looked 2 times" in words_of(*house.chat.shown("answer"))


@dataclass
class ProgressListener:
    """What a reasoner says of how far it is."""

    reported: list[str] = field(default_factory=list)

    async def report(self, progress: RedactedText) -> None:
        self.reported.append(progress.text)


async def test_files_that_are_still_read_are_told(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.say(f"evidence {LINE}")
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
        files = tuple(await unit.files.of_case(case.id))
    listener = ProgressListener()
    situation = Situation(at=house.clock.now(), files=files, findings={})
    await Deterministic().decide(situation, listener)  # type: ignore[arg-type]  # it only reports
    assert listener.reported == ["reading 1 of 1 files"]
