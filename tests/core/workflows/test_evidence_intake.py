"""A file becomes evidence once: stored, noted in the case, read by a worker, shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.evidence_files import PASTE
from core.cases.lifecycle import SYSTEM
from core.context import Rules
from core.conversation.cards.card import Mark
from core.conversation.messages.question_inbox import WAITS_FOR_FILES
from core.errors import LeaseLost, NotFound, OutOfLimits, StoreUnavailable, TooLarge
from core.evidence.model import EvidenceFile, FileState
from core.investigation.reasoner import Deterministic
from core.jobs.kinds import (
    CASE_AWAITS_FILES,
    CASE_INVESTIGATE,
    EVIDENCE_LET_GO,
    EVIDENCE_PROCESS,
)
from core.jobs.model import LEASE, Audience, JobState
from core.workflows.evidence_intake import (
    DRAWN_FILES,
    TURN_AFTER,
    ArrivingFile,
    investigate_what_is_read,
    read_evidence,
    receive_file,
    receive_files,
)
from storage.memory import MemoryJobs, MemoryStore
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, in_memory, words_of
from tests.fakes.claims import claim_one
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from core.cases.projection import CaseView
    from core.evidence.model import ArtifactStore, Extraction, Finding, Original
    from core.investigation.decision import Decision, Situation
    from core.investigation.ports import TurnInProgress
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

SECRET = "hunter2-s3cr3t-value"  # noqa: S105 - planted


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.work()
    return house


async def chunks(*content: bytes) -> AsyncIterator[bytes]:
    for chunk in content:
        yield chunk


async def receive(
    house: House, content: bytes, *, name: str = "db.log", by: str = SYSTEM, service: str = "db"
) -> EvidenceFile | None:
    view = await view_of(house)
    half = len(content) // 2
    return await receive_file(
        view.case.id,
        chunks(content[:half], content[half:]),
        name=name,
        by=by,
        service=service,
        services=house.services,
    )


async def view_of(house: House) -> CaseView:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        return await unit.cases.view(case.id)


async def files_of(house: House) -> list[EvidenceFile]:
    async with house.services.reading() as unit:
        return await unit.files.of_case((await view_of(house)).case.id)


async def findings_of(house: House, file: EvidenceFile) -> tuple[Finding, ...]:
    async with house.services.reading() as unit:
        return (await unit.files.findings(file.case_id)).get(file.id, ())


async def kinds_of(house: House) -> list[EventKind]:
    async with house.services.reading() as unit:
        events = await unit.cases.events((await view_of(house)).case.id)
    return [event.kind for event in events]


async def claim(house: House) -> Job:
    """The job that reads the file, leased to us."""
    store = house.services.store
    assert isinstance(store, MemoryStore)
    async with store.reading(CONTEXT) as unit:
        (waiting,) = [
            job
            for job in await unit.jobs.listing(JobState.PENDING)
            if job.kind == EVIDENCE_PROCESS.name
        ]
    job = await claim_one(MemoryJobs(store), waiting.id, at=house.clock.now())
    assert job is not None
    return job


async def test_one_file_is_read_before_most_of_the_many_that_another_person_sent_before(
    house: House,
) -> None:
    """An attack: a hundred archives, a few in each of many cases, each of which takes seconds."""
    for number in range(12):
        await receive(house, b"a%d" % number, name=f"{number}.zip", by="@bob")
    mine = await receive(house, b"one line", name="one.log", by="@alice")
    assert mine is not None
    store = house.services.store
    assert isinstance(store, MemoryStore)
    jobs = MemoryJobs(store)
    order = []
    while (
        job := await jobs.claim((Audience.WORKER,), owner="w", at=house.clock.now(), lease=LEASE)
    ) is not None:
        order += [job.payload["file_id"]] if job.kind == EVIDENCE_PROCESS.name else []
    assert order.index(mine.id) < 4


async def test_it_is_stored_and_noted_and_a_worker_is_told(house: House) -> None:
    file = await receive(house, POOL_LOG.encode())
    assert file is not None
    assert (file.number, file.name.text, file.service) == (1, "db.log", "db")
    assert (file.state, file.size) == (FileState.RECEIVED, len(POOL_LOG))
    files = house.services.files
    await files.hold(file.blob, case_id=file.case_id)
    original = await files.original(file.blob, case_id=file.case_id)
    with original.open() as stream:
        assert stream.read() == POOL_LOG.encode()
    assert (await kinds_of(house)).count(EventKind.FILE_RECEIVED) == 1
    assert (await view_of(house)).case.files == 1
    job = await claim(house)
    assert (job.audience, job.lane) == (Audience.WORKER, f"file:{file.id}")


async def test_the_same_content_under_the_same_name_is_known_already(house: House) -> None:
    first = await receive(house, b"one and only\n")
    before = await kinds_of(house)
    assert await receive(house, b"one and only\n") is None
    assert await kinds_of(house) == before
    assert await files_of(house) == [first]

    other_name = await receive(house, b"one and only\n", name="copy.log")
    other_content = await receive(house, b"one and only!\n")
    assert [file.number for file in await files_of(house)] == [1, 2, 3]
    assert first is not None
    assert other_name is not None
    assert other_content is not None
    assert first.blob == other_name.blob != other_content.blob


async def test_two_at_once_are_one(house: House) -> None:
    both = await asyncio.gather(*(receive(house, b"the very same\n") for _ in range(2)))
    assert len([file for file in both if file]) == 1
    assert (await view_of(house)).case.files == 1


async def test_a_person_who_brings_one_takes_part(house: House) -> None:
    owner = (await view_of(house)).case.owner
    await receive(house, b"x\n", by="lee")
    view = await view_of(house)
    assert view.case.spoken_at is not None
    assert view.case.owner == owner
    (file,) = await files_of(house)
    assert file.received_from == "lee"


async def test_a_name_may_hold_a_secret_too(house: House) -> None:
    file = await receive(house, b"x\n", name=f"dump-password={SECRET}.log")
    assert file is not None
    assert SECRET not in file.name.text


@pytest.mark.parametrize(
    ("name", "kept"),
    [("", "unnamed"), (" \n", "unnamed"), ("fxe.\u202egol.log", "fxe.\ufffdgol.log")],
    ids=["empty", "blank", "turned around"],
)
async def test_a_name_can_be_read_and_deceives_nobody(house: House, name: str, kept: str) -> None:
    file = await receive(house, b"x\n", name=name)
    assert file is not None
    assert file.name.text == kept


async def test_pasted_lines_are_a_file(house: House) -> None:
    await house.say(f"evidence {POOL_LOG}")
    async with house.services.reading() as unit:
        (file,) = await unit.files.of_case((await view_of(house)).case.id)
    assert (file.name.text, file.service) == (PASTE, None)


async def test_what_is_too_large_is_noted_and_kept_nowhere(house: House) -> None:
    object.__setattr__(house.services, "rules", Rules(max_file_bytes=10))
    for _ in range(2):  # sent again, it is the same one
        with pytest.raises(TooLarge):
            await receive(house, b"eleven byte", name="core.dump")
    (file,) = await files_of(house)
    assert (file.name.text, file.state, file.was_stored) == ("core.dump", FileState.FAILED, False)
    assert file.problem is not None
    assert "more than 10 bytes" in file.problem.text


async def test_a_case_that_is_not_there_gets_none(house: House) -> None:
    with pytest.raises(NotFound):
        await receive_file(
            "case_gone", chunks(b"x"), name="x", by="dana", service=None, services=house.services
        )


async def test_read_it_says_what_is_in_it_and_starts_a_turn(house: House) -> None:
    await receive(house, POOL_LOG.encode())
    turns = (await view_of(house)).case.turns
    await house.work()
    (file,) = await files_of(house)
    assert (file.state, file.lines, file.errors) == (FileState.PROCESSED, 25, 20)
    assert file.data_type is not None
    assert await findings_of(house, file)
    (card,) = house.chat.shown("file")
    assert "e1 db.log · log, 25 lines" in words_of(card)
    view = await view_of(house)
    assert view.case.turns == turns + 1
    assert view.hypotheses[0].cause.fault == "connection_pool_exhausted"


@dataclass
class CountingTurns:
    """Decides as the server does, and counts how often it is asked to."""

    decisions: int = 0

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        self.decisions += 1
        return await Deterministic().decide(situation, turn)


async def with_files(tmp_path: Path, count: int) -> tuple[House, CountingTurns]:
    reasoner = CountingTurns()
    house = in_memory(tmp_path, reasoner=reasoner)
    await house.say("open checkout is slow")
    await house.work()
    reasoner.decisions = 0
    for number in range(count):
        await receive(house, f"{number}\n".encode(), name=f"{number}.log")
    return house, reasoner


async def test_the_files_of_a_folder_are_not_shown_one_by_one(tmp_path: Path) -> None:
    house, _ = await with_files(tmp_path, DRAWN_FILES + 10)
    house.chat.calls.clear()
    await house.work()
    assert len(house.chat.shown("file")) == 1
    assert len(house.chat.calls) < DRAWN_FILES
    case_card = words_of(*house.chat.shown("case"))
    assert f"{DRAWN_FILES + 10} logs" in case_card


async def next_of(house: House, audience: Audience) -> Job:
    """Leased to us."""
    store = house.services.store
    assert isinstance(store, MemoryStore)
    jobs, at = MemoryJobs(store), house.clock.now()
    job = await jobs.claim([audience], owner="test", at=at, lease=LEASE)
    assert job is not None
    return job


async def pending_kinds(house: House) -> list[str]:
    async with house.services.reading() as unit:
        return [job.kind for job in await unit.jobs.listing(JobState.PENDING)]


async def test_many_files_are_one_turn(tmp_path: Path) -> None:
    house, reasoner = await with_files(tmp_path, 5)
    planned = []
    for _ in range(5):
        await read_evidence(await next_of(house, Audience.WORKER), services=house.services)
        planned.append(CASE_INVESTIGATE.name in await pending_kinds(house))
    assert planned == [False, False, False, False, True]
    house.clock.advance(60)
    await house.work()
    assert reasoner.decisions == 1


async def test_files_that_take_long_hold_no_turn_up(tmp_path: Path) -> None:
    house, _ = await with_files(tmp_path, 2)
    await read_evidence(await next_of(house, Audience.WORKER), services=house.services)
    assert CASE_INVESTIGATE.name not in await pending_kinds(house)
    house.clock.advance(TURN_AFTER.total_seconds())
    job = await next_of(house, Audience.ANY)
    assert job.kind == CASE_AWAITS_FILES.name
    await investigate_what_is_read(job, services=house.services)
    assert CASE_INVESTIGATE.name in await pending_kinds(house)


async def test_a_question_waits_for_the_files_that_came_before_it(tmp_path: Path) -> None:
    house, reasoner = await with_files(tmp_path, 2)
    await house.say("#1 ask what is the cause?")
    assert CASE_INVESTIGATE.name not in await pending_kinds(house)
    for _ in range(2):
        await read_evidence(await next_of(house, Audience.WORKER), services=house.services)
    await house.work()
    assert reasoner.decisions == 1
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        assert not await unit.questions.open(case.id)


async def test_a_question_waits_not_for_ever(tmp_path: Path) -> None:
    house, _ = await with_files(tmp_path, 1)
    await house.say("#1 ask what is the cause?")
    house.clock.advance(WAITS_FOR_FILES.total_seconds())
    job = await next_of(house, Audience.ANY)
    await investigate_what_is_read(job, services=house.services)
    assert CASE_INVESTIGATE.name in await pending_kinds(house)


async def test_a_file_that_is_stopped_keeps_no_other_waiting(tmp_path: Path) -> None:
    house, reasoner = await with_files(tmp_path, 2)
    await read_evidence(await next_of(house, Audience.WORKER), services=house.services)
    await house.say("#1 cancel e2")
    await house.work()
    assert reasoner.decisions == 1


class LimitedReader:
    """A reader that stops at a limit."""

    async def expect(self, *, case_key: bytes) -> None: ...

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        message = f"reading takes longer than 120 s, password={SECRET}"
        raise OutOfLimits(message)


async def test_what_cannot_be_read_is_said_and_the_case_goes_on(house: House) -> None:
    await receive(house, b"\x00\x01")
    job = await claim(house)
    services = replace(house.services, runner=LimitedReader())
    await read_evidence(job, services=services)
    await house.work()
    (file,) = await files_of(house)
    assert file.state is FileState.FAILED
    assert file.problem is not None
    assert "reading takes longer than 120 s" in file.problem.text
    assert SECRET not in file.problem.text
    (card,) = house.chat.shown("file")
    assert card.mark is not Mark.PROGRESS
    assert "reading takes longer than 120 s" in words_of(card)
    assert (await kinds_of(house)).count(EventKind.FILE_PROCESSED) == 1


async def test_what_was_found_before_outlives_a_reading_that_fails(house: House) -> None:
    await receive(house, POOL_LOG.encode())
    await house.work()
    (file,) = await files_of(house)
    findings = await findings_of(house, file)
    assert findings
    await house.say("#1 evidence again e1")
    job = await claim(house)
    await read_evidence(job, services=replace(house.services, runner=LimitedReader()))
    await house.work()
    (again,) = await files_of(house)
    assert await findings_of(house, again) == findings
    assert (again.state, again.lines) == (FileState.PROCESSED, file.lines)
    (card,) = house.chat.shown("file")
    assert "could not be read again" in words_of(card)
    assert "What was found before stays" in words_of(card)
    assert SECRET not in words_of(card)
    assert "connection" in words_of(*await house.say("#1 errors"))  # the table is there, too

    await house.say("#1 evidence again e1")
    await house.work()
    assert (await files_of(house))[0].problem is None


@pytest.mark.parametrize("name", ["db.log", "copy.log"])
async def test_content_that_came_twice_goes_with_the_delete(house: House, name: str) -> None:
    await receive(house, POOL_LOG.encode())
    await receive(house, POOL_LOG.encode(), name=name)
    await house.work()
    (file, *others) = await files_of(house)
    for deleted in (file, *others):
        await house.say(f"#1 evidence delete {deleted.tag.text}")
    await house.work()
    with pytest.raises(NotFound):
        await house.services.files.hold(file.blob, case_id="case_2")


async def test_content_that_was_stopped_before_it_was_read_goes_with_the_delete(
    house: House,
) -> None:
    file = await receive(house, POOL_LOG.encode())
    assert file is not None
    await house.say("#1 cancel e1")
    await house.say("#1 evidence delete e1")
    await house.work()
    with pytest.raises(NotFound):
        await house.services.files.hold(file.blob, case_id="case_2")


async def test_read_twice_it_counts_once(house: House) -> None:
    await receive(house, POOL_LOG.encode())
    job = await claim(house)
    await read_evidence(job, services=house.services)
    (file,) = await files_of(house)
    before = (await kinds_of(house), await findings_of(house, file))
    with pytest.raises(LeaseLost):
        await read_evidence(job, services=house.services)
    assert (await kinds_of(house), await findings_of(house, file)) == before


async def test_killed_before_its_commit_it_is_read_again(tmp_path: Path) -> None:
    dying = [False]

    async def seam(point: str) -> None:
        if dying[0] and point == "commit":
            dying[0] = False
            message = "power cut"
            raise StoreUnavailable(message)

    house = in_memory(tmp_path, seam=seam)
    await house.say("open checkout is slow")
    await house.work()
    await receive(house, POOL_LOG.encode())
    job = await claim(house)
    dying[0] = True
    with pytest.raises(StoreUnavailable):
        await read_evidence(job, services=house.services)
    assert [file.state for file in await files_of(house)] == [FileState.RECEIVED]
    assert EventKind.FILE_PROCESSED not in await kinds_of(house)

    await read_evidence(job, services=house.services)
    assert [file.state for file in await files_of(house)] == [FileState.PROCESSED]
    assert (await kinds_of(house)).count(EventKind.FILE_PROCESSED) == 1


async def receive_together(house: House, count: int) -> list[EvidenceFile]:
    arriving = [
        ArrivingFile(chunks=chunks(f"{number} {POOL_LOG}".encode()), name=f"{number}.log")
        for number in range(count)
    ]
    case_id = (await view_of(house)).case.id
    return await receive_files(case_id, arriving, by=SYSTEM, services=house.services)


async def test_files_that_come_together_take_a_job_and_two_commits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits, unit = 0, type(house.services).unit

    def count(services: Services) -> AbstractAsyncContextManager[Unit]:
        nonlocal commits
        commits += 1
        return unit(services)

    monkeypatch.setattr(type(house.services), "unit", count)
    files = await receive_together(house, 30)
    job = await claim(house)
    await read_evidence(job, services=house.services)
    assert commits == 2
    assert job.payload["file_id"] == files[0].id
    assert {file.state for file in await files_of(house)} == {FileState.PROCESSED}
    kinds = await kinds_of(house)
    assert kinds.count(EventKind.FILE_RECEIVED) == kinds.count(EventKind.FILE_PROCESSED) == 30
    assert CASE_INVESTIGATE.name in await pending_kinds(house)


async def test_those_known_already_are_left_out(house: House) -> None:
    await receive_together(house, 2)
    assert [file.name.text for file in await receive_together(house, 3)] == ["2.log"]


async def test_a_job_that_failed_leaves_the_others_to_jobs_of_their_own(house: House) -> None:
    files = await receive_together(house, 3)
    again = replace(await claim(house), attempts=2)
    await read_evidence(again, services=house.services)
    assert [file.state for file in await files_of(house)] == [
        FileState.PROCESSED,
        FileState.RECEIVED,
        FileState.RECEIVED,
    ]
    async with house.services.reading() as unit:
        pending = await unit.jobs.listing(JobState.PENDING)
    reading = [job.payload for job in pending if job.kind == EVIDENCE_PROCESS.name]
    assert reading == [{"file_id": file.id, "more": ""} for file in files[1:]]


async def test_one_that_a_person_deletes_keeps_none_of_the_others_from_being_read(
    house: House,
) -> None:
    _, second, _ = await receive_together(house, 3)
    job = await claim(house)
    await house.say(f"#1 evidence delete {second.tag.text}")
    await house.work()  # it is let go of before this job gets to it
    await read_evidence(job, services=house.services)
    assert [file.number for file in await files_of(house)] == [1, 3]
    assert {file.state for file in await files_of(house)} == {FileState.PROCESSED}
    assert EVIDENCE_LET_GO.name in await pending_kinds(house)
    await house.work()
    with pytest.raises(NotFound):
        await house.services.files.original(second.blob, case_id=second.case_id)


class WatchedReader(LimitedReader):
    """Notes who is read, and how many are at a time."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.most = self._now = 0

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        self._now += 1
        self.most = max(self.most, self._now)
        self.names.append(name)
        await asyncio.sleep(0.001)
        self._now -= 1
        return await super().extract(
            original, name=name, service=service, case_key=case_key, shelf=shelf
        )


async def test_of_the_files_of_a_job_one_is_read_at_a_time(house: House) -> None:
    received = await receive_together(house, 5)
    reader = WatchedReader()
    await read_evidence(await claim(house), services=replace(house.services, runner=reader))
    assert (reader.most, sorted(reader.names)) == (
        1,
        [file.name.text for file in received],
    )
    assert {file.state for file in await files_of(house)} == {FileState.FAILED}
