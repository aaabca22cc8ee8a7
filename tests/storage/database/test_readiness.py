"""Readiness and intake give one verdict: no sender hears 200 beside known damage."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI

from core.errors import DatabaseDamaged, DatabaseTaken, SecretChanged, StoreUnavailable
from core.workflows.delivery_intake import Journal
from storage.database import ColumnSeal, open_store
from storage.database.held_file import OPEN_FILES
from storage.database.installation import adopt_secret
from storage.database.readiness import ROOM_EVERY_S
from storage.sealing.keys import Keyring
from tests.contracts.samples import CONTEXT, a_job, an_utterance
from tests.fakes.services import memory_services
from tests.journeys.disks import damage
from webhooks.alertmanager import PATH, alertmanager_router

if TYPE_CHECKING:
    from storage.database import SqlStore

pytestmark = pytest.mark.integration

ALERT = Path(__file__).parents[2] / "recordings/alertmanager/single_firing.json"
SEEDS = itertools.count()  # no two deliveries have one id


@pytest.fixture
def damaged_url(sqlite_url: str) -> str:
    """A database whose damage is where no delivery is written."""
    damage(Path(sqlite_url.removeprefix("sqlite:///")), "messages")
    return sqlite_url


async def posted(store: SqlStore, journal: Journal | None = None) -> httpx.Response:
    services = replace(memory_services(seed=next(SEEDS)), store=store)
    app = FastAPI()
    app.include_router(
        alertmanager_router(services=services, journal=journal or Journal(store), token=None)
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.post(PATH, content=ALERT.read_bytes())


@pytest.mark.parametrize("is_asked_first", [True, False])
async def test_beside_damage_a_delivery_is_sent_again_and_nothing_is_stored(
    damaged_url: str, *, is_asked_first: bool
) -> None:
    async with open_store(damaged_url) as store:
        if is_asked_first:
            with pytest.raises(DatabaseDamaged):
                await store.check()
        answer = await posted(store)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "the database is damaged" in answer.json()["detail"]
        assert "restore the newest backup" in answer.json()["next_step"]
        async with store.reading(CONTEXT) as unit:
            assert await unit.deliveries.since(CONTEXT.now.replace(year=2000)) == []


async def test_what_people_say_is_not_taken_either(damaged_url: str) -> None:
    async with open_store(damaged_url) as store:
        with pytest.raises(DatabaseDamaged):
            await store.hear([(an_utterance(), a_job())])


async def test_damage_that_anybody_met_counts_for_the_next_delivery(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        journal = Journal(store)
        assert (await posted(store, journal)).status_code == 200
        store.database.damage.append(DatabaseDamaged("the database is damaged: page 7"))
        answer = await posted(store, journal)
        assert answer.status_code == 503
        assert "page 7" in json.dumps(answer.json())
        with pytest.raises(StoreUnavailable, match="page 7"):
            await store.check()


FIRST, SECOND = b"the first secret", b"the second secret"


@pytest.fixture(params=["sqlite_url", "fresh_postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """A file, then a server."""
    address: str = request.getfixturevalue(request.param)
    return address


async def test_a_process_with_the_secret_of_before_is_not_ready_and_takes_nothing(
    url: str,
) -> None:
    await adopt_secret(url, Keyring(FIRST))
    async with open_store(url, seal=ColumnSeal(Keyring(FIRST))) as store:
        assert (await posted(store)).status_code == 200
        await adopt_secret(url, Keyring(SECOND, FIRST))
        with pytest.raises(SecretChanged, match="the secret was changed"):
            await store.check()
        answer = await posted(store)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "Restart this process with the new secret" in answer.json()["next_step"]
        with pytest.raises(SecretChanged):
            await store.hear([(an_utterance(), a_job())])
    async with open_store(url, seal=ColumnSeal(Keyring(SECOND))) as store:
        await store.check()
        assert (await posted(store)).status_code == 200


def lose(file: Path, loss: str) -> None:
    if loss == "deleted":
        file.unlink()
    elif loss == "replaced":
        another = file.with_name("another.db")
        another.write_bytes(file.read_bytes())
        another.replace(file)
    else:
        Path(f"{file}-wal").unlink()


@pytest.mark.parametrize("loss", ["deleted", "replaced", "journal"])
async def test_what_is_held_open_and_gone_from_its_place_takes_nothing_more(
    sqlite_url: str, loss: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    if loss == "journal" and not OPEN_FILES.exists():
        pytest.skip("the system does not tell which open files are gone")
    async with open_store(sqlite_url) as store:
        assert (await posted(store)).status_code == 200
        lose(file, loss)
        await asyncio.sleep(ROOM_EVERY_S)
        answer = await posted(store)
        assert answer.status_code == 503
        assert "was replaced" in answer.text or "was deleted" in answer.text
        assert "Before you stop FaultMaven" in answer.json()["next_step"]
        with pytest.raises(DatabaseTaken, match="while FaultMaven runs"):
            await store.check()
