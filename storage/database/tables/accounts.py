"""Tables of accounts, and of what proves that somebody is one of them."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from core.accounts.model import AccountRole, CaseRole, Scope, TokenKind
from storage.database.columns import Key, LengthColumn, MomentColumn, Named, Shaped, WordsColumn
from storage.database.tables.parts import case_column, id_column, metadata, tenant_column

SCOPES = TypeAdapter[tuple[Scope, ...]](tuple[Scope, ...])


def _account_column(*, nullable: bool = False) -> Column[str]:
    return Column("account_id", Text, ForeignKey("accounts.id"), nullable=nullable)


accounts = Table(
    "accounts",
    metadata,
    id_column(),
    tenant_column(),
    Column("username", Key, nullable=False),
    Column("email", Key),
    Column("display_name", WordsColumn, nullable=False),
    Column("role", Named(AccountRole), nullable=False),
    Column("password", WordsColumn, nullable=False),
    Column("created_at", MomentColumn, nullable=False),
    Column("signed_in_at", MomentColumn),
    Column("is_disabled", Boolean, nullable=False),
    Index("uq_accounts_username", "tenant_id", "username", unique=True),
    Index("uq_accounts_email", "tenant_id", "email", unique=True),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    id_column(),
    tenant_column(),
    _account_column(),
    Column("began_at", MomentColumn, nullable=False),
    Column("expires_at", MomentColumn, nullable=False),
    Column("rotation", Integer, nullable=False),
    Column("rotated_at", MomentColumn, nullable=False),
    Column("revoked_at", MomentColumn),
    Index("ix_sign_ins_account", "account_id"),
)

tokens = Table(
    "tokens",
    metadata,
    id_column(),
    tenant_column(),
    Column("kind", Named(TokenKind), nullable=False),
    _account_column(nullable=True),
    Column("name", WordsColumn, nullable=False),
    Column("scopes", Shaped(SCOPES), nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", MomentColumn, nullable=False),
    Column("expires_at", MomentColumn),
    Column("used_at", MomentColumn),
    Column("revoked_at", MomentColumn),
    Index("uq_tokens_digest", "tenant_id", "digest", unique=True),
    Index("ix_tokens_account", "account_id"),
)

sessions = Table(
    "sessions",
    metadata,
    id_column(),
    tenant_column(),
    _account_column(),
    Column("client_id", Key, nullable=False),
    Column("kind", WordsColumn, nullable=False),
    Column("lasts", LengthColumn, nullable=False),
    Column("began_at", MomentColumn, nullable=False),
    Column("seen_at", MomentColumn, nullable=False),
    Column("ended_at", MomentColumn),
    Column("metadata", WordsColumn, nullable=False),
    Index("ix_sessions_client", "account_id", "client_id"),
)

provider_logins = Table(
    "provider_logins",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("issuer", Key, primary_key=True),
    Column("subject", Key, primary_key=True),
    _account_column(),
    Column("since", MomentColumn, nullable=False),
    Index("ix_provider_logins_account", "account_id"),
)

authorization_requests = Table(
    "authorization_requests",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("browser", Text, nullable=False),
    Column("nonce", WordsColumn, nullable=False),
    Column("verifier", WordsColumn, nullable=False),
    Column("expires_at", MomentColumn, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    case_column(primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("role", Named(CaseRole), nullable=False),
    Column("since", MomentColumn, nullable=False),
    Index("ix_members_account", "tenant_id", "account_id", "case_id"),
)
