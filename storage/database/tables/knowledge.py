"""Tables of documents, their versions and their chunks, and of what changed when."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from core.knowledge.model import ChunkKind, Collection, ContentType, ReadingState
from storage.database.columns import (
    BodyColumn,
    CleanWords,
    Key,
    MomentColumn,
    Named,
    Shaped,
    WordsColumn,
)
from storage.database.tables.parts import (
    NO_WORDS,
    case_column,
    id_column,
    metadata,
    only_where,
    tenant_column,
)

TAGS = TypeAdapter[tuple[str, ...]](tuple[str, ...])
NO_TAGS = text("'[]'")  # of documents that are older than the column


def _document_column() -> Column[str]:
    return Column("document_id", Text, ForeignKey("documents.id"), primary_key=True)


# source_key: the source, to find it by; `source` is the one that is shown.
documents = Table(
    "documents",
    metadata,
    id_column(),
    tenant_column(),
    Column("scope", Text, nullable=False),
    Column("collection", Named(Collection), nullable=False),
    Column("source", CleanWords, nullable=False),
    Column("source_key", Key, nullable=False),
    Column("title", CleanWords, nullable=False),
    Column("content_type", Named(ContentType), nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", MomentColumn, nullable=False),
    Column("updated_at", MomentColumn, nullable=False),
    Column("account_id", Text, ForeignKey("accounts.id")),
    case_column(nullable=True),
    Column("tags", Shaped(TAGS), nullable=False),
    Column("refused_tags", Shaped(TAGS), nullable=False, server_default=NO_TAGS),
    Column("version", Integer, nullable=False),
    Column("newest", Integer, nullable=False),
    Column("state", Named(ReadingState), nullable=False),
    Column("problem", CleanWords),
    Column("dated_at", MomentColumn),
    Index(
        "uq_documents_source",
        "tenant_id",
        "scope",
        "source_key",
        unique=True,
        **only_where("source_key <> ''"),
    ),
    Index("ix_documents_digest", "tenant_id", "scope", "digest"),
    Index("ix_documents_case", "tenant_id", "case_id"),
)

document_versions = Table(
    "document_versions",
    metadata,
    tenant_column(),
    _document_column(),
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("title", CleanWords, nullable=False),
    Column("content_type", Named(ContentType), nullable=False),
    Column("size", Integer, nullable=False),
    Column("by", WordsColumn, nullable=False),
    Column("brought_at", MomentColumn, nullable=False),
    Column("state", Named(ReadingState), nullable=False),
    Column("raw", BodyColumn),
    Column("content", CleanWords),
    Column("problem", CleanWords),
    Column("commit", Text, nullable=False, server_default=NO_WORDS),
    Column("seal", Text, nullable=False, server_default=NO_WORDS),
)

chunks = Table(
    "chunks",
    metadata,
    tenant_column(),
    _document_column(),
    Column("position", Integer, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("kind", Named(ChunkKind), nullable=False),
    Column("headings", CleanWords, nullable=False),
    Column("text", CleanWords, nullable=False),
)

# What chunks mean, all of a document in one row: an index that can be made anew of the chunks.
chunk_vectors = Table(
    "chunk_vectors",
    metadata,
    tenant_column(),
    _document_column(),
    Column("model", Text, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)

# What an index of the chunks has to look at again. A document that is gone keeps its row.
document_changes = Table(
    "document_changes",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Index("ix_document_changes_revision", "tenant_id", "revision"),
)

document_revisions = Table(
    "document_revisions",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
