"""Originals of before a change of the secret open after it, whoever names the old one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from core.errors import SourceUnavailable
from core.redaction.engine import Redactor
from faultmaven.heartbeat import beating, check_heartbeat
from faultmaven.integrity_checks import seal_findings
from faultmaven.settings import Settings
from faultmaven.wiring import examine_originals, prepare_database, wire
from storage.database import ColumnSeal, open_store
from storage.sealing.keys import Keyring
from tests.contracts.samples import CONTEXT
from tests.contracts.samples import a_delivery as a_sample
from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery
from tests.faultmaven.commands.test_evidence import a_file

if TYPE_CHECKING:
    from pathlib import Path

    from bot.platform import Checked

pytestmark = pytest.mark.integration

FIRST, SECOND, THIRD = (
    f"the {nth} secret of these tests, long enough" for nth in ("first", "second", "third")
)


def settings(data: Path, secret: str, *older: str) -> Settings:
    return Settings(
        data_dir=data,
        secret_key=SecretStr(secret),
        old_secret_keys=tuple(SecretStr(each) for each in older),
    )


async def test_an_old_secret_is_named_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with wire(settings(data, FIRST)) as house:
        await a_delivery(house, body=a_body(an_alert()))
        await a_file(house)
    for start in (settings(data, SECOND, FIRST), settings(data, THIRD, SECOND)):
        async with wire(start):
            pass  # ended before the daily upkeep came to the originals
    opened = await examine_originals(settings(data, THIRD), within_s=5.0)
    assert (opened.damage, opened.count) == ([], 1)


async def write_beside(data: Path, secret: str, *, number: int) -> None:
    """As a process that was not stopped, in what it had under way."""
    seal = ColumnSeal(Keyring(secret.encode()))
    url = f"sqlite:///{data / 'faultmaven.db'}"
    async with open_store(url, seal=seal) as store, store.unit(CONTEXT) as unit:
        for n in range(number):
            await unit.deliveries.add(a_sample(body=b"{}" + b" " * n))


async def sealing_findings(start: Settings) -> list[Checked]:
    """What `doctor` says of the rows."""
    return [finding async for finding in seal_findings(start) if finding.check == "sealing"]


async def test_rows_of_a_former_secret_are_not_called_damaged_and_move(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for start in (settings(data, FIRST), settings(data, SECOND, FIRST)):
        await prepare_database(start)
    await write_beside(data, FIRST, number=3)

    (finding,) = await sealing_findings(settings(data, SECOND))
    assert finding.says.startswith("opens: all well")
    assert "3 rows under a secret of before, until the next `faultmaven migrate`" in finding.says
    assert not finding.advice

    assert (await prepare_database(settings(data, SECOND), thorough=True)).moved_rows == 3
    (finding,) = await sealing_findings(settings(data, SECOND))
    assert "before" not in finding.says


async def test_a_worker_with_the_secret_of_before_is_not_ready(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with wire(settings(data, FIRST)) as house:
        await prepare_database(settings(data, SECOND, FIRST))
        async with beating("worker", data, house.checks):
            with pytest.raises(SourceUnavailable) as refused:
                await ready(data)
    assert "the secret was changed" in str(refused.value)
    assert "Restart this process with the new secret" in refused.value.next_step


async def ready(data: Path) -> None:
    """What `faultmaven ready worker` asks, once its file is there and whole."""
    file = data / "worker.alive"
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.01)
    check_heartbeat("worker", data)


async def test_the_log_names_both_secrets_by_ids_that_redaction_leaves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    await prepare_database(settings(data, FIRST))
    await write_beside(data, FIRST, number=3)
    await prepare_database(settings(data, SECOND, FIRST))
    lines = [line for line in caplog.messages if "gives way" in line or "sealed anew" in line]
    assert len(lines) == 2
    redactor = Redactor(b"key of a test")
    assert [redactor.clean(line).text for line in lines] == lines
    for secret in (FIRST, SECOND):
        assert ColumnSeal(Keyring(secret.encode())).secret_id in lines[0]
