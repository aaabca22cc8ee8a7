"""How documents come, change and go, in one unit of work each time.

Who writes documents of a tenant holds its revision from the first line on: of two that bring the
same source or the same content at once, the second sees what the first has written.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import TooLarge, WrongUsage
from core.jobs.kinds import read_document_version
from core.knowledge.contents import LONGEST_TITLE, MAX_BYTES
from core.knowledge.model import Collection, ContentType, Document, DocumentVersion, ReadingState
from core.knowledge.tags import TAG
from core.text.redacted import RedactedText, storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.knowledge.model import Chunk
    from core.knowledge.ports import KnowledgeUnit
    from core.redaction.engine import Redactor

LONGEST_SOURCE = 1_000  # characters
MOST_TAGS = 20
MOST_REFUSED = 50


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """What somebody brings. title, source, commit: "" where they name none.

    account_id: of whom, in the collection `user`. case_id: of which case, in the collection `case`.
    dated_at: when it was written, as far as where it comes from knows.
    """

    raw: bytes
    content_type: ContentType
    scope: str
    collection: Collection
    title: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    account_id: str | None = None
    case_id: str | None = None
    commit: str = ""
    dated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BroughtDocument:
    """A document as it is now. before: as it was, where it was known."""

    document: Document
    before: Document | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether its content was brought before."""
        return self.before is not None and self.document.newest == self.before.newest


async def bring(unit: KnowledgeUnit, new: NewDocument, *, by: str) -> BroughtDocument:
    """The document, which a job is to read where its content is new.

    Its source, else its content, says which document of the scope it is. Raises TooLarge,
    WrongUsage.
    """
    must_fit(len(new.raw))
    redactor = unit.redactor(new.case_id)
    source = redactor.clean(storable(new.source)).line().cut(LONGEST_SOURCE)
    title = redactor.clean(storable(new.title)).line().cut(LONGEST_TITLE)
    tags = clean_tags(new.tags, redactor)
    digest = content_digest(new.raw, redactor)
    revision = await unit.documents.next_revision()
    known = await unit.documents.of_source(new.scope, source)
    known = known or await unit.documents.of_digest(new.scope, digest)
    if known is None:
        document = _first(unit, new, digest=digest, source=source, title=title, tags=tags)
        await unit.documents.add(document, revision=revision)
    else:
        document = _renewed(unit, known, new, digest=digest, source=source, title=title, tags=tags)
        if document != known:
            await unit.documents.update(document, revision=revision)
    brought = BroughtDocument(document=document, before=known)
    if not brought.is_unchanged:
        await _plan_reading(unit, document, new, title=title, by=by)
    return brought


def must_fit(size: int) -> None:
    """Raises TooLarge."""
    if size > MAX_BYTES:
        message = f"a document has at most {MAX_BYTES // 2**20} MB"
        raise TooLarge(message, next_step="Bring its parts as documents of their own.")


def content_digest(raw: bytes, redactor: Redactor) -> str:
    """What tells two contents apart, and tells nobody who has no key what they are."""
    return hmac.digest(redactor.derive("documents"), raw, hashlib.sha256).hex()


def reading_seal(
    title: RedactedText, content: RedactedText, chunks: Iterable[Chunk], redactor: Redactor
) -> str:
    """A keyed hash of what was read of a version: who has no key cannot change it unnoticed."""
    pieces = [[chunk.headings.text, chunk.text.text] for chunk in chunks]
    read = json.dumps([title.text, content.text, pieces]).encode()
    return hmac.digest(redactor.derive("read documents"), read, hashlib.sha256).hex()


def clean_tags(tags: Iterable[str], redactor: Redactor) -> tuple[str, ...]:
    """In lower case, each once, in their order. Raises WrongUsage."""
    wanted = tuple(dict.fromkeys(tag.strip().lower() for tag in tags))
    for tag in wanted:
        if TAG.fullmatch(tag) is None or redactor.clean(tag).text != tag:
            message = "a tag has 1 to 50 letters, digits and any of . _ : / -"
            raise WrongUsage(message, next_step="Send other tags.")
    if len(wanted) > MOST_TAGS:
        message = f"a document has at most {MOST_TAGS} tags"
        raise WrongUsage(message, next_step="Send fewer.")
    return wanted


def with_rules_tags(document: Document, tags: Iterable[str]) -> Document:
    """With those that rules give it, where nobody took them off and there is room."""
    known = (*document.tags, *document.refused_tags)
    more = tuple(tag for tag in tags if tag not in known)
    return replace(document, tags=(*document.tags, *more)[:MOST_TAGS])


def without_tag(document: Document, tag: str) -> Document:
    """Without it, for good: no rule adds it again. The same where it has not that tag."""
    if tag not in document.tags:
        return document
    return replace(
        document,
        tags=tuple(known for known in document.tags if known != tag),
        refused_tags=(*document.refused_tags, tag)[-MOST_REFUSED:],
    )


def _first(
    unit: KnowledgeUnit,
    new: NewDocument,
    *,
    digest: str,
    source: RedactedText,
    title: RedactedText,
    tags: tuple[str, ...],
) -> Document:
    return Document(
        id=unit.new_id("doc"),
        tenant_id=unit.context.tenant_id,
        scope=new.scope,
        collection=new.collection,
        source=source,
        title=title or source,
        content_type=new.content_type,
        digest=digest,
        created_at=unit.now,
        updated_at=unit.now,
        account_id=new.account_id,
        case_id=new.case_id,
        tags=tags,
        dated_at=_date(unit, new),
    )


def _date(unit: KnowledgeUnit, new: NewDocument) -> datetime:
    """Never one to come: clocks of others may be ahead."""
    return min(new.dated_at or unit.now, unit.now)


def _renewed(
    unit: KnowledgeUnit,
    known: Document,
    new: NewDocument,
    *,
    digest: str,
    source: RedactedText,
    title: RedactedText,
    tags: tuple[str, ...],
) -> Document:
    """The document with what is new of it; equal to `known` where nothing is."""
    renewed = replace(
        known,
        title=title or known.title,
        source=known.source or source,
        tags=known.tags + tuple(tag for tag in tags if tag not in known.tags),
        refused_tags=tuple(tag for tag in known.refused_tags if tag not in tags),
    )
    if digest != known.digest or known.state is ReadingState.FAILED:
        renewed = replace(
            renewed,
            digest=digest,
            content_type=new.content_type,
            newest=known.newest + 1,
            state=ReadingState.RECEIVED,
            problem=None,
            dated_at=_date(unit, new),
        )
    return renewed if renewed == known else replace(renewed, updated_at=unit.now)


async def _plan_reading(
    unit: KnowledgeUnit, document: Document, new: NewDocument, *, title: RedactedText, by: str
) -> None:
    version = DocumentVersion(
        document_id=document.id,
        tenant_id=document.tenant_id,
        number=document.newest,
        digest=document.digest,
        title=title,
        content_type=new.content_type,
        size=len(new.raw),
        by=by,
        brought_at=unit.now,
        raw=new.raw,
        commit=new.commit,
    )
    await unit.documents.put_version(version)
    await unit.jobs.add(
        read_document_version(document.id, document.scope, version.number, unit.context)
    )


async def forget_documents(unit: KnowledgeUnit, case_id: str) -> None:
    """Those of a case, which has closed: nothing of them is left."""
    gone = await unit.documents.of_case(case_id)
    if gone:
        revision = await unit.documents.next_revision()
        for document in gone:
            await unit.documents.remove(document.id, revision=revision)
