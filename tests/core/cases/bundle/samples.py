"""A case with evidence and claims, in memory, and the bundle that is made of it."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.alerts.model import Severity
from core.cases.bundle.container import Member, pack
from core.cases.bundle.manifest import (
    MANIFEST,
    ORIGINALS,
    README,
    SIGNATURE,
    listed,
    manifest_of,
    readme,
    signature_of,
    spell_key,
)
from core.cases.events import EventKind
from core.cases.finding_digests import (
    DIGEST,
    FACTS,
    digest_of,
    document_of,
    facts_digest,
    file_document,
)
from core.cases.lifecycle import Change, open_case, record
from core.cases.model import Cause, Citation, Hypothesis, HypothesisState
from core.cases.projection import HYPOTHESES
from core.evidence.model import DataType, Extraction, FileState, Finding, FindingKind, Level, Locus
from core.text.redacted import RedactedText
from core.workflows.case_export import contents
from core.workflows.evidence_intake import receive_file
from storage.sealing.signatures import Signer
from tests.fakes.services import SECRET, memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from core.workflows.services import Services

SIGNER = Signer(SECRET)
KEY = spell_key(SIGNER.public)
MAIL = "dana@example.com"
LINES = (
    "2026-11-20T13:00:00Z INFO pool size 10",
    f"2026-11-20T13:01:00Z ERROR pool exhausted, order of {MAIL} lost",
    "Traceback (most recent call last):",
    "  TimeoutError: no connection within 5 s",
    "2026-11-20T13:02:00Z INFO served",
)
LOG = ("\n".join(LINES) + "\n").encode()
STARTS = list(itertools.accumulate((len(line) + 1 for line in LINES), initial=0))
RISEN = RedactedText.format("pool_in_use rose from 3 to 10")


def locus(first: int, last: int | None = None) -> Locus:
    """Of these lines of the log, from 1."""
    end = last or first
    return Locus(
        file="db.log",
        line_start=first,
        line_end=end,
        byte_start=STARTS[first - 1],
        byte_end=STARTS[end] - 1,
    )


SERIES = Locus(file="db.log", line_start=1, line_end=5, series="pool_in_use")


def cited(text: RedactedText, where: Locus | None, *, resolves: bool = True) -> Citation:
    """A line for a hypothesis."""
    why = RedactedText.format("known sign")
    return Citation(text=text, locus=where, weight=1.0, why=why, resolves=resolves)


def pool(*supporting: Citation) -> Hypothesis:
    """The pool is too small, as these say."""
    return Hypothesis(
        number=1,
        cause=Cause(service="db", signal="pool_timeout", fault="connection_pool_exhausted"),
        statement=RedactedText.format("Connection pool exhausted at db"),
        state=HypothesisState.PROPOSED,
        confidence=0.72,
        rank=1,
        supporting=supporting,
    )


FOUND = Extraction(
    data_type=DataType.LOG,
    extractor="log",
    confidence=1.0,
    events=5,
    lines=5,
    size=len(LOG),
    findings=(Finding(kind=FindingKind.METRIC, level=Level.WARNING, text=RISEN, locus=SERIES),),
)


async def a_case(folder: Path, *supporting: Citation) -> Services:
    """Case #1 with one log and one hypothesis; what these cite, or two lines and a series."""
    services = memory_services(folder=folder)
    async with services.unit() as unit:
        view = await open_case(
            unit,
            title=services.redactor().clean(f"orders of {MAIL} are lost"),
            severity=Severity.HIGH,
            service="db",
            group_key="",
            since=services.clock.now(),
            actor="dana",
        )
    case_id = view.case.id
    await receive_file(
        case_id, _chunks(), name="db.log", by="dana", service="db", services=services
    )
    async with services.reading() as unit:
        (file,) = await unit.files.of_case(case_id)
    await services.files.hold(file.blob, case_id=case_id)
    async with services.unit() as unit:
        await unit.files.put_extraction(replace(file, state=FileState.PROCESSED), FOUND)
        view = await unit.cases.view(case_id, lock=True)
        digests = {
            DIGEST: digest_of(map(document_of, FOUND.findings)),
            FACTS: facts_digest(file_document(await unit.files.get(file.id))),
        }
        read = Change(kind=EventKind.FILE_PROCESSED, data={"file_id": file.id, **digests})
        await record(unit, view, case_id, [read], at=services.clock.now(), actor="system")
    redact = services.redactor(case_id).clean
    citations = supporting or (
        cited(redact(LINES[1]), locus(2)),
        cited(redact("no connection within 5 s"), locus(3, 4)),
        cited(RISEN, SERIES),
        cited(RedactedText.format("an alert fires"), None),
    )
    await rank(services, pool(*citations))
    return services


async def rank(services: Services, *hypotheses: Hypothesis) -> None:
    """These are the hypotheses of case #1 from now on."""
    texts: dict[str, RedactedText] = {}
    data = HYPOTHESES.dump_python(hypotheses, mode="json", context={"texts": texts})
    change = Change(kind=EventKind.RANKED, data={"hypotheses": data}, texts=list(texts.values()))
    async with services.unit() as unit:
        case = await unit.cases.by_number(1)
        view = await unit.cases.view(case.id, lock=True)
        await record(unit, view, case.id, [change], at=services.clock.now(), actor="system")


async def members_of(services: Services) -> dict[str, bytes]:
    """Of case #1's bundle, without manifest and signature."""
    return {README: readme(1, KEY), **await contents(1, services=services)}


def bundle_of(
    members: Mapping[str, bytes],
    *,
    originals: Mapping[str, bytes] | None = None,
    signer: Signer = SIGNER,
) -> bytes:
    """Signed, whatever the members say."""
    held = {f"{ORIGINALS}{tag}": content for tag, content in (originals or {}).items()}
    files = [listed(name, content) for name, content in held.items()]
    manifest = manifest_of(members, files, made_by="0.1.0").dump()
    signature = signature_of(manifest, signer.public, signer.sign)
    return packed({MANIFEST: manifest, SIGNATURE: signature, **members, **held})


def packed(members: Mapping[str, bytes]) -> bytes:
    """In the container, as they are."""
    out = io.BytesIO()
    pack(
        (Member(name=name, open=partial(io.BytesIO, content)) for name, content in members.items()),
        out,
    )
    return out.getvalue()


async def _chunks() -> AsyncIterator[bytes]:
    yield LOG
