"""A person has a file read again, stops that, or takes the file back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.projection import fold
from core.conversation.cards.card import Mark
from core.conversation.messages.message import Attachment, MessageKind
from core.errors import NotFound, StoreUnavailable
from core.evidence.model import FileState, StoredContent
from core.jobs.kinds import EVIDENCE_PROCESS
from core.jobs.model import JobState
from storage.memory import MemoryStore
from tests.core.workflows.test_attachment_intake import THREAD
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, ReadingHere, in_memory, words_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.cases.events import CaseEvent
    from core.cases.projection import CaseView
    from core.evidence.model import ArtifactStore, EvidenceFile, Extraction, Original

QUOTE = "sqlalchemy.exc.TimeoutError"


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    house.pigeon.files["db"] = POOL_LOG.encode()
    return house


async def drop(house: House, name: str = "db.log", *, by: str = "P1") -> None:
    file = Attachment(id=name, name=name, size=len(POOL_LOG), source="db")
    await house.hear("", THREAD, by=by, manner=MessageKind.MESSAGE, attachments=(file,))


async def files_of(house: House) -> list[EvidenceFile]:
    async with house.services.reading() as unit:
        return await unit.files.of_case((await view_of(house)).case.id)


async def view_of(house: House) -> CaseView:
    async with house.services.reading() as unit:
        return await unit.cases.view((await unit.cases.by_number(1)).id)


async def events_of(house: House) -> list[CaseEvent]:
    async with house.services.reading() as unit:
        return await unit.cases.events((await view_of(house)).case.id)


async def texts_of(house: House) -> str:
    case_id = (await view_of(house)).case.id
    async with house.services.reading() as unit:
        return "\n".join(text.text for text in (await unit.cases.texts(case_id)).values())


async def is_there(house: House, file: EvidenceFile) -> bool:
    try:
        await house.services.files.original(file.blob, case_id=file.case_id)
    except NotFound:
        return False
    return True


async def replies(house: House, line: str, *, by: str = "P1") -> str:
    """What the person is answered."""
    before = len(house.pigeon.messages)
    await house.hear(line, THREAD, by=by)
    await house.work()
    return words_of(*list(house.pigeon.messages.values())[before:])


class TestDeleting:
    async def test_nothing_of_it_is_left_and_the_case_is_weighed_anew(self, house: House) -> None:
        await drop(house)
        await house.work()
        (file,) = await files_of(house)
        await house.hear("ask what does db.log say about the pool?", THREAD)
        await house.work()
        assert (await view_of(house)).hypotheses
        assert QUOTE in await texts_of(house)
        shelf = await house.services.files.shelf(file.blob, case_id=file.case_id, file_id=file.id)
        assert shelf.table is not None

        reply = await replies(house, "evidence delete e1")
        assert "#1 e1 is deleted for good" in reply
        assert await files_of(house) == []
        assert not await is_there(house, file)
        assert not shelf.table.parent.exists()
        view = await view_of(house)
        assert view.case.files == 0
        assert not [
            line for hypothesis in view.hypotheses for line in hypothesis.supporting if line.locus
        ]
        assert QUOTE not in await texts_of(house)
        (card,) = house.pigeon.shown("file")
        assert "@dana deleted e1 db.log" in words_of(card)
        assert QUOTE not in words_of(card)

    async def test_no_card_quotes_it_any_more(self, house: House) -> None:
        await drop(house)
        await drop(house, "copy of db.log")
        await house.work()
        for line in ("evidence e1", "hypotheses", "why 1", "show me the errors", "timeline"):
            await house.hear(line, THREAD)
            await house.work()
        shown = list(house.pigeon.messages.values())
        assert QUOTE in words_of(*shown)

        await house.hear("evidence delete e1", THREAD)
        await house.work()
        assert QUOTE in words_of(*house.pigeon.messages.values())  # of the copy
        cited = [row.citation or "" for card in house.pigeon.messages.values() for row in card.rows]
        assert not [citation for citation in cited if citation.startswith("db.log:")]

        await house.hear("evidence delete e2", THREAD)
        await house.work()
        after = list(house.pigeon.messages.values())
        assert QUOTE not in words_of(*after)
        assert "which was deleted" in words_of(*after)
        assert len(after) == len(shown) + 2  # edited, not posted anew
        assert isinstance(house.services.store, MemoryStore)
        tables = house.services.store.committed
        assert QUOTE not in words_of(*(queued.card for queued in tables.outbound))
        assert QUOTE not in words_of(*(message.card for message in tables.messages))

    async def test_the_log_of_the_case_keeps_that_it_was_there(self, house: House) -> None:
        await drop(house)
        await house.work()
        await replies(house, "evidence delete e1")
        events = await events_of(house)
        kinds = [event.kind for event in events]
        assert kinds.index(EventKind.FILE_RECEIVED) < kinds.index(EventKind.FILE_DELETED)
        (case_id,) = {event.case_id for event in events}
        async with house.services.reading() as unit:
            texts = await unit.cases.texts(case_id)
        assert fold(events, texts) == await view_of(house)
        assert "deleted e1 db.log" in await replies(house, "report")

    async def test_at_once_the_tables_are_what_the_log_tells(self, house: House) -> None:
        """Before the next turn has weighed anything."""
        await drop(house)
        await house.work()
        await house.say("#1 evidence delete e1")
        view, events = await view_of(house), await events_of(house)
        async with house.services.reading() as unit:
            assert fold(events, await unit.cases.texts(view.case.id)) == view
        assert not [
            line for hypothesis in view.hypotheses for line in hypothesis.supporting if line.locus
        ]

    async def test_it_may_come_again_under_a_new_number(self, house: House) -> None:
        for _ in range(2):
            await drop(house)
            await house.work()
            (file,) = await files_of(house)
            await house.say(f"#1 evidence delete e{file.number}")
            await house.work()
        await drop(house)
        await house.work()
        (file,) = await files_of(house)
        assert (file.number, file.state) == (3, FileState.PROCESSED)
        assert await is_there(house, file)

    async def test_another_case_keeps_its_own(self, house: House) -> None:
        await drop(house)
        await house.work()
        (file,) = await files_of(house)
        await house.say("open search is down")
        await house.say(f"#2 evidence {POOL_LOG}")
        await house.work()
        async with house.services.reading() as unit:
            other = await unit.cases.by_number(2)
            (pasted,) = await unit.files.of_case(other.id)
        assert pasted.blob == file.blob
        await house.say("#1 evidence delete e1")
        await house.work()
        assert not await is_there(house, file)
        assert await is_there(house, pasted)

    async def test_so_does_the_case_itself_under_another_name(self, house: House) -> None:
        for name in ("db.log", "copy.log"):
            await drop(house, name)
        await house.work()
        first, copy = await files_of(house)
        await house.say("#1 evidence delete e1")
        await house.work()
        assert await is_there(house, copy)
        assert first.blob == copy.blob
        assert [
            line
            for hypothesis in (await view_of(house)).hypotheses
            for line in hypothesis.supporting
        ]

    async def test_a_guest_may_not_and_what_is_not_there_is_said(self, house: House) -> None:
        await drop(house)
        await house.work()
        assert "Not done" in await replies(house, "evidence delete e1", by="G1")
        assert len(await files_of(house)) == 1
        assert "#1 has no evidence e7" in await replies(house, "evidence delete e7")


class TestReadingAgain:
    async def test_what_is_found_takes_the_place_of_what_was(self, house: House) -> None:
        await drop(house)
        await house.work()
        (before,) = await files_of(house)
        await house.say("#1 evidence again e1")
        (waiting,) = await files_of(house)
        assert waiting.state is FileState.RECEIVED
        async with house.services.reading() as unit:
            findings = (await unit.files.findings(before.case_id))[before.id]
        assert findings, "until then they stay"
        await house.work()
        assert await files_of(house) == [before]
        async with house.services.reading() as unit:
            assert (await unit.files.findings(before.case_id))[before.id] == findings
        kinds = [event.kind for event in await events_of(house)]
        assert kinds.count(EventKind.FILE_PROCESSED) == 2
        (card,) = house.pigeon.shown("file")
        assert "e1 db.log · log, 25 lines" in words_of(card)

    async def test_asked_twice_it_is_read_once(self, house: House) -> None:
        await drop(house)
        await house.work()
        for _ in range(2):
            await house.say("#1 evidence again e1")
        async with house.services.reading() as unit:
            waiting = await unit.jobs.listing(JobState.PENDING)
        assert [job.kind for job in waiting].count(EVIDENCE_PROCESS.name) == 1

    async def test_one_that_could_not_be_read_may_be_read_now(self, house: House) -> None:
        object.__setattr__(house.services, "runner", FullDiskReader())
        await drop(house)
        await house.work()
        assert [file.state for file in await files_of(house)] == [FileState.FAILED]
        object.__setattr__(house.services, "runner", ReadingHere())
        await house.say("#1 evidence again e1")
        await house.work()
        assert [file.state for file in await files_of(house)] == [FileState.PROCESSED]
        (card,) = house.pigeon.shown("file")
        assert card.mark is Mark.ANSWER


class FullDiskReader(ReadingHere):
    """A reader whose disk is full."""

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        message = "what was found could not be stored: No space left on device"
        raise NotFound(message)


@dataclass(frozen=True)
class EndlessReader(ReadingHere):
    """A reader that does not come to an end."""

    began: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[str] = field(default_factory=list)

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.append(name)
            self.over.set()
        raise AssertionError


class TestStopping:
    @pytest.fixture
    async def slow(self, house: House) -> AsyncIterator[EndlessReader]:
        """A file is being read, and that takes long."""
        slow = EndlessReader()
        object.__setattr__(house.services, "runner", slow)
        async with asyncio.timeout(20), house.workers.running():
            await drop(house)
            await slow.began.wait()
            yield slow

    @pytest.mark.parametrize("line", ["cancel", "cancel e1"])
    async def test_the_reader_ends_and_the_card_says_so(
        self, line: str, house: House, slow: EndlessReader
    ) -> None:
        await house.hear(line, THREAD)
        async with asyncio.timeout(20):
            await slow.over.wait()
        await house.work()
        (file,) = await files_of(house)
        assert file.state is FileState.CANCELLED
        (card,) = house.pigeon.shown("file")
        assert "@dana stopped the reading of e1 db.log" in words_of(card)
        assert [event.kind for event in await events_of(house)].count(EventKind.FILE_CANCELLED) == 1
        assert "e1 db.log · 3.2 kB, not read" in await replies(house, "evidence")

        object.__setattr__(house.services, "runner", ReadingHere())
        await house.say("#1 evidence again e1")
        await house.work()
        assert [file.state for file in await files_of(house)] == [FileState.PROCESSED]

    async def test_deleting_it_ends_the_reader_too(self, house: House, slow: EndlessReader) -> None:
        (file,) = await files_of(house)
        await house.hear("evidence delete e1", THREAD)
        async with asyncio.timeout(20):
            await slow.over.wait()
        async with asyncio.timeout(20):
            while await is_there(house, file):  # noqa: ASYNC110 - the disk tells nobody
                await asyncio.sleep(0.02)

    async def test_one_that_waits_is_never_read(self, house: House, slow: EndlessReader) -> None:
        await drop(house, "copy.log")
        await house.hear("cancel", THREAD)
        async with asyncio.timeout(20):
            await slow.over.wait()
        await house.work()
        assert [file.state for file in await files_of(house)] == [FileState.CANCELLED] * 2
        assert slow.ended == ["db.log"]


async def test_what_is_not_being_read_cannot_be_stopped(house: House) -> None:
    await drop(house)
    await house.work()
    assert "e1 of #1 is not being read" in await replies(house, "cancel e1")
    assert "nothing is under way" in await replies(house, "cancel")


class Full:
    """Files on a disk that takes nothing for a while."""

    def __init__(self, house: House) -> None:
        self.inner = house.services.files
        self.full = True

    def of_tenant(self, tenant_id: str) -> Full:
        return self

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int) -> StoredContent:
        if self.full:
            message = "the file could not be stored: No space left on device"
            raise StoreUnavailable(message)
        return await self.inner.put(chunks, limit=limit)


class TestAFullDisk:
    async def test_a_dropped_file_is_told_and_comes_when_there_is_room(self, house: House) -> None:
        disk = Full(house)
        object.__setattr__(house.services, "file_store", disk)
        await drop(house)
        await house.work()
        house.clock.advance(400)
        await house.work()
        (card,) = house.pigeon.shown("reply")
        assert "could not be stored: No space left on device" in words_of(card)
        assert "Next: Free disk space" in words_of(card)
        assert await files_of(house) == []
        disk.full = False
        house.clock.advance(400)
        await house.work()
        assert [file.state for file in await files_of(house)] == [FileState.PROCESSED]

    async def test_pasted_lines_hold_up_nobody(self, house: House) -> None:
        disk = Full(house)
        object.__setattr__(house.services, "file_store", disk)
        reply = await replies(house, f"evidence {POOL_LOG}")
        assert "could not be stored: No space left on device" in reply
        assert "paste it again" in reply
        assert "#1" in await replies(house, "status")
        disk.full = False
        assert "#1" in await replies(house, f"evidence {POOL_LOG}") or await files_of(house)


def test_only_the_words_for_a_file_are_taken_for_them() -> None:
    from core.conversation.commands.arguments import file_or_lines  # noqa: PLC0415

    assert file_or_lines("Delete E3").act == "delete"
    assert file_or_lines("again e12").file == 12
    for lines in ("delete e3 failed", "again and again", "e3 again", "deleted e3"):
        assert file_or_lines(lines).text == lines
    assert replace(file_or_lines("e3")).act == ""


@pytest.mark.parametrize("text", ["delete", "again", "delete 3", "Delete e3, e4", "delete all"])
async def test_nobody_is_left_to_believe_that_a_file_was_deleted(house: House, text: str) -> None:
    answer = await replies(house, f"evidence {text}")
    assert "which file" in answer
    assert await files_of(house) == []
