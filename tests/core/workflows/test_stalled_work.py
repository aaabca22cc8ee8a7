"""A job of a case that fails is on its card within seconds, and off it when the work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.errors import OurFault
from core.jobs.model import JobState
from core.workflows.operations import retry_jobs
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.work()
    return house


def card_of(house: House) -> str:
    return words_of(*house.chat.shown("case"))


async def kinds_of(house: House) -> list[EventKind]:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        return [event.kind for event in await unit.cases.events(case.id)]


def breaks(error: Exception) -> object:
    async def compared(*_given: object, **_named: object) -> None:
        raise error

    return compared


COMPARED = "core.workflows.evidence_intake.with_clocks_compared"


async def test_a_reading_that_died_is_told_with_what_to_type(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(COMPARED, breaks(OurFault("it cannot be compared")))
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    async with house.services.reading() as unit:
        (dead,) = await unit.jobs.listing(JobState.DEAD)
    stopped = "Stopped: reading e1 pasted.txt failed (it cannot be compared)."
    assert f"{stopped} `faultmaven jobs retry {dead.id}`" in card_of(house)
    assert "Reading pasted.txt" not in card_of(house)
    assert stopped in words_of(*house.chat.shown("file"))
    await retry_jobs([dead.id], services=house.services)
    await house.work()
    assert stopped in card_of(house)
    monkeypatch.undo()
    await retry_jobs([dead.id], services=house.services)
    await house.work()
    assert "Stopped" not in card_of(house)
    assert "Stopped" not in words_of(*house.chat.shown("file"))
    assert (await kinds_of(house)).count(EventKind.STALLED) == 2


async def test_the_first_failure_of_a_reading_is_told_and_the_next_ones_are_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(COMPARED, breaks(KeyError("secret")))
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    assert "Trying again: reading e1 pasted.txt failed (KeyError at " in card_of(house)
    assert "secret" not in card_of(house)
    house.clock.advance(2)
    await house.work()
    assert (await kinds_of(house)).count(EventKind.STALLED) == 1
    for _ in range(8):
        house.clock.advance(600)
        await house.work()
    assert "Stopped: reading e1 pasted.txt failed" in card_of(house)


async def test_a_turn_that_died_is_told_until_the_next_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: object, **_named: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr("core.workflows.turn.queue_turn_news", broken)
    await house.say("why 1?")
    await house.work()
    assert "Stopped: investigating failed" in card_of(house)
    monkeypatch.undo()
    await house.say("why 1?")
    await house.work()
    assert "Stopped" not in card_of(house)
    assert (await kinds_of(house))[-3:].count(EventKind.RESUMED) == 1


async def test_what_cannot_be_shown_in_one_place_is_told_in_the_others_once(
    tmp_path: Path,
) -> None:
    house = in_memory(tmp_path)
    await house.hear("open checkout is slow", LOFT)
    await house.work()
    house.pigeon.refusing = {"edit"}
    for line in ("resolve done", "reopen", "resolve again", "reopen"):
        await house.say(f"#1 {line}")
        await house.work()
    assert "Stopped: showing a card in pigeon failed" in card_of(house)
    assert (await kinds_of(house)).count(EventKind.STALLED) == 1
