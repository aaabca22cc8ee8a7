"""How the files of an incident are named, cut and left out; drawn with the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.kinds_flow import QUIET

if TYPE_CHECKING:
    from benchmarks.lab.faults import Fault
    from benchmarks.lab.world import World

PLACES = ("by_host", "flat_service", "flat_host", "chat", "by_sender", "numbered")
METRICS = ("query_range", "panels", "long_csv", "wide_csv", "openmetrics", "otlp")
MORE_PLACES = ("racks", "export", "dated", "units", *PLACES[3:5])
MORE_METRICS = ("influx", "graphite", "vm_export", *METRICS[1:5])
CHANGES = ("text", "jsonl", "markdown", "csv")


def _cuts(world: World, needed: set[str]) -> dict[str, str]:
    rng = world.rng
    cuts: dict[str, str] = {}
    for part in world.parts.values():
        roll = rng.random()
        if part.role == "partner" or (part.name not in needed and roll < 0.12):  # noqa: PLR2004
            cuts[part.name] = "missing"
        elif roll < 0.2:  # noqa: PLR2004
            cuts[part.name] = "rotated"
        elif roll < 0.27:  # noqa: PLR2004
            cuts[part.name] = "gzipped"
        elif roll < 0.33:  # noqa: PLR2004
            cuts[part.name] = "from_onset"
        elif roll < 0.38:  # noqa: PLR2004
            cuts[part.name] = "truncated"
    return cuts


def layout_of(world: World, fault: Fault, *, blind: bool) -> dict[str, Any]:
    """Choices for `benchmarks.lab.layout`, by name of part."""
    rng = world.rng
    culprit = fault.service.name if fault.service else ""
    needed = {line.of for line in fault.evidence} | {culprit}
    cuts = _cuts(world, needed)
    if blind:
        cuts |= dict.fromkeys((name for name in needed if name != "changes"), "missing")
    mute = world.more and not blind and fault.mute and rng.random() < 0.5  # noqa: PLR2004
    if mute:
        cuts[culprit] = "missing"
    changes_missing = blind or (fault.trigger is None and rng.random() < 0.3)  # noqa: PLR2004
    return {
        "places": rng.choice(MORE_PLACES if world.more else PLACES),
        "metrics": rng.choice(MORE_METRICS if world.more else METRICS),
        "changes": "missing" if changes_missing else rng.choice(CHANGES),
        "events": rng.choice(("text", "jsonl")),
        "topology": rng.random() < 0.75,  # noqa: PLR2004
        "cuts": cuts,
        "blind": blind,
        "metrics_of_culprit": not blind and rng.random() > 0.1,  # noqa: PLR2004
        "metrics_stop": rng.random() < 0.06 and not blind,  # noqa: PLR2004
        "no_metrics": rng.random() < (0.2 if world.more else 0.05) and fault.effect not in QUIET,
        "step": rng.choice((2, 2, 4)),
    }
