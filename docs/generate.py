"""Writes the reference that comes from the code: `make docs`. A test says when it is stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docs.writers.commands import commands
from docs.writers.doors import doors, figures
from docs.writers.errors import error_tree
from docs.writers.jobs import jobs
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
    REFERENCE / "http.md": doors,
    REFERENCE / "metrics.md": figures,
    REFERENCE / "signatures.md": signature_catalogue,
    REFERENCE / "errors.md": error_tree,
    REFERENCE / "jobs.md": jobs,
}


def pages() -> dict[Path, str]:
    """Path to text of everything that is generated."""
    return {path: "\n".join(write()) + "\n" for path, write in PAGES.items()}


def main() -> None:
    """Write every page anew."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
