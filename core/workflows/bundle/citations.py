"""Does every line that a claim rests on stand where it says? Worked out of the bundle alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from core.workflows.bundle.model import (
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

_MARKS = frozenset({"text", "locus", "weight", "why"})  # what tells a citation from all else


class Resolved(StrEnum):
    """How a citation resolves."""

    QUOTED = "quoted"  # the lines of its place say so, word by word
    FOUND = "found"  # it sums up a place (a series, a span), as what was found there does
    UNPLACED = "unplaced"  # it names no place: an alert, or that something is absent
    STRUCK = "struck"  # the claim was struck through when it was made
    GONE = "gone"  # its file was given up since
    UNRESOLVED = "unresolved"  # its place does not say so


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What citations are looked up in, by the names of files; several may have the same name."""

    files: Mapping[str, list[Json]] = field(default_factory=dict)
    findings: frozenset[tuple[str, str, str]] = frozenset()  # file id, text, place
    lines: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # by tag and line number


def evidence_of(members: Mapping[str, bytes]) -> Evidence:
    """Raises Unreadable, KeyError and TypeError where they are not what we write."""
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
    """Every citation in what a case folded into, and where in it: whatever claims there are."""
    if isinstance(case, dict):
        if case.keys() >= _MARKS:
            yield path, case
            return
        inner: Iterable[tuple[str, object]] = case.items()
    elif isinstance(case, list):
        inner = ((str(number), one) for number, one in enumerate(case))
    else:
        return
    for name, one in inner:
        yield from citations_of(one, f"{path}/{name}")


def resolve_all(members: Mapping[str, bytes]) -> list[Json]:
    """Each citation of the case: the file it is in by content, the span, and how it resolves."""
    evidence = evidence_of(members)
    case = read_value(CASE, members[CASE])
    return [_resolved(path, one, evidence) for path, one in citations_of(case)]


def _resolved(path: str, citation: Json, evidence: Evidence) -> Json:
    how, file = _how(citation, evidence)
    return {
        "claim": path,
        "text": citation["text"],
        "resolves": how,
        "file": {"number": file["number"], "sha256": file["blob"]} if file else None,
        "locus": citation["locus"],
    }


def _how(citation: Json, evidence: Evidence) -> tuple[Resolved, Json | None]:
    locus = citation["locus"]
    if locus is None:
        return Resolved.UNPLACED, None
    named = evidence.files.get(locus["file"], [])
    if not citation.get("resolves", True):
        return Resolved.STRUCK, next(iter(named), None)
    for file in named:
        if _says(evidence.lines.get(f"e{file['number']}", {}), citation):
            return Resolved.QUOTED, file
        if (file["id"], citation["text"], _place(locus)) in evidence.findings:
            return Resolved.FOUND, file
    kept = next((one for one in named if one["let_go_at"] is None), None)
    return (Resolved.UNRESOLVED, kept) if kept else (Resolved.GONE, next(iter(named), None))


def _says(lines: Mapping[int, str], citation: Json) -> bool:
    """Do the lines of its place hold the words? White space is as good as any other."""
    locus = citation["locus"]
    numbers = range(locus["line_start"], min(locus["line_end"], locus["line_start"] + 1000) + 1)
    there = _spaced(" ".join(lines[number] for number in numbers if number in lines))
    quoted = _spaced(citation["text"]).removesuffix("…")
    return bool(quoted.strip()) and quoted in there


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _place(locus: Json) -> str:
    return "|".join(
        str(locus[name]) for name in ("line_start", "line_end", "byte_start", "series", "span")
    )
