"""The secret of an installation is changed, mistyped and lost: nothing is lost or mixed with it."""

from __future__ import annotations

import json
import os
import re
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from core.alerts.model import DeliveryState
from core.jobs.model import JobState
from storage.database import ColumnSeal, open_store
from storage.sealing.keys import Keyring
from tests.core.alerts.desk import a_body, an_alert
from tests.fakes.context import CONTEXT
from tests.faultmaven.forked_programs import start_faultmaven
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.up import Up

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

FIRST = "the first secret of an installation of 2025"
SECOND = "the second secret of the installation of 2026"


async def post(up: Up, *alerts: dict[str, Any]) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        response = await client.post(up.webhook, content=a_body(*alerts))
        assert response.is_success


async def is_worked_off(up: Up, secret: str) -> bool:
    url = f"sqlite:///{up.folder / 'data' / 'faultmaven.db'}"
    seal = ColumnSeal(Keyring(secret.encode()))
    async with open_store(url, seal=seal) as store, store.reading(CONTEXT) as unit:
        assert not (await unit.jobs.counts()).get(JobState.DEAD, 0)
        return not await unit.deliveries.count(DeliveryState.PENDING)


async def run(up: Up, *arguments: str, **settings: str) -> tuple[int | None, str]:
    """Exit code and output of a command in the same data directory."""
    environment = os.environ | {
        "FAULTMAVEN_DATA_DIR": str(up.folder / "data"),
        "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
        **settings,
    }
    process = await start_faultmaven(
        *arguments, folder=up.folder, environment=environment, stdout=PIPE, stderr=STDOUT
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def cases(up: Up) -> list[dict[str, Any]]:
    """As the command line lists them."""
    _, out = await run(up, "cases", "--json", **up.settings)
    listed: list[dict[str, Any]] = json.loads(out)
    return listed


async def test_a_secret_is_changed_and_the_case_goes_on(tmp_path: Path) -> None:
    up = Up(tmp_path, settings={"FAULTMAVEN_SECRET_KEY": FIRST})
    await up.start()
    await post(up, an_alert(service="checkout", pod="a"))
    await until(lambda: is_worked_off(up, FIRST))
    await up.stop()

    with pytest.raises(RuntimeError, match="sealed under the secret"):
        await replace(up, settings={"FAULTMAVEN_SECRET_KEY": SECOND}).start()
    code, out = await run(up, "doctor", FAULTMAVEN_SECRET_KEY=SECOND)
    assert code == 1
    assert "BAD database: the database is sealed under the secret" in out
    assert "FAULTMAVEN_OLD_SECRET_KEYS" in out

    changed = {"FAULTMAVEN_SECRET_KEY": SECOND, "FAULTMAVEN_OLD_SECRET_KEYS": FIRST}
    up = replace(up, settings=changed)
    await up.start()
    await post(up, an_alert(service="checkout", pod="a"), an_alert(service="checkout", pod="b"))
    await until(lambda: is_worked_off(up, SECOND))
    (case,) = await cases(up)
    assert case["alerts"] == 2
    await up.stop()

    up = replace(up, settings={"FAULTMAVEN_SECRET_KEY": SECOND})  # the first is needed no more
    await up.start()
    assert len(await cases(up)) == 1
    await up.stop()


async def test_a_secret_is_changed_beside_a_process_that_was_not_stopped(tmp_path: Path) -> None:
    up = Up(tmp_path, settings={"FAULTMAVEN_SECRET_KEY": FIRST})
    await up.start()
    await post(up, an_alert(service="checkout", pod="a"))
    await until(lambda: is_worked_off(up, FIRST))

    changed = {"FAULTMAVEN_SECRET_KEY": SECOND, "FAULTMAVEN_OLD_SECRET_KEYS": FIRST}
    code, out = await run(up, "migrate", **changed)
    assert code == 0
    assert re.search(r"\d+ rows of an earlier secret moved", out)
    authorization = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(headers=authorization) as client:
        refused = await client.post(up.webhook, content=a_body(an_alert(pod="b")))
        ready = await client.get(f"{up.url}/readiness")
    assert (refused.status_code, ready.status_code) == (503, 503)
    for answer in (refused, ready):
        assert "the secret was changed" in answer.text
        assert "Restart this process with the new secret" in answer.text
    await up.stop()

    up = replace(up, settings={"FAULTMAVEN_SECRET_KEY": SECOND})
    await up.start()
    await post(up, an_alert(service="checkout", pod="b"))
    await until(lambda: is_worked_off(up, SECOND))
    assert [case["alerts"] for case in await cases(up)] == [2]
    _, out = await run(up, "doctor", **up.settings)
    assert "ok  sealing: opens: all well" in out
    await up.stop()


MISSING = r"neither FAULTMAVEN_SECRET_KEY nor \S+/secret\.key is there,"


async def test_a_variable_that_is_missing_is_no_file_that_is_gone(tmp_path: Path) -> None:
    up = Up(tmp_path, settings={"FAULTMAVEN_SECRET_KEY": FIRST})
    await up.start()
    await post(up, an_alert(service="checkout", pod="a"))
    await up.stop()
    code, out = await run(up, "cases")
    assert code != 0
    assert re.search(MISSING, out)
    assert "gone" not in out


async def test_a_lost_secret_is_not_replaced_in_silence(tmp_path: Path) -> None:
    up = Up(tmp_path)
    await up.start()
    await post(up, an_alert(service="checkout", pod="a"))
    await up.stop()
    secret = tmp_path / "data" / "secret.key"
    kept = secret.read_bytes()
    secret.unlink()

    with pytest.raises(RuntimeError, match=MISSING):
        await up.start()
    assert not secret.exists()
    code, out = await run(up, "doctor")
    assert code == 1
    assert re.search(MISSING, out)

    secret.write_bytes(kept)
    await up.start()
    assert len(await cases(up)) == 1
    await up.stop()
