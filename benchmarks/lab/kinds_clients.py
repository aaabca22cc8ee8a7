"""Faults at the front door and of names: limits, checks, what customers send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, bumped, cause, kind, line, told
from benchmarks.lab.kinds_releases import deploy
from benchmarks.lab.phrases import SLOW_REQUEST, worded

if TYPE_CHECKING:
    from benchmarks.lab.world import World

DOORS = ("relay", "star", "twin", "gateway", "clerked", "shelf", "siblings", "follow")
SOMETIMES = 0.4


@kind("clients", any_of=("front",), edges=("nginx",), shapes=("relay", "twin", "clerked", "follow"))
def body_too_large(world: World) -> Fault:
    """A release of the app sends pictures larger than the front door takes."""
    edge, front = world["edge"], world["front"]
    front.spec["runtimes"] = ["python"]
    edge.spec["location"] = ["client_max_body_size 96k;"]
    path = next(path for path in front.spec["routes"] if path != "/api/status")
    world.bodies[path] = 30_000
    loud = world.rng.random() > SOMETIMES
    tell = world.change(
        "mobile-app", "7.2 rolled out to 40%: attachments in original quality", "release"
    )
    step = {"op": "load", "at": 0, "factor": 1.0, "large": {"share": 0.45, "bytes": 240_000}}
    evidence = [line(edge, r"client intended to send too large body", 3), line(edge, r'" 413 ', 2)]
    job = edge.name
    rule = {
        "name": "EdgeRequestsNotReachingOrigin",
        "expr": (
            f'sum(rate(nginx_http_requests_total{{job="{job}"}}[10s])) '
            f'- sum(rate(http_requests_total{{job="{front.name}"}}[10s])) > 1'
        ),
        "for": "6s",
        "labels": {"severity": "warning", "job": job},
        "annotations": {"summary": f"{job} answers requests that the origin never sees"},
    }
    return Fault(
        edge,
        "Customers send larger bodies than the proxy's limit allows: 413",
        [step | ({"tell": tell} if loud else {})],
        [*evidence, cause(tell)] if loud else evidence,
        effect="errors",
        also=["mobile-app", front.name],
        trigger=told(tell) if loud else None,
        rules=[rule],
    )


@kind("clients", any_of=("front",), edges=("nginx", "haproxy"), shapes=DOORS)
def proxy_slots(world: World) -> Fault:
    """The front door may keep far fewer connections than customers need."""
    edge, front = world["edge"], world["front"]
    for path, steps in front.spec["routes"].items():
        if path != "/api/status":
            steps.insert(0, ["gate", 60, 420])
    if edge.software == "nginx":
        text = "worker_connections 512 -> 6 (copied from the dev template)"
        patch: dict[str, Any] = {"connections": 6}
        seen = [line(edge, r"worker_connections are not enough", 4)]
    else:
        text = "server maxconn -> 1 (protect the origin)"
        patch = {"server": "maxconn 1"}
        seen = [line(edge, r"<NOSRV>|/-?\d+/\d{4}/|sQ--|\b503\b", 4)]
    terse = world.rng.random() < SOMETIMES
    tell = world.change(edge.name, "limits reviewed" if terse else text, "config")
    step = {"op": "proxy", "at": 0, "part": edge.name, "patch": patch, "tell": tell}
    return Fault(
        edge,
        f"The proxy may keep too few connections ({text}): requests wait or are dropped",
        [step],
        [*seen, cause(tell)],
        trigger=told(tell),
        innocent=[front.name],
    )


@kind("clients", any_of=("front",), edges=("haproxy",), shapes=DOORS)
def health_path_changed(world: World) -> Fault:
    """A release answers health checks on another path than the front door asks on."""
    edge, front = world["edge"], world["front"]
    front.spec["runtimes"] = ["python", "node"]
    patch = {"health": "/livez", "version": bumped(front)}
    steps = []
    by_edge = world.rng.random() < SOMETIMES
    if by_edge:
        tell = world.change(edge.name, "checks follow the platform standard", "config")
        steps.append(
            {
                "op": "proxy",
                "at": 0,
                "part": edge.name,
                "patch": {"health": "/readyz"},
                "tell": tell,
            }
        )
        culprit, sentence = edge, "The proxy checks a path that its backend does not have"
    else:
        tell = world.change(front.name, f"release {bumped(front)}: framework upgrade")
        steps.append(deploy(front, patch, tell))
        if "front2" in world:
            steps.append(deploy(world["front2"], patch, None))
        culprit, sentence = front, "The new version no longer answers on the path the proxy checks"
    return Fault(
        culprit,
        f"{sentence}: the proxy takes all its servers out",
        steps,
        [
            line(edge, r"is DOWN, reason: Layer7 wrong status", 2),
            line(edge, r"has no server available", 1),
            line(edge, r"<NOSRV>", 2),
            cause(tell),
        ],
        effect="errors",
        also=[front.name if by_edge else edge.name],
        trigger=told(tell),
    )


@kind("clients", any_of=("front",), edges=("nginx", "haproxy"), shapes=("relay", "twin", "clerked"))
def limiter_key_wrong(world: World) -> Fault:
    """A release tells customers apart by the address it sees, which is that of the front door."""
    front = world["front"]
    front.spec["runtimes"] = ["python"]
    own = ["limit", {"by": "customer", "per_second": 2}]
    for path, steps in front.spec["routes"].items():
        if path != "/api/status":
            steps.insert(0, own)
    routes = {
        path: [["limit", {"by": "address", "per_second": 2}] if s == own else s for s in steps]
        for path, steps in front.spec["routes"].items()
    }
    tell = world.change(front.name, f"release {bumped(front)}: limiter from the shared library")
    rule = {
        "name": "ClientErrorsHigh",
        "expr": (
            f'sum by (job) (rate(http_requests_total{{job="{front.name}",status=~"4.."}}[10s]))'
            " > 0.6"
        ),
        "for": "6s",
        "labels": {"severity": "critical"},
        "annotations": {"summary": f"{front.name} refuses customers"},
    }
    return Fault(
        front,
        "The new limiter counts by address, which is the proxy's: all customers share one limit",
        [deploy(front, {"routes": routes, "version": bumped(front)}, tell)],
        [line(front, r"too many requests", 4), cause(tell)],
        effect="errors",
        trigger=told(tell),
        rules=[rule],
    )


@kind("clients", any_of=("reader",), shapes=("relay", "siblings"), dns=True)
def dead_second_address(world: World) -> Fault:
    """A name has a second address, at which nothing answers."""
    part, caller = world["mid"], world["relay" if "relay" in world else "front"]
    for other in world.parts.values():
        if other.software == "service":
            other.spec["fresh"] = True
    caller.spec["runtimes"] = ["node"]
    dead = part.addr.rsplit(".", 1)[0] + ".207"
    loud = world.rng.random() > SOMETIMES
    tell = world.change(world["dns"].name, f"second node of {part.name} published", "dns")
    names = {"op": "names", "at": 0, "names": {part.host: [part.addr, dead]}}
    return Fault(
        world["dns"],
        f"The name of {part.name} has a second address ({dead}) at which nothing answers",
        [
            {"op": "silence", "at": -1, "address": dead, "port": part.port},
            names | ({"tell": tell} if loud else {}),
        ],
        [
            line(caller, worded("lost", target=part.name), 2),
            line(caller, SLOW_REQUEST, 1),
            line(world["dns"], r"read .*\.zone", 1),
            line(world["dns"], rf" is {re.escape(dead)}", 1),
            *([cause(tell)] if loud else []),
        ],
        also=[dead, part.name],
        hurts=[caller],
        trigger=told(tell) if loud else None,
    )
