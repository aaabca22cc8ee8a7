"""The table of jobs."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Integer, Table, Text

from core.jobs.model import Audience, JobState, Scalar
from storage.database.columns import Key, MomentColumn, Named, Shaped, WordsColumn
from storage.database.tables.parts import (
    IS_PENDING,
    metadata,
    only_where,
    seq_column,
    tenant_column,
)

PAYLOAD = TypeAdapter[Mapping[str, Scalar]](Mapping[str, Scalar])

jobs = Table(
    "jobs",
    metadata,
    seq_column(),
    Column("id", Text, nullable=False, unique=True),
    tenant_column(),
    Column("kind", Text, nullable=False),
    Column("lane", Key, nullable=False),
    Column("payload", Shaped(PAYLOAD), nullable=False),
    Column("audience", Named(Audience), nullable=False),
    Column("run_at", MomentColumn, nullable=False),
    Column("created_at", MomentColumn, nullable=False),
    Column("once", Key),
    Column("priority", Integer, nullable=False),
    Column("state", Named(JobState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text),
    Column("lease_until", MomentColumn),
    Column("problem", WordsColumn),
    Column("finished_at", MomentColumn),
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
    **only_where(PENDING_ONCE),
)
Index(
    "uq_jobs_running_lane",
    jobs.c.tenant_id,
    jobs.c.lane,
    unique=True,
    **only_where(IS_RUNNING),
)
# The order in which jobs are claimed, and the order in which a lane takes them.
Index(
    "ix_jobs_claim",
    jobs.c.priority,
    jobs.c.seq,
    jobs.c.run_at,
    **only_where(IS_PENDING),
)
Index(
    "ix_jobs_lane",
    jobs.c.tenant_id,
    jobs.c.lane,
    jobs.c.seq,
    **only_where(IS_PENDING),
)
# The few that wait for a person, and the many that wait to be forgotten.
Index(
    "ix_jobs_dead",
    jobs.c.seq,
    **only_where("state = 'dead'"),
)
Index(
    "ix_jobs_done",
    jobs.c.finished_at,
    **only_where("state = 'done'"),
)
