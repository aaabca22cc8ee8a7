"""What clients of the API do with documents: bring, list, read, tag and delete them.

An account reads its own documents, those of everybody, and those of cases that it sees; of any
other it never learns that it is there. Those of everybody are written by admins, those of a case by
whoever responds in it.
"""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.feedback import NO_FEEDBACK, SuggestionKey, SuggestionKind, tallies
from core.errors import NotAllowedNow, NotFound, NotPermitted
from core.knowledge import documents
from core.knowledge.documents import NewDocument, clean_tags
from core.knowledge.model import (
    EVERYBODY,
    Collection,
    ContentType,
    Document,
    DocumentFilter,
    DocumentVersion,
    Reach,
    scope_of,
)
from core.text.redacted import RedactedText
from core.workflows.case_access import changeable_case, hidden_from
from core.workflows.exchange_intake import actor

if TYPE_CHECKING:
    from core.accounts.model import Account
    from core.cases.feedback import FeedbackTally
    from core.redaction.engine import Redactor
    from core.workflows.services import Services, Unit

AT_ONCE = 200  # rows that are looked through for a page
LONGEST_DIFF = 100_000  # characters


@dataclass(frozen=True, kw_only=True)
class DocumentWish:
    """What a client brings."""

    raw: bytes
    content_type: ContentType
    collection: Collection
    case_id: str = ""
    title: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DocumentPage:
    """Some documents, newest first. next: the cursor of the page that follows; "" at the end."""

    documents: tuple[Document, ...]
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class VersionChange:
    """A version, and how its text differs from the one before, as a unified diff."""

    version: DocumentVersion
    diff: RedactedText


async def bring(wish: DocumentWish, account: Account, *, services: Services) -> Document:
    """The document, which is found as soon as a worker has read it.

    Raises NotFound, NotPermitted, NotAllowedNow, TooLarge, WrongUsage.
    """
    documents.must_fit(len(wish.raw))
    async with services.unit() as unit:
        await _must_write(unit, wish.collection, wish.case_id, account)
        account_id = account.id if wish.collection is Collection.USER else None
        case_id = wish.case_id if wish.collection is Collection.CASE else None
        new = NewDocument(
            raw=wish.raw,
            content_type=wish.content_type,
            scope=scope_of(wish.collection, account_id=account_id or "", case_id=case_id or ""),
            collection=wish.collection,
            title=wish.title,
            source=wish.source,
            tags=wish.tags,
            account_id=account_id,
            case_id=case_id,
        )
        brought = await documents.bring(unit, new, by=actor(account, services=services))
    return brought.document


async def list_documents(
    wanted: DocumentFilter,
    account: Account,
    *,
    before: str = "",
    limit: int,
    services: Services,
) -> DocumentPage:
    """Newest first. before: the cursor of the page before."""
    async with services.reading() as unit:
        reach, taken = await reach_of(unit, account), list[Document]()
        while len(taken) <= limit:
            some = await unit.documents.page(reach, before=before, limit=AT_ONCE)
            taken += [document for document in some if wanted.takes(document)]
            if len(some) < AT_ONCE:
                break
            before = some[-1].id
    following = taken[limit - 1].id if len(taken) > limit else ""
    return DocumentPage(documents=tuple(taken[:limit]), next=following)


async def read_document(
    document_id: str, account: Account, *, services: Services
) -> tuple[Document, RedactedText]:
    """With its text as it is found; empty while it is yet to be read. Raises NotFound."""
    async with services.reading() as unit:
        reach = await reach_of(unit, account)
        document = await unit.documents.get(document_id, reach)
        if not document.version:
            return document, RedactedText.EMPTY
        version = await unit.documents.version(document_id, document.version, reach)
        return document, version.content or RedactedText.EMPTY


async def delete_document(document_id: str, account: Account, *, services: Services) -> None:
    """For good, with all its versions. Raises NotFound, NotPermitted."""
    async with services.unit() as unit:
        revision = await unit.documents.next_revision()
        document = await _to_write(unit, document_id, account)
        await unit.documents.remove(document.id, revision=revision)


async def tag_document(
    document_id: str, tags: tuple[str, ...], account: Account, *, services: Services
) -> Document:
    """With these tags, too. Raises NotFound, NotPermitted, WrongUsage."""
    async with services.unit() as unit:
        revision = await unit.documents.next_revision()
        document = await _to_write(unit, document_id, account)
        tagged = clean_tags((*document.tags, *tags), unit.redactor(document.case_id))
        refused = tuple(tag for tag in document.refused_tags if tag not in tagged)
        document = replace(document, tags=tagged, refused_tags=refused, updated_at=unit.now)
        await unit.documents.update(document, revision=revision)
        return document


async def untag_document(
    document_id: str, tag: str, account: Account, *, services: Services
) -> Document:
    """Without this tag; no rule adds it again. Raises NotFound, NotPermitted."""
    async with services.unit() as unit:
        revision = await unit.documents.next_revision()
        document = await _to_write(unit, document_id, account)
        untagged = documents.without_tag(document, tag.strip().lower())
        if untagged == document:
            message = "the document has no such tag"
            raise NotFound(message, next_step="See GET /api/v1/knowledge/documents/{id}.")
        untagged = replace(untagged, updated_at=unit.now)
        await unit.documents.update(untagged, revision=revision)
        return untagged


async def versions_of(
    document_id: str, account: Account, *, services: Services
) -> list[VersionChange]:
    """Newest first. Raises NotFound."""
    async with services.reading() as unit:
        reach = await reach_of(unit, account)
        document = await unit.documents.get(document_id, reach)
        versions = await unit.documents.versions(document_id, reach)
        redactor = unit.redactor(document.case_id)
    return await asyncio.to_thread(_changes, versions, redactor)


async def everybodys_document(
    source: str, *, services: Services
) -> tuple[Document, list[VersionChange], FeedbackTally]:
    """By its source or its id, with its versions, newest first, and what people say of it.

    Raises NotFound.
    """
    async with services.reading() as unit:
        reach, redactor = Reach.of(), unit.redactor()
        known = await unit.documents.of_source(EVERYBODY, redactor.clean(source))
        document = known or await unit.documents.get(source, reach)
        versions = await unit.documents.versions(document.id, reach)
        subject = SuggestionKey(SuggestionKind.RUNBOOK, document.id)
        spoken = tallies(await unit.feedback.about([subject]), at=unit.now)
    changes = await asyncio.to_thread(_changes, versions, redactor)
    return document, changes, spoken.get(subject, NO_FEEDBACK)


def _changes(versions: list[DocumentVersion], redactor: Redactor) -> list[VersionChange]:
    changes, before = list[VersionChange](), ""
    for version in versions:
        diff = redactor.clean(_diff(before, version))
        changes.append(VersionChange(version=version, diff=diff))
        before = version.content.text if version.content else before
    return changes[::-1]


def _diff(before: str, version: DocumentVersion) -> str:
    """Against what was read before; empty for the first, and where nothing was read."""
    if version.content is None or not before:
        return ""
    lines = difflib.unified_diff(
        before.splitlines(),
        version.content.text.splitlines(),
        fromfile=f"version {version.number - 1}",
        tofile=f"version {version.number}",
        lineterm="",
    )
    return "\n".join(lines)[:LONGEST_DIFF]


async def reach_of(unit: Unit, account: Account) -> Reach:
    """What an account reads: its own, everybody's, and those of cases that it sees."""
    case_ids = await unit.documents.case_ids()
    if case_ids:
        case_ids -= await hidden_from(unit, account)
    return Reach.of(account_id=account.id, case_ids=case_ids)


async def _to_write(unit: Unit, document_id: str, account: Account) -> Document:
    """The document, which the account may change. Raises NotFound, NotPermitted."""
    document = await unit.documents.get(document_id, await reach_of(unit, account))
    await _must_write(unit, document.collection, document.case_id or "", account, brings=False)
    return document


async def _must_write(
    unit: Unit, collection: Collection, case_id: str, account: Account, *, brings: bool = True
) -> None:
    """Raises NotFound, NotPermitted; NotAllowedNow where the case is closed already."""
    if collection is Collection.GLOBAL and not account.is_admin:
        message = "documents of everybody are written by admins"
        raise NotPermitted(message, next_step="Bring it to your own collection, or ask an admin.")
    if collection is Collection.CASE:
        view = await changeable_case(unit, case_id, account)
        if brings and not view.case.state.is_open:
            message = f"#{view.case.number} is {view.case.state} already"
            raise NotAllowedNow(message, next_step="Bring it to your own collection.")
