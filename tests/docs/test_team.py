"""The page about teams, followed with a real PostgreSQL and Redis; its dump comes back, too."""

from __future__ import annotations

import json
import os
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url

from tests.databases import a_database
from tests.docs.pages import FencedBlock, blocks
from tests.docs.shell import PageReader, reader
from tests.house.tree import ROOT
from tests.servers import program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TEAM = blocks(ROOT / "docs/how-to/run-as-a-team.md")
BACKUP = blocks(ROOT / "docs/how-to/back-up-and-restore.md")
LOG = "faultmaven/recordings/ferry-bookings/files/booking-api/booking-api.log"
PLACES = {"system": "usr/lib/postgresql/*/bin", "wheel": "pgserver", "inside": "pginstall/bin"}

pytestmark = pytest.mark.e2e


def written(url: str) -> str:
    """The URL as people and PostgreSQL's own programs write it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[str]:
    async with a_database(postgres_url) as url:
        yield written(url)


@pytest.fixture
async def another(postgres_url: str) -> AsyncIterator[str]:
    async with a_database(postgres_url) as url:
        yield written(url)


@pytest.fixture
async def reading(
    database: str, shared_redis_url: str, tmp_path: Path
) -> AsyncIterator[PageReader]:
    """Somebody with the settings that the page wants."""
    settings = {
        "FAULTMAVEN_PROFILE": "team",
        "FAULTMAVEN_DATABASE_URL": database,
        "FAULTMAVEN_REDIS_URL": shared_redis_url,
        "FAULTMAVEN_FILES_URL": f"file://{tmp_path / 'shared'}",
        "FAULTMAVEN_SECRET_KEY": token_hex(32),
        "BACKUP": str(tmp_path),
    }
    with reader(tmp_path, settings) as someone:
        programs = program("pg_dump", **PLACES).parent
        someone.environment["PATH"] = f"{programs}{os.pathsep}{someone.environment['PATH']}"
        yield someone


def the(task: str) -> FencedBlock:
    (block,) = (block for block in BACKUP if block.task == f"test {task}")
    return block


def cases_of(reading: PageReader) -> Any:
    return json.loads(reading.run("faultmaven cases --json", where="cases"))


def test_who_follows_the_page_has_a_team_whose_dump_comes_back(
    reading: PageReader, another: str
) -> None:
    for block in TEAM:
        reading.follow(block)
    printed = reading.run("faultmaven chat", where="chat", typed=f"#1 evidence {LOG}\n")
    assert "1. Connection pool exhausted" in printed
    before = cases_of(reading)
    reading.follow(the("dump"))
    reading.stop()
    reading.environment["FAULTMAVEN_DATABASE_URL"] = another
    reading.follow(the("load"))
    assert cases_of(reading) == before != []


def test_the_settings_of_the_page_are_those_of_this_test(reading: PageReader) -> None:
    (settings,) = (block.text for block in TEAM if block.text.startswith("FAULTMAVEN_PROFILE="))
    named = {line.partition("=")[0] for line in settings.splitlines()}
    assert named <= {*reading.environment, "FAULTMAVEN_ALERTMANAGER_TOKEN"}
