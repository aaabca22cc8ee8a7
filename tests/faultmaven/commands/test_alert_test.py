"""The test alert goes the whole way, on a running `up` or through a real Alertmanager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.faultmaven.program import faultmaven
from tests.journeys.alertmanagers import TOKEN, a_real_alertmanager
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with up_in(tmp_path) as up:
        yield up


async def test_without_an_alertmanager_its_case_is_opened(up: Up) -> None:
    settings = {"FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN}
    ran = await faultmaven("alert", "test", "--json", folder=up.folder, settings=settings)
    assert (ran.code, ran.err) == (0, "")
    assert "journaled as delivery_" in ran.document["said"][0]
    assert ran.document["case"]["number"] == 1
    (case,) = await up.cases()
    assert "Test alert: nothing is wrong" in case.title.text

    again = await faultmaven("alert", "test", folder=up.folder, settings=settings)
    assert again.code == 0
    assert "Case #1 is open" in again.out
    assert len(await up.cases()) == 1

    refused = await faultmaven("alert", "test", folder=up.folder)
    assert (refused.code, refused.out) == (1, "")
    assert "Compare FAULTMAVEN_ALERTMANAGER_TOKEN." in refused.err

    with a_real_alertmanager(up.webhook) as alertmanager:
        settings["FAULTMAVEN_ALERTMANAGER_URLS"] = alertmanager.url
        through = await faultmaven("alert", "test", "--json", folder=up.folder, settings=settings)
    assert through.code == 0
    assert through.document["case"] is None, "when it is delivered is up to Alertmanager"
    assert alertmanager.url in through.document["said"][0]


def test_with_no_server_it_says_how_to_start_one(shell: Shell) -> None:
    ran = shell.run("alert", "test", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "faultmaven: no server runs on this data directory",
        "Start it with `faultmaven up`, then try again.",
    ]
