"""Originals of before a change of the secret open after it, whoever names the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from faultmaven.settings import Settings
from faultmaven.wiring import examine_originals, wire
from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery
from tests.faultmaven.commands.test_evidence import a_file

if TYPE_CHECKING:
    from pathlib import Path

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
