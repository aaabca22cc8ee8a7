"""A document, its versions and its chunks, and who finds them.

Every document is in one scope: that of an account, that of a case, or the one of everybody. What
somebody may read is a set of scopes, and every question about documents is asked within one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable


class Collection(StrEnum):
    """Whose document it is."""

    USER = "user"  # of one account
    GLOBAL = "global"  # of everybody; written by admins
    CASE = "case"  # of whoever sees the case, until it closes


class ContentType(StrEnum):
    """What a document is written in."""

    MARKDOWN = "markdown"
    HTML = "html"
    TEXT = "text"
    CODE = "code"
    PDF = "pdf"


class ReadingState(StrEnum):
    """How far the reading of a version has come."""

    RECEIVED = "received"  # a job is to read it
    READY = "ready"  # its chunks can be found, where it is the newest of its document
    FAILED = "failed"


class ChunkKind(StrEnum):
    """What most of a chunk is."""

    PROSE = "prose"
    STEPS = "steps"  # a list
    COMMANDS = "commands"  # fenced or indented code
    TABLE = "table"


EVERYBODY = "global"  # the scope


def scope_of(collection: Collection, *, account_id: str = "", case_id: str = "") -> str:
    """The scope of a document of this collection."""
    match collection:
        case Collection.USER:
            return f"user:{account_id}"
        case Collection.CASE:
            return f"case:{case_id}"
        case Collection.GLOBAL:
            return EVERYBODY


@dataclass(frozen=True)
class Reach:
    """What somebody may read: the scopes, and no others."""

    scopes: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, *, account_id: str | None = None, case_ids: Iterable[str] = (), everybody: bool = True
    ) -> Reach:
        """Of an account, of cases that it sees, and of everybody."""
        scopes = {scope_of(Collection.CASE, case_id=case_id) for case_id in case_ids}
        if account_id is not None:
            scopes.add(scope_of(Collection.USER, account_id=account_id))
        if everybody:
            scopes.add(EVERYBODY)
        return cls(frozenset(scopes))

    def within(self, other: Reach) -> Reach:
        """What both reach."""
        return Reach(self.scopes & other.scopes)


@dataclass(frozen=True, kw_only=True)
class Document:
    """Something to look things up in, as its newest version has it.

    source: where it came from, a path or an address; empty where nobody said. One source of a
    scope is one document. digest: a keyed hash of the content that was brought last. version: the
    one that is found, 0 before the first is read. newest: the one that was brought last.
    refused_tags: those that a person took off; no rule adds them again. dated_at: how old its
    content is, by the document itself or where it came from, else when it was brought; None for
    those that were brought before that was noted.
    """

    id: str
    tenant_id: str
    scope: str
    collection: Collection
    source: RedactedText
    title: RedactedText
    content_type: ContentType
    digest: str
    created_at: datetime
    updated_at: datetime
    account_id: str | None = None  # whose it is, in the collection `user`
    case_id: str | None = None
    tags: tuple[str, ...] = ()
    refused_tags: tuple[str, ...] = ()
    version: int = 0
    newest: int = 1
    state: ReadingState = ReadingState.RECEIVED
    problem: RedactedText | None = None
    dated_at: datetime | None = None

    @property
    def date(self) -> datetime:
        """By which a search is held to what is new or old."""
        return self.dated_at or self.updated_at


@dataclass(frozen=True, kw_only=True)
class DocumentVersion:
    """One content that a document had.

    raw: as it was brought, until it is read. content: what was read, as Markdown or plain text,
    redacted. title: "" where nobody gave one. size: bytes of `raw`. by: who brought it, as the
    logs of cases name people. commit: of the git repository that it came from; "" for none. seal: a
    keyed hash of what was read of it; "" for what was read before that was noted.
    """

    document_id: str
    tenant_id: str
    number: int
    digest: str
    title: RedactedText
    content_type: ContentType
    size: int
    by: str
    brought_at: datetime
    state: ReadingState = ReadingState.RECEIVED
    raw: bytes | None = None
    content: RedactedText | None = None
    problem: RedactedText | None = None
    commit: str = ""
    seal: str = ""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A piece of a document that can be shown by itself. position: its place, from 0.

    headings: those it is under, outermost first, with ` > ` between them.
    """

    document_id: str
    tenant_id: str
    position: int
    scope: str
    kind: ChunkKind
    headings: RedactedText
    text: RedactedText


@dataclass(frozen=True, kw_only=True)
class ChunkVectors:
    """What the chunks of a document mean, in their order. model: who says so.

    packed: as `core.knowledge.vectors.pack` has it.
    """

    document_id: str
    tenant_id: str
    model: str
    packed: bytes


@dataclass(frozen=True, kw_only=True)
class DocumentFilter:
    """Which documents are listed. Empty fields hold nothing back."""

    collection: Collection | None = None
    case_id: str = ""
    tag: str = ""
    source: str = ""
    text: str = ""  # in the title

    def takes(self, document: Document) -> bool:
        return (
            (self.collection is None or document.collection is self.collection)
            and (not self.case_id or document.case_id == self.case_id)
            and (not self.tag or self.tag in document.tags)
            and (not self.source or document.source.text == self.source)
            and self.text.casefold() in document.title.text.casefold()
        )
