"""The tools behind `make check` do refuse what we run them for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.shape import ROOMS
from tests.house.tree import ROOT

TOOLS = Path(sys.executable).parent
FOR_TYPES = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"

pytestmark = pytest.mark.integration


def run(tool: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TOOLS / tool), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_dockerfile_that_pulls_whatever_is_newest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\n", encoding="ascii")
    done = run("hadolint", "Dockerfile", cwd=tmp_path)
    assert done.returncode == 1
    assert "DL3007" in done.stdout


def test_a_workflow_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    (tmp_path / "ci.yml").write_text(workflow.replace("runs-on:", "run-on:"), encoding="utf-8")
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", "ci.yml",
               cwd=tmp_path)  # fmt: skip
    assert done.returncode == 1
    assert "runs-on" in done.stdout


def test_a_workflow_that_runs_what_a_stranger_wrote_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    stranger = 'echo "${{ github.event.pull_request.title }}"'
    (folder / "ci.yml").write_text(workflow.replace(".ci/run", stranger), encoding="utf-8")
    done = run("zizmor", "--offline", "--no-progress", folder, cwd=tmp_path)
    assert done.returncode > 0
    assert "template-injection" in done.stdout


def test_a_key_that_was_left_in_a_file_is_refused(tmp_path: Path) -> None:
    made_up = "AKIA" + "Z7Q4" * 4
    (tmp_path / "settings.py").write_text(f'KEY = "{made_up}"\n', encoding="ascii")
    shutil.copy(ROOT / ".secrets.baseline", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)  # the hook asks git
    done = run("detect-secrets-hook", "--no-verify", "--baseline", ".secrets.baseline",
               "settings.py", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 1
    assert "AWS Access Key" in done.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("core", "import storage"),
        ("core", "import sqlalchemy"),
        ("core", "from faultmaven import wiring"),
        ("webhooks", "import storage"),
        ("bot", "import api"),
        ("bot.slack", "import bot.discord"),
        ("storage", "import faultmaven"),
        ("core.cases", "import core.investigation"),
        ("core.jobs", "import core.evidence"),
        ("core.redaction", "import core.access"),
        ("core.alerts", f"{FOR_TYPES}    import core.workflows"),
    ],
)
def test_an_import_against_the_rule_is_refused(tmp_path: Path, room: str, line: str) -> None:
    a_house(tmp_path)
    (tmp_path / room.replace(".", "/") / "wrong.py").write_text(f"{line}\n", encoding="ascii")
    done = run("lint-imports", "--no-cache", "--config", ROOT / "pyproject.toml", cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    assert f"{room}.wrong" in done.stdout


def test_only_the_wiring_may_import_a_store(tmp_path: Path) -> None:
    a_house(tmp_path)
    lint = ("lint-imports", "--no-cache", "--config", ROOT / "pyproject.toml")
    (tmp_path / "faultmaven/wiring.py").write_text("import storage.database\n", encoding="ascii")
    assert run(*lint, cwd=tmp_path).returncode == 0
    (tmp_path / "faultmaven/cli.py").write_text("import storage.database\n", encoding="ascii")
    done = run(*lint, cwd=tmp_path)
    assert done.returncode == 1
    assert "faultmaven.cli" in done.stdout


def a_house(folder: Path) -> None:
    """Empty rooms with the names of ours."""
    stores = ("storage/database", "storage/files", "storage/memory")
    rooms = sorted(
        path.relative_to(ROOT)
        for path in (ROOT / "core").iterdir()
        if (path / "__init__.py").exists()
    )
    inner = (*stores, *map(str, rooms), "bot/discord", "bot/slack", "bot/terminal")
    for name in (*ROOMS, *inner):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").touch()
    for single in (ROOT / "core").glob("*.py"):
        (folder / "core" / single.name).touch()
    for name in ("language_models", "wiring"):  # those that the rule excepts
        (folder / f"faultmaven/{name}.py").touch()
