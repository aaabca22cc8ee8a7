"""Faults that come with a release, a flag or a setting of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, bumped, caller_of, cause, kind, line, one_of, told
from benchmarks.lab.phrases import NOBODY_LISTENS, missed

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

ANY = ("reader", "quoter", "mid", "mid2", "writer", "payer")


def _with_step(part: Part, step: list[Any]) -> dict[str, Any]:
    routes = {path: [step, *steps] for path, steps in part.spec["routes"].items()}
    return {"routes": routes, "version": bumped(part)}


def _release(part: Part, step: list[Any], tell: dict[str, Any]) -> dict[str, Any]:
    patch = _with_step(part, step)
    return {"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}


def _late(world: World, part: Part) -> Any:
    caller = caller_of(world, part)
    return line(caller, missed(part.name), 2)


@kind("code", any_of=ANY)
def bad_release(world: World) -> Fault:
    """A release raises in a path that half of the requests take."""
    part = one_of(world, *ANY)
    name = world.rng.choice(("key_error", "type_error"))
    share = world.rng.choice((0.4, 0.7, 1.0))
    tell = world.change(part.name, f"release {bumped(part)}: totals per currency")
    error = {
        "key_error": r"KeyError: 'fx_rate'|reading 'fx_rate'|NullPointerException.*fxRate",
        "type_error": r"TypeError: 'NoneType'|reading 'slots'|NullPointerException.*slots",
    }[name]
    return Fault(
        part,
        "The new version fails on a missing value in a code path: unhandled exception",
        [_release(part, ["feature", name, {"share": share}], tell)],
        [line(part, error), line(part, "unhandled", 1), cause(tell)],
        effect="errors",
        trigger=told(tell),
    )


@kind("code", any_of=ANY)
def library_changed(world: World) -> Fault:
    """A new version of a library lacks a function the service calls."""
    part = one_of(world, *ANY)
    tell = world.change(part.name, "release: lock file refreshed (pricekit 1.9 -> 2.0, 14 others)")
    step = ["feature", "attribute_error", {"library": "/srv/app/vendor"}]
    return Fault(
        part,
        "pricekit 2.0 no longer has round_money, which the service calls: dependency drift",
        [_release(part, step, tell)],
        [
            line(
                part,
                r"module 'pricekit' has no attribute|roundMoney",
            ),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("code", any_of=ANY)
def memory_leak(world: World) -> Fault:
    """A release keeps everything it has seen and is killed for memory."""
    part = one_of(world, *ANY)
    part.limits["memory"] = 185_000_000
    tell = world.change(part.name, f"release {bumped(part)}: in-process memo of responses")
    return Fault(
        part,
        "The new version leaks memory; the container is killed (OOMKilled) and restarts",
        [_release(part, ["feature", "leak", {"kb": 2600}], tell)],
        [
            line("events", rf"{part.name}.*(OOMKilled|code 3\\b)"),
            line(part, "OutOfMemoryError", 1),
            _late(world, part),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
        fault_seconds=62,
    )


@kind("code", any_of=ANY)
def descriptors_used_up(world: World) -> Fault:
    """A release leaves sockets open until there are no descriptors."""
    part = one_of(world, *ANY)
    part.limits["nofile"] = 72
    part.spec["fresh"] = True
    tell = world.change(part.name, "release: udp statistics of each request")
    return Fault(
        part,
        "The new version leaks sockets until it has no file descriptors left",
        [_release(part, ["feature", "leak_descriptor", {"count": 2}], tell)],
        [line(part, r"Too many open files"), cause(tell)],
        trigger=told(tell),
    )


@kind("code", any_of=("reader", "quoter", "mid", "writer", "payer"))
def loop_blocked(world: World) -> Fault:
    """A release waits on the thread of the event loop."""
    part = one_of(world, "reader", "quoter", "mid", "writer", "payer")
    part.spec["debug_loop"] = True
    part.spec["runtimes"] = ["python", "node"]
    tell = world.change(part.name, "release: synchronous client of the licence server")
    return Fault(
        part,
        "The new version blocks the event loop in each request; all requests wait in line",
        [_release(part, ["feature", "block", {"seconds": 0.5}], tell)],
        [
            line(part, r"Executing .* took \d|event loop was blocked"),
            _late(world, part),
            cause(tell),
        ],
        trigger=told(tell),
    )


@kind("code", any_of=("reader", "mid", "writer", "payer"))
def runaway_regex(world: World) -> Fault:
    """A pattern that backtracks for seconds on some references."""
    part = one_of(world, "reader", "mid", "writer", "payer")
    part.spec["debug_loop"] = True
    part.spec["runtimes"] = ["python"]
    step = ["check", r"^([A-Za-z0-9]+[-_ ]?)*$", {}]
    strange = ["REF" + "a" * 21 + "!", "ORDER" + "7" * 19 + "?"]
    tell = world.change(part.name, "release: stricter validation of field reference")
    return Fault(
        part,
        "The new validation pattern backtracks catastrophically on some references",
        [
            _release(part, step, tell),
            {"op": "load", "at": 0.5, "strange": strange},
        ],
        [
            line(part, r"Executing .* took \d|event loop was blocked"),
            _late(world, part),
            cause(tell),
        ],
        trigger=told(tell),
    )


@kind("code", any_of=ANY)
def crash_loop(world: World) -> Fault:
    """A configuration lacks a setting without which the service does not start."""
    part = one_of(world, *ANY)
    key = world.rng.choice(("SIGNING_KEY_ID", "REGION_MAP", "TENANT_DEFAULT"))
    tell = world.change(part.name, "settings moved to the shared template", "config")
    patch = {"start_with": [["feature", "bad_settings", {"key": key}]]}
    step = {"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}
    return Fault(
        part,
        f"The service does not start since {key} is missing from its configuration: crash loop",
        [step | {"crash": True}],
        [
            line(part, rf"invalid configuration: required setting {key}"),
            line("events", rf"{part.name}.*back-off restarting", 1),
            line(caller_of(world, part), missed(part.name), 1),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("code", needs=("db", "reader"))
def query_per_row(world: World) -> Fault:
    """A flag makes one request ask the database a thousand times."""
    part = world["reader"]
    total = f"SELECT total, seen FROM {world.domain['noun']}_totals WHERE id = $1"
    for steps in part.spec["routes"].values():
        steps.append(["query", total, {"args": ["id"], "repeat": 900, "flag": "rich_rows"}])
    tell = world.change(part.name, "rich_rows on for everybody", "feature flag")
    step = {
        "op": "flag", "at": 0, "part": part.name, "flags": {"rich_rows": True}, "tell": tell,
    }  # fmt: skip
    return Fault(
        part,
        "With rich_rows a request asks the database once for each row (N+1 queries)",
        [step],
        [line(part, "rich_rows", 1), _late(world, part), cause(tell)],
        trigger=told(tell),
    )


@kind("code", needs=("auth", "reader"))
def signing_key_changed(world: World) -> Fault:
    """A release signs with a key the verifier does not have."""
    part, reader = world["auth"], world["reader"]
    tell = world.change(part.name, "signing key k1 -> k2", "rotation")
    patch = {"routes": {"/token": [["issue", "k2-19ce", {"ttl": 60}]]}}
    return Fault(
        part,
        f"Tokens are signed with a new key that {reader.name} does not have",
        [{"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}],
        [line(reader, r"signature verification failed", 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
    )


@kind("code", any_of=("mid", "mid2", "front"))
def wrong_address(world: World) -> Fault:
    """A configuration names a port where nobody listens."""
    part = one_of(world, "mid", "mid2", "front")
    calls = [s for steps in part.spec["routes"].values() for s in steps if s[0] == "call"]
    target = world.rng.choice(calls)[1]
    callee = next(p for p in world.parts.values() if p.name == target)
    routes = {}
    for path, steps in part.spec["routes"].items():
        routes[path] = [
            [s[0], s[1], s[2].replace(f":{callee.port}/", ":9909/"), *s[3:]]
            if s[0] == "call" and s[1] == target
            else s
            for s in steps
        ]
    tell = world.change(part.name, f"{target} endpoint moved to port 9909", "config")
    return Fault(
        part,
        f"{part.name} was configured with a wrong port of {target}; connections are refused",
        [{"op": "deploy", "at": 0, "part": part.name, "patch": {"routes": routes}, "tell": tell}],
        [
            line(
                part,
                NOBODY_LISTENS,
                3,
            ),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
        innocent=[target],
    )


@kind("code", any_of=("mid", "mid2", "payer"))
def threads_starved(world: World) -> Fault:
    """A release takes one lock in each request: all threads of the pool wait for it."""
    part = one_of(world, "mid", "mid2", "payer")
    part.spec["runtimes"] = ["java"]
    tell = world.change(part.name, f"release {bumped(part)}: synchronized export of each request")
    return Fault(
        part,
        "The new version holds one lock through a slow export: the pool of threads is starved",
        [_release(part, ["feature", "block", {"seconds": 0.9}], tell)],
        [line(part, "request threads are busy"), _late(world, part), cause(tell)],
        trigger=told(tell),
        fault_seconds=56,
    )
