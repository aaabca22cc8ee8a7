"""Which language each service is written in: whichever has all that its routes and faults need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.lab.faults import Fault
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

SHARED = {"call", "work", "wait", "gate", "spool", "say"}
WRONG = {"key_error", "type_error", "attribute_error", "leak", "block", "bad_settings"}
KNOWN = {
    "node": SHARED | WRONG | {"check", "leak_descriptor", "together"},
    "java": SHARED | WRONG | {"query", "leak_connection"},
}
SHARE = {"python": 0.4, "node": 0.35, "java": 0.25}


def _names(steps: Any) -> Iterator[str]:
    """Steps, and the features among them, however deep they stand."""
    if isinstance(steps, dict):
        for value in steps.values():
            yield from _names(value)
    elif isinstance(steps, list):
        if len(steps) > 1 and isinstance(steps[0], str):
            yield steps[1] if steps[0] == "feature" else steps[0]
        for entry in steps:
            if isinstance(entry, (list, dict)):
                yield from _names(entry)


def _needed(part: Part, fault: Fault) -> set[str]:
    kept = [part.spec.get("routes", {}), part.spec.get("background", [])]
    for step in fault.steps:
        if step.get("part") == part.name:
            patch = step.get("patch", {})
            kept += [patch.get("routes", {}), patch.get("background", []), patch.get("start_with")]
    return {name for steps in kept for name in _names(steps) if name not in ("id", "text")}


def choose_runtimes(world: World, fault: Fault) -> None:
    """`runtime` of each service; a fault may have said which are possible."""
    for part in world.parts.values():
        if part.software != "service":
            continue
        possible = part.spec.pop("runtimes", list(SHARE))
        needed = _needed(part, fault)
        able = [
            name
            for name in possible
            if name == "python"
            or (
                needed <= KNOWN[name]
                and not part.spec.get("redis")
                and not part.spec.get("clocked")
                and not (name == "node" and part.spec.get("db"))
            )
        ]
        if (preferred := part.spec.pop("prefers", None)) in able:
            able = [preferred]
        shares = [SHARE[name] for name in able]
        part.spec["runtime"] = world.rng.choices(able, shares)[0]
