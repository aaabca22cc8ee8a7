"""A forked program is a process like any other: its folder, environment, streams and end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING

import pytest

from tests.faultmaven.forked_programs import start_faultmaven
from tests.faultmaven.program import environment
from tests.journeys.alertmanagers import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


async def test_it_reads_its_input_and_says_what_it_says_where_it_should(tmp_path: Path) -> None:
    process = await start_faultmaven(
        "redact",
        folder=tmp_path,
        environment=environment(tmp_path),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, _ = await process.communicate(b"password=correct-horse-battery\n")
    assert process.returncode == 0
    assert out.startswith(b"password=")
    assert b"horse" not in out


async def test_wrong_usage_is_said_on_the_one_stream(tmp_path: Path) -> None:
    process = await start_faultmaven(
        "serve", folder=tmp_path, environment=environment(tmp_path), stdout=PIPE, stderr=STDOUT
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (2, b"")
    assert out.startswith(b"faultmaven: SQLite is for `up` only")


async def test_it_has_the_environment_and_the_folder_that_it_is_given(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        process = await start_faultmaven(
            *("up", "--port", "0", "--json"),
            folder=tmp_path,
            environment={"PATH": os.environ["PATH"], "FAULTMAVEN_DATA_DIR": "below"},
            stdout=out,
        )

    async def is_ready() -> bool:
        assert process.returncode is None
        return bool((tmp_path / "out").read_bytes())

    await until(is_ready)
    assert json.loads((tmp_path / "out").read_bytes())["pid"] == process.pid
    assert (tmp_path / "below" / "faultmaven.db").exists()
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    process.terminate()  # of what has ended, nobody minds


async def test_several_begin_at_once(tmp_path: Path) -> None:
    processes = await asyncio.gather(
        *(
            start_faultmaven(
                "--version", folder=tmp_path, environment=environment(tmp_path), stdout=PIPE
            )
            for _ in range(3)
        )
    )
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert {out.split()[0] for out, _ in outputs} == {b"faultmaven"}
    assert {process.returncode for process in processes} == {0}
