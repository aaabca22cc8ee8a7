"""A database rests under one secret, is moved to the next, and is opened by no other."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect as connect_sqlite
from typing import TYPE_CHECKING

import pytest

from core.errors import RowDamaged, WrongSecret
from storage.database import ColumnSeal, open_store, upgrade
from storage.database.examination import seals_of
from storage.database.installation import adopt_secret, with_former_secrets
from storage.database.seal import MAGIC
from storage.sealing.keys import Keyring
from tests.contracts.samples import (
    CONTEXT,
    NOON,
    a_delivery,
    a_fact,
    a_heard,
    an_utterance,
    put_case,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.database import SqlStore

pytestmark = pytest.mark.integration

FIRST, SECOND, THIRD = b"the first secret", b"the second secret", b"the third secret"
BODY = b'{"alerts": []}'


@pytest.fixture
async def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'faultmaven.db'}"
    await upgrade(url)
    return url


@asynccontextmanager
async def opened(url: str, *secrets: bytes) -> AsyncIterator[SqlStore]:
    """secrets: the current one first."""
    async with open_store(url, seal=ColumnSeal(Keyring(*secrets))) as store:
        yield store


async def fill(url: str, secret: bytes, *, number: int = 1) -> None:
    """In units: what is under way beside a change of the secret ends as it began."""
    async with opened(url, secret) as store, store.unit(CONTEXT) as unit:
        for n in range(number):
            await unit.deliveries.add(a_delivery(body=BODY + b" " * n))
        await unit.facts.put(a_fact())
        await unit.incoming.add(an_utterance(a_heard(text="open checkout is slow")))
        await put_case(unit)


async def naming(url: str, keyring: Keyring) -> bytes:
    """The secret that names placeholders."""
    return (await adopt_secret(url, keyring)).naming


def ids_in(url: str) -> set[str]:
    """The ids of the secrets that any value of the file is sealed under."""
    ids = set()
    with closing(connect_sqlite(url.removeprefix("sqlite:///"))) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - our tables
                for value in row:
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    if text.startswith(MAGIC):
                        ids.add(text.removeprefix(MAGIC)[:8])
    return ids


def sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def id_of(secret: bytes) -> str:
    return ColumnSeal(Keyring(secret)).secret_id


async def test_a_row_that_was_changed_by_hand_is_named(url: str) -> None:
    await naming(url, Keyring(FIRST))
    with closing(connect_sqlite(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE installation SET naming = 'x'")
        connection.commit()
    with pytest.raises(RowDamaged, match="installation"):
        await naming(url, Keyring(FIRST))


async def test_a_new_database_rests_under_the_secret_it_is_opened_with(url: str) -> None:
    assert await naming(url, Keyring(FIRST)) == FIRST
    await fill(url, FIRST)
    assert ids_in(url) == {id_of(FIRST)}
    assert await naming(url, Keyring(FIRST)) == FIRST


async def test_another_secret_is_refused_and_both_are_named(url: str) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST)
    with pytest.raises(WrongSecret, match=f"{id_of(FIRST)}.*{id_of(SECOND)}") as refused:
        await adopt_secret(url, Keyring(SECOND))
    assert "FAULTMAVEN_OLD_SECRET_KEYS" in refused.value.next_step
    assert ids_in(url) == {id_of(FIRST)}


async def test_a_database_of_before_is_known_by_its_rows(url: str) -> None:
    await fill(url, FIRST)
    with pytest.raises(WrongSecret, match=id_of(FIRST)):
        await adopt_secret(url, Keyring(SECOND))
    assert await naming(url, Keyring(SECOND, FIRST)) == FIRST
    assert ids_in(url) == {id_of(SECOND)}


async def test_every_row_moves_and_old_secrets_are_needed_no_more(url: str) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST, number=1_203)
    assert await naming(url, Keyring(SECOND, FIRST)) == FIRST
    assert ids_in(url) == {id_of(SECOND)}
    assert await naming(url, Keyring(THIRD, SECOND)) == FIRST  # what names placeholders
    assert ids_in(url) == {id_of(THIRD)}
    async with opened(url, THIRD) as store, store.reading(CONTEXT) as unit:
        assert len(await unit.deliveries.since(NOON - timedelta(days=1))) == 1_203


async def test_the_secrets_of_before_are_kept_under_the_present_one(url: str) -> None:
    for secrets in ((FIRST,), (SECOND, FIRST), (THIRD, SECOND)):
        adopted = await adopt_secret(url, Keyring(*secrets))
    assert adopted.former == (FIRST, SECOND)
    known = await with_former_secrets(url, Keyring(THIRD))
    assert known.ids == Keyring(THIRD, FIRST, SECOND).ids
    assert SECOND.decode() not in sqlite_file(url).read_bytes().decode("latin-1")
    assert ids_in(url) == {id_of(THIRD)}


async def test_a_database_that_nobody_has_started_yet_knows_no_other_secret(url: str) -> None:
    assert (await with_former_secrets(url, Keyring(FIRST))).ids == Keyring(FIRST).ids


async def test_rows_of_two_secrets_open_once_both_are_named(url: str) -> None:
    await fill(url, FIRST)
    await fill(url, SECOND)
    with pytest.raises(WrongSecret, match=id_of(SECOND)):
        await adopt_secret(url, Keyring(FIRST))
    await adopt_secret(url, Keyring(FIRST, SECOND))
    assert ids_in(url) == {id_of(FIRST)}


async def test_a_start_that_was_cut_off_is_finished_by_the_next(url: str) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST)
    await fill(url, SECOND)  # what was moved before the power went
    await adopt_secret(url, Keyring(SECOND, FIRST))
    assert ids_in(url) == {id_of(SECOND)}


class KilledError(Exception):
    """A `kill -9`."""


async def change_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first secret to the second, killed before the first row is moved."""

    async def kill(*_: object) -> int:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("storage.database.installation.move_rows", kill)
        with pytest.raises(KilledError):
            await adopt_secret(url, Keyring(SECOND, FIRST))


async def test_a_change_that_was_cut_off_goes_on_with_the_new_secret_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST)
    await change_cut_off(url, monkeypatch)
    assert ids_in(url) == {id_of(FIRST), id_of(SECOND)}
    adopted = await adopt_secret(url, Keyring(SECOND))
    assert adopted.moved_rows > 0
    assert adopted.former == (FIRST,)
    assert ids_in(url) == {id_of(SECOND)}


@pytest.mark.parametrize("secrets", [(SECOND, FIRST), (FIRST, SECOND)])
async def test_a_change_that_was_cut_off_is_called_one(
    url: str, secrets: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST)
    await change_cut_off(url, monkeypatch)
    with pytest.raises(WrongSecret, match="a change of the secret was interrupted") as refused:
        await adopt_secret(url, Keyring(FIRST))
    assert id_of(FIRST) in str(refused.value)
    assert id_of(SECOND) in str(refused.value)
    assert "FAULTMAVEN_OLD_SECRET_KEYS: the change goes on" in refused.value.next_step
    await adopt_secret(url, Keyring(*secrets))  # in either order
    assert ids_in(url) == {id_of(secrets[0])}


@pytest.mark.parametrize("alone", [FIRST, SECOND])
async def test_a_change_that_an_earlier_version_left_half_done_is_called_one(
    url: str, alone: bytes
) -> None:
    """It moved the table `installation` with the others, and named the secret at the end."""
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST)
    await adopt_secret(url, Keyring(SECOND, FIRST))
    await fill(url, FIRST, number=2)
    with closing(connect_sqlite(sqlite_file(url))) as connection, connection:
        row = "UPDATE installation SET secret_id = ?, moved_at = NULL"
        connection.execute(row, (id_of(FIRST),))
    with pytest.raises(WrongSecret, match="a change of the secret was interrupted"):
        await adopt_secret(url, Keyring(alone))
    await adopt_secret(url, Keyring(SECOND, FIRST))
    assert ids_in(url) == {id_of(SECOND)}


async def test_another_secret_is_no_interrupted_change_once_all_rows_are_moved(url: str) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST)
    await adopt_secret(url, Keyring(SECOND, FIRST))
    await fill(url, FIRST, number=2)  # by a process that had not been stopped
    with pytest.raises(WrongSecret, match="is sealed under the secret of the id"):
        await adopt_secret(url, Keyring(FIRST))


async def test_what_was_written_beside_a_change_moves_with_the_next_start(url: str) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await adopt_secret(url, Keyring(SECOND, FIRST))
    await fill(url, FIRST, number=3)
    adopted = await adopt_secret(url, Keyring(SECOND))
    assert adopted.moved_rows >= 3
    assert ids_in(url) == {id_of(SECOND)}
    assert (await adopt_secret(url, Keyring(SECOND))).moved_rows == 0


@pytest.mark.parametrize("thorough", [True, False])
async def test_long_after_a_change_only_a_thorough_start_reads_every_row(
    url: str, *, thorough: bool
) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await adopt_secret(url, Keyring(SECOND, FIRST))
    await fill(url, FIRST)
    with closing(connect_sqlite(sqlite_file(url))) as connection, connection:
        connection.execute("UPDATE installation SET moved_at = 1")
    adopted = await adopt_secret(url, Keyring(SECOND), thorough=thorough)
    assert bool(adopted.moved_rows) == thorough
    assert (id_of(FIRST) in ids_in(url)) != thorough


async def test_a_secret_that_comes_back_is_no_former_one(url: str) -> None:
    for secrets in ((FIRST,), (SECOND, FIRST), (FIRST, SECOND), (SECOND, FIRST)):
        adopted = await adopt_secret(url, Keyring(*secrets))
    assert adopted.former == (FIRST,)


async def test_a_damaged_row_holds_up_nothing(url: str) -> None:
    await adopt_secret(url, Keyring(FIRST))
    await fill(url, FIRST, number=3)
    with closing(connect_sqlite(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE utterances SET text = substr(text, 1, 30)")
    await adopt_secret(url, Keyring(SECOND, FIRST))
    assert ids_in(url) == {id_of(FIRST), id_of(SECOND)}


async def test_a_server_moves_its_rows_too(fresh_postgres_url: str) -> None:
    await upgrade(fresh_postgres_url)
    await fill(fresh_postgres_url, FIRST, number=502)
    with pytest.raises(WrongSecret, match=id_of(FIRST)):
        await adopt_secret(fresh_postgres_url, Keyring(SECOND))
    await adopt_secret(fresh_postgres_url, Keyring(SECOND, FIRST))
    assert await naming(fresh_postgres_url, Keyring(SECOND)) == FIRST
    async with opened(fresh_postgres_url, SECOND) as store, store.reading(CONTEXT) as unit:
        assert len(await unit.deliveries.since(NOON - timedelta(days=1))) == 502
    await fill(fresh_postgres_url, FIRST, number=3)  # what was under way beside the change
    assert (await adopt_secret(fresh_postgres_url, Keyring(SECOND))).moved_rows >= 3
    assert (await adopt_secret(fresh_postgres_url, Keyring(SECOND))).moved_rows == 0
    examined = await seals_of(fresh_postgres_url, ColumnSeal(Keyring(SECOND)), within_s=10.0)
    assert (examined.damage, examined.former) == ([], 0)
