"""`make` keeps its promises: each target is explained, none is empty, CI runs what we run."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import yaml

from tests.house.tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PHONY = re.findall(r"^\.PHONY: (\w+)$", MAKEFILE, re.MULTILINE)
PROMISED = {"help", "setup", "demo", "test", "check", "bench", "fmt", "shape", "cards", "docs"}


def make(*arguments: str) -> str:
    """What make would print; nothing is run but `help`."""
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_promised_targets_are_there() -> None:
    assert set(PHONY) >= PROMISED


@pytest.mark.parametrize("target", PHONY)
def test_each_target_has_one_line_of_help(target: str) -> None:
    assert re.search(rf"^{target}:[^#\n]*## \S.*$", MAKEFILE, re.MULTILINE)


@pytest.mark.integration
def test_help_lists_every_target_in_two_columns() -> None:
    rows = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in make("help").splitlines()]
    assert [row[0].removeprefix("make ") for row in rows] == PHONY
    assert all(len(row) == 2 for row in rows)


@pytest.mark.parametrize("module", re.findall(r"/python -m ([a-z_.]+)", MAKEFILE))
def test_a_target_runs_a_module_that_exists(module: str) -> None:
    if module == "pip" or module in sys.stdlib_module_names:
        return
    path = ROOT.joinpath(*module.split("."))
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_ci_runs_check_and_test_and_nothing_less() -> None:
    runner = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in runner
    assert [line for line in runner.splitlines() if line.startswith("make")] == [
        "make check",
        "make test",
    ]
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_workflow_runs_files_that_exist() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    commands = "\n".join(
        step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]
    )
    named = re.findall(r"(?:^|\s)((?:\.ci|tests)/[\w./]+)", commands)
    assert ".ci/run" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
