"""Faults that come with a release or a setting, in the newer topologies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, bumped, caller_of, cause, kind, line, one_of, told
from benchmarks.lab.phrases import NO_CONNECTION, missed, worded
from benchmarks.lab.plan import Evidence
from benchmarks.lab.roles import SECRET, idle

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

CHAINS = ("relay", "twin", "gateway", "passport", "siblings")
MIDDLE = ("mid", "relay")
OFTEN, SOMETIMES = 0.5, 0.4


def deploy(part: Part, patch: dict[str, Any], tell: dict[str, Any] | None) -> dict[str, Any]:
    """A step that puts out another version or configuration; `tell` may be missing."""
    step = {"op": "deploy", "at": 0, "part": part.name, "patch": patch}
    return step | {"tell": tell} if tell else step


def leading(part: Part, *steps: list[Any]) -> dict[str, Any]:
    """A patch: all routes of the part begin with these steps."""
    routes = {
        path: [*steps, *old]
        for path, old in part.spec["routes"].items()
        if path not in ("/api/status", "/jobs/ping")
    }
    return {"routes": routes, "version": bumped(part)}


def calling(part: Part, target: str, **options: Any) -> dict[str, Any]:
    """The routes of a part with other options of its calls of a target."""
    return {
        path: [
            [*step[:3], step[3] | options] if step[0] == "call" and step[1] == target else step
            for step in steps
        ]
        for path, steps in part.spec["routes"].items()
    }


def called_by(world: World, part: Part) -> Part:
    """The first part that a service calls."""
    target = next(s[1] for steps in part.spec["routes"].values() for s in steps if s[0] == "call")
    return next(p for p in world.parts.values() if p.name == target)


@kind("code", any_of=MIDDLE, shapes=CHAINS)
def slow_service_added(world: World) -> Fault:
    """A release asks one more service in each request, and that one is slow."""
    part = one_of(world, *MIDDLE)
    spare = idle(world)
    spare.spec["routes"] = {"/check": [["wait", 2600]]}
    tell = world.change(part.name, f"release {bumped(part)}: asks {spare.name} before it answers")
    step = ["call", spare.name, world.url("spare", "/check?id=$id"), {"timeout": 9}]
    return Fault(
        part,
        f"The new version calls {spare.name} synchronously in each request; it takes seconds",
        [deploy(part, leading(part, step), tell)],
        [
            line(spare, r"/check", 2),
            line(
                caller_of(world, part), rf"{missed(part.name)}|\b[2-9]\d{{3}}ms|took [2-9]\d{{3}}"
            ),
            cause(tell),
        ],
        also=[spare.name],
        trigger=told(tell),
    )


@kind("code", any_of=MIDDLE, shapes=CHAINS)
def timeout_cut(world: World) -> Fault:
    """A caller waits a shorter time than the answer has always taken."""
    part = one_of(world, *MIDDLE)
    target = called_by(world, part)
    for steps in target.spec["routes"].values():
        steps.insert(0, ["gate", 40, 140])
    limit = world.rng.choice((0.1, 0.12, 0.14))
    shown = f"http client for {target.name}: connect=2s, total={limit * 1000:.0f}ms"
    before = f"http client for {target.name}: connect=2s, total=4000ms"
    part.spec["start_with"] = [["say", "info", before]]
    tell = world.change(part.name, "shared http client settings adopted", "config")
    patch = {
        "routes": calling(part, target.name, timeout=limit),
        "start_with": [["say", "info", shown]],
    }
    return Fault(
        part,
        f"The time-out of calls of {target.name} was cut below what it takes to answer",
        [deploy(part, patch, tell)],
        [
            line(part, rf"total={limit * 1000:.0f}ms", 1),
            line(part, worded("lost", target=target.name), 3),
            cause(tell),
        ],
        effect="errors",
        innocent=[target.name],
        trigger=told(tell),
    )


@kind("code", needs=("mid", "reader"), shapes=("relay", "twin", "siblings"))
def field_renamed(world: World) -> Fault:
    """A release calls a field of its answers otherwise than its caller reads it."""
    part, caller = world["reader"], world["mid"]
    old, new = world.rng.choice(
        (("amount", "amount_minor"), ("total_net", "totals"), ("eta", "etaMin"))
    )
    for steps in part.spec["routes"].values():
        steps.append(["reply", {old: 12}])
    caller.spec["routes"] = calling(caller, part.name, expects=old)
    caller.spec["runtimes"] = ["python"]
    routes = {
        path: [["reply", {new: 1200}] if step[0] == "reply" else step for step in steps]
        for path, steps in part.spec["routes"].items()
    }
    tell = world.change(part.name, f"release {bumped(part)}: answers follow the new api guideline")
    return Fault(
        part,
        f"The new version answers with {new} where its caller reads {old}",
        [deploy(part, {"routes": routes, "version": bumped(part)}, tell)],
        [line(caller, rf"KeyError: '{old}'", 3), cause(tell)],
        effect="errors",
        also=[caller.name],
        trigger=told(tell),
        mute=True,
    )


@kind("code", needs=("auth", "reader"), shapes=("passport",))
def audience_changed(world: World) -> Fault:
    """A release of the issuer names another audience in its tokens."""
    part, reader = world["auth"], world["reader"]
    audience = f"https://api.{world.company}.example"
    tell = world.change(part.name, f"release {bumped(part)}: claims follow the identity profile")
    routes = {"/token": [["issue", SECRET, {"ttl": 60, "aud": audience}]]}
    return Fault(
        part,
        f"Tokens are issued for another audience ({audience}) than {reader.name} accepts",
        [deploy(part, {"routes": routes, "version": bumped(part)}, tell)],
        [line(reader, r"token rejected: audience", 3), cause(tell)],
        effect="errors",
        also=[reader.name],
        trigger=told(tell),
        hurts=[world["mid"]],
        mute=True,
    )


@kind("code", any_of=MIDDLE, shapes=("relay", "twin", "siblings", "passport", "shelf"))
def lock_order(world: World) -> Fault:
    """Two locks of one process are taken in an order that depends on the request."""
    part = one_of(world, *MIDDLE)
    part.spec["runtimes"] = ["python"]
    quiet = world.rng.random() < SOMETIMES
    feature: list[Any] = ["feature", "transfer", {"between": 0.05}]
    if quiet:
        feature[2]["flag"] = "reserve_pool"
        step = {"op": "flag", "at": 0, "part": part.name, "flags": {"reserve_pool": True}}
        for path, steps in part.spec["routes"].items():
            part.spec["routes"][path] = [feature, *steps]
        tell = None
    else:
        tell = world.change(
            part.name, f"release {bumped(part)}: reserve and settlement booked together"
        )
        step = deploy(part, leading(part, feature), tell)
    evidence = [
        line(part, "still waiting for lock settlement", 1),
        line(part, "still waiting for lock reserve", 1),
        line(caller_of(world, part), worded("lost", target=part.name)),
    ]
    if quiet:
        evidence.append(Evidence(part.name, "reserve_pool", 1, early=True, trigger=True))
    return Fault(
        part,
        "Requests take two locks of the process in opposite orders: they wait for each other",
        [step],
        [*evidence, cause(tell)] if tell else evidence,
        trigger=told(tell) if tell else "the flag reserve_pool was turned on",
    )


@kind("code", any_of=("reader", "keeper"), shapes=("twin", "clerked", "siblings", "relay"))
def leak_on_error(world: World) -> Fault:
    """A connection is not given back when a request fails in between."""
    part = one_of(world, "reader", "keeper")
    part.spec["runtimes"] = ["python"]
    tell = world.change(part.name, f"release {bumped(part)}: cursors for long lists")
    step = ["feature", "leak_on_error", {"odd": 0.2}]
    return Fault(
        part,
        "The new version keeps the database connection whenever a cursor cannot be read: the pool "
        "is used up",
        [deploy(part, leading(part, step), tell)],
        [
            line(part, r"ValueError: invalid literal", 2),
            line(part, rf"{NO_CONNECTION}|unhandled TimeoutError", 2),
            cause(tell),
        ],
        trigger=told(tell),
        fault_seconds=54,
    )


@kind("code", any_of=MIDDLE, shapes=("relay", "twin", "siblings"))
def ports_used_up(world: World) -> Fault:
    """A release opens a connection for each event until no port is left to open one from."""
    part = one_of(world, *MIDDLE)
    part.spec["runtimes"] = ["python"]
    part.spec["fresh"] = True
    target = called_by(world, part)
    part.spec["ports"] = [33000, 33420]
    tell = world.change(part.name, f"release {bumped(part)}: usage events are sent one by one")
    step = ["feature", "beacon", {"count": 9, "addr": target.addr, "port": target.port}]
    return Fault(
        part,
        "The new version opens a connection for each event: its host has no ephemeral ports left",
        [deploy(part, leading(part, step), tell)],
        [line(part, r"[Aa]ddress already in use|Cannot assign requested address", 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
        fault_seconds=54,
    )


@kind("code", any_of=("reader", "mid"), shapes=("relay",))
def heap_cut(world: World) -> Fault:
    """The heap of a service in Java is cut to little more than what it always holds."""
    part = one_of(world, "reader", "mid")
    part.limits["cpu"] = 0.36
    part.spec["runtimes"] = ["java"]
    part.spec["gc_log"] = True
    table = [["feature", "leak", {"kb": 250}]] * 28
    loaded = ["say", "info", "reference table loaded: 61$n rows, held in memory"]
    part.spec["start_with"] = [*table, loaded]
    for steps in part.spec["routes"].values():
        steps.insert(0, ["work", 25])
    tell = world.change(part.name, "memory request 256Mi -> 64Mi, JVM flags follow", "config")
    return Fault(
        part,
        "The heap was cut to barely more than the service holds: it collects garbage all the time",
        [deploy(part, {"heap": "9m"}, tell)],
        [
            line(part, r"Pause Full .*\(Allocation Failure\)", 2),
            line(part, r"OutOfMemoryError", 1),
            line(caller_of(world, part), missed(part.name)),
            cause(tell),
        ],
        trigger=told(tell),
        fault_seconds=54,
    )


@kind("code", any_of=MIDDLE, shapes=("relay", "twin", "siblings", "passport"))
def breaker_stuck(world: World) -> Fault:
    """A circuit breaker that opened during a blip never tries again."""
    part = one_of(world, *MIDDLE)
    target = called_by(world, part)
    part.spec["runtimes"] = ["python"]
    part.spec["routes"] = calling(part, target.name, timeout=0.8, breaker=6)
    step = {"op": "signal", "at": 0, "part": target.name, "signal": "SIGSTOP", "until": 5}
    return Fault(
        part,
        f"The circuit to {target.name} opened in a pause of some seconds and never closed again",
        [step],
        [
            line(part, r"circuit to .* opened after", 1),
            line(part, r"circuit to .* is open", 2),
            line(part, worded("lost", target=target.name), 1),
        ],
        effect="errors",
        also=[target.name],
    )


@kind("code", any_of=("reader", "mid"), shapes=("relay", "star", "twin", "siblings"))
def debug_left_on(world: World) -> Fault:
    """The log is made as fine as it gets, and writing it takes all of the processor."""
    part = one_of(world, *(role for role in ("reader", "mid") if role in world))
    part.spec["runtimes"] = ["python"]
    part.limits["cpu"] = 0.2
    for steps in part.spec["routes"].values():
        steps.append(["feature", "trace_rows", {"rows": 32}])
    loud = world.rng.random() > SOMETIMES
    tell = world.change(part.name, "LOG_LEVEL=debug while TCK-4471 is looked into", "config")
    started = Evidence("events", rf"{part.name}.*rolled out", 1, early=True, trigger=True)
    evidence = [line(part, r"row \d+ of page", 2), line(caller_of(world, part), missed(part.name))]
    return Fault(
        part,
        "The log level was set to debug: writing each row of each page takes the processor",
        [deploy(part, {"log_level": "DEBUG"}, tell if loud else None)],
        [*evidence, cause(tell) if loud else started],
        trigger=told(tell) if loud else "started again with a finer log level",
    )
