"""No regular expression of ours hangs a worker on evidence, which may repeat anything."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
ROOMS = ("core", "bot", "api", "integrations", "webhooks", "faultmaven")


def endless_patterns(seed: int, *rooms: str, path: Path = ROOT) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.house.pumps", str(seed), *rooms],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    *endless, last = done.stdout.splitlines()
    assert last == "done"
    return endless


@pytest.mark.parametrize("seed", [1, 2])
def test_no_expression_hangs_on_a_text_that_repeats(seed: int) -> None:
    assert endless_patterns(seed, *ROOMS) == []


def test_an_expression_that_hangs_is_found(tmp_path: Path) -> None:
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "__init__.py").write_text(
        'import re\nOK = re.compile("(?:ab|c)+;")\nHANGS = re.compile(r"(?:\\w+ ?)+;")\n'
    )
    (endless,) = endless_patterns(1, "slow", path=tmp_path)
    assert endless.startswith(r"slow: '(?:\\w+ ?)+;' does not end")
