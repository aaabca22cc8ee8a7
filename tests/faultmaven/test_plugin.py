"""The how-to "add an extractor" works as written, and needs nothing but the public surface."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from faultmaven import plugin
from tests.docs.pages import assert_said, blocks
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "how-to" / "add-an-extractor.md"
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Recipe:
    """The page's blocks, in order."""

    sample: str
    module: str
    project: str
    commands: str
    output: str


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return Recipe(*(block.text for block in blocks(PAGE)))


@pytest.fixture(scope="module")
def reader(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who has followed the page; `site` is where the package went."""
    folder = tmp_path_factory.mktemp("till")
    (folder / "sample.till").write_text(recipe.sample)
    (folder / "till_extractor.py").write_text(recipe.module)
    (folder / "pyproject.toml").write_text(recipe.project)
    install, _ = recipe.commands.strip().splitlines()
    assert install == "pip install ."
    # The tools are the pinned ones, as for our own wheel; pip would take the newest.
    built, site = folder / "dist", folder / "site"
    tools = ("--build-constraints", ROOT / "requirements" / "build.txt", "--require-hashes")
    _uv("build", "--quiet", "--wheel", *tools, "--out-dir", built, folder)
    _uv("pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--target", site,
        *built.glob("*.whl"))  # fmt: skip
    return folder


def _uv(*arguments: object) -> None:
    subprocess.run(
        [str(part) for part in (BIN / "uv", *arguments)],
        env=_without("PYTHONPATH", "VIRTUAL_ENV"),
        check=True,
    )


def _without(*names: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


def extract(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = _without("PYTHONPATH") | {"PYTHONPATH": str(folder / "site"), "COLUMNS": "120"}
    return subprocess.run(
        (BIN / "faultmaven", "extract", *arguments),
        cwd=folder, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip


def test_the_surface_is_what_it_says() -> None:
    assert sorted(plugin.__all__) == sorted(set(plugin.__all__))
    assert all(hasattr(plugin, name) for name in plugin.__all__)


def test_the_example_imports_the_public_surface_only(recipe: Recipe) -> None:
    imported = [node for node in ast.walk(ast.parse(recipe.module)) if hasattr(node, "names")]
    modules = {node.module for node in imported if isinstance(node, ast.ImportFrom)}
    assert modules == {"__future__", "faultmaven.plugin"}
    used = {alias.name for node in imported for alias in node.names} - {"annotations"}
    assert used <= set(plugin.__all__)


@pytest.mark.e2e
def test_who_follows_the_page_sees_the_finding(recipe: Recipe, reader: Path) -> None:
    _, command = recipe.commands.strip().splitlines()
    assert command == "faultmaven extract sample.till"
    ran = extract(reader, "sample.till")
    assert_said(recipe.output, ran.stdout, where=PAGE.name)
    assert ran.stderr == ""


@pytest.mark.e2e
def test_a_file_on_which_it_breaks_goes_to_the_next_best(reader: Path) -> None:
    (reader / "short.till").write_text("TILL/2 opened by the manager\n")
    ran = extract(reader, "short.till")
    assert ran.stdout.startswith("text · 1 lines")
    problem = "extractor 'till' of faultmaven-till broke: a journal of a till without a sale"
    assert problem in " ".join(ran.stdout.split())
