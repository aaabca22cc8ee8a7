"""An archive that is sent with a turn is answered by what is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from faultmaven.worker_pool import start_pool
from storage.files import LocalFiles
from storage.memory import MemoryJobs, MemoryStore
from storage.sealing.keys import Keyring
from tests.api.conftest import LOG, Desk
from tests.core.evidence.archives.archives import a_tar, a_zip
from tests.fakes.chat import EVERYONE

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = a_zip(
    {"db/db.log": LOG, "in.tgz": a_tar({"b.log": LOG * 2}, compression="gz"), "x.png": b""}
)


@pytest.fixture
def sealed_desk(desk: Desk, tmp_path: Path) -> Desk:
    """Its originals rest sealed on a disk, as they do in a server."""
    files = LocalFiles(tmp_path / "files", Keyring(b"a secret of tests"))
    services = replace(desk.api.services, file_store=files)
    desk.api.services = services
    desk.api.serves(services)
    assert isinstance(services.store, MemoryStore)
    jobs = MemoryJobs(services.store)
    desk.workers = start_pool(jobs, services=services, audiences=EVERYONE, owner="t")
    return desk


async def test_members_are_files_of_the_case_and_answer_the_turn(sealed_desk: Desk) -> None:
    sent: dict[str, Any] = {"files": [("bundle.zip", BUNDLE)], "query": "what is going on?"}
    answer = await sealed_desk.answered(**sent)
    assert "bundle.zip/db/db.log" in answer["agent_response"]
    assert len(answer["attachments_processed"]) == 1
    path = f"/cases/{sealed_desk.case_id}/uploaded-files"
    listed = await sealed_desk.api.client.get(path, headers=sealed_desk.headers)
    names = {file["filename"] for file in listed.json()["files"]}
    assert names == {
        "bundle.zip",
        "bundle.zip/db/db.log",
        "bundle.zip/in.tgz",
        "bundle.zip/in.tgz/b.log",
    }


async def test_deleting_it_deletes_them(sealed_desk: Desk) -> None:
    answer = await sealed_desk.answered(files=[("bundle.zip", BUNDLE)])
    (attachment,) = answer["attachments_processed"]
    path = f"/evidence/{attachment['file_id']}"
    gone = await sealed_desk.api.client.delete(path, headers=sealed_desk.headers)
    assert gone.status_code in (200, 204)
    await sealed_desk.workers.run_until_idle()
    async with sealed_desk.api.services.reading() as unit:
        assert await unit.files.of_case(sealed_desk.case_id) == []
