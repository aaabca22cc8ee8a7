"""Resolution of a case's citations: whether each cited line stands where it is said to.

Everything is derived from the bundle alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.bundle.manifest import (
    CASE,
    FILES,
    FINDINGS,
    RENDITIONS,
    Json,
    read_rows,
    read_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARKS = frozenset({"text", "locus", "weight", "why"})  # the keys that distinguish a citation


class Resolved(StrEnum):
    """How a citation resolves."""

    QUOTED = "quoted"  # the lines of its place hold its text, word for word
    FOUND = "found"  # it summarises a place (a series, a span), as a stored finding does
    UNPLACED = "unplaced"  # it names no place: an alert, or an absence
    STRUCK = "struck"  # the claim was struck through when it was made
    GONE = "gone"  # its file was released since
    UNRESOLVED = "unresolved"  # its place does not hold its text


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The evidence in which citations are looked up; several files may share a name."""

    files: Mapping[str, list[Json]] = field(default_factory=dict)
    findings: frozenset[tuple[str, str, str]] = frozenset()  # file id, text, place
    lines: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # by tag and line number


def evidence_of(members: Mapping[str, bytes]) -> Evidence:
    """The evidence in a bundle's members.

    Raises Unreadable, and KeyError or TypeError where rows are not as we write them.
    """
    files: dict[str, list[Json]] = {}
    for file in read_rows(FILES, members[FILES]):
        files.setdefault(file["name"], []).append(file)
    findings = frozenset(
        (row["file_id"], row["finding"]["text"], _place(row["finding"]["locus"]))
        for row in read_rows(FINDINGS, members[FINDINGS])
    )
    lines = {
        name.removeprefix(RENDITIONS).removesuffix(".jsonl"): {
            row["line"]: row["text"] for row in read_rows(name, content)
        }
        for name, content in members.items()
        if name.startswith(RENDITIONS)
    }
    return Evidence(files=files, findings=findings, lines=lines)


def citations_of(case: object, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yields every citation in a folded case, with its path in the JSON."""
    if isinstance(case, dict):
        if case.keys() >= _MARKS:
            yield path, case
            return
        inner: Iterable[tuple[str, object]] = case.items()
    elif isinstance(case, list):
        inner = ((str(number), value) for number, value in enumerate(case))
    else:
        return
    for name, value in inner:
        yield from citations_of(value, f"{path}/{name}")


def resolve_all(members: Mapping[str, bytes]) -> list[Json]:
    """Each citation of the case with its file by content, its place and how it resolves."""
    evidence = evidence_of(members)
    case = read_value(CASE, members[CASE])
    return [_resolve(path, citation, evidence) for path, citation in citations_of(case)]


def _resolve(path: str, citation: Json, evidence: Evidence) -> Json:
    how, file = _find_file(citation, evidence)
    return {
        "claim": path,
        "text": citation["text"],
        "resolves": how,
        "file": {"number": file["number"], "sha256": file["blob"]} if file else None,
        "locus": citation["locus"],
    }


def _find_file(citation: Json, evidence: Evidence) -> tuple[Resolved, Json | None]:
    locus = citation["locus"]
    if locus is None:
        return Resolved.UNPLACED, None
    same_name = evidence.files.get(locus["file"], [])
    if not citation.get("resolves", True):
        return Resolved.STRUCK, next(iter(same_name), None)
    for file in same_name:
        if _is_quoted(evidence.lines.get(f"e{file['number']}", {}), citation):
            return Resolved.QUOTED, file
        if (file["id"], citation["text"], _place(locus)) in evidence.findings:
            return Resolved.FOUND, file
    present = next((file for file in same_name if file["let_go_at"] is None), None)
    return (
        (Resolved.UNRESOLVED, present) if present else (Resolved.GONE, next(iter(same_name), None))
    )


def _is_quoted(lines: Mapping[int, str], citation: Json) -> bool:
    """Whether the cited lines hold the text; white space is not compared."""
    locus = citation["locus"]
    numbers = range(locus["line_start"], min(locus["line_end"], locus["line_start"] + 1000) + 1)
    cited = _collapse_spaces(" ".join(lines[number] for number in numbers if number in lines))
    text = _collapse_spaces(citation["text"]).removesuffix("…")
    return bool(text.strip()) and text in cited


def _collapse_spaces(text: str) -> str:
    return " ".join(text.split())


def _place(locus: Json) -> str:
    return "|".join(
        str(locus[name]) for name in ("line_start", "line_end", "byte_start", "series", "span")
    )
