"""The bot is killed while people talk: what they say meanwhile is taken up, once and in order."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.jobs.kinds import CASE_INVESTIGATE, CHAT_FETCH, CHAT_HEAR, CHAT_SEND
from core.jobs.model import JobState
from tests.journeys.alertmanagers import until
from tests.journeys.crowd import Crowd, a_crowd
from tests.journeys.records import Records
from tests.journeys.team import SEAL, a_team
from tests.journeys.test_doors import alertmanager_fires
from tests.servers import Server, a_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

LOG = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings/files/deploys/deploys.log"
CAUSED = (CHAT_HEAR.name, CHAT_FETCH.name, CASE_INVESTIGATE.name, CHAT_SEND.name)
PAUSE_S = 0.07
# By their place in the row: what is said to the bot by its name, what is asked without it.
NAMED, ASKED, DROPPED = {4, 13, 22}, {7, 16, 25}, {19}
SAID = 30


@pytest.fixture(scope="module")
def redis() -> Iterator[Server]:
    with a_redis() as redis:
        yield redis


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_nothing_that_is_said_while_the_bot_is_dead_is_lost_or_done_twice(
    platform: str, tmp_path: Path, fresh_postgres_url: str, redis: Server
) -> None:
    async with (
        a_crowd(platform) as crowd,
        a_team(tmp_path, fresh_postgres_url, redis, **crowd.settings) as team,
        team.operator() as operator,
    ):
        await alertmanager_fires(operator)
        records = Records(fresh_postgres_url, SEAL)
        await until(lambda: at_home(crowd, records))

        before = [await crowd.says(words(number)) for number in range(3)]
        await until(lambda: settled(records, before))  # else its lane waits for a lease to end
        await team.end("bot", signal.SIGKILL)
        missed = [await talk(crowd, number) for number in range(3, SAID)]
        await team.start("bot")
        after = [await talk(crowd, number) for number in range(SAID, SAID + 10)]
        messages = [*before, *missed, *after]
        await until(lambda: settled(records, messages))
        messages.append(await crowd.says("all is said"))
        await until(lambda: settled(records, messages))

        await all_is_taken_up_once(records, messages)
        await all_is_answered_once(crowd, records)


async def at_home(crowd: Crowd, records: Records) -> bool:
    return len(crowd.shown()) > 0 and crowd.is_heard and await records.is_at_home()


async def talk(crowd: Crowd, number: int) -> str:
    """The next contribution; busy, but not all at the same moment."""
    await asyncio.sleep(PAUSE_S)
    if number in DROPPED:
        return await crowd.drops("deploys.log", LOG.read_bytes())
    return await crowd.says(words(number), named=number in NAMED)


def words(number: int) -> str:
    """What is said as the `number`th thing; no two are alike."""
    if number in NAMED | ASKED:
        return f"what changed before part {number} broke?"
    return f"part {number} looks odd to me"


async def settled(records: Records, messages: list[str]) -> bool:
    """Whether everything was heard, and all jobs that it causes are done."""
    missing = set(messages).difference(taken.key for taken in await records.taken())
    return not missing and not await records.open_jobs(*CAUSED)


async def all_is_taken_up_once(records: Records, messages: list[str]) -> None:
    taken = await records.taken()
    keys = [each.key for each in taken]
    assert sorted(keys) == sorted(messages)
    # What is said while it starts comes live or is read again, whichever is sooner.
    earlier = messages[:SAID]
    assert [key for key in keys if key in earlier] == earlier
    assert {each.state for each in taken} == {JobState.DONE}
    numbers = range(SAID + 10)
    expected = [words(number) for number in numbers if number not in DROPPED]
    heard = await records.words()
    assert sorted(heard) == sorted([*expected, "all is said"])
    assert heard[-1] == "all is said"
    before = expected[: SAID - len(DROPPED)]
    assert [line for line in heard if line in before] == before


async def are_answered(records: Records) -> bool:
    return all(question.answered_at for question in await records.questions())


async def are_shown(crowd: Crowd) -> bool:
    shown = crowd.shown()
    return all(any(f"part {number} " in text for text in shown) for number in NAMED | ASKED)


async def all_is_answered_once(crowd: Crowd, records: Records) -> None:
    asked = await records.questions()
    assert [number.text.text for number in asked] == [
        words(number) for number in sorted(NAMED | ASKED)
    ]
    await until(lambda: are_answered(records))  # a turn that goes on for others answers some later
    events = await records.events()
    assert events[EventKind.ANSWERED] == len(asked)
    assert events[EventKind.FILE_RECEIVED] == len(DROPPED)
    assert not await records.dead_jobs()
    await until(lambda: are_shown(crowd))
    for number in NAMED | ASKED:
        mine = [text for text in crowd.shown() if f"part {number} " in text]
        assert len(mine) == 1, mine
