from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SecretChanged, StoreUnavailable
from storage.database import ColumnSeal, open_store, upgrade
from storage.sealing.keys import Keyring
from tests.contracts.samples import CONTEXT, a_delivery, a_heard, an_utterance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.database import SqlStore

SEAL = ColumnSeal(Keyring(b"the secret of an installation"))
TOLD = "hunter2-s3cr3t"


@given(st.text())
def test_text_comes_back_and_the_same_text_has_the_same_form(text: str) -> None:
    sealed = SEAL.close(text)
    assert SEAL.open(sealed) == text
    assert SEAL.close(text) == sealed
    assert not text or text not in sealed or len(text) < 8


@given(st.binary())
def test_bytes_come_back(body: bytes) -> None:
    assert SEAL.open_bytes(SEAL.close_bytes(body)) == body


def test_what_was_stored_before_there_were_seals_is_read_as_it_is() -> None:
    assert SEAL.open(TOLD) == TOLD
    assert SEAL.open_bytes(b"{}") == b"{}"


def test_another_secret_opens_nothing() -> None:
    """Changed beside a process that runs, in most cases: it says with which ids, and to restart."""
    other = ColumnSeal(Keyring(b"another secret, or the same one mistyped"))
    which = f"of the id {SEAL.secret_id} now, this process still has {other.secret_id}"
    with pytest.raises(SecretChanged, match=which):
        other.open(SEAL.close(TOLD))
    with pytest.raises(SecretChanged, match=which):
        other.open_bytes(SEAL.close_bytes(b"body"))


def test_what_names_no_secret_was_changed_on_the_disk() -> None:
    with pytest.raises(StoreUnavailable, match="changed on the disk"):
        SEAL.open(SEAL.close(TOLD).replace(SEAL.secret_id, "hello <!channel>"))


def test_what_was_changed_on_the_disk_opens_nothing() -> None:
    sealed = SEAL.close(TOLD)
    with pytest.raises(StoreUnavailable):
        SEAL.open(sealed[:-6] + "AAAAAA")


@pytest.mark.integration
async def test_no_byte_of_the_files_tells_what_came_from_outside(tmp_path: Path) -> None:
    async with a_store(tmp_path, SEAL) as store:
        delivery = a_delivery(body=f'{{"token": "{TOLD}"}}'.encode())
        utterance = an_utterance(a_heard(text=TOLD, by=TOLD))
        async with store.unit(CONTEXT) as unit:
            await unit.deliveries.add(delivery)
            await unit.incoming.add(utterance)
        async with store.reading(CONTEXT) as unit:
            assert await unit.deliveries.get(delivery.id) == delivery
            assert await unit.incoming.get(utterance.id) == utterance
    written = bytes_in(tmp_path)
    assert written
    assert not [plain for plain in written if TOLD.encode() in plain]


@pytest.mark.integration
async def test_a_store_without_the_seal_says_so(tmp_path: Path) -> None:
    delivery = a_delivery()
    async with a_store(tmp_path, SEAL) as store, store.unit(CONTEXT) as unit:
        await unit.deliveries.add(delivery)
    async with a_store(tmp_path, None) as store, store.reading(CONTEXT) as unit:
        with pytest.raises(StoreUnavailable, match="another secret"):
            await unit.deliveries.get(delivery.id)


def bytes_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


@asynccontextmanager
async def a_store(folder: Path, seal: ColumnSeal | None) -> AsyncIterator[SqlStore]:
    url = f"sqlite:///{folder / 'f.db'}"
    await upgrade(url)
    async with open_store(url, seal=seal) as store:
        yield store
