"""Tables of cases and their evidence."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, false

from core.alerts.model import Severity
from core.cases.events import EventKind
from core.cases.feedback import SuggestionKind
from core.cases.investigation_state import InvestigationState
from core.cases.memories import CaseMemory
from core.cases.model import CaseState, Hypothesis, TurnStepName
from core.evidence.model import DataType, FileState, Finding
from storage.database.columns import (
    CleanWords,
    Key,
    MomentColumn,
    Named,
    PlainJson,
    Shaped,
    WordsColumn,
)
from storage.database.tables.parts import (
    IS_UNREAD,
    NO_WORDS,
    case_column,
    id_column,
    metadata,
    only_where,
    tenant_column,
)

tenants = Table(
    "tenants",
    metadata,
    id_column(),
    Column("last_case_number", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    id_column(),
    tenant_column(),
    Column("number", Integer, nullable=False),
    Column("title", CleanWords, nullable=False),
    Column("state", Named(CaseState), nullable=False),
    Column("severity", Named(Severity), nullable=False),
    Column("service", WordsColumn),
    Column("group_key", WordsColumn, nullable=False),
    Column("group_index", Key, nullable=False),  # group_key, in a form that fits an index
    Column("opened_at", MomentColumn, nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner", WordsColumn),
    Column("firing", Integer, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("quiet_since", MomentColumn),
    Column("spoken_at", MomentColumn),
    Column("resolved_at", MomentColumn),
    Column("resolved_by", WordsColumn),
    Column("solution", CleanWords),
    Column("archived_at", MomentColumn),
    Column("files", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("head", Text, nullable=False),
    Column("closed_to", Text, nullable=False, server_default=NO_WORDS),
    Index("uq_cases_number", "tenant_id", "number", unique=True),
    Index("ix_cases_group", "tenant_id", "group_index"),
)
OPEN_GROUP = "group_key <> '' AND state NOT IN ('resolved', 'closed')"
Index(
    "uq_cases_open_group",
    cases.c.tenant_id,
    cases.c.group_index,
    unique=True,
    **only_where(OPEN_GROUP),
)

# What lists and figures look through: narrow, and indexed by what they ask for.
case_rows = Table(
    "case_rows",
    metadata,
    case_column(primary_key=True),
    tenant_column(),
    Column("number", Integer, nullable=False),
    Column("words", Text, nullable=False),  # of the title, folded
    Column("state", Named(CaseState), nullable=False),
    Column("severity", Named(Severity), nullable=False),
    Column("service", WordsColumn),  # cut, to fit an index
    Column("opened_at", MomentColumn, nullable=False),
    Column("updated_at", MomentColumn, nullable=False),
    Column("resolved_at", MomentColumn),
    Column("closed_at", MomentColumn),
    Column("acknowledged_at", MomentColumn),
    Column("idle_turns", Integer, nullable=False),
    Column("cause", Text),
    Column("confirmed_rank", Integer),
    Column("is_alerted", Boolean, nullable=False),  # opened by alerts
    Column("is_archived", Boolean, nullable=False),
    Column("is_private", Boolean, nullable=False, server_default=false()),  # not the team's
    Index("uq_case_rows_number", "tenant_id", "number", unique=True),
    Index(  # in the order of a list, with all that most lists and counts ask for
        "ix_case_rows_listed",
        "tenant_id",
        "is_archived",
        "number",
        "is_private",
        "state",
        "severity",
    ),
    Index("ix_case_rows_service", "tenant_id", "service", "number"),
    Index("ix_case_rows_opened_at", "tenant_id", "opened_at"),
)

# What cases taught, found by what they were like.
case_memories = Table(
    "case_memories",
    metadata,
    case_column(primary_key=True),
    tenant_column(),
    Column("number", Integer, nullable=False),
    Column("fault", Key),
    Column("alert", Key),  # the name of the first
    Column("at", MomentColumn, nullable=False),
    Column("body", Shaped(TypeAdapter(CaseMemory)), nullable=False),
    Index("ix_case_memories_number", "tenant_id", "number"),
    Index("ix_case_memories_fault", "tenant_id", "fault", "at"),
    Index("ix_case_memories_alert", "tenant_id", "alert", "at"),
)

# Of each person, suggestion and case the last word; who that is rests sealed.
feedback = Table(
    "feedback",
    metadata,
    case_column(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    tenant_column(),
    Column("kind", Named(SuggestionKind), nullable=False),
    Column("name", Text, nullable=False),
    Column("by", WordsColumn, nullable=False),
    Column("helped", Boolean, nullable=False),
    Column("at", MomentColumn, nullable=False),
    Index("ix_feedback_name", "tenant_id", "kind", "name"),
    Index("ix_feedback_at", "tenant_id", "kind", "at"),
)

case_events = Table(
    "case_events",
    metadata,
    case_column(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    tenant_column(),
    Column("kind", Named(EventKind), nullable=False),
    Column("at", MomentColumn, nullable=False),
    Column("actor", WordsColumn, nullable=False),
    Column("data", PlainJson, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    case_column(primary_key=True),
    Column("digest", Text, primary_key=True),
    tenant_column(),
    Column("text", CleanWords, nullable=False),
)

hypotheses = Table(
    "hypotheses",
    metadata,
    case_column(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    tenant_column(),
    Column("position", Integer, nullable=False),
    Column("body", Shaped(TypeAdapter(Hypothesis)), nullable=False),
)

investigations = Table(
    "investigations",
    metadata,
    case_column(primary_key=True),
    tenant_column(),
    Column("body", Shaped(TypeAdapter(InvestigationState)), nullable=False),
)

turn_steps = Table(
    "turn_steps",
    metadata,
    case_column(primary_key=True),
    Column("turn", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    tenant_column(),
    Column("name", Named(TurnStepName), nullable=False),
    Column("outcome", WordsColumn, nullable=False),
    Column("at", MomentColumn, nullable=False),
)

files = Table(
    "files",
    metadata,
    id_column(),
    tenant_column(),
    case_column(),
    Column("number", Integer, nullable=False),
    Column("name", CleanWords, nullable=False),
    Column("name_index", Key, nullable=False),  # name, in a form that fits an index
    Column("service", WordsColumn),
    Column("blob", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", MomentColumn, nullable=False),
    Column("received_from", WordsColumn, nullable=False),
    Column("state", Named(FileState), nullable=False),
    Column("data_type", Named(DataType)),
    Column("extractor", Text),
    Column("events", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("first", MomentColumn),
    Column("last", MomentColumn),
    Column("problem", CleanWords),
    Column("decoded", Boolean, nullable=False, server_default=false()),
    Column("onset", MomentColumn),
    Column("let_go_at", MomentColumn),
    Column("archive_id", Text),  # the file that it was unpacked of
    Index("ix_files_content", "case_id", "blob"),
    Index("ix_files_unread", "tenant_id", "received_from", **only_where(IS_UNREAD)),
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
    tenant_column(),
    Column("body", Shaped(TypeAdapter(Finding)), nullable=False),
)
