"""The lines of a unified diff that is made of one in another dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class UnifiedLine(NamedTuple):
    """A line of a unified diff, and the row (from 0) of the text that it comes from."""

    row: int
    text: str


def file_header(row: int, name: str) -> Iterator[UnifiedLine]:
    """What begins the changes of a file."""
    yield UnifiedLine(row, f"--- {name}")
    yield UnifiedLine(row, f"+++ {name}")


def hunk_header(row: int, older: int = 1, newer: int = 1) -> UnifiedLine:
    """What begins a hunk. older, newer: its first line (1-based) in each version."""
    return UnifiedLine(row, f"@@ -{older} +{newer} @@")
