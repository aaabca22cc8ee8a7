"""A plan drawn from a seed: topology, fault, herrings, alert, layout."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from benchmarks.lab import (
    kinds_access,
    kinds_calm,
    kinds_clients,
    kinds_code,
    kinds_database,
    kinds_flow,
    kinds_healthy,
    kinds_network,
    kinds_quiet,
    kinds_releases,
    kinds_rows,
    kinds_store,
)
from benchmarks.lab.alarms import alarm
from benchmarks.lab.faults import KINDS, Fault, Kind
from benchmarks.lab.herrings import herrings
from benchmarks.lab.layout_plan import layout_of
from benchmarks.lab.plan import Plan, Verdict
from benchmarks.lab.runtimes import choose_runtimes
from benchmarks.lab.world import MORE_SHAPES, SHAPES, World

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = (
    kinds_access,
    kinds_code,
    kinds_database,
    kinds_flow,
    kinds_healthy,
    kinds_quiet,
    kinds_network,
    kinds_store,
    kinds_calm,
    kinds_clients,
    kinds_releases,
    kinds_rows,
)
BLIND, SKEWED = 0.09, 0.15


def shapes_for(chosen: Kind) -> list[str]:
    """Topologies that have what a kind needs."""
    return [
        name
        for name, roles in (SHAPES | MORE_SHAPES).items()
        if name in chosen.shapes
        and all(need in roles for need in chosen.needs)
        and (not chosen.any_of or any(role in roles for role in chosen.any_of))
    ]


def healthy_kinds() -> list[str]:
    """Kinds of which nobody suffers."""
    return sorted(name for name, entry in KINDS.items() if entry.family == "healthy")


def kind_of(seed: int, kinds: Sequence[str] | None = None) -> Kind:
    """The kind of a seed: each in its turn; every third incident is healthy."""
    if kinds:
        return KINDS[kinds[seed % len(kinds)]]
    healthy = healthy_kinds()
    sick = sorted(set(KINDS) - set(healthy))
    turn, third = divmod(seed, 3)
    if third == 2:  # noqa: PLR2004
        return KINDS[healthy[turn % len(healthy)]]
    return KINDS[sick[(turn * 2 + third) % len(sick)]]


def draw(seed: int, kinds: Sequence[str] | None = None) -> Plan:
    """The plan of a seed; the same each time."""
    rng = random.Random(f"lab-{seed}")  # noqa: S311
    chosen = kind_of(seed, kinds)
    shape = rng.choice(shapes_for(chosen))
    edge = rng.choice(chosen.edges)
    world = World(rng, shape, edge, dns=chosen.dns)
    fault = chosen.draw(world)
    load = _load(world)
    after = herrings(world, fault)
    choose_runtimes(world, fault)
    _skew(world)
    blind = fault.expected == "root_cause" and rng.random() < BLIND
    return Plan(
        ident=f"inc-{seed:05d}",
        seed=seed,
        kind=chosen.name,
        shape=shape if edge == "none" else f"{shape}-{edge}",
        company=world.company,
        domain=world.domain,
        parts=list(world.parts.values()),
        calls=world.calls,
        load=load,
        normal=rng.uniform(48, 60),
        fault=fault.fault_seconds,
        steps=fault.steps,
        evidence=fault.evidence,
        verdict=_verdict(world, fault, chosen.name, blind=blind),
        alert=alarm(world, fault),
        herrings=after,
        layout=layout_of(world, fault, blind=blind),
    )


def _load(world: World) -> dict[str, Any]:
    entry = world["edge"] if "edge" in world else world["front"]
    paths = dict.fromkeys(world["front"].spec["routes"], 1.0)
    paths["/api/status"] = 0.15
    for hidden in world["front"].spec.pop("hidden", []):
        del paths[hidden]
    rate = round(world.rng.uniform(4.5, 6.5), 1)
    return {
        "entry": f"http://{entry.addr}:{entry.port}",
        "host": f"www.{world.company}.example",
        "paths": paths,
        "rate": rate * world.load_factor,
        "people": world.people_count,
        "bodies": world.bodies,
    }


def _skew(world: World) -> None:
    """The clock of one host that nobody set."""
    near = [
        part
        for part in world.parts.values()
        if part.software == "service"
        and part.role in ("mid", "mid2", "quoter", "payer", "front")
        and "auth" not in world
    ]
    if near and world.rng.random() < SKEWED:
        world.rng.choice(near).skew = round(world.rng.choice((-1, 1)) * world.rng.uniform(2, 40), 1)


def upstream_of(world: World, name: str) -> list[str]:
    """Everybody who depends on a part, directly or not, nearest first."""
    reached = [name]
    for current in reached:
        for caller, callee in world.calls:
            if callee == current and caller not in reached:
                reached.append(caller)
    return reached[1:]


def _verdict(world: World, fault: Fault, kind: str, *, blind: bool) -> Verdict:
    service = fault.service.name if fault.service else None
    sufferers = upstream_of(world, service) if service and fault.effect != "none" else []
    for part in fault.hurts:
        near = [part.name, *upstream_of(world, part.name)]
        sufferers += [name for name in near if name not in sufferers and name != service]
    if fault.effect == "backlog":
        sufferers = [service, *(part.name for part in fault.hurts)] if service else []
    expected = "cannot_be_known" if blind else fault.expected
    why = "the files of the part at fault and of its changes are missing" if blind else fault.why
    return Verdict(
        expected=expected,
        service=service,
        fault=kind,
        sentence=fault.sentence,
        effect=fault.effect,
        impact=sufferers,
        innocent=sorted({*sufferers, *fault.innocent} - {service, *fault.also}),
        also=fault.also,
        trigger=fault.trigger,
        why=why,
    )
