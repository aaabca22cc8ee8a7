"""Faults in how services use a database: order of locks, pools, passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, bumped, cause, kind, line, one_of, told
from benchmarks.lab.kinds_database import as_dba
from benchmarks.lab.phrases import NO_CONNECTION
from benchmarks.lab.roles import role_of

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World


@kind("database", needs=("db",), any_of=("reader", "writer", "payer"))
def deadlock(world: World) -> Fault:
    """A release updates two rows in no fixed order."""
    part = one_of(world, "reader", "writer", "payer")
    sql = f"UPDATE {world.domain['noun']}_totals SET seen = seen + 1 WHERE id = $1"
    routes = {
        path: [*steps, ["query", sql, {"pair": True, "sorted": False, "between": 0.2}]]
        for path, steps in part.spec["routes"].items()
    }
    tell = world.change(part.name, "release 2: counters of both sides kept in one transaction")
    return Fault(
        part,
        "The new version updates two rows in varying order inside one transaction: deadlocks",
        [_deploy(part, {"routes": routes, "version": bumped(part)}, tell)],
        [
            line(world["db"], r"deadlock detected"),
            line(part, rf"deadlock detected|{NO_CONNECTION}"),
            cause(tell),
        ],
        trigger=told(tell),
    )


def _deploy(part: Part, patch: dict[str, Any], tell: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell} | more


@kind("database", needs=("db",), any_of=("reader", "payer", "writer"))
def connections_leaked(world: World) -> Fault:
    """A release takes connections from the pool and does not give them back."""
    part = one_of(world, "reader", "payer", "writer")
    routes = {
        path: [["feature", "leak_connection", {"share": 0.3}], *steps]
        for path, steps in part.spec["routes"].items()
    }
    tell = world.change(part.name, "release: audit hook on every read")
    return Fault(
        part,
        "The new version leaks database connections: the pool is exhausted",
        [_deploy(part, {"routes": routes, "version": bumped(part)}, tell)],
        [line(part, NO_CONNECTION), cause(tell)],
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("reader", "payer"))
def pool_too_small(world: World) -> Fault:
    """A configuration makes the pool of connections far smaller."""
    part = one_of(world, "reader", "payer")
    for steps in part.spec["routes"].values():
        for step in steps:
            if step[0] == "query":
                step[2] |= {"hold": 0.45, "wait": 1}
    tell = world.change(part.name, "db.pool.max 6 -> 1 (cost review)", "config")
    return Fault(
        part,
        "The pool of database connections was configured to one and requests wait for it",
        [_deploy(part, {"db": {"pool": 1}}, tell)],
        [line(part, NO_CONNECTION), cause(tell)],
        trigger=told(tell),
    )


@kind("database", needs=("db",), any_of=("reader", "quoter", "writer", "payer"))
def password_rotated(world: World) -> Fault:
    """A rotation changes a password that a service goes on using."""
    part = one_of(world, "reader", "quoter", "writer", "payer")
    if part.role == "quoter":
        part.spec["routes"]["/price"][0][2] = 1
    role = role_of(part)
    tell = world.change(world["db"].name, f"quarterly rotation of credential {role}", "rotation")
    text = [
        f"ALTER ROLE {role} PASSWORD 'n3w-{part.name}'",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'",
    ]
    return Fault(
        part,
        f"The password of {role} was rotated in the database; {part.name} still uses the old one",
        [as_dba(world, text, "rotator", tell=tell)],
        [
            line(world["db"], rf'password authentication failed for user "{role}"'),
            line(part, r"password authentication failed"),
            cause(tell),
        ],
        effect="errors",
        also=[world["db"].name],
        trigger=told(tell),
    )
