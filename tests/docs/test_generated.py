"""The generated part of the reference says what the code says now."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.jobs import kinds
from docs.generate import PAGES
from docs.writers.jobs import MEANINGS
from faultmaven.settings import Settings
from tests.house.tree import ROOT


@pytest.mark.integration
def test_every_generated_page_is_fresh() -> None:
    """In a process of its own: what other tests counted must not show in the metrics."""
    done = subprocess.run(
        (sys.executable, "-m", "docs.generate", "--check"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"stale, run `make docs`:\n{done.stdout}{done.stderr}"


def test_every_page_of_the_reference_is_generated() -> None:
    assert set((ROOT / "docs/reference").iterdir()) <= set(PAGES)


def test_every_setting_is_in_the_example() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"\n#FAULTMAVEN_{name.upper()}=" in text


def test_every_kind_of_job_is_in_the_reference() -> None:
    text = (ROOT / "docs/reference/jobs.md").read_text(encoding="utf-8")
    names = {kind.name for kind in kinds.ALL}
    assert names == set(MEANINGS)
    assert [kind for kind in names if f"| `{kind}` |" not in text] == []
