"""What a turn knows at its beginning: all that the tables hold of its case, and of no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.investigation.situation import observe, topology
from tests.contracts.samples import a_finding, an_occurrence
from tests.core.conversation.test_verbs import POOL_LOG
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
    async with house.services.store.reading() as unit:
        case = await unit.cases.by_number("default", number)
        view = await unit.cases.view(case.id)
        return await observe(unit, view, clock=house.clock)


async def test_of_a_new_case_nothing_is_known_but_the_time(house: House) -> None:
    found = await situation(house)
    assert found.at == house.clock.now()
    assert (found.occurrences, found.files, found.calls, found.hypotheses) == ((), (), (), ())
    assert found.findings == {}
    assert found.onset is None


async def test_evidence_topology_and_hypotheses_are_there(house: House) -> None:
    await house.say(f"evidence {POOL_LOG}")
    await house.say(f"evidence {json.dumps({'calls': CALLS})}")
    await house.work()
    found = await situation(house)
    assert [file.number for file in found.files] == [1, 2]
    assert set(found.findings) == {file.id for file in found.files}
    assert list(map(list, found.calls)) == CALLS
    assert [one.cause.fault for one in found.hypotheses] == ["connection_pool_exhausted"]


async def test_alerts_say_when_it_began(house: House) -> None:
    async with house.services.store.transaction() as unit:
        case = await unit.cases.by_number("default", 1)
        first, second = an_occurrence(case.id), an_occurrence(case.id, fingerprint="f2")
        for occurrence in (second, first):
            await unit.occurrences.begin(occurrence)
    found = await situation(house)
    assert {one.id for one in found.occurrences} == {first.id, second.id}
    assert found.onset == min(first.starts_at, second.starts_at)


async def test_of_other_cases_nothing_is_known(house: House) -> None:
    await house.say("open search is down", place=HOME)
    await house.say(f"#1 evidence {POOL_LOG}")
    await house.work()
    found = await situation(house, 2)
    assert (found.files, found.findings, found.hypotheses) == ((), {}, ())


def test_a_topology_is_only_what_says_who_calls_whom() -> None:
    assert topology([a_finding()]) == ()
