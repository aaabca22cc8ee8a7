"""Each member of an archive becomes a file of its own, once, and goes with its archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cases.lifecycle import SYSTEM
from core.errors import StoreUnavailable
from core.evidence.archives.bounds import MAX_DEPTH, MAX_FAMILY_PICTURES
from core.evidence.model import Coverage, DataType, EvidenceFile, FileState
from core.jobs.kinds import EVIDENCE_PROCESS, process_evidence
from core.jobs.model import JobState
from core.workflows.evidence_intake import read_evidence
from storage.files import LocalFiles
from storage.memory import MemoryStore
from storage.memory.store import nothing_happens
from storage.sealing.keys import Keyring
from tests.core.evidence.archives.archives import LINES, a_tar, a_zip
from tests.core.workflows.test_evidence_intake import claim, files_of, findings_of, receive
from tests.fakes.chat import House, in_memory, words_of
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from pathlib import Path


SECRET = "hunter2-s3cr3t-value"  # noqa: S105  # pragma: allowlist secret - planted
MEMBERS = {
    "api/app.log": LINES * 3,
    "db/db.log": LINES * 4,
    "values.yaml": b"pool: 10\n",
}


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """Originals rest sealed on a disk, as they do in a server."""
    files = LocalFiles(tmp_path / "files", Keyring(b"a secret of tests"))
    house = in_memory(tmp_path, files=files)
    await house.say("open checkout is slow")
    await house.work()
    return house


async def dropped(house: House, content: bytes, *, name: str = "bundle.zip") -> None:
    assert await receive(house, content, name=name, by="@dana", service="") is not None
    await house.work()


async def by_name(house: House) -> dict[str, EvidenceFile]:
    return {file.name.text: file for file in await files_of(house)}


async def test_who_drops_one_file_does_not_wait_for_an_archive_of_many(house: House) -> None:
    many = {f"{number:03}.log": b"line %d\n" % number for number in range(70)}
    assert await receive(house, a_tar(many), name="bundle.tar", by=SYSTEM, service="")
    await read_evidence(await claim(house), services=house.services)
    async with house.services.reading() as unit:
        first, *others = sorted(
            job.priority
            for job in await unit.jobs.listing(JobState.PENDING)
            if job.kind == EVIDENCE_PROCESS.name
        )
    dropped_now = process_evidence("file_of_another_case", CONTEXT, size=1).priority
    assert dropped_now <= first
    assert all(dropped_now < other for other in others)
    await house.work()
    assert len(await files_of(house)) == 71


async def test_members_are_read_as_if_they_had_been_dropped(house: House) -> None:
    await dropped(house, a_zip(MEMBERS))
    files = await by_name(house)
    archive, log = files["bundle.zip"], files["bundle.zip/api/app.log"]
    assert set(files) == {"bundle.zip", *(f"bundle.zip/{path}" for path in MEMBERS)}
    assert (archive.data_type, archive.events, archive.coverage) == (
        DataType.ARCHIVE,
        3,
        Coverage.WHOLE,
    )
    assert (log.state, log.data_type, log.lines) == (FileState.PROCESSED, DataType.LOG, 3)
    assert (log.archive_id, log.service, log.received_from) == (archive.id, "api", "@dana")
    assert files["bundle.zip/values.yaml"].data_type is DataType.CONFIG
    assert (await findings_of(house, log))[0].locus.file == "bundle.zip/api/app.log"


async def test_a_member_is_of_the_archives_service_unless_its_path_says_otherwise(
    house: House,
) -> None:
    archive = a_zip({"app.log": LINES, "db/app.log": LINES * 2})
    assert await receive(house, archive, name="x.zip", service="checkout") is not None
    await house.work()
    files = await by_name(house)
    assert files["x.zip/app.log"].service == "checkout"
    assert files["x.zip/db/app.log"].service == "db"


async def test_what_was_unpacked_rests_nowhere_else(house: House, tmp_path: Path) -> None:
    await dropped(house, a_zip(MEMBERS))
    archive = (await by_name(house))["bundle.zip"]
    assert not (tmp_path / "files" / "default" / "derived" / archive.id).exists()


async def test_archives_in_archives_are_unpacked_so_deep_and_no_deeper(house: House) -> None:
    content = LINES
    for name in ["app.log", *["inner.tar"] * MAX_DEPTH]:
        content = a_tar({name: content})
    await dropped(house, content, name="bundle.tar")
    deepest = max(await files_of(house), key=lambda file: len(file.name.text))
    assert deepest.name.text.count("/") == MAX_DEPTH
    assert deepest.coverage is Coverage.NONE
    assert deepest.problem is not None
    assert deepest.problem.text.startswith("archives in archives are unpacked 3 deep")


async def test_a_secret_in_a_members_name_is_shown_nowhere(house: House) -> None:
    await dropped(
        house, a_zip({f"db_password={SECRET}/app.log": LINES, f"password={SECRET}.pdf": b"x"})
    )
    files = await files_of(house)
    shown = [file.name.text for file in files]
    shown += [file.problem.text for file in files if file.problem]
    shown.append(words_of(*house.chat.messages.values()))
    assert len(files) == 2
    assert SECRET not in "\n".join(shown)


@pytest.mark.parametrize(
    ("commits", "moment", "members"),
    [(0, "commit", 0), (0, "committed", 32), (1, "commit", 32), (2, "commit", 34)],
)
async def test_a_kill_between_members_loses_and_doubles_nothing(
    house: House, commits: int, moment: str, members: int
) -> None:
    many = {f"{number:03}.log": b"line %d\n" % number for number in range(34)}
    assert await receive(house, a_tar(many), name="bundle.tar", by=SYSTEM, service="")
    job, store, left = await claim(house), house.services.store, [None] * commits
    assert isinstance(store, MemoryStore)

    async def die(seam: str) -> None:
        if seam == moment:
            if not left:
                message = "the process was killed here"
                raise StoreUnavailable(message)
            left.pop()

    store.seam = die
    with pytest.raises(StoreUnavailable):
        await read_evidence(job, services=house.services)
    store.seam = nothing_happens
    before = {file.id for file in await files_of(house)}
    assert len(before) == 1 + members
    house.clock.advance(3600)
    await house.work()
    files = await files_of(house)
    assert before <= {file.id for file in files}
    names = sorted(file.name.text for file in files)
    assert names == sorted(["bundle.tar", *(f"bundle.tar/{path}" for path in many)])
    assert all(file.state is FileState.PROCESSED for file in files)


async def test_deleting_the_archive_deletes_all_that_was_unpacked(
    house: House, tmp_path: Path
) -> None:
    inner = a_tar({"inner.log": LINES * 9})
    await dropped(house, a_zip(MEMBERS | {"inner.tar": inner}))
    assert len(await files_of(house)) == 6
    await house.say("evidence delete e1")
    await house.work()
    assert await files_of(house) == []
    blobs = [path for path in (tmp_path / "files" / "default").rglob("*") if path.is_file()]
    assert [path for path in blobs if not path.name.startswith(".")] == []


async def test_reading_the_archive_again_doubles_nothing(house: House) -> None:
    await dropped(house, a_zip(MEMBERS))
    before = {file.id: file.number for file in await files_of(house)}
    await house.say("evidence again e1")
    await house.work()
    assert {file.id: file.number for file in await files_of(house)} == before


async def test_one_line_tells_of_the_archive(house: House) -> None:
    await dropped(house, a_zip(MEMBERS | {"logo.pdf": b"x"}))
    listing = words_of(*await house.say("evidence"))
    assert "e1 bundle.zip · archive, 3 files (" in listing
    card = words_of(*house.chat.messages.values())
    assert "3 of 4 files read, left out: 1 by name (logo.pdf)" in card


async def test_pictures_of_an_archive_and_those_in_it_are_bounded_together(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\ncat > /dev/null\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    pictures = {f"{number}.png": b"\x89PNG\r\n\x1a\n" for number in range(4)}
    await dropped(house, a_zip({**pictures, "in.zip": a_zip(pictures), "a.log": LINES}))
    files = await by_name(house)
    assert sum(name.endswith(".png") for name in files) == MAX_FAMILY_PICTURES
    problem = files["bundle.zip/in.zip"].problem
    assert problem is not None
    assert problem.text.startswith("3 files of it were left out")
