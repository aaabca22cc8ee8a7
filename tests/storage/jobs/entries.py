"""Functions that a runner can be told to read files with: one good, the others broken."""

# ruff: noqa: ARG001 - all have the signature of an extractor
from __future__ import annotations

import gzip
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus
from core.text.redacted import RedactedText
from storage.jobs.reader import GROWN, MAX_ANSWER

if TYPE_CHECKING:
    from core.evidence.model import ArtifactStore, Original, PlainArtifactStore, PlainFile
    from core.redaction.engine import Redactor


_preloaded: list[str] = []


def preload() -> None:
    """A reader calls it before it is given the first file."""
    _preloaded.append("preloaded")


def tells_what_is_loaded(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    """Writes in place of the file how often its reader was told to preload."""
    original.path.write_text("\n".join(_preloaded))
    return reads(original, name=name, service=service, redactor=redactor, shelf=shelf)


def reads(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    """Everything that an Extraction can hold has a value here that JSON could spoil."""
    content = original.path.read_bytes()
    print("this must not get into the answer", flush=True)  # noqa: T201
    noon = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    finding = Finding(
        kind=FindingKind.BURST,
        level=Level.ERROR,
        text=RedactedText.format("{count} lines, „größer“", count=content.count(b"\n")),
        locus=Locus(file=name, line_start=1, line_end=2, byte_start=0, byte_end=len(content)),
        count=7,
        first=noon,
        last=noon,
        service=service,
        signals=("pool.exhausted", "pool.timeout"),
        buckets={29_000_000: 3, 29_000_001: 4},
        data={
            "ratio": 2.0,
            "whole": 2,
            "yes": True,
            "none": None,
            "key": redactor.derive("test").hex(),
        },
    )
    return Extraction(
        data_type=DataType.LOG,
        extractor="test",
        confidence=0.1 + 0.2,
        events=3,
        lines=4,
        size=len(content),
        findings=(finding,),
        first=noon,
        service=service,
    )


def copies(
    original: Original, *, name: str, service: str | None, redactor: Redactor, shelf: ArtifactStore
) -> Extraction:
    """Keeps what it decodes, as the pipeline does."""
    assert shelf.rendition
    with original.open() as packed, gzip.open(packed) as text, shelf.rendition.create() as out:
        while piece := text.read(2**16):
            out.write(os.urandom(len(piece)))
    raise AssertionError


def refuses(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    message = "nothing here is text"
    raise UnreadableEvidence(message)


def breaks(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    raise ValueError(original.path.read_text())


def says_no_memory(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    raise MemoryError


def crashes(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    os.abort()


def is_stopped(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    os.kill(os.getpid(), 9)
    raise AssertionError


def sleeps(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    original.path.write_text(str(os.getpid()))
    time.sleep(60)
    raise AssertionError


def grows(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(2**20)) * 8)
        time.sleep(0.002)


def grows_at_once(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    return reads(original, name=name * 2**34, service=service, redactor=redactor, shelf=shelf)


def finds_too_much(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    extraction = reads(original, name=name, service=service, redactor=redactor, shelf=shelf)
    return replace(extraction, problem="x" * MAX_ANSWER)


def looks_around(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    original.path.write_text("\n".join(sorted(os.environ)))
    return reads(original, name=name, service=service, redactor=redactor, shelf=shelf)


def obeys(
    original: PlainFile,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: PlainArtifactStore,
) -> Extraction:
    """Says by `lines` which process read, unless the file orders something else."""
    order = original.path.read_text().strip()
    if order == "crash":
        os.abort()
    if order == "break":
        raise ValueError(order)
    if order == "crash unless first" and _done:
        os.abort()
    if order == "grow":
        _hoard.append(bytearray(b"x" * GROWN))
    if order == "sleep":
        sleeps(original, name=name, service=service, redactor=redactor, shelf=shelf)
    _done.append(order)
    extraction = reads(original, name=name, service=service, redactor=redactor, shelf=shelf)
    return replace(extraction, lines=os.getpid())


_done: list[str] = []
_hoard: list[bytearray] = []
