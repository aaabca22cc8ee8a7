"""What is rewritten beforehand is what pytest takes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rewritten_modules import rewrite

if TYPE_CHECKING:
    from pathlib import Path

FAILING = "def test_sum():\n    parts = [1, 2]\n    assert sum(parts) == 4\n"


def written_at(module: Path) -> int:
    """When the only one that is kept was written, in nanoseconds."""
    (kept,) = (module.parent / "__pycache__").iterdir()
    return kept.stat().st_mtime_ns


@pytest.mark.integration
def test_pytest_takes_it_and_explains_what_failed(tmp_path: Path) -> None:
    module = tmp_path / "test_sum.py"
    module.write_text(FAILING)
    rewrite(module)
    before = written_at(module)
    writing = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, str(module)),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=writing,
    )
    assert "where 3 = sum([1, 2])" in ran.stdout
    assert written_at(module) == before


def test_a_module_that_changed_is_rewritten_and_no_other(tmp_path: Path) -> None:
    module = tmp_path / "test_sum.py"
    module.write_text(FAILING)
    rewrite(module)
    first = written_at(module)
    rewrite(module)
    assert written_at(module) == first
    module.write_text(FAILING.replace("4", "3"))
    rewrite(module)
    assert written_at(module) != first
