"""Runbooks are learned, an alert comes, its runbook helps; next time the fix is suggested first.

On each platform, from a folder on disk to the card of the second case, by running processes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.core.alerts.desk import a_body, an_alert
from tests.core.workflows.test_case_memories import FIX
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.core.workflows.test_knowledge_search import RUNBOOK
from tests.faultmaven.forked_programs import start_faultmaven
from tests.journeys.api_stage import OverApi
from tests.journeys.extension_runs import browser_at
from tests.journeys.operator import an_operator
from tests.journeys.stages import InTerminal, JourneyStage, in_discord, in_slack, waits_for
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

ALERT, SUMMARY = "PostgresReplicaLagging", "replica 2 is 300 s behind"
# Only then is the second alert a second case, and not the first one come back.
SETTINGS = {"FAULTMAVEN_REOPEN_WITHIN": "0s"}


@dataclass
class FiringAlert:
    """The alert that comes twice."""

    up: Up
    since: datetime

    async def fires(self) -> None:
        await self._delivered(ended_at=None)

    async def ends(self) -> None:
        await self._delivered(ended_at=datetime.now(UTC))

    async def _delivered(self, *, ended_at: datetime | None) -> None:
        alert = an_alert(
            ALERT, starts_at=self.since, ended_at=ended_at, annotations={"summary": SUMMARY}
        )
        assert await self.up.takes(a_body(alert))


async def test_in_the_terminal(tmp_path: Path) -> None:
    stage = InTerminal()
    async with up_in(tmp_path, **SETTINGS) as up, an_operator(up) as operator:
        stage.operator = operator
        await what_helped_comes_first_next_time(stage, up)


async def test_in_slack(tmp_path: Path) -> None:
    async with in_slack() as stage, up_in(tmp_path, **SETTINGS, **stage.settings) as up:
        await what_helped_comes_first_next_time(stage, up)


async def test_in_discord(tmp_path: Path) -> None:
    async with in_discord() as stage, up_in(tmp_path, **SETTINGS, **stage.settings) as up:
        await what_helped_comes_first_next_time(stage, up)


async def test_over_the_api(tmp_path: Path) -> None:
    async with (
        up_in(tmp_path, **OverApi.settings, **SETTINGS) as up,
        browser_at(up.url, "dana") as panel,
    ):
        await what_helped_comes_first_next_time(OverApi(panel), up)


async def what_helped_comes_first_next_time(stage: JourneyStage, up: Up) -> None:
    await a_folder_of_runbooks_is_learned(up)
    first = FiringAlert(up, since=datetime.now(UTC))
    await first.fires()
    await its_runbook_is_on_the_card(stage)
    await stage.says("runbook")
    await waits_for("Restart the replica.", stage.reads)
    await stage.presses("Helped", on="Restart the replica.")
    await stage.says("helped step 3")
    await waits_for("step 3, “Restart the replica.”, helped", stage.reads)
    await the_cause_is_confirmed(stage, up)
    await stage.says(f"resolve {FIX}")
    await waits_for(f"Fix: {FIX}", stage.card)
    await first.ends()

    stage.case = 2
    await FiringAlert(up, since=datetime.now(UTC)).fires()
    await its_runbook_is_on_the_card(stage)
    await stage.says("related")
    await waits_for(f"Fixed before: {FIX} (#1", stage.reads)
    await stage.says("runbook")
    await waits_for("Helped 1, did not 0", stage.reads)
    await the_cause_is_confirmed(stage, up)
    await waits_for(f"Do now: {FIX} (fixed #1)", stage.card)


async def a_folder_of_runbooks_is_learned(up: Up) -> None:
    folder = up.folder / "runbooks"
    folder.mkdir()
    (folder / f"{ALERT}.md").write_text(RUNBOOK, encoding="utf-8")
    with (up.folder / "learned").open("wb") as out:
        learning = await start_faultmaven(
            *("learn", str(folder)),
            folder=up.folder,
            environment=os.environ | {"FAULTMAVEN_DATA_DIR": str(up.folder / "data")},
            stdout=out,
            stderr=out,
        )
        assert await learning.wait() == 0, (up.folder / "learned").read_text()


async def its_runbook_is_on_the_card(stage: JourneyStage) -> None:
    await waits_for(f"Runbook: {ALERT} · 3 steps", stage.card)


async def the_cause_is_confirmed(stage: JourneyStage, up: Up) -> None:
    log = up.folder / f"db-{stage.case}.log"
    log.write_text(POOL_LOG, encoding="utf-8")
    await stage.drops(log)
    await waits_for("Connection pool exhausted", stage.card)
    await stage.says("confirm 1 anyway")
    await waits_for(f"#{stage.case} cause confirmed", stage.reads)
