"""The lines that claims cite, redacted: never half a line, never more than is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.bundle.manifest import read_rows
from core.text.redacted import RedactedText
from tests.core.cases.bundle.samples import LINES, a_case, cited, locus, members_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Locus

NAME = "evidence/e1.jsonl"


async def rendered(folder: Path, *where: Locus) -> list[tuple[int, str]]:
    services = await a_case(
        folder, *(cited(RedactedText.format("a line"), locus) for locus in where)
    )
    members = await members_of(services)
    return [(row["line"], row["text"]) for row in read_rows(NAME, members.get(NAME, b""))]


async def test_cited_lines_and_no_others(tmp_path: Path) -> None:
    assert await rendered(tmp_path, locus(3, 4), locus(1), locus(3)) == [
        (1, LINES[0]),
        (3, LINES[2]),
        (4, LINES[3]),
    ]


async def test_a_span_that_begins_within_a_line_is_not_shown(tmp_path: Path) -> None:
    """What stands before may be all that tells a secret from another word."""
    inside = replace(locus(2), byte_start=locus(2).byte_start + 30)
    assert await rendered(tmp_path, inside) == []


async def test_a_citation_of_everything_is_not_a_copy_of_the_file(tmp_path: Path) -> None:
    endless = replace(locus(1, 5), byte_end=10**12, line_end=10**9)
    assert len(await rendered(tmp_path, endless)) <= len(LINES) + 1
