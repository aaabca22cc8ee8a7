"""Faults of data, of jobs that run at night, and of databases that are not what they seem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, bumped, cause, kind, line, told
from benchmarks.lab.kinds_database import as_dba
from benchmarks.lab.kinds_releases import deploy
from benchmarks.lab.phrases import SLOW_QUERY
from benchmarks.lab.roles import login, password_of, role_of

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

LISTS = ("relay", "star", "twin", "gateway", "clerked", "siblings")
SOMETIMES = 0.4


def run_job(part: Part, path: str, at: float = 0) -> dict[str, Any]:
    """The scheduler asks a service to run a job."""
    url = f"http://{part.addr}:{part.port}{path}?id=1"
    return {"op": "poke", "at": at, "part": part.name, "url": url, "agent": "cron-runner/2"}


def must_be_there(world: World, words: str, extra: str = "") -> None:
    """Who reads a total refuses to answer without one."""
    noun = world.domain["noun"]
    for role, path in (("reader", "/summary"), ("keeper", "/balance")):
        for step in world[role].spec["routes"][path] if role in world else []:
            if step[0] == "query":
                step[1] = f"SELECT total, seen FROM {noun}_totals WHERE id = $1{extra}"
                step[2] |= {"must": words}
    for role in ("reader", "keeper"):
        if role in world:
            world[role].spec["runtimes"] = ["python"]


@kind("rows", needs=("clerk", "reader", "keeper"), shapes=("clerked",))
def local_time_stored(world: World) -> Fault:
    """A job stores local time where UTC is read: what it activates is not yet valid."""
    clerk, noun = world["clerk"], world.domain["noun"]
    zone, hours = world.rng.choice(
        (("Asia/Tokyo", 9), ("Europe/Bucharest", 2), ("Asia/Kolkata", 5.5))
    )
    world["db"].spec["tables"].insert(
        -2,
        f"ALTER TABLE {noun}_totals ADD valid_from timestamptz DEFAULT now() - interval '1 day';",
    )
    must_be_there(world, "no valid tariff for account $id at $now", " AND valid_from <= now()")
    words = f"roll-tariffs: 3000 tariffs activated, valid_from=$local+00:00 (tz {zone})"
    sql = f"UPDATE {noun}_totals SET valid_from = now() + interval '{int(hours * 60)} minutes'"
    clerk.spec["routes"]["/jobs/roll-tariffs"] = [
        ["say", "info", "roll-tariffs: starting, one business day"],
        ["query", sql, {}],
        ["say", "info", words, {"offset": hours}],
    ]
    loud = world.rng.random() < SOMETIMES
    tell = world.change(
        clerk.name, f"base image refreshed, TZ={zone} set for the reports", "config"
    )
    steps: list[dict[str, Any]] = [run_job(clerk, "/jobs/roll-tariffs")]
    if loud:
        steps.insert(0, {"op": "change", "at": -18, "tell": tell})
    evidence = [
        line(clerk, "tariffs activated", 1),
        line(world["reader"], "no valid tariff", 2),
        line(world["keeper"], "no valid tariff", 1),
    ]
    return Fault(
        clerk,
        f"A nightly job stored local time of {zone} as UTC: tariffs are not valid for hours",
        steps,
        [*evidence, cause(tell)] if loud else evidence,
        effect="errors",
        also=[world["db"].name],
        trigger=told(tell) if loud else None,
        hurts=[world["reader"], world["keeper"]],
    )


@kind("rows", needs=("clerk", "reader", "keeper"), shapes=("clerked",))
def rows_deleted(world: World) -> Fault:
    """A clean-up deletes rows that another service needs."""
    clerk, noun = world["clerk"], world.domain["noun"]
    must_be_there(world, "account $id has no totals")
    sql = f"DELETE FROM {noun}_totals WHERE seen = 0 AND id % 10 < 7"
    clerk.spec["routes"]["/jobs/purge"] = [
        ["say", "info", f"purge: removing {noun}_totals not seen for 30 days"],
        ["query", sql, {}],
        ["say", "info", f"purge: 2100 rows of {noun}_totals removed"],
    ]
    loud = world.rng.random() > SOMETIMES
    tell = world.change(clerk.name, "retention of idle totals 400 -> 30 days", "config")
    steps: list[dict[str, Any]] = [run_job(clerk, "/jobs/purge")]
    if loud:
        steps.insert(0, {"op": "change", "at": -5, "tell": tell})
    evidence = [
        line(clerk, "rows of .* removed", 1),
        line(world["reader"], "has no totals", 2),
        line(world["keeper"], "has no totals", 1),
    ]
    return Fault(
        clerk,
        f"A clean-up job deleted rows of {noun}_totals that are still read",
        steps,
        [*evidence, cause(tell)] if loud else evidence,
        effect="errors",
        also=[world["db"].name],
        trigger=told(tell) if loud else None,
        hurts=[world["reader"], world["keeper"]],
    )


@kind("rows", needs=("db", "reader"), shapes=LISTS)
def migration_queues(world: World) -> Fault:
    """A transaction that somebody left open blocks a migration, and all wait behind that."""
    part, table, database = world["reader"], world.domain["table"], world["db"]
    part.spec["db"]["command_timeout"] = 2.5
    database.spec["tables"].insert(-2, login("analyst", "an"))
    tell = world.change(database.name, f"alter table {table} add column source text", "migration")
    open_one = {
        "op": "sql", "at": -5, "part": database.name, "role": "analyst",
        "password": "an",  # pragma: allowlist secret
        "text": [f"SELECT count(*) FROM {table}"], "as": "notebook-7", "hold": 90,
    }  # fmt: skip
    return Fault(
        database,
        f"A session of an analyst kept a transaction open; ALTER TABLE {table} waits for it and "
        "all readers wait behind that",
        [
            open_one,
            as_dba(world, [f"ALTER TABLE {table} ADD COLUMN source text"], "migrate", tell=tell),
        ],
        [
            line(database, r"still waiting for AccessExclusiveLock", 1),
            line(database, r"still waiting for AccessShareLock", 1),
            line(part, SLOW_QUERY),
            cause(tell),
        ],
        also=["notebook-7", "analyst", "migrate"],
        trigger=told(tell),
    )


@kind("rows", needs=("db", "reader"), shapes=("relay", "star"))
def statistics_lost(world: World) -> Fault:
    """A column gets another type, and with that the planner knows nothing of it any more."""
    part, table, database = world["reader"], world.domain["table"], world["db"]
    database.limits["cpu"] = 0.09
    database.spec["settings"] = {"autovacuum": "off"}
    part.spec["db"]["command_timeout"] = 2.5
    part.spec["routes"]["/list"][0][1] = (
        f"SELECT id, status, amount FROM {table} WHERE account_id = $1 ORDER BY id DESC LIMIT 70"
    )
    tell = world.change(database.name, f"{table}.account_id becomes bigint", "migration")
    text = [f"ALTER TABLE {table} ALTER COLUMN account_id TYPE bigint"]
    return Fault(
        database,
        f"{table}.account_id became bigint and was not analyzed: the planner reads the table "
        "backwards instead of by its index",
        [as_dba(world, text, "migrate", tell=tell)],
        [
            line(database, rf"duration: .*execute.*{table}"),
            line(part, SLOW_QUERY),
            cause(tell),
        ],
        trigger=told(tell),
        fault_seconds=60,
    )


@kind("rows", any_of=("keeper", "writer"), shapes=("groups", "gateway"))
def sequence_used_up(world: World) -> Fault:
    """The numbers of a table have come to the end of their type."""
    keeper = world["keeper"]
    database = world["db2"] if "db2" in world else world["db"]
    table = "postings" if "db2" in world else "audit_trail"
    database.spec["tables"].insert(-2, f"ALTER SEQUENCE {table}_id_seq AS integer;")
    if "db2" in world:
        world["front"].spec["routes"]["/v3/postings"] = [
            world.call("front", "keeper", "/post", timeout=6)
        ]
    step = as_dba(world, [f"SELECT setval('{table}_id_seq', 2147483640)"], "dba-console")
    return Fault(
        database,
        f"The sequence of {table}.id has reached the largest integer: no row can be added",
        [step | {"part": database.name}],
        [
            line(database, rf'nextval: reached maximum value of sequence "{table}_id_seq"', 2),
            line(keeper, r"reached maximum value of sequence", 3),
        ],
        effect="errors",
        also=[keeper.name],
        mute=True,
    )


@kind("rows", needs=("replica", "finder"), shapes=("follow",))
def replica_behind(world: World) -> Fault:
    """A replica takes no more of what the primary has; who reads there does not find it."""
    replica, finder = world["replica"], world["finder"]
    loud = world.rng.random() > SOMETIMES
    tell = world.change(replica.name, "consistent backup of the standby started", "maintenance")
    step = as_dba(world, ["SELECT pg_wal_replay_pause()"], "backup-agent") | {"part": replica.name}
    evidence = [
        line(replica, r"recovery has paused|pausing", 1),
        line(finder, r"not found", 4),
    ]
    return Fault(
        replica,
        "Replay is paused on the replica: what was just written is not found there",
        [step | ({"tell": tell} if loud else {})],
        [*evidence, cause(tell)] if loud else evidence,
        effect="errors",
        also=["backup-agent"],
        trigger=told(tell) if loud else None,
    )


@kind("rows", needs=("cache", "quoter"), shapes=("shelf",))
def hot_key_expired(world: World) -> Fault:
    """One key that all requests read expires, and all of them compute it at once."""
    part, cache, database, table = (
        world["quoter"],
        world["cache"],
        world["db"],
        world.domain["table"],
    )
    database.limits["cpu"] = 0.12
    part.spec["db"]["command_timeout"] = 4
    wanted = "status, sum(amount), md5(string_agg(note, '' ORDER BY note))"
    sql = f"SELECT {wanted} FROM {table} GROUP BY 1"
    step = ["cached", f"{part.name}:tariff", 86400, sql, {"one": True, "wait": 2}]
    part.spec["routes"]["/price"] = [step]
    key = f"{part.name}:tariff:all"
    filled = {"op": "cache", "at": -70, "part": cache.name, "commands": [["SET", key, "x" * 400]]}
    expires = {"op": "cache", "at": 0, "part": cache.name, "commands": [["PEXPIRE", key, "300"]]}
    return Fault(
        part,
        "The one key that all requests need expired; all compute it at once, and none gets done",
        [filled, expires],
        [
            line(part, r"cache miss, computing", 2),
            line(part, SLOW_QUERY, 2),
            line(database, r"string_agg", 1),
        ],
        also=[database.name, cache.name],
    )


@kind("rows", needs=("db2", "keeper"), shapes=("twin", "groups"))
def constraint_added(world: World) -> Fault:
    """A migration of one database adds a constraint that what is written does not meet."""
    keeper, database = world["keeper"], world["db2"]
    if "/v3/postings" not in world["front"].spec["routes"]:
        world["front"].spec["routes"]["/v3/postings"] = [
            world.call("front", "keeper", "/post", timeout=6)
        ]
    tell = world.change(database.name, "postings: every row names its journal", "migration")
    text = [
        "ALTER TABLE postings ADD COLUMN journal text",
        "ALTER TABLE postings ADD CONSTRAINT journal_named CHECK (journal IS NOT NULL) NOT VALID",
    ]
    return Fault(
        database,
        "A migration demands a journal for each posting, which the running version does not write",
        [as_dba(world, text, "migrate", tell=tell) | {"part": database.name}],
        [
            line(database, r'violates check constraint "journal_named"', 2),
            line(keeper, r"journal_named", 2),
            cause(tell),
        ],
        effect="errors",
        also=[keeper.name],
        trigger=told(tell),
        mute=True,
    )


@kind("rows", needs=("db2", "keeper"), shapes=("twin",))
def wrong_database(world: World) -> Fault:
    """A service is configured with the other database, which lets it in and has not its tables."""
    keeper, other = world["keeper"], world["db"]
    keeper.spec["runtimes"] = ["python"]
    other.spec["tables"].insert(-2, login(role_of(keeper), password_of(keeper)))
    who = f"{role_of(keeper)}:{password_of(keeper)}"
    dsn = f"postgresql://{who}@{other.host}:{other.port}/{other.spec['database']}"
    tell = world.change(keeper.name, "connection settings come from the shared path", "config")
    return Fault(
        keeper,
        f"{keeper.name} was configured with the database {other.name}, which has not its tables",
        [deploy(keeper, {"db": {"dsn": dsn}}, tell)],
        [
            line(keeper, r'relation "postings" does not exist', 3),
            line(other, r'relation "postings" does not exist', 2),
            cause(tell),
        ],
        effect="errors",
        also=[other.name],
        innocent=[world["db2"].name],
        trigger=told(tell),
    )


@kind("rows", needs=("db2", "keeper", "worker"), shapes=("groups",))
def duplicate_check_slow(world: World) -> Fault:
    """A release looks through a whole table before each posting; the queue before it grows."""
    keeper, worker, database = world["keeper"], world["worker"], world["db2"]
    database.limits["cpu"] = 0.05
    sql = "SELECT count(*) FROM postings WHERE md5(coalesce(ref, account_id::text)) = md5($1)"
    routes = {"/post": [["query", sql, {"args": ["text"]}], *keeper.spec["routes"]["/post"]]}
    tell = world.change(keeper.name, f"release {bumped(keeper)}: no posting is kept twice")
    return Fault(
        keeper,
        "The new version reads the whole table before each posting: the worker waits for it and "
        "jobs pile up",
        [deploy(keeper, {"routes": routes, "version": bumped(keeper)}, tell)],
        [
            line(database, r"duration: .*md5", 2),
            line(worker, r"job failed|job done.*\bms\W{1,3}\d{3,}", 2),
            cause(tell),
        ],
        effect="backlog",
        also=[database.name],
        innocent=[worker.name],
        hurts=[worker],
        trigger=told(tell),
        fault_seconds=56,
    )
