"""What of a case goes into its bundle: its log, what it folds into, and the lines it rests on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.cases.bundle.container import VIEW, event_row, texts_of
from core.cases.bundle.manifest import (
    CASE,
    CITATIONS,
    EVENTS,
    FILES,
    FINDINGS,
    RENDITIONS,
    TEXTS,
    Json,
    canonical,
    rows,
)
from core.cases.bundle.verification import citations_of, resolve_all
from core.cases.finding_digests import document_of, file_document
from core.cases.ports import Dossier, gather
from core.evidence.events.answers import read_lines
from core.evidence.lines import MAX_LINE_BYTES
from core.workflows.case_lines import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.model import EvidenceFile, Original
    from core.redaction.engine import Redactor
    from core.workflows.services import Services


async def contents(number: int, *, services: Services) -> dict[str, bytes]:
    """The members of the case's bundle, by name, all of them redacted. Raises NotFound.

    The same case makes the same members.
    """
    async with services.reading() as unit:
        case = await unit.cases.by_number(number)
        dossier = await gather(unit, case.id)
    view = VIEW.dump_python(dossier.view, mode="json")
    members = {
        CASE: canonical(view),
        EVENTS: rows(event_row(event) for event in dossier.events),
        TEXTS: rows(_texts(dossier)),
        FILES: rows(map(file_document, dossier.files)),
        FINDINGS: rows(_findings(dossier)),
        **await renditions(view, dossier.files, services=services),
    }
    return members | {CITATIONS: rows(resolve_all(members))}


def _texts(dossier: Dossier) -> Iterator[Json]:
    """Every text that events refer to; of one that was erased, that there was one."""
    for digest, text in texts_of(dossier.events, dossier.texts).items():
        yield {"digest": digest, "text": text.text if text is not None else None}


def _findings(dossier: Dossier) -> Iterator[Json]:
    for file in dossier.files:
        for finding in dossier.findings.get(file.id, ()):
            yield {"file_id": file.id, "finding": document_of(finding)}


_MOST_LINES = 60  # of one citation: a stack trace has fewer, a whole file is no line
_MOST_BYTES = 2**20  # of one citation
_MOST_SPANS = 2_000  # of one file

Span = tuple[int, int, int]  # line of its start, bytes


async def renditions(
    case: Json, files: Sequence[EvidenceFile], *, services: Services
) -> dict[str, bytes]:
    """By the name of its member, the lines of each kept file that the case's claims cite.

    Raises StoreUnavailable. A file that is given up has none.
    """
    of_files: dict[str, bytes] = {}
    for file in files:
        spans = _cited(case, file.name.text)
        text = await text_of(file, services=services) if spans and file.is_kept else None
        if text is None:
            continue
        redactor = services.redactor(file.case_id)
        lines = await asyncio.to_thread(_read, text, spans, redactor)
        if lines:
            of_files[f"{RENDITIONS}{file.tag.text}.jsonl"] = rows(lines)
    return of_files


def _cited(case: Json, name: str) -> list[Span]:
    loci = (citation["locus"] for _, citation in citations_of(case) if citation["locus"])
    spans = {
        (locus["line_start"], locus["byte_start"], locus["byte_end"])
        for locus in loci
        if locus["file"] == name and locus["byte_end"] > locus["byte_start"]
    }
    return sorted(spans)[:_MOST_SPANS]


def _read(text: Original, spans: Sequence[Span], redactor: Redactor) -> list[Json]:
    starts: dict[int, int] = {}
    for span in spans:
        starts.update(_lines_in(text, span))
    line_texts = read_lines(text, starts, redactor=redactor, room=MAX_LINE_BYTES)
    exported = (
        {"line": starts[at], "byte": at, "text": line.text} for at, line in line_texts.items()
    )
    return sorted(exported, key=lambda line: (line["line"], line["byte"]))


def _lines_in(text: Original, span: Span) -> Iterator[tuple[int, int]]:
    """Where each line of a span begins, with its number.

    Nothing where the span begins within a line: half a line may hold half a secret, which nobody
    recognises.
    """
    number, start, end = span
    with text.open() as stream:
        stream.seek(max(0, start - 1))
        raw = stream.read(min(end, start + _MOST_BYTES) - max(0, start - 1))
    if start:
        if raw[:1] != b"\n":
            return
        raw = raw[1:]
    at = start
    for line in raw.split(b"\n")[:_MOST_LINES]:
        if at < end:
            yield at, number
        at, number = at + len(line) + 1, number + 1
