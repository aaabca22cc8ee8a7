"""The wheel works where the checkout is not, carries its data, and clashes with nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house.shape import ROOMS
from tests.house.tree import ROOT, our_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UV = Path(sys.executable).with_name("uv")
LOCKS = ROOT / "requirements"


def run(*command: object, cwd: Path) -> str:
    """Standard output of a command that has to succeed, our own checkout out of its reach."""
    unwanted = {"PYTHONPATH", "VIRTUAL_ENV", "COV_CORE_SOURCE"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name not in unwanted},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built in an environment of its own from the pinned tools."""
    folder = tmp_path_factory.mktemp("wheel")
    tools = LOCKS / "build.txt"
    run(UV, "build", "--quiet", "--wheel", "--build-constraints", tools, "--require-hashes",
        "--out-dir", folder, ROOT, cwd=folder)  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment that holds the base install only."""
    folder = tmp_path_factory.mktemp("elsewhere")
    python = folder / "venv" / "bin" / "python"
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    install = (UV, "pip", "install", "--quiet", "--python", python)
    run(*install, "--require-hashes", "--requirement", LOCKS / "base.txt", cwd=folder)
    run(*install, "--no-deps", wheel, cwd=folder)
    return python.parent


def packaged() -> Iterator[str]:
    """Every file of ours that lives in a room, as a path in the wheel."""
    for path in our_files():
        inside = path.relative_to(ROOT)
        if inside.parts[0] in ROOMS:
            yield inside.as_posix()


@pytest.mark.integration
def test_the_wheel_holds_every_file_of_every_room(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert sorted(set(packaged()) - names) == []


@pytest.mark.integration
def test_the_wheel_holds_the_rooms_and_nothing_beside_them(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(ROOMS)


def test_no_dependency_has_a_package_of_our_rooms_names() -> None:
    owners: Mapping[str, list[str]] = packages_distributions()
    for room in ROOMS:
        assert set(owners.get(room, [])) <= {"faultmaven"}, room


@pytest.mark.e2e
def test_the_program_runs_where_the_checkout_is_not(installed: Path, tmp_path: Path) -> None:
    assert "Usage" in run(installed / "faultmaven", "--help", cwd=tmp_path)
    where = "import core, sys; sys.stdout.write(core.__file__)"
    assert not run(installed / "python", "-c", where, cwd=tmp_path).startswith(str(ROOT))


@pytest.mark.e2e
def test_every_module_of_the_base_install_can_be_imported(installed: Path, tmp_path: Path) -> None:
    script = ROOT / "tests/house/import_everything.py"
    run(installed / "python", script, *ROOMS, cwd=tmp_path)
