"""What also happens and has nothing to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import bumped

if TYPE_CHECKING:
    from benchmarks.lab.faults import Fault
    from benchmarks.lab.plan import Part
    from benchmarks.lab.world import World

WARNINGS = (
    "configuration key legacy_region is deprecated and ignored",
    "metrics label cardinality is above 80% of the limit",
    "disk usage check: 71% of / used, threshold 70%",
    "unexpected null in optional field middle_name, skipped $n rows",
    "response cache disabled: no writable directory, continuing without",
    "certificate of internal mirror expires in 19 days",
    "slow health check of optional dependency: 1$n ms",
)
CHANGES = (
    ("deploy", "release: copy changes on the landing page"),
    ("feature flag", "banner_autumn on for 10% of visitors"),
    ("scale", "replicas 2 -> 3 ahead of the weekend"),
    ("config", "log sampling 0.2 -> 0.1"),
    ("cron", "weekly newsletter export started"),
    ("dns", "TTL of the marketing site 300 -> 60"),
)


def _bystanders(world: World, fault: Fault) -> list[Part]:
    struck = {step.get("part") for step in fault.steps}
    culprit = fault.service.name if fault.service else ""
    return [
        part
        for part in world.parts.values()
        if part.software == "service"
        and part.name not in struck
        and part.name != culprit
        and not part.spec.get("clocked")
    ]


def herrings(world: World, fault: Fault) -> list[dict[str, Any]]:
    """One to three of them; what they concern is innocent."""
    rng, steps = world.rng, []
    near = _bystanders(world, fault)
    spare = f"{rng.choice(('loyalty', 'newsletter', 'search-sync', 'reports'))}"
    if rng.random() < 0.7:  # noqa: PLR2004
        what, text = rng.choice(CHANGES)
        tell = world.change(spare, text, what)
        steps.append({"op": "change", "at": -rng.uniform(4, 40), "tell": tell, "herring": tell})
        fault.innocent.append(spare)
    if near and rng.random() < 0.6:  # noqa: PLR2004
        part = rng.choice(near)
        tell = world.change(part.name, "release: dependency bumps, no functional change")
        patch = {"version": bumped(part)}
        at = rng.choice((-rng.uniform(12, 35), rng.uniform(14, 20)))
        entry = {"op": "deploy", "at": at, "part": part.name, "patch": patch, "tell": tell}
        steps.append(entry | {"herring": tell})
        fault.innocent.append(part.name)
    if near and rng.random() < 0.6:  # noqa: PLR2004
        part, text = rng.choice(near), rng.choice(WARNINGS)
        background = {"every": rng.choice((5, 8, 11)), "steps": [["say", "warning", text]]}
        part.spec.setdefault("background", []).append(background)
        note = {"target": part.name, "what": "warning all along", "text": text.split("$")[0]}
        steps.append({"op": "change", "at": 0, "herring": note})
        fault.innocent.append(part.name)
    if rng.random() < 0.35:  # noqa: PLR2004
        front = world["front"]
        for path in ("/api/status",):
            front.spec["routes"][path].append(["wait", 400, {"flag": "slow_status"}])
        at = -rng.uniform(18, 30)
        note = {"target": front.name, "what": "latency blip elsewhere", "text": "/api/status"}
        on = {"op": "flag", "part": front.name, "flags": {"slow_status": True}, "at": at}
        off = {"op": "flag", "part": front.name, "flags": {"slow_status": False}, "at": at + 5}
        steps += [on | {"herring": note}, off]
    return steps
