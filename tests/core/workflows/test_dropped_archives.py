"""An archive that is dropped in chat: one card tells of it, and none once it is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.messages.message import Attachment
from storage.files import LocalFiles
from storage.sealing.keys import Keyring
from tests.core.evidence.archives.archives import LINES, a_zip
from tests.core.workflows.test_attachment_intake import THREAD, drop, evidence
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

POOL = b"2026-11-17T10:00:00Z ERROR remaining connection slots are reserved\n"


@pytest.fixture
async def house(tmp_path: Path) -> House:
    files = LocalFiles(tmp_path / "files", Keyring(b"a secret of tests"))
    house = in_memory(tmp_path, files=files)
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    return house


async def drop_bundle(house: House, members: dict[str, bytes]) -> None:
    content = house.pigeon.files["bundle"] = a_zip(members)
    await drop(house, Attachment(id="F1", name="bundle.zip", size=len(content), source="bundle"))


async def test_one_card_tells_of_all_that_is_in_it(house: House) -> None:
    await drop_bundle(house, {"db/db.log": POOL * 3, "api/app.log": LINES, "x.pdf": b"x"})
    assert {file.received_from for file in await evidence(house)} == {"@dana"}
    (card,) = house.pigeon.shown("file")
    assert "3 files: 2 logs, 1 archive" in words_of(card)
    assert "2 of 3 files read, left out: 1 by name (x.pdf)" in words_of(card)
    assert "bundle.zip/db/db.log:1" in words_of(card)


async def test_no_card_quotes_it_once_it_is_deleted(house: House) -> None:
    await drop_bundle(house, {"db/db.log": POOL * 3})
    await house.hear("why 1", THREAD)
    await house.work()
    assert "remaining connection slots" in words_of(*house.pigeon.messages.values())
    await house.hear("evidence delete e1", THREAD)
    await house.work()
    left = words_of(*house.pigeon.messages.values())
    assert "remaining connection slots" not in left
    assert "(from e1, which was deleted)" in left
    assert await evidence(house) == []
