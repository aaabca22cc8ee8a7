"""The command line in this very process, on a data directory of the test's own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from typer.testing import CliRunner

from faultmaven.cli import app
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from faultmaven.wiring import Installation

T = TypeVar("T")


@dataclass(frozen=True)
class CommandRun:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """`run` types a command; `data` is its data directory, and the folder above where it is run."""

    data: Path

    def run(self, *arguments: object, stdin: str = "") -> CommandRun:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return CommandRun(result.exit_code, result.stdout, result.stderr)

    def prepare(self, change: Callable[[Installation], Awaitable[T]]) -> T:
        """Change the installation that the commands will find."""

        async def changed() -> T:
            async with wire(load_settings()) as house:
                return await change(house)

        return asyncio.run(changed())


@pytest.fixture
def shell(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """No setting but the data directory, which holds an empty database."""
    for name in list(os.environ):
        if name.startswith("FAULTMAVEN_"):
            monkeypatch.delenv(name)
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copyfile(migrated_sqlite, data / "faultmaven.db")
    (data / "faultmaven.db").chmod(0o600)
    monkeypatch.setenv("FAULTMAVEN_DATA_DIR", str(data))
    monkeypatch.chdir(tmp_path)
    return Shell(data)
