"""The command line, as a user types it: a process of its own that knows only what it is given."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from typer.testing import CliRunner

from faultmaven.cli import app
from tests.faultmaven.forked_programs import start_faultmaven

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 120.0


@dataclass(frozen=True)
class ProgramRun:
    """How it ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.out)


async def faultmaven(
    *arguments: str,
    folder: Path,
    stdin: str = "",
    file_size: int | None = None,
    settings: dict[str, str] | None = None,
) -> ProgramRun:
    """Run it in `folder`, with its data in `folder/data`, to its end.

    file_size: no file may grow past so many bytes, as on a full disk.
    """
    process = await start_faultmaven(
        *arguments,
        folder=folder,
        environment=environment(folder, **(settings or {})),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        file_size=file_size,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(stdin.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return ProgramRun(process.returncode, out.decode(), err.decode())


def in_this_process(
    *arguments: str, folder: Path, settings: dict[str, str] | None = None
) -> ProgramRun:
    """The same without a process, whose start takes ten times as long as most commands.

    Beside a running loop it takes a thread.
    """
    ours = environment(folder, **(settings or {}))
    with patch.dict(os.environ, ours, clear=True), contextlib.chdir(folder):
        result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return ProgramRun(result.exit_code, result.stdout, result.stderr)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Ours without any setting, and then these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAULTMAVEN_")}
    return {**kept, "FAULTMAVEN_DATA_DIR": str(folder / "data"), "COLUMNS": "80", **settings}
