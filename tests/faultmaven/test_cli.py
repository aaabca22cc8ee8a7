"""The command line as a whole: what it lists, how it takes a typo, and what its exit codes mean."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from faultmaven import __version__
from faultmaven.cli import CARE, RUN, USE, app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HEAVY = ("alembic", "fastapi", "httpx", "numpy", "polars", "pydantic", "sqlalchemy", "uvicorn")


def every_command(group: object, *above: str) -> Iterator[list[str]]:
    for name, command in getattr(group, "commands", {}).items():
        yield [*above, name]
        yield from every_command(command, *above, name)


COMMANDS = list(every_command(get_command(app)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help(words: list[str]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert f"Usage: faultmaven {' '.join(words)}" in result.stdout


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_its_module(words: list[str]) -> None:
    modules = {path.stem for path in (ROOT / "faultmaven/commands").glob("[a-z]*.py")}
    names = {words[0].replace("-", "_"), "_".join(words)}
    assert modules & names or words in (["alert"], ["import"])  # which is no name in Python


def test_help_lists_every_command_once_under_what_one_wants_to_do() -> None:
    output = CliRunner().invoke(app, ["--help"]).stdout.partition(f"{RUN}:\n")[2]
    assert output.index(f"\n{USE}:\n") < output.index(f"\n{CARE}:\n")
    listed = re.findall(r"^  ([\w-]+) ", output, re.MULTILINE)
    assert sorted({words[0] for words in COMMANDS}) == sorted(listed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["investigat", "."], "investigate"),
        (["dcotor"], "doctor"),
        (["job", "list"], "jobs"),
        (["jobs", "rety", "x"], "retry"),
        (["alert", "tets"], "test"),
        (["cases", "--jsno"], "--json"),
        (["replay", "--delivry", "x"], "--delivery"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_typo_is_wrong_usage_and_gets_the_nearest_right_one(typed: list[str], meant: str) -> None:
    result = CliRunner().invoke(app, typed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert meant in result.stderr


@pytest.mark.parametrize("words", [[], ["jobs"], ["alert"]], ids=["", "jobs", "alert"])
def test_too_few_words_show_the_help_and_are_wrong_usage(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "Usage: faultmaven" in result.output


def test_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"faultmaven {__version__}\n")


@pytest.mark.integration
def test_help_loads_nothing_that_takes_long() -> None:
    program = "import sys, faultmaven.cli; print(*sys.modules)"
    output = subprocess.run(
        (sys.executable, "-c", program), capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert not set(HEAVY) & set(output.split())


@pytest.mark.integration
def test_no_collection_looks_through_what_a_command_loads() -> None:
    program = """
import gc
from contextlib import suppress
import typer
from faultmaven.cli import run
with suppress(typer.Exit):
    run("events", paths=[], case=None, spelt=None, as_json=False)
print(gc.get_freeze_count(), gc.isenabled())
"""
    output = subprocess.run(
        (sys.executable, "-c", program), capture_output=True, text=True, check=False, cwd=ROOT
    ).stdout
    frozen, is_on = output.split()
    assert int(frozen) > 10_000
    assert is_on == "True"


def test_a_file_that_cannot_be_read_is_said_in_a_line() -> None:
    ran = CliRunner().invoke(app, ["extract", "/proc/self/mem"])
    assert ran.exit_code == 1
    assert ran.stderr.startswith("faultmaven: a file: Input/output error\n")
