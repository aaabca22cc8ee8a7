"""Diffs that are not unified, as the real tools write them: each tells the setting that moved."""

from __future__ import annotations

import subprocess
from difflib import HtmlDiff
from typing import TYPE_CHECKING

import pytest

from core.evidence.configuration.changes import is_of_settings
from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BEFORE = """\
service: orders
pool:
  min: 2
  size: 40
  wait: 5s
owner: dana
"""
AFTER = BEFORE.replace("size: 40", "size: 4").replace("service: orders", "# kept\nservice: orders")
POOL = "pool.size: 40 → 4"
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "numbers": ("diff",),
    "context": ("diff", "-c"),
    "columns": ("diff", "-y", "-W", "80"),
    "spaces": ("diff", "-y", "-t", "-W", "80"),
    "colours": ("git", "diff", "--no-index", "--color=always"),
    "words": ("git", "diff", "--no-index", "--word-diff=plain"),
}


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    for name, text in (("before", BEFORE), ("after", AFTER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "orders.yaml").write_text(text)
    return tmp_path


def changes_in(folder: Path, text: str, name: str = "changes.txt") -> list[tuple[str, str]]:
    """Each change of a setting with the line that it is quoted by."""
    path = folder / "changes"
    path.write_text(text)
    extraction = extract(PlainFile(path), name=name, service=None, redactor=Redactor(b"a case"))
    lines = text.split("\n")
    return [
        (finding.text.text, lines[(finding.locus.line_start or 1) - 1])
        for finding in extraction.findings
        if is_of_settings(finding)
    ]


def compared(folder: Path, *command: str) -> str:
    """What a real tool prints of the two versions, below the command."""
    files = ["before/orders.yaml", "after/orders.yaml"]
    done = subprocess.run(
        [*command, *files], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    header = f"{' '.join([*command, *files])}\n" if command[0] == "diff" else ""
    return header + done.stdout


@pytest.mark.parametrize("dialect", OPTIONS)
def test_each_tells_the_setting_and_its_line(versions: Path, dialect: str) -> None:
    ((change, line),) = changes_in(versions, compared(versions, *OPTIONS[dialect]))
    assert change.startswith(POOL if dialect not in ("numbers", "context") else "")
    assert "size: 40 → 4 (before: " in change
    assert "orders.yaml:" in change
    assert "4" in line
    assert "size" in line


def test_a_blank_line_that_lost_its_mark_is_one_line_of_both(tmp_path: Path) -> None:
    shown = (
        "*** old/orders.yaml\n--- new/orders.yaml\n***************\n*** 1,4 ****\n"
        "  service: orders\n\n  min: 2\n! size: 40\n"
        "--- 1,4 ----\n  service: orders\n\n  min: 2\n! size: 4\n"
    )
    ((change, _),) = changes_in(tmp_path, shown)
    assert change == "size: 40 → 4 (before: old/orders.yaml:4)"


def test_a_page_of_two_columns(tmp_path: Path) -> None:
    table = HtmlDiff().make_file(
        BEFORE.split("\n"), AFTER.split("\n"), "a/orders.yaml", "orders.yaml"
    )
    ((change, line),) = changes_in(tmp_path, table, "compare.html")
    assert change.startswith(POOL)
    assert "diff_" in line


def test_what_argo_cd_shows_before_a_sync(tmp_path: Path) -> None:
    shown = """\
===== apps/Deployment shop/orders ======
33c33
<         timeoutSeconds: 30
---
>         timeoutSeconds: 3
===== /ConfigMap shop/orders ======
4a5
>   note: kept
"""
    changes = [change for change, _ in changes_in(tmp_path, shown)]
    assert changes[0] == "timeoutSeconds: 30 → 3 (before: shop/Deployment/orders:1)"


def test_text_that_only_looks_like_one_is_none(tmp_path: Path) -> None:
    mail = "3 things:\n> size: 40\n> size: 4\nWe agreed on [-this-] and {+that+}.\n"
    table = " name | value |\n size | 40    |\n wait | 5s    |\n"
    assert changes_in(tmp_path, mail) == []
    assert changes_in(tmp_path, table) == []
    page = "<table><tr><td>diff</td><td>a.yaml</td></tr></table>"
    assert changes_in(tmp_path, page, "page.html") == []
