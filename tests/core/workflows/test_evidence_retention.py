"""Originals are kept for their time, held by their cases, and then let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.context import Rules
from core.errors import NotFound, StoreUnavailable
from core.evidence.model import FileState
from core.jobs.kinds import EVIDENCE_UPKEEP
from core.jobs.model import JobState
from core.workflows.retention import KEEP_UNCLAIMED, UPKEEP_EVERY, hold_all, plan_upkeep
from storage.files import LocalFiles
from storage.sealing.keys import Keyring
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.evidence.model import EvidenceFile

MOMENT = timedelta(minutes=1)
KEEP_ORIGINALS = Rules().keep_originals


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """A case with a file, resolved."""
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    await house.say("resolve pool set to 40")
    await house.work()
    return house


async def pass_by(house: House, span: timedelta) -> None:
    """Time, and the upkeep that is due then."""
    house.clock.advance(span.total_seconds())
    await plan_upkeep(services=house.services)
    await house.work()


async def files_of(house: House, number: int = 1) -> list[EvidenceFile]:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(number)
        return await unit.files.of_case(case.id)


async def is_there(house: House, file: EvidenceFile) -> bool:
    try:
        await house.services.files.original(file.blob, case_id=file.case_id)
    except NotFound:
        return False
    return True


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_an_original_goes_when_its_time_is_over_and_what_was_found_stays(
    house: House,
) -> None:
    await pass_by(house, KEEP_ORIGINALS - MOMENT)
    (file,) = await files_of(house)
    assert file.is_kept
    assert await is_there(house, file)

    await pass_by(house, UPKEEP_EVERY)
    (file,) = await files_of(house)
    assert file.let_go_at == house.clock.now()
    assert file.state is FileState.PROCESSED
    assert not await is_there(house, file)
    async with house.services.reading() as unit:
        assert (await unit.files.findings(file.case_id))[file.id]
        kinds = [event.kind for event in await unit.cases.events(file.case_id)]
    assert kinds.count(EventKind.FILE_LET_GO) == 1
    assert "original gone since" in words_of(*await house.say("#1 evidence e1"))
    reply = words_of(*await house.say("#1 evidence again e1"))
    assert "the original of e1 in #1 is not kept any more" in reply

    await pass_by(house, UPKEEP_EVERY)
    assert (await files_of(house))[0].let_go_at == file.let_go_at


async def test_sent_again_after_that_it_is_the_file_that_it_was(house: House) -> None:
    await pass_by(house, KEEP_ORIGINALS + MOMENT)
    (gone,) = await files_of(house)
    assert not gone.is_kept
    await house.say("#1 reopen")
    await house.say(f"#1 evidence {POOL_LOG}")
    await house.work()
    (back,) = await files_of(house)
    assert (back.id, back.state) == (gone.id, FileState.PROCESSED)
    assert back.is_kept
    assert await is_there(house, back)
    await pass_by(house, UPKEEP_EVERY)
    assert await is_there(house, back)
    await house.say("#1 evidence delete e1")
    await house.work()
    with pytest.raises(NotFound):  # for anyone
        await house.services.files.hold(back.blob, case_id="case_2")


async def test_never_of_a_case_that_is_open(house: House) -> None:
    await house.say("#1 reopen")
    await house.work()
    await pass_by(house, 2 * KEEP_ORIGINALS)
    (file,) = await files_of(house)
    assert file.is_kept
    assert await is_there(house, file)


async def test_another_case_keeps_the_same_content(house: House) -> None:
    await house.say("open search is down")
    await house.say(f"#2 evidence {POOL_LOG}")
    await house.work()
    await pass_by(house, KEEP_ORIGINALS + MOMENT)
    (gone,), (kept,) = await files_of(house, 1), await files_of(house, 2)
    assert gone.blob == kept.blob
    assert not await is_there(house, gone)
    assert await is_there(house, kept)


async def test_what_never_became_evidence_goes_and_what_waits_to_be_read_stays(
    house: House,
) -> None:
    files = house.services.files
    blob = (await files.put(pieces(b"nobody's"), limit=100)).blob
    await house.say("open search is down")
    await house.say(f"#2 evidence {POOL_LOG}\nand more")  # no worker takes it for days
    async with house.services.unit() as unit:
        jobs = await unit.jobs.listing(JobState.PENDING)
        assert "evidence.process" in [job.kind for job in jobs]
    (waiting,) = await files_of(house, 2)
    house.clock.advance((KEEP_UNCLAIMED + MOMENT).total_seconds())
    await hold_all(services=house.services)
    assert await files.sweep(before=house.clock.now() - KEEP_UNCLAIMED) == 1
    with pytest.raises(NotFound):
        await files.hold(blob, case_id="case_1")
    assert await is_there(house, waiting)


async def test_it_goes_on_for_ever_and_is_planned_once(house: House) -> None:
    for _ in range(3):
        await plan_upkeep(services=house.services)
    await house.work()
    async with house.services.reading() as unit:
        pending = await unit.jobs.listing(JobState.PENDING)
    (following,) = [job for job in pending if job.kind == EVIDENCE_UPKEEP.name]
    assert following.run_at == house.clock.now() + UPKEEP_EVERY


async def test_a_damaged_original_does_not_keep_the_others_under_an_old_secret(
    house: House, tmp_path: Path
) -> None:
    await house.say("open search is down")
    await house.say("#2 evidence ERROR one line\nERROR another")
    await house.work()
    folder, old, new = tmp_path / "sealed", b"the secret of before", b"the secret of now"
    held = [*await files_of(house, 1), *await files_of(house, 2)]
    for file in held:
        content = await house.services.files.original(file.blob, case_id=file.case_id)
        sealed = LocalFiles(folder, Keyring(old))
        with content.open() as stream:
            await sealed.of_tenant("default").put(pieces(stream.read()), limit=10**7)
        await sealed.of_tenant("default").hold(file.blob, case_id=file.case_id)
    damaged, sound = sorted(held, key=lambda file: file.id)
    (slot,) = folder.rglob(f"{damaged.blob}*/{damaged.case_id}")
    *start, last = slot.read_bytes()
    slot.write_bytes(bytes([*start, last ^ 1]))
    await hold_all(
        services=replace(house.services, file_store=LocalFiles(folder, Keyring(new, old)))
    )
    now = LocalFiles(folder, Keyring(new))
    assert (
        await now.of_tenant("default").original(sound.blob, case_id=sound.case_id)
    ).size == sound.size
    with pytest.raises(StoreUnavailable):
        await now.of_tenant("default").original(damaged.blob, case_id=damaged.case_id)
