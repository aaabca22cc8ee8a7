"""One turn: what is known becomes what is said, once, whatever is killed on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from core.cases.events import EventKind, verify_chain
from core.cases.investigation_state import TurnPart
from core.cases.lifecycle import investigate, resolve
from core.cases.model import CaseState
from core.cases.projection import fold
from core.errors import LeaseLost, StoreUnavailable
from core.investigation.answering.answers import answer_question
from core.investigation.decision import Verdict
from core.investigation.reasoner import decide_and_answer
from core.jobs.kinds import CASE_INVESTIGATE
from core.jobs.model import LEASE, JobState
from core.workflows.turn import investigate_case
from storage.memory import MemoryJobs, MemoryStore
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, in_memory, words_of
from tests.fakes.claims import claim_one
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.cases.events import CaseEvent
    from core.cases.projection import CaseView
    from core.investigation.answering.responses import Response
    from core.investigation.decision import Decision, Situation
    from core.investigation.ports import TurnInProgress
    from core.jobs.model import Job
    from core.text.redacted import RedactedText


ANSWERED = EventKind.ANSWERED
NOTHING_IN_IT = "2026-01-01 00:0{}:05,000 INFO web: GET /cart 200"


class Power:
    """Cut once before or after the next commit, or after so many of them, when told to."""

    def __init__(self) -> None:
        self.cut_at: str | None = None
        self.left: int | None = None

    async def seam(self, point: str) -> None:
        if self.left is not None and point in ("commit", "committed"):
            self.left -= 1
            if self.left < 0:
                self.left, self.cut_at = None, point
        if point == self.cut_at:
            self.cut_at = None
            message = "power cut"
            raise StoreUnavailable(message)


@dataclass
class Counting:
    """The deterministic reasoner; says how often it was asked."""

    asked: int = 0
    is_broken: bool = False

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        self.asked += 1
        if self.is_broken:
            message = "secret"
            raise KeyError(message)
        return decide_and_answer(situation)


class Overconfident:
    """A reasoner that calls its leader the root cause, whatever speaks for it."""

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        decision = decide_and_answer(situation)
        sure = (replace(decision.hypotheses[0], confidence=1.0),) if decision.hypotheses else ()
        return replace(decision, verdict=Verdict.ROOT_CAUSE, hypotheses=sure, something_else=0.0)


@pytest.fixture
def power() -> Power:
    return Power()


@pytest.fixture
async def house(tmp_path: Path, power: Power) -> House:
    """A case whose evidence is read, with a question asked: its turn is what waits."""
    house = in_memory(tmp_path, seam=power.seam)
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    await house.say("why 1?")
    return house


async def with_a_verdict(folder: Path, power: Power, reasoner: Counting) -> House:
    """A person has judged and asked: the turn that waits has something to decide."""
    house = in_memory(folder, seam=power.seam, reasoner=reasoner)
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    await house.say("reject 1 the pool is at 2 of 15")
    await house.say("why 1?")
    await house.say("what is missing?", by="lee")
    reasoner.asked = 0
    return house


async def view_of(house: House) -> CaseView:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        view = await unit.cases.view(case.id)
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
    assert verify_chain(events) == case.head
    assert fold(events, texts) == view
    return view


async def events_of(house: House) -> Sequence[CaseEvent]:
    async with house.services.reading() as unit:
        return await unit.cases.events((await view_of(house)).case.id)


async def kinds_of(house: House) -> list[EventKind]:
    return [event.kind for event in await events_of(house)]


async def steps_of(house: House, job: Job) -> int:
    async with house.services.reading() as unit:
        return len(await unit.steps.of_turn((await view_of(house)).case.id, job.id))


async def queued(house: House) -> int:
    """How many cards wait or are sent."""
    assert isinstance(house.services.store, MemoryStore)
    return len(list(house.services.store.committed.outbound))


async def claim(house: House) -> Job:
    store = house.services.store
    assert isinstance(store, MemoryStore)
    async with store.reading(CONTEXT) as unit:
        waiting = await unit.jobs.listing(JobState.PENDING)
    (turn,) = [job for job in waiting if job.kind == CASE_INVESTIGATE.name]
    job = await claim_one(MemoryJobs(store), turn.id, at=house.clock.now())
    assert job is not None
    return job


async def test_a_turn_answers_whoever_asked_and_shows_the_case(house: House) -> None:
    before = await view_of(house)
    await investigate_case(await claim(house), services=house.services)
    assert (await kinds_of(house)).count(EventKind.ANSWERED) == 1
    async with house.services.reading() as unit:
        assert await unit.questions.open(before.case.id) == []
    await house.work()
    (answer,) = house.chat.shown("answer")
    assert "dana asked: why 1?" in words_of(answer)


async def test_with_nothing_new_it_ranks_no_second_time(house: House) -> None:
    before = await view_of(house)
    ranked = (await kinds_of(house)).count(EventKind.RANKED)
    await investigate_case(await claim(house), services=house.services)
    view = await view_of(house)
    assert (await kinds_of(house)).count(EventKind.RANKED) == ranked
    assert (view.hypotheses, view.case.turns) == (before.hypotheses, before.case.turns)


async def test_run_twice_it_counts_once(house: House) -> None:
    job = await claim(house)
    await investigate_case(job, services=house.services)
    before = (await view_of(house), await kinds_of(house), await queued(house))
    with pytest.raises(LeaseLost):
        await investigate_case(job, services=house.services)
    assert (await view_of(house), await kinds_of(house), await queued(house)) == before


async def test_killed_before_its_commit_it_leaves_nothing_behind(
    house: House, power: Power
) -> None:
    job = await claim(house)
    before = (await view_of(house), await kinds_of(house), await queued(house))
    power.cut_at = "commit"
    with pytest.raises(StoreUnavailable):
        await investigate_case(job, services=house.services)
    assert (await view_of(house), await kinds_of(house), await queued(house)) == before
    await investigate_case(job, services=house.services)
    assert (await kinds_of(house)).count(EventKind.ANSWERED) == 1


async def test_killed_after_its_commit_it_does_nothing_again(house: House, power: Power) -> None:
    job = await claim(house)
    power.cut_at = "committed"
    with pytest.raises(StoreUnavailable):
        await investigate_case(job, services=house.services)
    before = (await view_of(house), await kinds_of(house), await queued(house))
    assert (before[1]).count(EventKind.ANSWERED) == 1
    with pytest.raises(LeaseLost):
        await investigate_case(job, services=house.services)
    assert (await view_of(house), await kinds_of(house), await queued(house)) == before


@pytest.mark.parametrize("cut_after", range(4))
async def test_killed_anywhere_it_goes_on_from_there(tmp_path: Path, cut_after: int) -> None:
    """Two commits, each with a moment before and after it: the log is the same to the last bit."""
    whole = await with_a_verdict(tmp_path / "whole", Power(), Counting())
    await investigate_case(await claim(whole), services=whole.services)
    power, reasoner = Power(), Counting()
    house = await with_a_verdict(tmp_path / "cut", power, reasoner)
    job = await claim(house)
    power.left = cut_after
    with pytest.raises(StoreUnavailable):
        await investigate_case(job, services=house.services)
    if cut_after < 3:  # else all was stored, and its runner hears that the job is not its own
        await investigate_case(job, services=house.services)
    assert reasoner.asked == (2 if cut_after == 0 else 1)
    assert (await view_of(house)).case.head == (await view_of(whole)).case.head
    assert (await view_of(house)) == (await view_of(whole))
    assert await queued(house) == await queued(whole)
    assert await steps_of(house, job) == 0


async def test_a_deleted_file_voids_what_was_decided_on_it(tmp_path: Path) -> None:
    power, reasoner = Power(), Counting()
    house = await with_a_verdict(tmp_path, power, reasoner)
    job = await claim(house)
    power.left = 2
    with pytest.raises(StoreUnavailable):
        await investigate_case(job, services=house.services)
    assert await steps_of(house, job) == 1
    await house.say("evidence delete e1")
    assert await steps_of(house, job) == 0
    await investigate_case(job, services=house.services)
    assert reasoner.asked == 2
    async with house.services.reading() as unit:
        texts = await unit.cases.texts((await view_of(house)).case.id)
    assert not any("QueuePool" in text.text for text in texts.values())


async def test_questions_asked_at_once_are_answered_in_their_order(house: House) -> None:
    await house.say("what is missing?", by="lee")
    await house.say("first error?", by="ann")
    await investigate_case(await claim(house), services=house.services)
    async with house.services.reading() as unit:
        case_id = (await view_of(house)).case.id
        events = await unit.cases.events(case_id)
    of = {kind: [e for e in events if e.kind is kind] for kind in (EventKind.ASKED, ANSWERED)}
    asked, answered = ([e.data["question_id"] for e in events] for events in of.values())
    assert len(asked) == 3
    assert answered == asked


async def test_where_the_reasoner_breaks_the_case_goes_on_and_its_card_says_so(
    tmp_path: Path,
) -> None:
    reasoner = Counting()
    house = await with_a_verdict(tmp_path, Power(), reasoner)
    before = await view_of(house)
    reasoner.is_broken = True
    await house.work()
    view = await view_of(house)
    assert [hypothesis.rank for hypothesis in view.hypotheses] == [
        hypothesis.rank for hypothesis in before.hypotheses
    ]
    assert [defect.part for defect in view.investigation.defects] == [TurnPart.RANKING]
    (card,) = house.chat.shown("case")
    assert "Left out: the whole ranking (our fault, KeyError at test_turn.py:" in words_of(card)
    assert "secret" not in words_of(card)
    assert len(house.chat.shown("answer")) == 2
    reasoner.is_broken = False
    await house.say("why 1?")
    await house.work()
    assert (await view_of(house)).investigation.defects == ()
    assert "Left out" not in words_of(*house.chat.shown("case"))


async def test_an_answer_that_breaks_is_apologised_for_and_the_others_are_given(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_but_why(text: RedactedText, *given: Any) -> Response:
        if text.text == "why 1?":
            raise KeyError(text.text)
        return answer_question(text, *given)

    monkeypatch.setattr("core.investigation.reasoner.answer_question", answer_but_why)
    await house.say("what is missing?", by="lee")
    await house.work()
    reply = words_of(*house.chat.shown("answer"))
    assert "lee asked: what is missing?" in reply
    assert "Sorry, that failed: an error of ours" in reply
    (defect,) = (await view_of(house)).investigation.defects
    assert defect.name.text == "the answer to why 1?"


async def test_what_a_turn_took_is_told_once(house: House) -> None:
    before = (await view_of(house)).investigation.spent.rounds
    await house.work()
    spent = (await view_of(house)).investigation.spent
    assert (spent.rounds, spent.calls, spent.cost) == (before + 1, 0, 0)


async def test_a_turn_that_learns_nothing_leaves_no_trace(house: House) -> None:
    await house.work()
    view = await view_of(house)
    async with house.services.unit() as unit:
        await investigate(unit, view)
    await house.work()
    assert await view_of(house) == view


async def test_five_files_in_a_phase_are_looked_at_and_the_sixth_calls_people_once(
    house: House,
) -> None:
    await house.work()
    escalated = []
    for nth in range(7):  # one was brought before
        await house.say(f"evidence {NOTHING_IN_IT.format(nth)}")
        await house.work()
        escalated.append((await kinds_of(house)).count(EventKind.ESCALATED))
    assert escalated == [0, 0, 0, 0, 1, 1, 1]
    investigation = (await view_of(house)).investigation
    assert investigation.iterations == 8
    assert investigation.escalated_why is not None
    assert investigation.escalated_why.text.startswith(
        "Looked at new evidence 6 times, and nothing was decisive"
    )


async def test_who_took_over_a_lost_lease_alone_commits(house: House) -> None:
    """A runner that was frozen wakes up after another has done its job."""
    frozen = await claim(house)
    house.clock.advance(LEASE.total_seconds() + 1)
    assert isinstance(house.services.store, MemoryStore)
    heir = await claim_one(
        MemoryJobs(house.services.store), frozen.id, at=house.clock.now(), owner="heir"
    )
    assert heir is not None
    with pytest.raises(LeaseLost):
        await investigate_case(frozen, services=house.services)
    assert EventKind.ANSWERED not in await kinds_of(house)
    await investigate_case(heir, services=house.services)
    assert (await kinds_of(house)).count(EventKind.ANSWERED) == 1


async def test_a_verdict_outlives_the_next_turn(house: House) -> None:
    await house.work()
    await house.say("reject 1 the pool is at 2 of 15")
    await house.work()
    (hypothesis, *_) = (await view_of(house)).hypotheses
    assert hypothesis.verdict_by == "dana"
    assert hypothesis.verdict_why is not None
    assert hypothesis.verdict_why.text == "the pool is at 2 of 15"


async def test_a_turn_of_a_resolved_case_answers_and_leaves_it_resolved(house: House) -> None:
    store = house.services.store
    async with store.unit(CONTEXT) as unit:
        view = await unit.cases.view((await view_of(house)).case.id, lock=True)
        await resolve(unit, view, by="dana", solution=None)
    await house.work()
    view = await view_of(house)
    assert view.case.state is CaseState.RESOLVED
    assert (await kinds_of(house)).count(EventKind.ANSWERED) == 1


async def test_no_reasoner_says_root_cause_by_itself(tmp_path: Path) -> None:
    house = in_memory(tmp_path, reasoner=Overconfident())
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    ranked = [
        event.data["verdict"] for event in await events_of(house) if event.kind is EventKind.RANKED
    ]
    assert set(ranked) == {Verdict.NO_ROOT_CAUSE_YET}
