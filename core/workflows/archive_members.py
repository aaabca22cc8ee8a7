"""Makes a file of its own of each member of an archive that was unpacked.

The archive's own job does it, and may be killed anywhere: the id of a file follows from the archive
and the path in it, so that the next try goes on where it was.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.cases.evidence_files import NamedContent, add_members, member_id, unpacked_of
from core.evidence.archives.family import ArchiveFamily
from core.evidence.archives.paths import is_picture
from core.evidence.model import FileState, UnpackedMember

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from core.evidence.model import EvidenceFile, Extraction, Original
    from core.workflows.services import Services

CHUNK_BYTES = 2**20
# Files that go together: a commit for each takes longer than reading a small one.
MOST_TOGETHER = 32
BYTES_TOGETHER = 2**20


async def take_in_members(
    archive: EvidenceFile, extraction: Extraction, *, services: Services
) -> Extraction:
    """The members as files of the case; the extraction with the number of those that are.

    What is beyond the bounds of an archive with all archives in it is left out, and `problem` says
    so. Nothing more comes in once somebody has stopped it, or deleted the archive.
    Raises NotFound, StoreUnavailable.
    """
    family, known = await _family(archive, services=services)
    most_bytes = services.rules.max_file_bytes
    accepted = list(family.accepted(extraction.members, most_bytes=most_bytes))
    new = [member for member in accepted if member_id(archive, member.path) not in known]
    await _store(archive, new, services=services)
    await services.files.clear(file_id=archive.id)
    return family.counted(extraction, accepted)


async def _family(
    archive: EvidenceFile, *, services: Services
) -> tuple[ArchiveFamily, frozenset[str]]:
    """And the ids of all files that the case ever had."""
    async with services.reading() as unit:
        files = await unit.files.ever_in_case(archive.case_id)
    by_id = {file.id: file for file in files}
    eldest, depth = archive, 1
    while eldest.archive_id is not None and eldest.archive_id in by_id:
        eldest, depth = by_id[eldest.archive_id], depth + 1
    others = [file for file in unpacked_of(eldest, files) if file.archive_id != archive.id]
    family = ArchiveFamily(
        depth=depth,
        files=len(others),
        pictures=sum(is_picture(file.name.text) for file in others),
        size=sum(file.size for file in others),
    )
    return family, frozenset(by_id)


async def _store(
    archive: EvidenceFile, members: Sequence[UnpackedMember], *, services: Services
) -> None:
    shelf = await services.files.shelf(archive.blob, case_id=archive.case_id, file_id=archive.id)
    if not members or shelf.rendition is None:
        return
    unpacked = shelf.rendition.original()
    for batch in _in_batches(members):
        # Side by side: each waits for the disk several times.
        stored = await asyncio.gather(
            *(_content(archive, unpacked, member, services=services) for member in batch)
        )
        contents = [(member.path, content) for member, content in zip(batch, stored, strict=True)]
        async with services.unit() as unit:
            view = await unit.cases.view(archive.case_id, lock=True)
            if (await unit.files.get(archive.id)).state is not FileState.RECEIVED:
                return
            await add_members(unit, view, archive, contents)
            unit.cases.due_cards.discard(archive.case_id)  # the turn that follows draws the card


def _in_batches(members: Iterable[UnpackedMember]) -> Iterator[list[UnpackedMember]]:
    """The members in their order: small ones together, a large one by itself."""
    batch, batch_bytes = list[UnpackedMember](), 0
    for member in members:
        if batch and (len(batch) == MOST_TOGETHER or batch_bytes + member.size > BYTES_TOGETHER):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(member)
        batch_bytes += member.size
    if batch:
        yield batch


async def _content(
    archive: EvidenceFile, unpacked: Original, member: UnpackedMember, *, services: Services
) -> NamedContent:
    """Its content, stored under its path behind the archive's name."""
    pieces = _pieces(unpacked, member)
    stored = await services.files.put(pieces, limit=services.rules.max_file_bytes)
    name = f"{archive.name.text}/{member.path}"
    return NamedContent(stored=stored, name=name, service=member.service)


async def _pieces(unpacked: Original, member: UnpackedMember) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(unpacked.open) as stream:
        await asyncio.to_thread(stream.seek, member.start)
        left = member.size
        while left and (piece := await asyncio.to_thread(stream.read, min(CHUNK_BYTES, left))):
            left -= len(piece)
            yield piece
