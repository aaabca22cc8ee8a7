"""Evidence: the files of cases, under their case and by themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Header, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId, Limit, Offset
from api.extension_words import DATA_KINDS, SOURCE_TYPES, file_state, hypothesis_id
from api.form_bodies import FILE, WORDS, form_of
from api.guard import Reader, TheServices, Writer
from api.original_streams import stream_of
from api.parameters import Text
from api.turn_forms import evidence_form
from core.cases.projection import CaseView
from core.conversation.cards.correlation_rows import correlation_text
from core.conversation.cards.evidence_cards import file_line
from core.conversation.cards.quotes import told
from core.evidence.model import EvidenceFile, Finding, FindingKind
from core.text import quantities
from core.workflows import case_evidence
from core.workflows.case_evidence import CaseFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.evidence.correlation.shared import SharedIdentifiers

router = api_router("/api/v1", "evidence")

FileId = Annotated[Text, Field(max_length=100)]
RangeHeader = Annotated[str, Header(alias="Range", max_length=100)]
SUMMARY = 200  # characters of what was found
_ONE_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")
_PLAIN_NAME = re.compile(r"[^A-Za-z0-9._ -]")
_SYMPTOMS = (FindingKind.FIRST_ERROR, FindingKind.ERROR_RATE, FindingKind.BURST)


class FileRow(ApiAnswer):
    """A file of a case."""

    file_id: str
    case_id: str
    tag: str
    filename: str
    size_bytes: int
    size_display: str
    uploaded_at: WireTime
    uploaded_at_turn: int
    uploaded_by: str
    source_type: str
    data_type: str | None
    analysis_status: str
    summary: str
    source_metadata: None = None
    evidence_count: int
    is_kept: bool


class FilesAnswer(ApiAnswer):
    """Some files of a case, by number."""

    files: list[FileRow]
    total_count: int
    limit: int
    offset: int


class DerivedEvidence(ApiAnswer):
    """Something that was found in a file."""

    evidence_id: str
    summary: str
    category: str
    source_type: str
    collected_at_turn: int
    primary_purpose: None = None
    related_hypothesis_ids: list[str]
    locus: str


class FileDetail(FileRow):
    """A file, and what was found in it."""

    content_type: str = "application/octet-stream"
    content_hash: str
    upload_source: str
    derived_evidence: list[DerivedEvidence]


class SharedRow(ApiAnswer):
    """Files that tell of the same requests, sessions, pods, hosts or releases.

    `of` says which; `total` counts those of the whole case. Both are estimates where
    `is_estimated`.
    """

    of: str
    files: list[str]
    tags: list[str]
    count: int
    total: int
    is_estimated: bool
    first: WireTime | None
    last: WireTime | None
    text: str


class SharedAnswer(ApiAnswer):
    """What joins the files of a case, the most telling first."""

    shared: list[SharedRow]


@router.get("/cases/{case_id}/uploaded-files", summary="The files of a case")
@router.get("/cases/{case_id}/evidence", summary="The same")
async def list_files(
    case_id: CaseId,
    caller: Reader,
    services: TheServices,
    limit: Limit = 50,
    offset: Offset = 0,
) -> FilesAnswer:
    _, files = await case_evidence.files_of_case(case_id, caller.account, services=services)
    page = files[offset : offset + limit]
    return FilesAnswer(
        files=[_row(file) for file in page], total_count=len(files), limit=limit, offset=offset
    )


@router.get("/cases/{case_id}/evidence/shared", summary="Files that tell of the same requests")
async def list_shared(case_id: CaseId, caller: Reader, services: TheServices) -> SharedAnswer:
    files, groups = await case_evidence.shared_in_files(case_id, caller.account, services=services)
    by_id = {file.id: file for file in files}
    return SharedAnswer(shared=[_shared_row(group, by_id) for group in groups])


@router.get("/cases/{case_id}/uploaded-files/{file_id}", summary="One file of a case")
async def get_case_file(
    case_id: CaseId, file_id: FileId, caller: Reader, services: TheServices
) -> FileDetail:
    view, file = await case_evidence.file_of_case(
        case_id, file_id, caller.account, services=services
    )
    return _detail(view, file)


@router.post(
    "/evidence/upload",
    summary="Bring a file to a case",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=form_of("case_id", "file", case_id=WORDS, file=FILE, service=WORDS),
)
async def upload(request: Request, caller: Writer, services: TheServices) -> FileRow:
    async with evidence_form(request, limit=services.rules.max_file_bytes) as form:
        file = await case_evidence.bring(
            form.case_id,
            form.data,
            caller.account,
            service=form.service or None,
            services=services,
        )
    return _row(file)


@router.get("/evidence/{file_id}", summary="One file")
async def get_file(file_id: FileId, caller: Reader, services: TheServices) -> FileDetail:
    view, file = await case_evidence.evidence_file(file_id, caller.account, services=services)
    return _detail(view, file)


@router.get("/evidence/{file_id}/download", summary="The original, nothing of it redacted")
async def download(
    file_id: FileId, caller: Reader, services: TheServices, wanted: RangeHeader = ""
) -> Response:
    file, original = await case_evidence.hand_out_file(file_id, caller.account, services=services)
    part = _part(wanted, original.size)
    if part is None:
        headers = {"Content-Range": f"bytes */{original.size}"}
        return Response(status_code=status.HTTP_416_RANGE_NOT_SATISFIABLE, headers=headers)
    start, end = part
    is_part = (start, end) != (0, original.size)
    headers = _headers(file) | {"Content-Length": str(end - start)}
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{original.size}"
    return StreamingResponse(
        await stream_of(original, start, end),
        status_code=status.HTTP_206_PARTIAL_CONTENT if is_part else status.HTTP_200_OK,
        media_type="application/octet-stream",
        headers=headers,
    )


@router.post(
    "/evidence/{file_id}/process",
    summary="Read a file once more",
    status_code=status.HTTP_202_ACCEPTED,
)
async def process(file_id: FileId, caller: Writer, services: TheServices) -> FileRow:
    return _row(await case_evidence.read_again(file_id, caller.account, services=services))


@router.delete(
    "/evidence/{file_id}",
    summary="Delete a file for good, with all that was found in it",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def delete(file_id: FileId, caller: Writer, services: TheServices) -> Response:
    await case_evidence.delete_file(file_id, caller.account, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _shared_row(group: SharedIdentifiers, files: Mapping[str, EvidenceFile]) -> SharedRow:
    return SharedRow(
        of=group.subject,
        files=list(group.files),
        tags=[files[file].tag.text for file in group.files if file in files],
        count=group.count,
        total=group.total,
        is_estimated=group.is_estimated,
        first=group.first,
        last=group.last,
        text=correlation_text(group, files).text,
    )


def _row(known: CaseFile) -> FileRow:
    return FileRow(**_values(known))


def _detail(view: CaseView, known: CaseFile) -> FileDetail:
    return FileDetail(
        **_values(known),
        content_hash=known.file.blob,
        upload_source=SOURCE_TYPES[known.origin],
        derived_evidence=[
            _derived(view, known, nth, finding)
            for nth, finding in enumerate(known.findings, start=1)
        ],
    )


def _values(known: CaseFile) -> dict[str, object]:
    file = known.file
    return {
        "file_id": file.id,
        "case_id": file.case_id,
        "tag": file.tag.text,
        "filename": file.name.text,
        "size_bytes": file.size,
        "size_display": quantities.size(file.size).text,
        "uploaded_at": file.received_at,
        "uploaded_at_turn": known.turn,
        "uploaded_by": file.received_from,
        "source_type": SOURCE_TYPES[known.origin],
        "data_type": file.data_type,
        "analysis_status": file_state(file),
        "summary": _summary(file),
        "evidence_count": len(known.findings),
        "is_kept": file.is_kept,
    }


def _summary(file: EvidenceFile) -> str:
    problem = f"; {file.problem.line().text}" if file.problem else ""
    return f"{file_line(file).text}{problem}"


def _derived(view: CaseView, known: CaseFile, nth: int, finding: Finding) -> DerivedEvidence:
    related = [
        hypothesis_id(hypothesis.number)
        for hypothesis in view.hypotheses
        if any(line.label == finding.locus.label for line in hypothesis.supporting)
    ]
    return DerivedEvidence(
        evidence_id=f"{known.file.tag.text}-{nth}",
        summary=told(finding).line().cut(SUMMARY).text,
        category="SYMPTOM_EVIDENCE" if finding.kind in _SYMPTOMS else "CAUSAL_EVIDENCE",
        source_type=DATA_KINDS[known.file.data_type].upper() if known.file.data_type else "TEXT",
        collected_at_turn=known.turn,
        related_hypothesis_ids=related,
        locus=finding.locus.label,
    )


def _headers(file: EvidenceFile) -> dict[str, str]:
    """It is saved, never shown: what was brought may be a page with a script in it."""
    name = file.name.line().text.rpartition("/")[2]
    plain = _PLAIN_NAME.sub("_", name) or "file"
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.blob}"',
    }


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """From where up to where; all of it where nothing that is understood was asked for.

    None where there is nothing at that part.
    """
    match = _ONE_RANGE.fullmatch(wanted)
    if match is None or not (match[1] or match[2]):
        return 0, size
    if match[1] is None:  # the last so many
        return max(0, size - int(match[2])), size
    start = int(match[1])
    end = min(size, int(match[2]) + 1) if match[2] else size
    return (start, end) if start < end else None
