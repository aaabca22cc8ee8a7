"""An original, written as it came: whole, for this account alone, or not at all."""

from __future__ import annotations

import stat
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound, StoreUnavailable, WrongUsage
from core.workflows.evidence_intake import receive_file
from faultmaven.commands.evidence import run
from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

CONTENT = b"password=hunter2\n" * 100_000


async def a_file(house: Installation) -> None:
    """Of case #1."""

    async def once() -> AsyncIterator[bytes]:
        yield CONTENT

    services = house.services
    async with services.reading() as unit:
        case = await unit.cases.by_number(1)
    await receive_file(case.id, once(), name="db.log", by="dana", service=None, services=services)


@pytest.fixture
def prepared(shell: Shell) -> Shell:
    shell.prepare(partial(a_delivery, body=a_body(an_alert())))
    shell.prepare(a_file)
    return shell


@pytest.mark.usefixtures("prepared")
def test_it_is_written_whole_and_for_this_account_alone(tmp_path: Path) -> None:
    out = tmp_path / "taken.log"
    assert run(case=1, file="e1", out=out, as_json=True) == 0
    assert out.read_bytes() == CONTENT
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.usefixtures("prepared")
def test_what_cannot_be_had_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "taken.log"
    with pytest.raises(NotFound, match="no evidence e7"):
        run(case=1, file="e7", out=out, as_json=False)
    with pytest.raises(StoreUnavailable, match="could not be written") as caught:
        run(case=1, file="1", out=tmp_path / "nowhere" / "taken.log", as_json=False)
    assert "--out" in caught.value.next_step
    with pytest.raises(WrongUsage):
        run(case=1, file="first", out=out, as_json=False)
    assert not list(tmp_path.rglob("*taken.log*"))
