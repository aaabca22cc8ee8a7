"""A question goes into the case's inbox and comes out answered, in one unit each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.projection import fold
from core.conversation.messages.question_inbox import answer, ask
from core.jobs.kinds import CASE_INVESTIGATE, CHAT_SEND
from core.jobs.model import JobState
from core.text.redacted import RedactedText
from tests.examples import ANSWER
from tests.fakes.chat import HOME, House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.answering.responses import Answer


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.work()
    return house


async def asked(house: House) -> str:
    async with house.services.unit() as unit:
        case = await unit.cases.by_number(1)
        view = await unit.cases.view(case.id, lock=True)
        text = RedactedText.format("what changed?")
        view, _ = await ask(unit, view, text, by="lee", place=HOME)
        return view.case.id


async def answered(house: House, case_id: str, reply: Answer) -> None:
    async with house.services.unit() as unit:
        view = await unit.cases.view(case_id, lock=True)
        (question,) = await unit.questions.open(case_id)
        await answer(unit, view, [(question, reply)])


async def test_asking_plans_a_turn_and_makes_the_asker_take_part(house: House) -> None:
    case_id = await asked(house)
    async with house.services.reading() as unit:
        pending = await unit.jobs.listing(JobState.PENDING)
        (question,) = await unit.questions.open(case_id)
    assert [job.kind for job in pending] == [CASE_INVESTIGATE.name, CHAT_SEND.name]
    assert (question.asked_by, question.text.text) == ("lee", "what changed?")


async def test_an_answer_leaves_the_inbox_empty_and_its_lines_in_the_log(house: House) -> None:
    case_id = await asked(house)
    await answered(house, case_id, ANSWER)
    async with house.services.reading() as unit:
        assert not await unit.questions.open(case_id)
        events = await unit.cases.events(case_id)
        view = await unit.cases.view(case_id)
        texts = await unit.cases.texts(case_id)
    assert events[-1].kind is EventKind.ANSWERED
    assert events[-1].data["loci"] == ["api.log:8812"]
    assert fold(events, texts) == view


async def test_a_unit_that_fails_leaves_the_question_open(house: House) -> None:
    case_id = await asked(house)

    async def answer_and_die() -> None:
        async with house.services.unit() as unit:
            view = await unit.cases.view(case_id, lock=True)
            (question,) = await unit.questions.open(case_id)
            await answer(unit, view, [(question, ANSWER)])
            message = "killed"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="killed"):
        await answer_and_die()
    async with house.services.reading() as unit:
        assert len(await unit.questions.open(case_id)) == 1
