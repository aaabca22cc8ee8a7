"""What a turn knows at its beginning: all that the tables hold of its case, and of no other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.investigation.memory.messages import MemoryLimits, estimate
from core.investigation.reasoner import decide
from core.investigation.situation import Brief, brief, cue, observe, topology
from core.text.redacted import RedactedText
from tests.contracts.samples import a_finding, an_occurrence
from tests.core.investigation.memory.sample_talk import long_talk
from tests.core.investigation.sample_situations import REDACTOR, LogLines, a_log, a_situation
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import HOME, House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.decision import Situation

CALLS = [["web", "checkout"], ["checkout", "db"]]


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.work()
    return house


async def situation(house: House, number: int = 1) -> Situation:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(number)
        view = await unit.cases.view(case.id)
        return await observe(unit, view)


async def test_of_a_new_case_nothing_is_known_but_the_time(house: House) -> None:
    known = await situation(house)
    assert known.at == house.clock.now()
    assert (known.occurrences, known.files, known.calls, known.hypotheses) == ((), (), (), ())
    assert known.findings == {}
    assert known.onset is None


async def test_evidence_topology_and_hypotheses_are_there(house: House) -> None:
    await house.say(f"evidence {POOL_LOG}")
    await house.say(f"evidence {json.dumps({'calls': CALLS})}")
    await house.work()
    known = await situation(house)
    assert [file.number for file in known.files] == [1, 2]
    assert set(known.findings) == {file.id for file in known.files}
    assert list(map(list, known.calls)) == CALLS
    assert [hypothesis.cause.fault for hypothesis in known.hypotheses] == [
        "connection_pool_exhausted"
    ]


async def test_alerts_say_when_it_began(house: House) -> None:
    async with house.services.unit() as unit:
        case = await unit.cases.by_number(1)
        first, second = an_occurrence(case.id), an_occurrence(case.id, fingerprint="f2")
        for occurrence in (second, first):
            await unit.occurrences.begin(occurrence)
    known = await situation(house)
    assert {occurrence.id for occurrence in known.occurrences} == {first.id, second.id}
    assert known.onset == min(first.starts_at, second.starts_at)


async def test_of_other_cases_nothing_is_known(house: House) -> None:
    await house.say("open search is down", place=HOME)
    await house.say(f"#1 evidence {POOL_LOG}")
    await house.work()
    known = await situation(house, 2)
    assert (known.files, known.findings, known.hypotheses) == ((), {}, ())


async def test_what_was_said_is_there_with_who_said_it(house: House) -> None:
    await house.say("ask what changed?")
    await house.work()
    asked, answered = (await situation(house)).messages
    assert (asked.text.text, asked.by) == ("what changed?", "dana")
    assert answered.by == "system"
    assert answered.seq > asked.seq


async def test_what_was_said_in_other_cases_is_not(house: House) -> None:
    await house.say("open search is down", place=HOME)
    await house.say("#1 ask what changed?")
    await house.work()
    assert (await situation(house, 2)).messages == ()


def a_case(count: int = 120) -> Situation:
    """A pool that is exhausted, and talk in which dana says something of use."""
    logs = a_log("ledger", LogLines(text="ERROR could not obtain a connection from the pool"))
    seen = a_situation(logs, calls=[("web", "ledger"), ("mail", "queue")], alert="web")
    talk = long_talk(count, m7="dana: I raised the limit of the ledger to 128 on Friday")
    return replace(seen, hypotheses=decide(seen).hypotheses, messages=talk)


def told(case: Situation, question: str = "", **limits: int) -> Brief:
    clean = REDACTOR.clean(question)
    return brief(case, clean, redactor=REDACTOR, limits=MemoryLimits(**limits))


def test_a_brief_says_what_is_alerted_believed_and_cited() -> None:
    case = a_case()
    text = told(case).text.text
    assert "Alert HighErrorRate on web since 09:11:00 UTC: errors" in text
    assert f"1. {case.hypotheses[0].statement.text}, " in text
    assert "ERROR could not obtain a connection from the pool" in text
    assert "Calls: web > ledger, mail > queue" in text
    assert "messages are left out" in text


def test_a_brief_of_a_question_holds_what_was_said_about_it() -> None:
    question = "who changed the limit of the ledger?"
    text = told(a_case(), question).text.text
    assert "dana: I raised the limit of the ledger to 128 on Friday" in text
    assert text.endswith(f"Question: {question}")


def test_a_brief_takes_at_most_its_share_and_says_so() -> None:
    shortened = told(a_case(), "who changed the limit of the ledger?")
    assert shortened.tokens == estimate(shortened.text.text)
    assert shortened.tokens <= 0.36 * shortened.whole


def test_what_is_cited_is_told_whatever_it_takes() -> None:
    case = a_case()
    shortened = told(case, window=1)
    assert all(
        line.text.line().text[:200] in shortened.text.text
        for hypothesis in case.hypotheses
        for line in (*hypothesis.supporting, *hypothesis.contradicting)
    )
    assert shortened.memory.tokens <= MemoryLimits().floor


def test_a_brief_of_a_small_case_is_all_of_it() -> None:
    case = a_case(15)
    whole_brief = told(case)
    assert whole_brief.memory.kept == case.messages
    assert "not told" not in whole_brief.text.text


def test_without_a_question_talk_is_compared_with_what_is_believed() -> None:
    case = a_case()
    assert 7 in [message.seq for message in told(case).memory.warm]
    assert "ledger" in cue(case, RedactedText.EMPTY)
    assert cue(case, REDACTOR.clean("what now?")) == "what now?"


def test_names_and_alerts_are_redacted() -> None:
    address = "dana@example.org"
    case = a_case(8)
    spoken = replace(case.messages[0], by=address)
    alert = replace(case.occurrences[0], summary=f"tell {address}")
    text = told(replace(case, messages=(spoken,), occurrences=(alert,))).text.text
    assert address not in text
    assert text.count("\u00abemail-") == 2


def test_a_topology_is_only_what_says_who_calls_whom() -> None:
    assert topology([a_finding()]) == ()
