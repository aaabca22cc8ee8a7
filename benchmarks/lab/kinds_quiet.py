"""More incidents that are none: what fails is not used, is made up for, or only watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.faults import Fault, bumped, kind, line, one_of
from benchmarks.lab.kinds_healthy import fine, own_rule
from benchmarks.lab.roles import idle

if TYPE_CHECKING:
    from benchmarks.lab.world import World


@kind("healthy", any_of=("cache", "db"))
def exporter_dead(world: World) -> Fault:
    """What watches a store ends; the store does not."""
    part = one_of(world, "cache", "db")
    made = own_rule(
        world, "TargetDown", f'up{{job="{part.name}"}} == 0', f"{part.name} is not scraped",
        severity="critical",
    )  # fmt: skip
    step = {"op": "blind", "at": 0, "part": part.name}
    return fine("The exporter ended; the store itself serves as before", [step], [made], [])


@kind("healthy", needs=("cache", "quoter"))
def cache_evicts(world: World) -> Fault:
    """A cache is full and lets go of the oldest, as it is meant to."""
    part = world["cache"]
    tell = world.change(part.name, "maxmemory 64mb -> 2mb, allkeys-lru (cost review)", "config")
    commands = [
        ["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"],
        ["CONFIG", "SET", "maxmemory", "1100kb"],
    ]
    step = {"op": "cache", "at": 0, "part": part.name, "commands": commands, "tell": tell}
    expr = f'rate(redis_evicted_keys_total{{job="{part.name}"}}[10s]) > 0.2'
    made = own_rule(world, "CacheEvictions", expr, f"{part.name} evicts keys", severity="warning")
    return fine("The cache evicts keys; the database answers the misses", [step], [made], [])


@kind("healthy", any_of=("reader", "quoter", "mid", "payer", "writer"))
def unused_crashes(world: World) -> Fault:
    """A service that nobody calls does not start any more."""
    part = idle(world)
    key = world.rng.choice(("EXPORT_BUCKET", "FEED_URL", "PARTNER_LIST"))
    tell = world.change(part.name, f"release {bumped(part)}")
    patch = {"start_with": [["feature", "bad_settings", {"key": key}]], "version": bumped(part)}
    step = {"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}
    expr = f'increase(container_restarts_total{{container="{part.name}"}}[30s]) > 1'
    made = own_rule(world, "CrashLooping", expr, f"{part.name} restarts", severity="critical")
    return fine(
        f"{part.name} is in a crash loop; nobody calls it and no customer notices",
        [step | {"crash": True}],
        [made],
        [line(part, "invalid configuration", 1), line("events", rf"{part.name}.*back-off", 1)],
    )


@kind("healthy", needs=("mid", "reader"))
def retries_make_up(world: World) -> Fault:
    """Some calls fail and are tried again with success."""
    part, caller = world["reader"], world["mid"]
    for steps in part.spec["routes"].values():
        steps.insert(0, ["feature", "key_error", {"flag": "fx_v2", "share": 0.18}])
    for sibling in ("mid", "mid2"):
        if sibling in world:
            for step in world[sibling].spec["routes"]["/work"]:
                if step[0] == "call":
                    step[3] |= {"retries": 4}
    step = {"op": "flag", "at": 0, "part": part.name, "flags": {"fx_v2": True}}
    expr = f'sum by (job) (rate(http_requests_total{{job="{part.name}",status="500"}}[10s])) > 0.2'
    made = own_rule(world, "InternalErrors", expr, f"{part.name} has errors", severity="warning")
    return fine(
        f"A part of the calls of {part.name} fail and {caller.name} tries again with success",
        [step],
        [made],
        [line(caller, r"retrying \(\d/4\)", 3)],
    )


@kind("healthy", any_of=("reader", "quoter", "mid", "payer", "writer"))
def memory_levels_off(world: World) -> Fault:
    """A memo fills after a release, to a limit it keeps."""
    part = one_of(world, "reader", "quoter", "mid", "payer", "writer")
    part.spec["runtimes"] = ["python"]
    tell = world.change(part.name, f"release {bumped(part)}: memo of 40 MB at most")
    step = ["feature", "leak", {"kb": 800, "most": 50}]
    routes = {path: [step, *steps] for path, steps in part.spec["routes"].items()}
    patch = {"routes": routes, "version": bumped(part)}
    expr = f'deriv(container_memory_usage_bytes{{container="{part.name}"}}[16s]) > 300000'
    made = own_rule(world, "MemoryGrowing", expr, f"{part.name} memory grows", severity="warning")
    return fine(
        "Memory grows to the limit of a memo and stays there; nothing is killed or slow",
        [{"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}],
        [made],
        [],
    )
