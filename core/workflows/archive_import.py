"""How an archive comes in: looked through as a whole, then case by case, as often as one likes.

Nothing is written before all of the archive was read once and found whole. Each case comes in by
one commit, with its originals before it, so that an import that was cut off can be run again.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.cases.archive.container import (
    FORMAT,
    MANIFEST,
    PIECE,
    ArchiveMember,
    parsed,
    read_members,
)
from core.cases.archive.model import ArchivedCase, ArchivedFile, ArchivedRow, ImportStanding
from core.cases.archive.ports import ArchivedTables
from core.cases.events import CaseEvent, EventKind, verify_chain
from core.clock import from_micros
from core.errors import Tampered, Unreadable
from core.evidence.model import FileState
from core.jobs.kinds import process_evidence, settling_job
from core.workflows.archive_export import CASE, ORIGINALS, ROWS, TABLES, TEXTS, naming_mark
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path
    from typing import IO


NAMES = re.compile(
    rf"(?:before|after)/\d+\.jsonl|cases/\d+/(?:{re.escape(CASE)}|{re.escape(ROWS)}"
    rf"|(?:{ORIGINALS}|{TABLES}|{TEXTS})/[A-Za-z0-9_-]+)"
)
_OTHER_VERSION = "Export and import with the same version of FaultMaven."


@dataclass(frozen=True, kw_only=True)
class Imported:
    """Cases by how they stood here before. kept_apart: the archive is of another secret."""

    cases: Mapping[ImportStanding, int]
    files: int
    kept_apart: bool


async def import_everything(
    open_archive: Callable[[], IO[bytes]], *, tables: ArchivedTables, services: Services
) -> Imported:
    """Bring in what the archive has and this installation has not.

    open_archive: from its start, each time. Raises Unreadable, Tampered and NotAllowedNow: the
    first two before anything was written, the last for the first case or account that does not fit,
    where what came before it has come in.
    """
    await asyncio.to_thread(_look_through, open_archive, tables.revision)
    with open_archive() as source:
        incoming = _Import(tables, services)
        members = read_members(source)
        while (member := await asyncio.to_thread(next, members, None)) is not None:
            await incoming.take(member)
    return Imported(
        cases=incoming.counts, files=incoming.files, kept_apart=not incoming.is_of_our_secret
    )


def _look_through(open_archive: Callable[[], IO[bytes]], revision: str) -> None:
    """Read all of it. Raises Unreadable, Tampered."""
    with open_archive() as source:
        for nth, member in enumerate(read_members(source)):
            if nth == 0:
                _must_be_known(member, revision)
            elif not NAMES.fullmatch(member.name):
                message = (
                    f"the archive has a member {member.name}, which this version does not know"
                )
                raise Unreadable(message, next_step=_OTHER_VERSION)
            elif member.name.endswith(f"/{ROWS}"):
                _must_add_up(member)
            else:
                while member.read():
                    pass


def _must_be_known(member: ArchiveMember, revision: str) -> None:
    """Raises Unreadable."""
    manifest = member.document() if member.name == MANIFEST else {}
    if manifest.get("format") != FORMAT:
        message = f"its format is {manifest.get('format', 'unknown')}, and {FORMAT} is read"
        raise Unreadable(message, next_step=_OTHER_VERSION)
    if manifest.get("revision") != revision:
        message = f"its tables have revision {manifest.get('revision')}, those here have {revision}"
        raise Unreadable(message, next_step=_OTHER_VERSION)


def _must_add_up(member: ArchiveMember) -> None:
    """Raises Tampered where the log of a case does not end in the head of the case."""
    rows = _rows(member)
    head = verify_chain(_events(rows))
    if [row.values["head"] for row in rows if row.table == "cases"] != [head]:
        raise Tampered(f"{member.name}: the log of the case does not add up")


def _rows(member: ArchiveMember) -> list[ArchivedRow]:
    """Raises Unreadable."""
    rows = []
    for line in member.content().splitlines():
        document = parsed(member.name, line)
        try:
            rows.append(ArchivedRow(table=str(document["table"]), values=dict(document["row"])))
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"{member.name} holds a line that is no row") from error
    return rows


def _events(rows: list[ArchivedRow]) -> Iterator[CaseEvent]:
    for row in rows:
        if row.table == "case_events":
            values: Mapping[str, Any] = row.values
            yield CaseEvent(
                case_id=values["case_id"],
                seq=values["seq"],
                kind=EventKind(values["kind"]),
                at=from_micros(values["at"]),
                actor=values["actor"],
                data=parsed("case_events", values["data"].encode()),
                previous=values["previous"],
                hash=values["hash"],
            )


@dataclass
class _Import:
    """The members in their order; `case` is the one whose members follow."""

    tables: ArchivedTables
    services: Services
    counts: Counter[ImportStanding] = field(default_factory=Counter)
    files: int = 0
    is_of_our_secret: bool = True
    case: ArchivedCase | None = None

    async def take(self, member: ArchiveMember) -> None:
        folder, _, name = member.name.rpartition("/")
        if member.name == MANIFEST:
            manifest = await asyncio.to_thread(member.document)
            self.is_of_our_secret = manifest["naming"] == naming_mark(self.services)
        elif folder in ("before", "after"):
            await self.tables.put_shared(await asyncio.to_thread(_rows, member))
        elif name == CASE:
            self.case = await self._wanted(await asyncio.to_thread(_case, member))
        elif self.case is not None and name == ROWS:
            rows = await asyncio.to_thread(_rows, member)
            await self.tables.put_case(self.case, rows)
            await self._await_work(self.case)
        elif self.case is not None:
            await self._take_file(self.case, folder.rpartition("/")[2], name, member)

    async def _wanted(self, case: ArchivedCase) -> ArchivedCase | None:
        """None where there is nothing new in it."""
        standing = await self.tables.standing(case)
        self.counts[standing] += 1
        return case if standing in (ImportStanding.NEW, ImportStanding.BEHIND) else None

    async def _take_file(
        self, case: ArchivedCase, kind: str, file_id: str, member: ArchiveMember
    ) -> None:
        file = next((known for known in case.files if known.id == file_id), None)
        if file is None:
            raise Unreadable(f"{member.name} is of no file of the case")
        match kind:
            case "originals":
                await self._put(case, file, member)
            case "texts":
                await self._write_text(case, file, member)
            case _:
                await self._write_table(case, file, member)

    async def _put(self, case: ArchivedCase, file: ArchivedFile, member: ArchiveMember) -> None:
        """Raises Tampered where its content is not what the case knows it by."""
        files = self.services.files
        stored = await files.put(_pieces(member), limit=member.size)
        if stored.blob != file.blob:
            await files.disclaim(stored)
            raise Tampered(f"{member.name} is another file than the case says")
        await files.hold(stored.blob, case_id=case.id)
        await files.disclaim(stored)
        self.files += 1

    async def _write_text(
        self, case: ArchivedCase, file: ArchivedFile, member: ArchiveMember
    ) -> None:
        shelf = await self.services.files.shelf(file.blob, case_id=case.id, file_id=file.id)
        if shelf.rendition is not None:
            with shelf.rendition.create() as out:
                await asyncio.to_thread(_copy, member, out)

    async def _write_table(
        self, case: ArchivedCase, file: ArchivedFile, member: ArchiveMember
    ) -> None:
        """Not where its ids are hashed by another secret: nothing would be found in it."""
        shelf = await self.services.files.shelf(file.blob, case_id=case.id, file_id=file.id)
        if shelf.table is not None and self.is_of_our_secret:
            await asyncio.to_thread(_write, member, shelf.table)

    async def _await_work(self, case: ArchivedCase) -> None:
        """The jobs that were pending there: files that were not read yet, and a case gone quiet."""
        async with self.services.unit() as unit:
            for file in await unit.files.of_case(case.id):
                if file.state is FileState.RECEIVED and file.was_stored:
                    reading = process_evidence(
                        file.id, unit.context, size=file.size, number=file.number
                    )
                    await unit.jobs.add(reading)
            quiet_since = (await unit.cases.view(case.id)).case.quiet_since
            if quiet_since is not None:
                due = unit.now + unit.rules.resolve_after
                job = settling_job(case.id, quiet_since=quiet_since, due=due, context=unit.context)
                await unit.jobs.add(job)


def _case(member: ArchiveMember) -> ArchivedCase:
    """Raises Unreadable."""
    document = member.document()
    try:
        files = tuple(ArchivedFile(**file) for file in document.pop("files"))
        return ArchivedCase(**document, files=files)
    except (KeyError, TypeError) as error:
        raise Unreadable(f"{member.name} is no case") from error


async def _pieces(member: ArchiveMember) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(member.read, PIECE):
        yield piece


def _copy(member: ArchiveMember, out: IO[bytes]) -> None:
    while piece := member.read():
        out.write(piece)


def _write(member: ArchiveMember, path: Path) -> None:
    """Under its name once it is whole."""
    half = path.with_name(f".{path.name}-arriving")
    try:
        with half.open("wb") as out:
            _copy(member, out)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
