"""Which tables are there? Columns are named like the fields they hold.

Every row names its tenant, and the tenant leads every unique key; ids alone are unique without it,
because they are (UUIDv7). Times are microseconds since 1970. Rows have their order by `seq`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from core.access.model import Standing
from core.alerts.model import DeliveryState, Source
from core.cases.events import EventKind
from core.cases.model import CaseState, Severity
from core.conversation.model import Attachment, Card, Destination, Manner, OutboundState
from core.evidence.model import DataType, FileState, Finding, Scalar
from core.investigation.model import Hypothesis
from core.jobs.model import Audience, JobState
from storage.database.columns import CleanWords, Key, Moment, Named, PlainJson, Shaped, Words

LABELS = TypeAdapter[Mapping[str, str]](Mapping[str, str])
PAYLOAD = TypeAdapter[Mapping[str, Scalar]](Mapping[str, Scalar])
NO_WORDS = text("''")  # of rows that are older than their column
ATTACHMENTS = TypeAdapter[tuple[Attachment, ...]](tuple[Attachment, ...])

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _seq() -> Column[int]:
    # SQLite gives numbers that never return only to a column of exactly this type.
    return Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    )


def _tenant() -> Column[str]:
    return Column("tenant_id", Text, nullable=False)


def _case(*, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    # Checked at commit: a unit may write what belongs to a case before the case itself.
    parent = ForeignKey("cases.id", deferrable=True, initially="DEFERRED")
    return Column("case_id", Text, parent, nullable=nullable, primary_key=primary_key)


def _place() -> list[Column[str]]:
    return [
        Column("platform", Text, nullable=False),
        Column("workspace", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("thread", Text, nullable=False),
    ]


tenants = Table(
    "tenants",
    metadata,
    _id(),
    Column("last_case_number", Integer, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    _seq(),
    Column("id", Text, nullable=False, unique=True),
    _tenant(),
    Column("source", Named(Source), nullable=False),
    Column("group", Words, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("state", Named(DeliveryState), nullable=False),
    Column("problem", Words),
    Column("processed_at", Moment),
    Column("body", LargeBinary, nullable=False),
    Column("name", Words, nullable=False, server_default=NO_WORDS),
    Index("ix_deliveries_received_at", "received_at"),
    sqlite_autoincrement=True,
)
# Nearly every row ends as done; the few that did not are what people ask for.
Index(
    "ix_deliveries_not_done",
    deliveries.c.state,
    sqlite_where=text("state <> 'done'"),
    postgresql_where=text("state <> 'done'"),
)

# What a sender calls the things in a delivery: the first to carry one is the one that counts.
delivery_keys = Table(
    "delivery_keys",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("source", Named(Source), primary_key=True),
    Column("key", Key, primary_key=True),
    Column(
        "delivery_id",
        Text,
        ForeignKey("deliveries.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Index("ix_delivery_keys_delivery_id", "delivery_id"),
)

cases = Table(
    "cases",
    metadata,
    _id(),
    _tenant(),
    Column("number", Integer, nullable=False),
    Column("title", CleanWords, nullable=False),
    Column("state", Named(CaseState), nullable=False),
    Column("severity", Named(Severity), nullable=False),
    Column("service", Words),
    Column("group_key", Words, nullable=False),
    Column("group_index", Key, nullable=False),  # group_key, in a form that fits an index
    Column("opened_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner", Words),
    Column("firing", Integer, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("quiet_since", Moment),
    Column("spoken_at", Moment),
    Column("resolved_at", Moment),
    Column("resolved_by", Words),
    Column("solution", CleanWords),
    Column("files", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("head", Text, nullable=False),
    Index("uq_cases_number", "tenant_id", "number", unique=True),
    Index("ix_cases_group", "tenant_id", "group_index"),
)
OPEN_GROUP = "group_key <> '' AND state NOT IN ('resolved', 'closed')"
Index(
    "uq_cases_open_group",
    cases.c.tenant_id,
    cases.c.group_index,
    unique=True,
    sqlite_where=text(OPEN_GROUP),
    postgresql_where=text(OPEN_GROUP),
)

case_events = Table(
    "case_events",
    metadata,
    _case(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _tenant(),
    Column("kind", Named(EventKind), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("data", PlainJson, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    _case(primary_key=True),
    Column("digest", Text, primary_key=True),
    _tenant(),
    Column("text", CleanWords, nullable=False),
)

hypotheses = Table(
    "hypotheses",
    metadata,
    _case(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _tenant(),
    Column("position", Integer, nullable=False),
    Column("body", Shaped(TypeAdapter(Hypothesis)), nullable=False),
)

occurrences = Table(
    "occurrences",
    metadata,
    _seq(),
    Column("id", Text, nullable=False, unique=True),
    _tenant(),
    Column("source", Named(Source), nullable=False),
    Column("fingerprint", Key, nullable=False),
    _case(),
    Column("name", Words, nullable=False),
    Column("service", Words),
    Column("severity", Words),
    Column("labels", Shaped(LABELS), nullable=False),
    Column("summary", Words, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("last_seen_at", Moment, nullable=False),
    Column("fires", Integer, nullable=False),
    Column("missing_since", Moment),
    Column("restarted_at", Moment),
    Index("ix_occurrences_fingerprint", "tenant_id", "fingerprint"),
    Index("ix_occurrences_case_id", "case_id"),
    sqlite_autoincrement=True,
)
STILL_FIRES = "ended_at IS NULL"
Index(
    "uq_occurrences_open",
    occurrences.c.tenant_id,
    occurrences.c.source,
    occurrences.c.fingerprint,
    unique=True,
    sqlite_where=text(STILL_FIRES),
    postgresql_where=text(STILL_FIRES),
)

files = Table(
    "files",
    metadata,
    _id(),
    _tenant(),
    _case(),
    Column("number", Integer, nullable=False),
    Column("name", CleanWords, nullable=False),
    Column("name_index", Key, nullable=False),  # name, in a form that fits an index
    Column("service", Words),
    Column("blob", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("received_from", Words, nullable=False),
    Column("state", Named(FileState), nullable=False),
    Column("data_type", Named(DataType)),
    Column("extractor", Text),
    Column("events", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("first", Moment),
    Column("last", Moment),
    Column("problem", CleanWords),
    Index("ix_files_case_id", "case_id"),
    Index("uq_files_number", "tenant_id", "case_id", "number", unique=True),
    Index("uq_files_content", "tenant_id", "case_id", "name_index", "blob", unique=True),
)

findings = Table(
    "findings",
    metadata,
    Column(
        "file_id",
        Text,
        ForeignKey("files.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _tenant(),
    Column("body", Shaped(TypeAdapter(Finding)), nullable=False),
)

bindings = Table(
    "bindings",
    metadata,
    _seq(),
    _tenant(),
    _case(),
    *_place(),
    Column("opens", Shaped(TypeAdapter(Destination))),
    Column("made_from", Shaped(TypeAdapter(Destination))),
    Index("uq_bindings", "tenant_id", "case_id", *[c.name for c in _place()], unique=True),
    Index("ix_bindings_case_id", "case_id"),
    Index("ix_bindings_place", *[c.name for c in _place()]),
    sqlite_autoincrement=True,
)

outbound = Table(
    "outbound",
    metadata,
    _id(),
    _tenant(),
    _case(nullable=True),
    *_place(),
    Column("card", Shaped(TypeAdapter(Card)), nullable=False),
    Column("card_key", Text, nullable=False),
    Column("card_version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state", Named(OutboundState), nullable=False),
    Column("opens", Shaped(TypeAdapter(Destination))),
    Column("handle", Words, nullable=False, server_default=NO_WORDS),
)
IS_PENDING = "state = 'pending'"
Index(
    "ix_outbound_pending",
    *[outbound.c[c.name] for c in _place()],
    outbound.c.card_key,
    sqlite_where=text(IS_PENDING),
    postgresql_where=text(IS_PENDING),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _tenant(),
    *_place(),
    Column("card", Shaped(TypeAdapter(Card)), nullable=False),
    Column("card_key", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("shown_at", Moment, nullable=False),
    Index("uq_messages_card", "tenant_id", *[c.name for c in _place()], "card_key", unique=True),
    Index("uq_messages_seq", "tenant_id", *[c.name for c in _place()], "seq", unique=True),
)

case_inbox = Table(
    "case_inbox",
    metadata,
    _seq(),
    Column("id", Text, nullable=False, unique=True),
    _tenant(),
    _case(),
    Column("asked_by", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("text", CleanWords, nullable=False),
    *_place(),
    Column("answered_at", Moment),
    Index("ix_case_inbox_case_id", "case_id"),
    sqlite_autoincrement=True,
)

utterances = Table(
    "utterances",
    metadata,
    _id(),
    _tenant(),
    Column("heard_at", Moment, nullable=False),
    *_place(),
    Column("key", Key, nullable=False),
    Column("by", Words, nullable=False),
    Column("manner", Named(Manner), nullable=False),
    Column("text", Words, nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("ref", Words, nullable=False),
    Column("case_number", BigInteger),
    Column("attachments", Shaped(ATTACHMENTS), nullable=False),
    Column("handle", Words, nullable=False),
    Column("to_another", Boolean, nullable=False),
    Index("uq_utterances_key", "tenant_id", "platform", "workspace", "key", unique=True),
    Index("ix_utterances_heard_at", "heard_at"),
)
HAS_REF = "ref <> ''"
Index(
    "ix_utterances_newest",
    *[utterances.c[c.name] for c in _place()],
    utterances.c.said_at,
    utterances.c.id,
    sqlite_where=text(HAS_REF),
    postgresql_where=text(HAS_REF),
)

channels = Table(
    "channels",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("mention_only", Boolean, nullable=False),
)

users = Table(
    "users",
    metadata,
    _id(),
    _tenant(),
    Column("name", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("external_id", Key, primary_key=True),
    Column(
        "user_id",
        Text,
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("name", Words, nullable=False),
    Column("standing", Named(Standing), nullable=False),
    Column("met_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    _seq(),
    Column("id", Text, nullable=False, unique=True),
    _tenant(),
    Column("kind", Text, nullable=False),
    Column("lane", Key, nullable=False),
    Column("payload", Shaped(PAYLOAD), nullable=False),
    Column("audience", Named(Audience), nullable=False),
    Column("run_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("once", Key),
    Column("priority", Integer, nullable=False),
    Column("state", Named(JobState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text),
    Column("lease_until", Moment),
    Column("problem", Words),
    Column("finished_at", Moment),
    sqlite_autoincrement=True,
)
IS_RUNNING = "state = 'running'"
PENDING_ONCE = "state = 'pending' AND once IS NOT NULL"
# All indexes of jobs are partial, and none is good for more than one thing: a planner that has
# the choice takes the wrong one, because its statistics are never those of a queue right now.
Index(
    "uq_jobs_pending_once",
    jobs.c.tenant_id,
    jobs.c.once,
    unique=True,
    sqlite_where=text(PENDING_ONCE),
    postgresql_where=text(PENDING_ONCE),
)
Index(
    "uq_jobs_running_lane",
    jobs.c.tenant_id,
    jobs.c.lane,
    unique=True,
    sqlite_where=text(IS_RUNNING),
    postgresql_where=text(IS_RUNNING),
)
# The order in which jobs are claimed, and the order in which a lane takes them.
Index(
    "ix_jobs_claim",
    jobs.c.priority,
    jobs.c.seq,
    jobs.c.run_at,
    sqlite_where=text(IS_PENDING),
    postgresql_where=text(IS_PENDING),
)
Index(
    "ix_jobs_lane",
    jobs.c.tenant_id,
    jobs.c.lane,
    jobs.c.seq,
    sqlite_where=text(IS_PENDING),
    postgresql_where=text(IS_PENDING),
)
# The few that wait for a person, and the many that wait to be forgotten.
Index(
    "ix_jobs_dead",
    jobs.c.seq,
    sqlite_where=text("state = 'dead'"),
    postgresql_where=text("state = 'dead'"),
)
Index(
    "ix_jobs_done",
    jobs.c.finished_at,
    sqlite_where=text("state = 'done'"),
    postgresql_where=text("state = 'done'"),
)
