"""Adding files to a case and removing them: the events, and the job that follows each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.events import CaseEvent, EventKind
from core.cases.file_ownership import name_key, owners_by_name
from core.cases.investigation_state import CITATIONS, CONCLUSION
from core.cases.lifecycle import SYSTEM, Change, record, speak
from core.cases.projection import HYPOTHESES, CaseView, cited, cited_by
from core.evidence.model import EvidenceFile, FileState, StoredContent
from core.jobs.kinds import (
    LATEST,
    MANY_SENT,
    give_back_content,
    let_go_of_evidence,
    process_evidence,
)
from core.text.redacted import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from core.cases.model import Citation
    from core.cases.ports import CasesUnit
    from core.text.redacted import RedactedText

PASTE = "pasted.txt"
UNNAMED = "unnamed"


@dataclass(frozen=True, kw_only=True)
class NamedContent:
    """Stored content, its name, and the service that it is of, if known."""

    stored: StoredContent
    name: str
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnreadFile:
    """A file whose content did not come in. size: in bytes, as far as it is known."""

    name: str
    problem: str
    size: int = 0
    service: str | None = None


async def note_unread(
    unit: CasesUnit, view: CaseView, unread: Sequence[UnreadFile], *, by: str
) -> CaseView:
    """Notes in a locked case that these files were brought and could not be read, and why.

    A file of the same name that could not be read before is the same one.
    """
    redact, changes = unit.redactor(view.case.id).clean, list[Change]()
    for unread_file in unread:
        content = StoredContent(blob="", size=unread_file.size)
        named = NamedContent(stored=content, name=unread_file.name, service=unread_file.service)
        candidate = replace(
            _candidate(unit, view, named, by=by),
            state=FileState.FAILED,
            problem=redact(unread_file.problem),
            let_go_at=unit.now,
        )
        file = await unit.files.add(candidate)
        if file is None:
            continue
        received = {"file_id": file.id, "blob": file.blob, "size": file.size}
        processed = {"file_id": file.id, "state": file.state, "findings": 0}
        changes += [
            Change(kind=EventKind.FILE_RECEIVED, data=received),
            Change(kind=EventKind.FILE_PROCESSED, data=processed),
        ]
    if not changes:
        return view
    return await record(unit, view, view.case.id, changes, at=unit.now, actor=by)


async def add_file(
    unit: CasesUnit,
    view: CaseView,
    stored: StoredContent,
    *,
    name: str,
    by: str,
    service: str | None = None,
) -> EvidenceFile | None:
    """Adds stored content to a locked case as evidence; None where the case has it already."""
    content = NamedContent(stored=stored, name=name, service=service)
    return next(iter(await add_files(unit, view, [content], by=by)), None)


async def add_files(
    unit: CasesUnit, view: CaseView, contents: Sequence[NamedContent], *, by: str
) -> list[EvidenceFile]:
    """Adds stored contents to a locked case as evidence, without those that it has already.

    One job reads them all: they should be small where they are several.
    """
    candidates = [(_candidate(unit, view, content, by=by), content) for content in contents]
    admitted = await _admit_all(unit, candidates)
    if not admitted:
        return []
    if by != SYSTEM:
        view = await speak(unit, view, by=by, owns=False)  # who brings a log may own nothing
    return await _note_files(unit, view, admitted, by=by)


async def add_members(
    unit: CasesUnit,
    view: CaseView,
    archive: EvidenceFile,
    contents: Sequence[tuple[str, NamedContent]],
) -> list[EvidenceFile]:
    """The same for what was unpacked of an archive of the case, each with its path in there.

    Whoever brought the archive brought them.
    """
    candidates = [
        (
            replace(
                _candidate(unit, view, content, by=archive.received_from),
                id=member_id(archive, path),
                archive_id=archive.id,
                received_at=archive.received_at,
            ),
            content,
        )
        for path, content in contents
    ]
    admitted = await _admit_all(unit, candidates)
    return await _note_files(unit, view, admitted, by=SYSTEM) if admitted else []


def member_id(archive: EvidenceFile, path: str) -> str:
    """The id of the file that a member becomes: the same whenever the archive is unpacked."""
    digest = hashlib.sha256(f"{archive.id}/{path}".encode()).hexdigest()
    return f"file_{digest[:32]}"


def unpacked_of(archive: EvidenceFile, files: Iterable[EvidenceFile]) -> list[EvidenceFile]:
    """Of a case's files those of an archive, and of the archives in it."""
    by_archive = dict[str | None, list[EvidenceFile]]()
    for file in files:
        by_archive.setdefault(file.archive_id, []).append(file)
    members, waiting = list[EvidenceFile](), [archive]
    while waiting:
        inside = by_archive.get(waiting.pop().id, [])
        members += inside
        waiting += inside
    return members


_Admitted = list[tuple[EvidenceFile, EventKind]]


async def _admit_all(
    unit: CasesUnit, candidates: Sequence[tuple[EvidenceFile, NamedContent]]
) -> _Admitted:
    admitted, owners = _Admitted(), await owners_by_name(unit)
    for candidate, content in candidates:
        owner = candidate.service or owners.get(name_key(candidate.name))
        file = await _admit(unit, replace(candidate, service=owner), content.stored)
        admitted += [file] if file is not None else []
    return admitted


async def _note_files(
    unit: CasesUnit, view: CaseView, admitted: _Admitted, *, by: str
) -> list[EvidenceFile]:
    """Records that the files came, and plans the job that reads them all."""
    changes = [
        Change(kind=kind, data={"file_id": file.id, "blob": file.blob, "size": file.size})
        for file, kind in admitted
    ]
    await record(unit, view, view.case.id, changes, at=unit.now, actor=by)
    first, *others = files = [file for file, _ in admitted]
    job = process_evidence(
        first.id,
        unit.context,
        size=sum(file.size for file in files),
        number=first.number,
        sent=await unread_of_sender(unit, first),
        more=[file.id for file in others],
    )
    await unit.jobs.add(job)
    return files


async def unread_of_sender(unit: CasesUnit, file: EvidenceFile) -> int:
    """How many files of whoever sent it are still to be read; none of those of the terminal."""
    if file.received_from == SYSTEM:
        return 0
    return await unit.files.unread_from(file.received_from, most=MANY_SENT * LATEST)


def _candidate(unit: CasesUnit, view: CaseView, content: NamedContent, *, by: str) -> EvidenceFile:
    return EvidenceFile(
        id=unit.new_id("file"),
        tenant_id=view.case.tenant_id,
        case_id=view.case.id,
        number=0,
        name=unit.redactor(view.case.id).clean(_name_of(content)),
        service=unit.context.clean_name(content.service) if content.service else None,
        blob=content.stored.blob,
        size=content.stored.size,
        received_at=unit.now,
        received_from=by,
    )


def _name_of(content: NamedContent) -> str:
    """On one line; a name of dots alone means a folder to whoever reads it as a path."""
    name = one_line(content.name)
    return name if name.rpartition("/")[2].strip(". ") else UNNAMED


async def _admit(
    unit: CasesUnit, candidate: EvidenceFile, stored: StoredContent
) -> tuple[EvidenceFile, EventKind] | None:
    """Stores the file as new, or restores one whose original was released; None where kept."""
    file = await unit.files.add(candidate)
    case_id, blob = candidate.case_id, candidate.blob
    if await unit.files.holds_content(case_id, blob, besides=candidate.id):
        # The case has the content already: this stored copy will not be claimed.
        job = give_back_content(
            case_id,
            blob=stored.blob,
            size=stored.size,
            slot=stored.slot,
            context=unit.context,
        )
        await unit.jobs.add(job)
    if file is not None:
        return file, EventKind.FILE_RECEIVED
    same_content = await unit.files.of_content(case_id, blob)
    released = next(
        (other for other in same_content if other.name == candidate.name and not other.is_kept),
        None,
    )
    if released is None:
        return None
    restored = replace(released, state=FileState.RECEIVED, let_go_at=None)
    await unit.files.update(restored)
    return restored, EventKind.FILE_AGAIN


async def delete(unit: CasesUnit, view: CaseView, file: EvidenceFile, *, by: str) -> CaseView:
    """Deletes a file at a person's request, and of an archive all that was unpacked of it.

    `view` is locked; the caller plans the next turn.
    """
    files = [file, *unpacked_of(file, await unit.files.of_case(file.case_id))]
    for gone in files:
        deleted_file = replace(
            gone,
            state=FileState.DELETED,
            let_go_at=gone.let_go_at or unit.now,
            problem=None,
            service=None,
        )
        await unit.files.put_extraction(deleted_file, None)
        await _plan_release(unit, gone)
    changes = [
        Change(
            kind=EventKind.FILE_DELETED,
            data={"file_id": gone.id, "number": gone.number, "name": gone.name.digest},
            texts=[gone.name],
        )
        for gone in files
    ]
    view = await record(unit, view, file.case_id, changes, at=unit.now, actor=by)
    await _erase_texts_of(unit, view, {gone.name.text for gone in files})
    await unit.steps.clear(file.case_id)  # a turn under way may rest on the deleted file
    return view


async def let_go(unit: CasesUnit, view: CaseView, file: EvidenceFile) -> None:
    """Releases the original of a file when its retention time is over. `view` is locked."""
    now = unit.now
    await unit.files.update(replace(file, let_go_at=now))
    change = Change(kind=EventKind.FILE_LET_GO, data={"file_id": file.id, "blob": file.blob})
    await record(unit, view, file.case_id, [change], at=now, actor=SYSTEM)
    await _plan_release(unit, file)


async def _plan_release(unit: CasesUnit, file: EvidenceFile) -> None:
    await unit.jobs.add(let_go_of_evidence(file.id, unit.context))


async def _erase_texts_of(unit: CasesUnit, view: CaseView, names: Collection[str]) -> None:
    """Erases the texts that quote these files, unless others are cited with the same text."""
    case_id = view.case.id
    texts = await unit.cases.texts(case_id)
    digests = {
        digest
        for event in await unit.cases.events(case_id)
        for digest in _quoted_digests(event, names, texts)
    }
    still_cited = {line.text.digest for line in cited(view)}
    await unit.cases.erase_texts(case_id, digests - still_cited)


def _quoted_digests(
    event: CaseEvent, names: Collection[str], texts: Mapping[str, RedactedText]
) -> Iterator[str]:
    if event.kind is EventKind.ANSWERED:
        if any(label.rpartition(":")[0] in names for label in event.data["loci"]):
            yield event.data["text"]
        return
    yield from (
        citation.text.digest
        for citation in lines_of(event, texts)
        if citation.locus is not None and citation.locus.file in names
    )


def lines_of(event: CaseEvent, texts: Mapping[str, RedactedText]) -> Iterator[Citation]:
    """The citations in an event of the engine."""
    context = {"texts": texts}
    match event.kind:
        case EventKind.RANKED:
            for hypothesis in HYPOTHESES.validate_python(event.data["hypotheses"], context=context):
                yield from cited_by(hypothesis)
        case EventKind.CONCLUDED:
            conclusion = CONCLUSION.validate_python(event.data["conclusion"], context=context)
            yield from conclusion.lines
        case EventKind.CHECK_SCORED | EventKind.SOLUTION_SETTLED:
            yield from CITATIONS.validate_python(event.data["citations"], context=context)
        case _:
            return
