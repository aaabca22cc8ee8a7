"""How everything is archived: what cases refer to, every case with its evidence, what is shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from core.cases.archive.container import (
    FORMAT,
    MANIFEST,
    ArchiveWriter,
    canonical,
)
from core.cases.bundle.manifest import secret_mark
from core.clock import wire_time
from core.errors import NotFound, StoreUnavailable
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from typing import IO

    from core.cases.archive.model import ArchivedCase, ArchivedFile, ArchivedRow
    from core.cases.archive.ports import ArchivedTables
    from core.evidence.model import Original
    from core.workflows.services import Services

CASE, ROWS = "case.json", "rows.jsonl"
ORIGINALS, TABLES, TEXTS = "originals", "tables", "texts"


@dataclass(frozen=True, kw_only=True)
class Archived:
    """What went in, by what it is. missing: originals that should be there and cannot be read."""

    counts: Mapping[str, int]
    missing: Sequence[str]


async def export_everything(
    out: IO[bytes], *, made_by: str, tables: ArchivedTables, services: Services
) -> Archived:
    """Write the archive into `out`. Raises StoreUnavailable.

    Each case is archived as it is at one moment; what happens in another one meanwhile may be in
    the archive or not.
    """
    export = _Export(ArchiveWriter(out), tables, services)
    await export.run(made_by)
    return Archived(counts=export.counts, missing=export.missing)


class _Export:
    def __init__(self, writer: ArchiveWriter, tables: ArchivedTables, services: Services) -> None:
        self._writer = writer
        self._tables = tables
        self._services = services
        self.counts = Counter[str](cases=0, files=0, rows=0)
        self.missing: list[str] = []

    async def run(self, made_by: str) -> None:
        self._writer.add(MANIFEST, canonical(self._manifest(made_by)))
        await self._shared("before", after_cases=False)
        async for case_id in self._tables.cases():
            await self._case(case_id)
        await self._shared("after", after_cases=True)
        await asyncio.to_thread(self._writer.finish, self.counts)

    def _manifest(self, made_by: str) -> dict[str, str]:
        return {
            "format": FORMAT,
            "made_by": made_by,
            "made_at": wire_time(self._services.now),
            "revision": self._tables.revision,
            "naming": naming_mark(self._services),
        }

    async def _shared(self, name: str, *, after_cases: bool) -> None:
        number = 0
        async for rows in self._tables.shared(after_cases=after_cases):
            number += 1
            self._rows(f"{name}/{number:06}.jsonl", rows)

    def _rows(self, name: str, rows: Sequence[ArchivedRow]) -> None:
        lines = (canonical({"table": row.table, "row": dict(row.values)}) for row in rows)
        self._writer.add(name, b"".join(line + b"\n" for line in lines))
        self.counts["rows"] += len(rows)

    async def _case(self, case_id: str) -> None:
        """First which case it is, so that whoever reads it knows what to do with the rest."""
        case, rows = await self._tables.case(case_id)
        folder = f"cases/{case.number:09}"
        self._writer.add(f"{folder}/{CASE}", canonical(asdict(case)))
        for file in case.files:
            await self._file(case, file, folder)
        await asyncio.to_thread(self._rows, f"{folder}/{ROWS}", rows)
        self.counts["cases"] += 1

    async def _file(self, case: ArchivedCase, file: ArchivedFile, folder: str) -> None:
        try:
            original = await self._services.files.original(file.blob, case_id=case.id)
            await self._stream(f"{folder}/{ORIGINALS}/{file.id}", original)
            self.counts["files"] += 1
            await self._readings(case, file, folder)
        except NotFound:
            self.missing.append(f"#{case.number}: {file.id}")

    async def _readings(self, case: ArchivedCase, file: ArchivedFile, folder: str) -> None:
        """What was derived of the file, where it was."""
        shelf = await self._services.files.shelf(file.blob, case_id=case.id, file_id=file.id)
        if shelf.table is not None and shelf.table.exists():
            await self._stream(f"{folder}/{TABLES}/{file.id}", PlainFile(shelf.table))
        if file.decoded and shelf.rendition is not None:
            await self._stream(f"{folder}/{TEXTS}/{file.id}", shelf.rendition.original())

    async def _stream(self, name: str, original: Original) -> None:
        """Raises NotFound, before anything of it is written, where it cannot be read."""
        try:
            await asyncio.to_thread(self._writer.add_stream, name, original.open)
        except StoreUnavailable as error:
            raise NotFound(str(error)) from error


def naming_mark(services: Services) -> str:
    """Of the secret that names placeholders, and by which ids in tables of events are hashed."""
    return secret_mark(services.naming or services.secret)
