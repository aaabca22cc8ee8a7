"""The ports of evidence: originals, their extraction, readers of pictures, the files of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.jobs import ports as jobs_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime

    from core.errors import UnreadableEvidence
    from core.evidence.model import (
        ArtifactStore,
        EvidenceFile,
        Extraction,
        Finding,
        Original,
        StoredContent,
    )
    from core.evidence.screenshots.model import PictureWord, Pixels, TextLayout


class Runner(Protocol):
    """Extracts one file, away from the event loop that answers people."""

    async def expect(self, *, case_key: bytes) -> None:
        """Announce files of this case, so that a slow start can begin early."""

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        """Extract one file.

        Raises OutOfLimits, or UnreadableEvidence where the extractor failed.
        """


class PictureReader(Protocol):
    """Reads the text of a picture. Safe for hostile pixels: its time is bounded."""

    @property
    def is_available(self) -> bool:
        """Whether it can read here."""

    def read(self, ink: Pixels, *, layout: TextLayout) -> Sequence[PictureWord]:
        """Words in reading order. ink: black on white, rows by columns.

        Raises UnreadableEvidence, OutOfLimits.
        """


class ArchiveConverter(Protocol):
    """Turns archives of other formats into a tar. Safe for hostile bytes: its cost is bounded."""

    @property
    def is_available(self) -> bool:
        """Whether it can work here."""

    def as_tar(
        self, original: Original, *, tell: Callable[[UnreadableEvidence], None]
    ) -> Iterator[bytes]:
        """The members as a tar, in chunks; raises nothing.

        tell: takes what kept some of it from coming, before the last chunk.
        """


class Files(Protocol):
    """A tenant's originals, stored once per content, with the artifacts derived from each file.

    Each original is encrypted under its own key, which every case that holds it can open. When the
    last case releases it, the key is destroyed. All methods raise StoreUnavailable where the disk
    is full.
    """

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int) -> StoredContent:
        """Store content that no case holds yet. Raises TooLarge."""

    async def hold(self, blob: str, *, case_id: str) -> None:
        """Let this case read the content from now on. Idempotent. Raises NotFound."""

    async def disclaim(self, stored: StoredContent) -> None:
        """Give up this upload of the content: no case will hold it because of this upload.

        Idempotent.
        """

    async def release(self, blob: str, *, case_id: str) -> None:
        """End this case's access to the content. Does nothing where it had none."""

    async def original(self, blob: str, *, case_id: str) -> Original:
        """The original. Raises NotFound where this case does not hold it."""

    async def is_there(self, blob: str) -> bool:
        """Whether the content is stored, whoever holds it."""

    async def shelf(self, blob: str, *, case_id: str, file_id: str) -> ArtifactStore:
        """The store of the artifacts derived from a file. Raises NotFound."""

    async def clear(self, *, file_id: str) -> None:
        """Delete all artifacts derived from the file."""

    async def sweep(self, *, before: datetime) -> int:
        """Delete content stored before this time that no case holds; returns the number deleted."""


class FileStore(Protocol):
    """The originals of all tenants."""

    def of_tenant(self, tenant_id: str) -> Files:
        """Those of one tenant: no others are read or changed."""


class EvidenceFiles(Protocol):
    """The repository of the files of cases and their findings."""

    async def add(self, file: EvidenceFile) -> EvidenceFile | None:
        """Add a file and return it numbered; None when the case has this name and content."""

    async def get(self, file_id: str) -> EvidenceFile:
        """The file of this id. Raises NotFound."""

    async def get_all(self, file_ids: Sequence[str]) -> list[EvidenceFile]:
        """The files of these ids, in their order. Raises NotFound where one is missing."""

    async def of_case(self, case_id: str) -> list[EvidenceFile]:
        """The files of a case by number, without deleted ones."""

    async def ever_in_case(self, case_id: str) -> list[EvidenceFile]:
        """The files of a case by number, deleted ones too."""

    async def of_content(self, case_id: str, blob: str) -> list[EvidenceFile]:
        """The case's files with this content (a digest), by number, without deleted ones."""

    async def holds_content(self, case_id: str, blob: str, *, besides: str) -> bool:
        """Whether another file of the case than this one has the content, and has it still."""

    async def is_any_unread(self, case_id: str) -> bool:
        """Whether a file of the case is still to be read."""

    async def unread_from(self, sender: str, *, most: int) -> int:
        """How many files that they sent to any case are still to be read; at most `most`."""

    async def newest_read(self, case_id: str, *, most: int) -> list[EvidenceFile]:
        """Files of a case that were read and whose original is kept, the last that came first."""

    async def update(self, file: EvidenceFile) -> None:
        """Store the file's new state; its findings stay. Raises NotFound.

        After a deletion the same content may be added again under the same name.
        """

    async def kept(
        self,
        *,
        after: str = "",
        resolved_before: datetime | None = None,
        limit: int = 100,
    ) -> list[EvidenceFile]:
        """Files whose original is still stored, by id from `after` on.

        resolved_before: only files of cases that were resolved before this time and still are.
        """

    async def put_extraction(self, file: EvidenceFile, extraction: Extraction | None) -> None:
        """Store the file's new state and replace its findings; None where it could not be read."""

    async def findings(self, case_id: str) -> dict[str, tuple[Finding, ...]]:
        """The findings of a case by file id."""


class EvidenceUnit(jobs_ports.JobsUnit, Protocol):
    """A unit of work with the repository of files."""

    @property
    def files(self) -> EvidenceFiles: ...
