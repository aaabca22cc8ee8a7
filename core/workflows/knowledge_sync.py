"""Keeps documents of everybody in step with files: what is new, changed, moved or gone.

A file's source is its path below the folder that was named, after the folder's own name. A document
under that name whose file is gone goes too, unless another file has its content: then it has moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.context import SYSTEM
from core.errors import FaultMavenError, NotFound, WrongUsage
from core.knowledge import documents
from core.knowledge.contents import content_type_of
from core.knowledge.documents import NewDocument, content_digest
from core.knowledge.model import Collection, Document, Reach, ReadingState, scope_of
from core.text.redacted import RedactedText
from core.workflows.knowledge_intake import read_document_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set
    from datetime import datetime

    from core.workflows.services import Services, Unit

AT_ONCE = 200  # documents
_OTHER_FOLDER = "Call the folder by another name, or add `--replace`."
_SCOPE = scope_of(Collection.GLOBAL)


@dataclass
class SyncReport:
    """What became of which source. gone: pages that are not there any more. failed: why not."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    failed: dict[str, RedactedText] = field(default_factory=dict)


async def learn(
    files: Mapping[str, Callable[[], bytes]],
    *,
    folders: Sequence[str],
    tags: Sequence[str] = (),
    commit: str = "",
    dates: Mapping[str, datetime] | None = None,
    replaces: bool = False,
    services: Services,
) -> SyncReport:
    """files: by source, how each is read. folders: sources below them are all there is of them.

    tags: for each of them, besides those that rules give. commit: of the repository they are from.
    dates: by source, when each was changed, where that is known.
    replaces: also where nothing of what was known of a folder is in it. Raises WrongUsage where
    that is so and not wanted, StoreUnavailable.
    """
    report, redactor = SyncReport(), services.redactor()
    digests = dict[str, str]()
    for source, read in files.items():
        try:
            raw = read()
            documents.must_fit(len(raw))
        except (FaultMavenError, OSError) as error:
            report.failed[source] = redactor.clean(str(error))
        else:
            digests[content_digest(raw, redactor)] = source
    async with services.unit() as unit:
        every = await documents_of_everybody(unit)
        if not replaces:
            _must_be_known(every, folders, files.keys(), digests.keys())
        await _follow_moves(unit, every, files, folders, digests, report)
    for source, read in files.items():
        if source not in report.failed and source not in report.moved:
            new = _of_everybody(source, read(), tags=tags, commit=commit)
            new = replace(new, dated_at=(dates or {}).get(source))
            await learn_document(new, report, services=services)
    return report


def _must_be_known(
    every: Sequence[Document], folders: Sequence[str], sources: Set[str], digests: Set[str]
) -> None:
    """Raises WrongUsage for a folder that only shares the name of one that was learned."""
    for folder in folders:
        known = [document for document in every if _is_below(document, folder)]
        if known and not any(
            document.source.text in sources or document.digest in digests for document in known
        ):
            message = f"nothing learned of {folder} is in this folder: all of it would be deleted"
            raise WrongUsage(message, next_step=_OTHER_FOLDER)


async def _follow_moves(
    unit: Unit,
    every: Sequence[Document],
    files: Mapping[str, object],
    folders: Sequence[str],
    digests: Mapping[str, str],
    report: SyncReport,
) -> None:
    revision = await unit.documents.next_revision()
    taken = {document.source.text for document in every}
    for document in every:
        source = document.source.text
        if source in files or not any(_is_below(document, folder) for folder in folders):
            continue
        target = digests.get(document.digest)
        if target is None or target in taken:
            await unit.documents.remove(document.id, revision=revision)
            report.deleted.append(source)
        else:
            taken.add(target)
            moved = replace(document, source=unit.redactor().clean(target), updated_at=unit.now)
            await unit.documents.update(moved, revision=revision)
            report.moved.append(target)


def _of_everybody(source: str, raw: bytes, *, tags: Sequence[str], commit: str) -> NewDocument:
    return NewDocument(
        raw=raw,
        content_type=content_type_of(source),
        scope=_SCOPE,
        collection=Collection.GLOBAL,
        source=source,
        tags=tuple(tags),
        commit=commit,
    )


async def learn_document(new: NewDocument, report: SyncReport, *, services: Services) -> None:
    """Bring a document of everybody, read it at once, and report what became of it."""
    source = new.source
    async with services.unit() as unit:
        brought = await documents.bring(unit, new, by=SYSTEM)
    if brought.is_unchanged:
        report.unchanged.append(source)
        return
    read = await read_document_now(brought.document, services=services)
    if read.state is ReadingState.FAILED and read.problem:
        report.failed[source] = read.problem
    else:
        (report.changed if brought.before else report.added).append(source)


async def forget(sources: Sequence[str], *, services: Services) -> list[str]:
    """Delete documents of everybody, by their source or by the folder that they are below.

    What was deleted, in order. Raises NotFound where one names nothing, and deletes nothing then.
    """
    gone = dict[str, Document]()
    async with services.unit() as unit:
        revision = await unit.documents.next_revision()
        every = await documents_of_everybody(unit)
        for source in sources:
            named = [document for document in every if _is_below(document, source)]
            if not named:
                message = f"no document of everybody is called {source}"
                raise NotFound(message, next_step="`faultmaven search` shows what they are called.")
            gone |= {document.id: document for document in named}
        for document_id in gone:
            await unit.documents.remove(document_id, revision=revision)
    return sorted(document.source.text for document in gone.values())


def _is_below(document: Document, source: str) -> bool:
    """Whether it is called that, or is in the folder of that name."""
    name = source.rstrip("/")
    return document.source.text == name or document.source.text.startswith(f"{name}/")


async def documents_of_everybody(unit: Unit) -> list[Document]:
    """All of them, newest first."""
    reach, before, every = Reach(frozenset({_SCOPE})), "", list[Document]()
    while some := await unit.documents.page(reach, before=before, limit=AT_ONCE):
        every += some
        before = some[-1].id
    return every
