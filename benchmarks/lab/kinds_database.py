"""Faults of databases and of how services use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, caller_of, cause, kind, line, one_of, told
from benchmarks.lab.phrases import SLOW_QUERY, missed
from benchmarks.lab.roles import login, role_of

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World


def as_dba(world: World, text: list[str], by: str, **more: Any) -> dict[str, Any]:
    """A step of statements by whoever runs the database."""
    base = {"op": "sql", "at": 0, "part": world["db"].name, "role": "dba", "password": "dba"}
    return base | {"text": text, "as": by} | more


def _hurry(part: Part, seconds: float = 2.5) -> None:
    part.spec["db"]["command_timeout"] = seconds


@kind("database", needs=("db",), any_of=("reader",))
def index_dropped(world: World) -> Fault:
    """A migration drops the index a listing needs."""
    part, table = world["reader"], world.domain["table"]
    world["db"].limits["cpu"] = 0.09
    _hurry(part)
    tell = world.change(
        world["db"].name, f"drop unused index {table}_account_idx to speed up imports", "migration"
    )
    step = as_dba(world, [f"DROP INDEX {table}_account_idx"], "migrate", tell=tell)
    return Fault(
        world["db"],
        f"An index on {table}.account_id was dropped, so the listing reads the whole table",
        [step],
        [
            line(world["db"], rf"duration: .*{table}.*account_id"),
            line(part, SLOW_QUERY),
            cause(tell),
        ],
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("reader", "quoter"))
def lock_held(world: World) -> Fault:
    """A migration keeps an exclusive lock on a table."""
    part, table = one_of(world, "reader", "quoter"), world.domain["table"]
    _hurry(part)
    if part.role == "quoter":
        part.spec["routes"]["/price"][0][2] = 1
    tell = world.change(
        world["db"].name, f"add column channel to {table}, backfill in one transaction", "migration"
    )
    text = [f"ALTER TABLE {table} ADD COLUMN channel text", f"SELECT count(*) FROM {table}"]
    return Fault(
        world["db"],
        f"A migration holds an exclusive lock on {table}; readers wait behind it",
        [as_dba(world, text, "migrate", hold=60, tell=tell)],
        [
            line(world["db"], r"still waiting for AccessShareLock"),
            line(part, SLOW_QUERY),
            cause(tell),
        ],
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("reader", "writer", "payer"))
def connections_used_up(world: World) -> Fault:
    """A new program opens so many connections that the database refuses others."""
    part, database = one_of(world, "reader", "writer", "payer"), world["db"]
    database.spec["settings"] = {"max_connections": "16", "superuser_reserved_connections": "3"}
    database.spec["tables"].append(login("bi_sync", "bi"))
    part.spec["db"]["max_queries"] = 3
    part.spec["runtimes"] = ["python"]
    tell = world.change("bi-sync", "start nightly extract with 40 parallel readers", "cron")
    step = {
        "op": "connections", "at": 0, "part": database.name, "role": "bi_sync",
        "password": "bi",  # pragma: allowlist secret
        "as": "bi-sync", "count": 40, "tell": tell,
    }  # fmt: skip
    return Fault(
        database,
        "A batch job took all connections the database allows; services are refused",
        [step],
        [
            line(database, r"too many clients already|remaining connection slots"),
            line(part, r"TooManyConnections|connection slots|too many clients"),
            cause(tell),
        ],
        also=["bi-sync"],
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("reader",))
def schema_drift(world: World) -> Fault:
    """A migration renames a column that the running version reads."""
    part, table = world["reader"], world.domain["table"]
    tell = world.change(world["db"].name, f"rename {table}.status to {table}.state", "migration")
    text = [f"ALTER TABLE {table} RENAME COLUMN status TO state"]
    return Fault(
        world["db"],
        f"A migration renamed {table}.status, which the running version still selects",
        [as_dba(world, text, "migrate", tell=tell)],
        [
            line(world["db"], r'column "status" does not exist'),
            line(part, r'column "status" does not exist|UndefinedColumn'),
            cause(tell),
        ],
        effect="errors",
        also=[part.name],
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("writer", "payer"))
def database_read_only(world: World) -> Fault:
    """The primary takes no writes any more after a switchover drill."""
    part, database = one_of(world, "writer", "payer"), world["db"]
    name = database.spec["database"]
    tell = world.change(database.name, "failover drill: old primary demoted", "maintenance")
    text = [
        f"ALTER DATABASE {name} SET default_transaction_read_only = on",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE pid <> pg_backend_pid() AND usename = '{role_of(part)}'",
    ]
    return Fault(
        database,
        "The database is read-only since a switchover; writes are refused",
        [as_dba(world, text, "ops-console", tell=tell)],
        [
            line(database, r"cannot execute INSERT in a read-only transaction"),
            line(part, "read-only transaction"),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("writer", "payer"))
def database_disk_full(world: World) -> Fault:
    """A dump fills the volume of the database."""
    part, database = one_of(world, "writer", "payer"), world["db"]
    database.limits["disk"] = "150m"
    tell = world.change(database.name, "ad-hoc dump before schema work, to the data volume", "cron")
    step = {
        "op": "fill", "at": -6, "folder": f"/srv/data/{database.name}", "file": "dump.sql.part",
        "chunk": 4_000_000, "pause": 0.25, "tell": tell,
    }  # fmt: skip
    return Fault(
        database,
        "The volume of the database is full: it cannot extend files",
        [step],
        [
            line(database, r"No space left on device"),
            line(part, r"DiskFull|No space left"),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("reader",))
def batch_hogs_database(world: World) -> Fault:
    """A scheduled report takes the database's processor."""
    part, table, database = world["reader"], world.domain["table"], world["db"]
    database.limits["cpu"] = 0.09
    _hurry(part, 2)
    database.spec["tables"].append(login("reporting", "rp"))
    database.spec["tables"].append("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting;")
    tell = world.change("month-end-report", "scheduled run started, 20 workers", "cron")
    sql = f"SELECT a.amount, count(*) FROM {table} a JOIN {table} b USING (amount) GROUP BY 1"
    step = {
        "op": "sql", "at": 0, "part": database.name, "role": "reporting",
        "password": "rp",  # pragma: allowlist secret
        "text": [f"SELECT md5(string_agg(note, '')) FROM {table}", sql], "as": "month-end-report",
        "forever": True, "sessions": 20, "tell": tell,
    }  # fmt: skip
    return Fault(
        database,
        "A scheduled report saturates the processor of the database; other queries starve",
        [step],
        [
            line(database, r"duration: .*(string_agg|account_id)"),
            line(part, SLOW_QUERY),
            line(caller_of(world, part), missed(part.name), 1),
            cause(tell),
        ],
        also=["month-end-report"],
        trigger=told(tell),
    )


@kind("database", needs=("db", "quoter"))
def statement_timeout(world: World) -> Fault:
    """A limit on statements that was meant in seconds and is read in milliseconds."""
    part, database = world["quoter"], world["db"]
    part.spec["routes"]["/price"][0][2] = 1
    sql = part.spec["routes"]["/price"][0][3]
    part.spec["routes"]["/price"][0][3] = sql.replace("+ 12", "+ 90")
    role = role_of(part)
    tell = world.change(database.name, f"alter role {role} set statement_timeout = 3", "config")
    text = [
        f"ALTER ROLE {role} SET statement_timeout = 3",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'",
    ]
    return Fault(
        database,
        "statement_timeout was set to 3 (milliseconds, seconds were meant): queries are cancelled",
        [as_dba(world, text, "ops-console", tell=tell)],
        [
            line(database, r"canceling statement due to statement timeout"),
            line(part, r"QueryCanceled"),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )
