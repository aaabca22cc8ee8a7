"""Faults of caches, queues' stores, volumes and processors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.faults import Fault, bumped, caller_of, cause, kind, line, one_of, told
from benchmarks.lab.phrases import NOBODY_LISTENS, SLOW_QUERY, missed

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

FILES = ("reader", "mid", "writer", "payer", "quoter")


def _heavy_price(world: World) -> None:
    world.people_count = 16
    step = world["quoter"].spec["routes"]["/price"][0]
    step[3] = step[3].replace("+ 12", "+ 2500")
    step[4] |= {"wait": 2}
    world["quoter"].spec["db"]["command_timeout"] = 4
    world["db"].limits["cpu"] = 0.15


@kind("store", needs=("cache", "quoter"))
def cache_key_changed(world: World) -> Fault:
    """A release builds keys that are never found again."""
    part = world["quoter"]
    _heavy_price(world)
    step = part.spec["routes"]["/price"][0]
    tell = world.change(part.name, f"release {bumped(part)}: cache key v2, entries live one second")
    patch = {
        "routes": {"/price": [["cached", f"{part.name}:v2", 1, *step[3:]]]},
        "version": bumped(part),
    }
    return Fault(
        part,
        "The new version's cache entries are never hit again; all reads go to the database",
        [{"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}],
        [
            line(part, SLOW_QUERY),
            line(world["db"], r"duration: "),
            cause(tell),
        ],
        trigger=told(tell),
    )


@kind("store", needs=("cache", "quoter"))
def cache_flushed(world: World) -> Fault:
    """A cleaning job empties the cache every few seconds."""
    part, cache = world["quoter"], world["cache"]
    _heavy_price(world)
    tell = world.change(cache.name, "cache-janitor cron: flush of stale keyspace", "cron")
    step = {
        "op": "cache", "at": 0, "part": cache.name, "commands": [["FLUSHALL"]], "every": 4,
        "tell": tell,
    }  # fmt: skip
    return Fault(
        cache,
        "A job flushes the cache again and again; the database cannot serve all reads",
        [step],
        [
            line(part, SLOW_QUERY),
            line(world["db"], r"duration: "),
            cause(tell),
        ],
        also=["cache-janitor"],
        trigger=told(tell),
    )


def _hard(part: Part) -> None:
    for steps in part.spec["routes"].values():
        for step in steps:
            if step[0] == "cached":
                step[4]["soft"] = False
                step[2] = 2


@kind("store", any_of=("cache", "queue"))
def store_out_of_memory(world: World) -> Fault:
    """The memory a store may use is set below what it holds."""
    store = one_of(world, "cache", "queue")
    user = world["quoter" if store.role == "cache" else "writer"]
    _hard(user)
    tell = world.change(store.name, "maxmemory 512mb -> 1mb, policy noeviction", "config")
    commands = [["CONFIG", "SET", "maxmemory", "1mb"]]
    return Fault(
        store,
        "maxmemory was set too low with noeviction: the store refuses writes",
        [{"op": "cache", "at": 0, "part": store.name, "commands": commands, "tell": tell}],
        [line(user, r"OOM command not allowed", 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
    )


@kind("store", any_of=("cache", "queue"))
def store_read_only(world: World) -> Fault:
    """A store becomes a replica and refuses writes."""
    store = one_of(world, "cache", "queue")
    user = world["quoter" if store.role == "cache" else "writer"]
    _hard(user)
    dead = store.addr.rsplit(".", 1)[0] + ".199"
    tell = world.change(store.name, f"replication topology: follow {dead}", "maintenance")
    commands = [["REPLICAOF", dead, "6379"]]
    return Fault(
        store,
        "The store was made a replica of a host that is not there; it takes no writes",
        [{"op": "cache", "at": 0, "part": store.name, "commands": commands, "tell": tell}],
        [
            line(user, r"READONLY|ReadOnlyError"),
            line(store, r"REPLICAOF|MASTER <-> REPLICA|Connecting to MASTER", 1),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("store", any_of=("cache", "queue"))
def store_blocked(world: World) -> Fault:
    """A script keeps the only thread of a store busy."""
    store = one_of(world, "cache", "queue")
    user = world["quoter" if store.role == "cache" else "writer"]
    _hard(user)
    store.limits["cpu"] = 0.5
    store.spec["settings"] = {"busy-reply-threshold": "1500"}
    tell = world.change(store.name, "usage-report script scheduled (lua, full scan)", "cron")
    script = "local t=0 for i=1,150000000 do t=t+i%7 end return t"
    return Fault(
        store,
        "A long script blocks the store; every command waits or is refused with BUSY",
        [
            {
                "op": "cache", "at": 0, "part": store.name, "every": 0.4, "tell": tell,
                "commands": [["EVAL", script, "0"]],
            }
        ],
        [
            line(store, r"Slow script detected"),
            line(user, r"BUSY|Timeout reading|TimeoutError"),
            cause(tell),
        ],
        trigger=told(tell),
    )  # fmt: skip


@kind("store", any_of=("cache", "queue", "db"))
def store_stopped(world: World) -> Fault:
    """A store is stopped for maintenance of another one."""
    users = {"cache": ("quoter",), "queue": ("writer",), "db": ("reader", "payer", "writer")}
    roles = [role for role in users if role in world and any(u in world for u in users[role])]
    store = world[world.rng.choice(roles)]
    user = one_of(world, *users[store.role])
    _hard(user)
    tell = world.change(store.host, "retired hosts shut down, list of 14", "maintenance")
    number = "SIGINT" if store.role == "db" else "SIGTERM"
    step = {"op": "halt", "at": 0, "part": store.name, "signal": number, "tell": tell}
    return Fault(
        store,
        "The store was shut down with hosts that were to be retired; nobody listens any more",
        [step],
        [
            line(store, r"fast shutdown request|Received SIGTERM|User requested shutdown", 1),
            line(user, rf"{NOBODY_LISTENS}|{SLOW_QUERY}|ConnectionError"),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


def _spooling(world: World, inodes: int, size: str) -> Part:
    part = one_of(world, *FILES)
    folder = f"/srv/spool/{part.name}"
    part.limits["volumes"] = [[folder, size, inodes]]
    for steps in part.spec["routes"].values():
        steps.append(["spool", folder, {"bytes": 3000}])
    return part


@kind("store", any_of=FILES)
def inodes_used_up(world: World) -> Fault:
    """Small temporary files use up the inodes of a volume that has space."""
    part = _spooling(world, 1500, "64m")
    tell = world.change(part.name, "thumbnailer keeps its scratch files for debugging", "config")
    step = {
        "op": "fill", "at": -3, "folder": f"/srv/spool/{part.name}", "many": "thumb",
        "burst": 60, "pause": 0.1, "tell": tell,
    }  # fmt: skip
    return Fault(
        part,
        "No inodes are left on the spool volume, though it has space: documents cannot be stored",
        [step],
        [line(part, r"[Nn]o space left on device", 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
    )


@kind("store", any_of=FILES)
def spool_disk_full(world: World) -> Fault:
    """A trace that was left on fills the volume for documents."""
    part = _spooling(world, 60000, "24m")
    tell = world.change(part.name, "wire trace on, to the spool volume", "config")
    step = {
        "op": "fill", "at": -3, "folder": f"/srv/spool/{part.name}", "file": "wire.trace",
        "chunk": 600_000, "pause": 0.08, "tell": tell,
    }  # fmt: skip
    return Fault(
        part,
        "The spool volume is full: documents cannot be stored",
        [step],
        [line(part, r"[Nn]o space left on device", 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
    )


@kind("store", any_of=("reader", "mid", "quoter"))
def cpu_limit_cut(world: World) -> Fault:
    """The processor share of a service is cut to almost nothing."""
    part = one_of(world, "reader", "mid", "quoter")
    for steps in part.spec["routes"].values():
        steps.insert(0, ["work", 12])
    tell = world.change(part.name, "cpu limit 600m -> 60m (rightsizing)", "config")
    caller = caller_of(world, part)
    return Fault(
        part,
        "The service's processor limit was cut to a tenth; it is throttled",
        [{"op": "cpu", "at": 0, "part": part.name, "share": 0.06, "tell": tell}],
        [line(caller, missed(part.name)), cause(tell)],
        trigger=told(tell),
    )


@kind("store", any_of=("reader", "mid", "quoter"))
def noisy_neighbour(world: World) -> Fault:
    """Somebody else's computing on the same host takes the processor."""
    part = one_of(world, "reader", "mid", "quoter")
    part.limits["cpu"] = 0.3
    for steps in part.spec["routes"].values():
        steps.insert(0, ["work", 25])
    tell = world.change(part.host, "file integrity scanner rolled out on this host", "agent")
    caller = caller_of(world, part)
    return Fault(
        part,
        "A scanner on the same host takes the processor from the service",
        [{"op": "hog", "at": 0, "part": part.name, "count": 8, "tell": tell}],
        [line(caller, missed(part.name)), cause(tell)],
        trigger=told(tell),
        fault_seconds=45,
    )
