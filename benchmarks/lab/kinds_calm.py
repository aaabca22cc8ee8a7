"""More incidents that are none, in the newer topologies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import Fault, bumped, kind, line, one_of
from benchmarks.lab.kinds_healthy import fine, own_rule
from benchmarks.lab.kinds_releases import calling, deploy

if TYPE_CHECKING:
    from benchmarks.lab.world import World

ALL = ("relay", "star", "twin", "gateway", "clerked", "siblings", "passport", "groups")
ANY = ("reader", "keeper", "mid", "relay")


def _steady(world: World) -> None:
    """Services that hand over without a dropped request."""
    for part in world.parts.values():
        if part.software == "service":
            part.spec["runtimes"] = ["python", "node"]


@kind("healthy", any_of=ANY, shapes=("relay", "star", "twin", "gateway", "clerked"))
def rolled_all(world: World) -> Fault:
    """All services are rolled out one after another, and nobody notices."""
    _steady(world)
    steps: list[dict[str, Any]] = []
    services = [p for p in world.parts.values() if p.software == "service"]
    for number, part in enumerate(services):
        tell = world.change(part.name, f"release {bumped(part)}: base image of this month")
        steps.append(deploy(part, {"version": bumped(part)}, tell) | {"at": number * 4.0})
        part.spec["fresh"] = True
    expr = "count(changes(process_start_time_seconds[40s]) > 0) > 2"
    made = own_rule(world, "ManyRestarts", expr, "many services restarted", severity="critical")
    seen = [line(services[0], r"[Ss]tarting |shutting down|SIGTERM", 2)]
    return fine(
        "All services were rolled out in turn without a failed request", steps, [made], seen
    )


@kind("healthy", needs=("clerk",), shapes=("clerked",))
def report_always_complains(world: World) -> Fault:
    """A job logs errors at each run, as it always did."""
    clerk = world["clerk"]
    text = world.rng.choice((
        "statement report: 14 accounts without currency, skipped",
        "archive run failed for 3 of 3000 accounts: no address on file",
        "export finished with errors: 7 rows have no tax code",
    ))  # fmt: skip
    clerk.spec["background"].append({"every": 6, "steps": [["say", "error", text]]})
    expr = f'sum by (job) (increase(log_lines_total{{job="{clerk.name}",level="error"}}[30s])) > 2'
    made = own_rule(world, "ErrorsInLog", expr, f"{clerk.name} logs errors", severity="warning")
    made["for"] = "30s"
    seen = [line(clerk, "without currency|no address on file|no tax code", 3)]
    return fine(
        "A job logs the same errors at each run, before and after; all is served", [], [made], seen
    )


@kind("healthy", needs=("mid", "reader"), shapes=("relay", "twin", "siblings"))
def loss_made_up(world: World) -> Fault:
    """For some seconds connections to a service are refused; calls are tried again."""
    part, caller = world["reader"], world["mid"]
    for role in ("mid", "front"):
        if any(
            s[0] == "call" and s[1] == part.name
            for st in world[role].spec["routes"].values()
            for s in st
        ):
            world[role].spec["routes"] = calling(world[role], part.name, retries=5, backoff=0.02)
            world[role].spec["fresh"] = True
            world[role].spec["runtimes"] = ["python", "node"]
    which = f'target="{part.name}",outcome="error"'
    expr = f"sum by (job) (rate(outgoing_requests_total{{{which}}}[10s])) > 0.3"
    made = own_rule(world, "OutgoingErrors", expr, f"calls of {part.name} fail", severity="warning")
    made["for"] = "2s"
    step = {"op": "refuse", "at": 0, "part": part.name, "share": 0.12, "until": 14}
    seen = [line(caller, r"retrying \(\d/5\)", 3)]
    return fine(
        f"Connections to {part.name} were refused for a while and tried again with success",
        [step],
        [made],
        seen,
    )


@kind("healthy", any_of=ANY, shapes=ALL)
def counter_from_zero(world: World) -> Fault:
    """An alert on a counter that begins again after a restart."""
    part = one_of(world, *(role for role in (*ANY, "front") if role in world))
    part.spec["runtimes"] = ["python"]
    tell = world.change(part.name, f"release {bumped(part)}: log texts")
    for other in world.parts.values():
        if other.software == "service":
            other.spec["fresh"] = True
    expr = f'sum by (job) (delta(http_requests_total{{job="{part.name}"}}[20s])) < -20'
    made = own_rule(
        world, "RequestsDropped", expr, f"{part.name}: handled requests fell", severity="page"
    )
    made["for"] = "2s"
    step = deploy(part, {"version": bumped(part)}, tell)
    seen = [line(part, r"[Ss]tarting |shutting down", 2)]
    return fine(
        "The alert takes a counter that began at zero after a rollout for lost traffic",
        [step],
        [made],
        seen,
    )


@kind("healthy", needs=("front2",), edges=("nginx",), shapes=("siblings",))
def canary_dies(world: World) -> Fault:
    """One of two instances of the front does not come up; the other serves everybody."""
    part = world["front2"]
    part.spec["runtimes"] = ["python"]
    world["front"].spec["runtimes"] = ["python"]
    tell = world.change(part.name, f"canary {bumped(part)}")
    patch = {
        "start_with": [["feature", "bad_settings", {"key": "CANARY_COHORT"}]],
        "version": bumped(part),
    }
    step = deploy(part, patch, tell) | {"crash": True}
    made = own_rule(
        world,
        "InstanceDown",
        f'up{{job="{part.name}"}} == 0',
        f"{part.name} is down",
        severity="critical",
    )
    seen = [line(part, "invalid configuration", 1), line("events", rf"{part.name}.*back-off", 1)]
    return fine(
        f"The canary {part.name} does not start; the proxy sends all to the other instance",
        [step],
        [made],
        seen,
    )


@kind("healthy", any_of=("front",), shapes=("relay", "twin", "clerked", "star", "gateway"))
def scraper_refused(world: World) -> Fault:
    """A dashboard of somebody asks for what it may not have, and is refused."""
    front = world["front"]
    front.spec["runtimes"] = ["python"]
    front.spec["prefers"] = "python"
    front.spec["hidden"] = ["/internal/export"]
    front.spec["routes"]["/internal/export"] = [["forbid", "export needs the role auditor"]]
    entry = world["edge" if "edge" in world else "front"]
    step = {
        "op": "poke", "at": -4, "part": front.name, "every": 0.5, "agent": "grafana-infinity/2.6",
        "url": f"http://{entry.addr}:{entry.port}/internal/export?id=1",
    }  # fmt: skip
    expr = f'sum by (job) (rate(http_requests_total{{job="{front.name}",status="403"}}[10s])) > 0.8'
    made = own_rule(world, "ForbiddenHigh", expr, f"{front.name} answers 403", severity="critical")
    seen = [line(front, r"needs the role auditor", 3)]
    return fine(
        "A dashboard asks for an export it may not have; customers are served", [step], [made], seen
    )


@kind("healthy", needs=("front2",), edges=("nginx", "haproxy"), shapes=("siblings",))
def switched_as_planned(world: World) -> Fault:
    """All traffic goes over to the second instance as planned, without an error."""
    edge, front, second = world["edge"], world["front"], world["front2"]
    both = edge.spec["servers"]
    edge.spec["servers"] = [both[0]]
    tell = world.change(
        edge.name, f"planned switch from {front.name} to {second.name}", "maintenance"
    )
    step = {
        "op": "proxy",
        "at": 0,
        "part": edge.name,
        "patch": {"servers": [both[1]]},
        "tell": tell,
    }
    expr = f'sum by (job) (rate(http_requests_total{{job="{front.name}"}}[10s])) < 0.5'
    made = own_rule(world, "NoTraffic", expr, f"{front.name} gets no requests", severity="critical")
    made["for"] = "12s"
    return fine(f"Traffic went to {second.name} as planned; none failed", [step], [made], [])


@kind("healthy", needs=("clerk",), shapes=("clerked",))
def batch_client_slow(world: World) -> Fault:
    """One client of the night waits long for its export; customers do not."""
    front, clerk = world["front"], world["clerk"]
    front.spec["runtimes"] = ["python"]
    clerk.spec["routes"]["/jobs/export"] = [["wait", 2500]]
    front.spec["hidden"] = ["/bulk/export"]
    front.spec["routes"]["/bulk/export"] = [
        world.call("front", "clerk", "/jobs/export", timeout=25)
    ]
    entry = world["edge" if "edge" in world else "front"]
    step = {
        "op": "poke", "at": 0, "part": front.name, "every": 0.2,
        "agent": "ledger-batch/1.4 (nightly)",
        "url": f"http://{entry.addr}:{entry.port}/bulk/export?id=7",
    }  # fmt: skip
    once = {key: value for key, value in step.items() if key != "every"}
    before = [once | {"at": -at} for at in (52, 47, 33, 21)]
    bucket = f'rate(http_request_duration_seconds_bucket{{job="{front.name}"}}[20s])'
    expr = f"max by (job) (histogram_quantile(0.9, sum by (job, path, le) ({bucket}))) > 1.5"
    made = own_rule(world, "SlowestPath", expr, f"{front.name}: a path is slow", severity="warning")
    seen = [line(front, r"/bulk/export.*\b[1-9]\d{3}(\.\d)?(ms|\b)", 3)]
    return fine(
        "Only the bulk export of one batch client is slow, as it is each night",
        [*before, step],
        [made],
        seen,
    )


@kind("healthy", needs=("replica", "finder"), shapes=("follow",))
def standby_paused_unread(world: World) -> Fault:
    """Replay is paused on a standby for a moment in which nobody reads what is new."""
    finder, replica = world["finder"], world["replica"]
    for path, steps in world["front"].spec["routes"].items():
        if path.endswith("/register"):
            world["front"].spec["routes"][path] = [s for s in steps if s[1] != finder.name]
    pause = {
        "op": "sql", "at": 0, "part": replica.name, "role": "dba",
        "password": "dba",  # pragma: allowlist secret
        "text": ["SELECT pg_wal_replay_pause()"], "as": "backup-agent",
    }  # fmt: skip
    tell = world.change(replica.name, "nightly backup of the standby", "cron")
    job = f'{{job="{world["db"].name}"}}'
    expr = f"max by (job) (pg_stat_replication_pg_wal_lsn_diff{job}) > 4000"
    made = own_rule(world, "ReplicaLag", expr, f"{replica.name} lags", severity="critical")
    seen = [line(replica, "recovery has paused", 1)]
    fault = fine(
        "The standby pauses for its backup; nobody reads there what is new",
        [pause | {"tell": tell}],
        [made],
        seen,
    )
    fault.innocent = [finder.name]
    return fault
