"""Faults of names, certificates, the network, proxies and clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.faults import Fault, caller_of, cause, kind, line, one_of, told
from benchmarks.lab.phrases import (
    NO_NAME,
    NOBODY_LISTENS,
    SLOW_QUERY,
    SLOW_REQUEST,
    missed,
    worded,
)

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

CALLED = ("reader", "quoter", "writer", "mid")


def _fresh(world: World) -> None:
    for part in world.parts.values():
        if part.software == "service":
            part.spec["fresh"] = True


def _called(world: World) -> tuple[Part, Part]:
    part = one_of(world, *CALLED)
    return part, caller_of(world, part)


@kind("network", any_of=CALLED, dns=True)
def name_missing(world: World) -> Fault:
    """A push of the zone loses a name."""
    part, caller = _called(world)
    _fresh(world)
    tell = world.change(world["dns"].name, "zone push 2 records removed (stale hosts)", "dns")
    return Fault(
        world["dns"],
        f"The zone no longer has the name of {part.name}; callers cannot resolve it",
        [{"op": "names", "at": 0, "names": {part.host: None}, "tell": tell}],
        [
            line(caller, NO_NAME, 3),
            line(world["dns"], r"read .*\.zone", 1),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("network", any_of=CALLED, dns=True)
def name_wrong(world: World) -> Fault:
    """A push of the zone gives a name an address where nobody listens."""
    part, caller = _called(world)
    _fresh(world)
    wrong = part.addr.rsplit(".", 1)[0] + ".201"
    tell = world.change(world["dns"].name, f"zone push: {part.host} -> {wrong}", "dns")
    return Fault(
        world["dns"],
        f"The zone has a wrong address for {part.name}; connections are refused",
        [{"op": "names", "at": 0, "names": {part.host: wrong}, "tell": tell}],
        [
            line(caller, NOBODY_LISTENS, 3),
            line(world["dns"], r"read .*\.zone", 1),
            cause(tell),
        ],
        effect="errors",
        trigger=told(tell),
    )


@kind("network", any_of=CALLED, dns=True)
def resolver_dead(world: World) -> Fault:
    """The first name server that hosts are told to ask does not answer."""
    part, caller = _called(world)
    _fresh(world)
    dead = world["dns"].addr.rsplit(".", 1)[0] + ".253"
    tell = world.change("all hosts", f"resolv.conf: {dead} first (new resolver)", "dns")
    step = {"op": "resolver", "at": 0, "dead": dead, "alive": world["dns"].addr, "tell": tell}
    return Fault(
        world["dns"],
        f"Hosts ask a resolver ({dead}) that does not answer; each look-up waits for its timeout",
        [step],
        [
            line(caller, rf"{missed(part.name)}|{SLOW_REQUEST}"),
            cause(tell),
        ],
        also=[dead, "resolv.conf"],
        trigger=told(tell),
    )


@kind("network", needs=("partner", "payer"))
def certificate_expired(world: World) -> Fault:
    """The certificate of a partner expires."""
    part, partner = world["payer"], world["partner"]
    part.spec["fresh"] = True
    step = {"op": "certificate", "at": -6, "part": partner.name, "name": partner.host, "seconds": 6}
    return Fault(
        partner,
        "The partner's certificate has expired; our side refuses the connection",
        [step],
        [line(part, r"certificate has expired|CertificateExpired", 3)],
        effect="errors",
    )


@kind("network", needs=("partner", "payer"))
def certificate_wrong_name(world: World) -> Fault:
    """A partner presents a certificate for another name."""
    part, partner = world["payer"], world["partner"]
    part.spec["fresh"] = True
    other = "edge." + partner.host.split(".", 1)[1]
    step = {"op": "certificate", "at": 0, "part": partner.name, "name": other}
    return Fault(
        partner,
        f"The partner presents a certificate for {other}, not for the name we call",
        [step],
        [line(part, r"[Hh]ostname mismatch|No subject alternative DNS name", 3)],
        effect="errors",
    )


@kind("network", any_of=("reader", "quoter", "mid"))
def frozen(world: World) -> Fault:
    """A machine is stopped for a snapshot: it takes connections and says nothing."""
    part = one_of(world, "reader", "quoter", "mid")
    caller = caller_of(world, part)
    tell = world.change(part.host, "vm snapshot with memory, before patching", "maintenance")
    step = {"op": "signal", "at": 0, "part": part.name, "signal": "SIGSTOP", "tell": tell}
    return Fault(
        part,
        "The machine of the service is frozen by a snapshot: connections are taken, none answered",
        [step | {"until": world.rng.choice((30, 60))}],
        [line(caller, worded("lost", target=part.name), 3), cause(tell)],
        trigger=told(tell),
    )


@kind("network", needs=("db",), any_of=("reader", "writer", "payer"))
def packets_dropped(world: World) -> Fault:
    """A firewall rule drops packets to the database."""
    part, database = one_of(world, "reader", "writer", "payer"), world["db"]
    part.spec["db"]["command_timeout"] = 3
    where = f"{database.addr}:{database.port}"
    tell = world.change("firewall", f"default deny pushed, {where} not on the list", "network")
    return Fault(
        database,
        "A firewall rule drops packets to the database: half-open connections, timeouts",
        [{"op": "drop", "at": 0, "part": database.name, "tell": tell}],
        [line(part, SLOW_QUERY, 3), cause(tell)],
        also=["firewall"],
        trigger=told(tell),
    )


@kind("network", any_of=("front",), edges=("nginx", "haproxy"))
def proxy_wrong_upstream(world: World) -> Fault:
    """The front door is told a wrong port."""
    edge, front = world["edge"], world["front"]
    wrong = f"{front.addr}:{front.port + 7}"
    tell = world.change(edge.name, f"upstream {front.addr}:{front.port} -> {wrong}", "config")
    step = {"op": "proxy", "at": 0, "part": edge.name, "patch": {"servers": [wrong]}, "tell": tell}
    pattern = r"connect\(\) failed \(111|/<NOSRV>|Connection refused| 503 | 502 "
    return Fault(
        edge,
        "The proxy was configured with a port where nobody listens",
        [step],
        [line(edge, pattern, 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
        innocent=[front.name],
    )


@kind("network", any_of=("front",), edges=("nginx",))
def proxy_limit_wrong(world: World) -> Fault:
    """A limit of requests is set for all customers as if they were one."""
    edge, front = world["edge"], world["front"]
    limits = ["limit_req_zone $server_name zone=all:1m rate=1r/s;"]
    location = ["limit_req zone=all burst=2 nodelay;", "limit_req_status 503;"]
    tell = world.change(edge.name, "request limiting on, 1 r/s per zone", "config")
    patch = {"limits": limits, "location": location}
    return Fault(
        edge,
        "The proxy limits all customers together to one request a second",
        [{"op": "proxy", "at": 0, "part": edge.name, "patch": patch, "tell": tell}],
        [line(edge, r"limiting requests, excess", 3), cause(tell)],
        effect="errors",
        trigger=told(tell),
        innocent=[front.name],
    )


@kind("network", needs=("auth", "reader"))
def clock_ahead(world: World) -> Fault:
    """The clock of the issuer of tokens jumps ahead."""
    part, reader = world["auth"], world["reader"]
    seconds = world.rng.choice((41.0, 75.0, 180.0))
    return Fault(
        part,
        f"The clock of {part.name} is {seconds:.0f} s ahead; others find its tokens not yet valid",
        [{"op": "clock", "at": 0, "part": part.name, "seconds": seconds}],
        [line(reader, r"token rejected: not yet valid", 4)],
        effect="errors",
    )
