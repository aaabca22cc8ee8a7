"""Writes the reference that comes from the code: `make docs`; `--check` says what is stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docs.writers.commands import commands
from docs.writers.endpoints import endpoints, figures
from docs.writers.errors import error_tree
from docs.writers.evidence import evidence
from docs.writers.jobs import jobs
from docs.writers.parity import parity
from docs.writers.ports import ports
from docs.writers.settings import environment, settings
from docs.writers.signatures import signature_catalogue
from docs.writers.verbs import verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES: dict[Path, Callable[[], Iterator[str]]] = {
    ROOT / ".env.example": environment,
    REFERENCE / "settings.md": settings,
    REFERENCE / "commands.md": commands,
    REFERENCE / "verbs.md": verbs,
    REFERENCE / "parity.md": parity,
    REFERENCE / "http.md": endpoints,
    REFERENCE / "metrics.md": figures,
    REFERENCE / "evidence.md": evidence,
    REFERENCE / "signatures.md": signature_catalogue,
    REFERENCE / "errors.md": error_tree,
    REFERENCE / "jobs.md": jobs,
    REFERENCE / "ports.md": ports,
}


def pages() -> dict[Path, str]:
    """Path to text of everything that is generated."""
    return {path: "\n".join(write()) + "\n" for path, write in PAGES.items()}


def main(arguments: list[str]) -> int:
    """Write every page anew; with `--check`, only say which are stale, and 1 where any is."""
    stale = {path: text for path, text in pages().items() if not _is_fresh(path, text)}
    for path, text in stale.items():
        if arguments != ["--check"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return int(bool(stale) and arguments == ["--check"])


def _is_fresh(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
