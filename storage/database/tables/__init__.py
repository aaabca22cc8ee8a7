"""The tables. Columns are named like the fields they hold.

Every row names its tenant, and the tenant leads every unique key; ids alone are unique without it,
because they are (UUIDv7). Times are microseconds since 1970. Rows have their order by `seq`.
"""

from __future__ import annotations

from storage.database.tables.accounts import (
    accounts,
    authorization_requests,
    members,
    provider_logins,
    sessions,
    sign_ins,
    tokens,
)
from storage.database.tables.alerts import STILL_FIRES, deliveries, delivery_keys, occurrences
from storage.database.tables.casefile import (
    case_events,
    case_memories,
    case_rows,
    cases,
    feedback,
    files,
    findings,
    hypotheses,
    investigations,
    tenants,
    texts,
    turn_steps,
)
from storage.database.tables.conversation import (
    bindings,
    case_inbox,
    exchanges,
    messages,
    outbound,
)
from storage.database.tables.facts import facts
from storage.database.tables.installation import installation
from storage.database.tables.knowledge import (
    chunk_vectors,
    chunks,
    document_changes,
    document_revisions,
    document_versions,
    documents,
)
from storage.database.tables.model_calls import model_calls
from storage.database.tables.parts import metadata
from storage.database.tables.people import HAS_REF, channels, identities, users, utterances
from storage.database.tables.queue import PENDING_ONCE, jobs
from storage.database.tables.workspaces import workspaces

__all__ = [
    "HAS_REF",
    "PENDING_ONCE",
    "STILL_FIRES",
    "accounts",
    "authorization_requests",
    "bindings",
    "case_events",
    "case_inbox",
    "case_memories",
    "case_rows",
    "cases",
    "channels",
    "chunk_vectors",
    "chunks",
    "deliveries",
    "delivery_keys",
    "document_changes",
    "document_revisions",
    "document_versions",
    "documents",
    "exchanges",
    "facts",
    "feedback",
    "files",
    "findings",
    "hypotheses",
    "identities",
    "installation",
    "investigations",
    "jobs",
    "members",
    "messages",
    "metadata",
    "model_calls",
    "occurrences",
    "outbound",
    "provider_logins",
    "sessions",
    "sign_ins",
    "tenants",
    "texts",
    "tokens",
    "turn_steps",
    "users",
    "utterances",
    "workspaces",
]
