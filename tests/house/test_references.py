"""What docstrings, comments and pages name is there: a rename leaves no old name behind."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = "api|benchmarks|bot|core|docs|faultmaven|integrations|storage|tests|webhooks"
# Decisions and the changelog tell of what was there on their day.
OF_THEIR_DAY = re.compile(
    r"docs/decisions/|CHANGELOG|tests/recordings/|tests/house/test_references"
)
FILE = re.compile(r"(?<![\w./-])((?:[\w-]+/)*[\w-]+\.py)\b")
MODULE = re.compile(rf"(?<![\w./@-])((?:{ROOMS})(?:\.[A-Za-z_]\w*)+)\b(?![/(@-])")
QUOTED = re.compile(r"`([^`\n]+)`")
# Names that are for the reader to replace, and what only looks like a module.
PLACEHOLDER = re.compile(r"[A-Z]{3,}")
LOOKALIKES = {
    "api.eu.pagerduty.com",
    "docs.jsonl",
    "faultmaven.db",
    "faultmaven.case.id",  # attributes of spans
    "faultmaven.extractors",
    "faultmaven.model.cost_dollars",
    "faultmaven.model.is_cached",
    "faultmaven.model.is_estimated",
    "faultmaven.model.name",
    "faultmaven.model.role",
    "faultmaven.model.tokens_in",
    "till_extractor.py",
}


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for path in listed.stdout.splitlines() if (ROOT / path).exists())


@cache
def names_in(path: str) -> frozenset[str]:
    """What a module defines or imports."""
    nodes = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    return frozenset(
        name
        for node in nodes
        for name in (
            getattr(node, "name", None),
            getattr(node, "id", None),
            getattr(node, "attr", None),
            getattr(node, "arg", None),
        )
        if isinstance(name, str)
    )


def is_file(path: str) -> bool:
    return any(known == path or known.endswith(f"/{path}") for known in tracked())


def is_module(dotted: str) -> bool:
    """A module, a package, or what one of them defines."""
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        base, rest = "/".join(parts[:size]), parts[size:]
        if f"{base}.py" in tracked():
            return not rest or rest[0] in names_in(f"{base}.py")
        if (ROOT / base).is_dir():
            package = f"{base}/__init__.py"
            return not rest or (package in tracked() and rest[0] in names_in(package))
    return False


def told_in(path: str) -> str:
    """The words of a page; of a module its docstrings and comments."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        return text
    comments = re.findall(r"#(.*)", text)
    nodes = ast.walk(ast.parse(text))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = [ast.get_docstring(node) or "" for node in nodes if isinstance(node, documented)]
    return "\n".join([*comments, *docstrings])


def missing_in(path: str) -> list[str]:
    text = told_in(path)
    quoted = [words for words in QUOTED.findall(text) if " " not in words]
    files = [name for words in quoted for name in FILE.findall(words) if not is_file(name)]
    modules = [name for words in quoted for name in MODULE.findall(words) if not is_module(name)]
    named = [*files, *(name for name in modules if not name.endswith(".py"))]
    return [name for name in named if name not in LOOKALIKES and not PLACEHOLDER.search(name)]


PAGES = [
    path for path in tracked() if path.endswith((".py", ".md")) and not OF_THEIR_DAY.search(path)
]


def test_what_is_named_is_there() -> None:
    assert {path: missing for path in PAGES if (missing := missing_in(path))} == {}


def test_what_is_not_there_is_found_out() -> None:
    assert is_file("core/workflows/turn.py")
    assert is_module("core.workflows.turn.investigate_case")
    assert not is_file("core/investigation/checks/choosing.py")
    assert not is_module("core.workflows.acting")
