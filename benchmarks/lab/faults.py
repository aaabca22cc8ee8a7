"""A kind of fault: what it needs of a topology, and what drawing it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.lab.plan import Evidence, Part
from benchmarks.lab.world import EDGES, SHAPES, World


@dataclass
class Fault:
    """What happens in one incident and how that is known afterwards.

    `also`: whom a reasonable engineer may name instead of `service`.
    """

    service: Part | None
    sentence: str
    steps: list[dict[str, Any]]
    evidence: list[Evidence]
    effect: str = "either"
    trigger: str | None = None
    expected: str = "root_cause"
    innocent: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    fault_seconds: float = 48
    why: str | None = None
    hurts: list[Part] = field(default_factory=list)  # who suffers without calling the service
    mute: bool = False  # enough is known without the log of the part at fault


@dataclass(frozen=True)
class Kind:
    """One of the kinds that can be recorded. `any_of`: the shape has one of these roles."""

    name: str
    family: str
    draw: Callable[[World], Fault]
    needs: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    edges: tuple[str, ...] = EDGES
    dns: bool = False
    shapes: tuple[str, ...] = tuple(SHAPES)


KINDS: dict[str, Kind] = {}


def kind(
    family: str,
    *,
    needs: tuple[str, ...] = (),
    any_of: tuple[str, ...] = (),
    edges: tuple[str, ...] = EDGES,
    dns: bool = False,
    shapes: tuple[str, ...] = tuple(SHAPES),
) -> Callable[[Callable[[World], Fault]], Callable[[World], Fault]]:
    """Register the function below as a kind, under its own name."""

    def keep(draw: Callable[[World], Fault]) -> Callable[[World], Fault]:
        name = draw.__name__
        KINDS[name] = Kind(name, family, draw, needs, any_of, edges, dns, shapes)
        return draw

    return keep


def one_of(world: World, *roles: str) -> Part:
    """A part of one of these roles, whichever the topology has."""
    return world[world.rng.choice([role for role in roles if role in world])]


def line(of: Part | str, pattern: str, most: int = 2) -> Evidence:
    """Lines of the effect in the log of a part."""
    return Evidence(of if isinstance(of, str) else of.name, pattern, most)


def cause(entry: dict[str, Any]) -> Evidence:
    """The line of a change that set it off."""
    return Evidence("changes", entry["ref"], 1, early=True, trigger=True)


def told(entry: dict[str, Any]) -> str:
    """The trigger in words."""
    return f"{entry['what']} of {entry['target']}: {entry['text']} ({entry['ref']})"


def caller_of(world: World, part: Part) -> Part:
    """The first service that calls a part."""
    for caller, callee in world.calls:
        if callee == part.name:
            return next(p for p in world.parts.values() if p.name == caller)
    return world["front"]


def bumped(part: Part) -> str:
    """The version after this."""
    first, second, _ = str(part.spec["version"]).split(".")
    return f"{first}.{int(second) + 1}.0"
