"""Incidents that are none: an alert, and nobody who suffers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.lab.alarms import rule
from benchmarks.lab.faults import Fault, bumped, kind, line, one_of
from benchmarks.lab.kinds_database import as_dba

if TYPE_CHECKING:
    from benchmarks.lab.plan import Evidence
    from benchmarks.lab.world import World

ANY = ("reader", "quoter", "mid", "writer", "payer")


def fine(
    sentence: str, steps: list[dict[str, Any]], rules: list[dict[str, Any]], seen: list[Evidence]
) -> Fault:
    """A fault that is none."""
    return Fault(
        None, sentence, steps, seen, effect="none", expected="no_impact", rules=rules,
        fault_seconds=36,
    )  # fmt: skip


def own_rule(world: World, name: str, expr: str, summary: str, *, severity: str) -> dict[str, Any]:
    """A rule with an expression of its own."""
    made = rule(world, "errors", world["front"].name)
    made["labels"]["severity"] = severity
    return made | {"name": name, "expr": expr, "annotations": {"summary": summary}}


@kind("healthy", any_of=ANY)
def scary_words(world: World) -> Fault:
    """A log full of words like error and fatal that are about nothing."""
    part = one_of(world, *ANY)
    words = (
        "import finished: fatal=0 errors=0 rejected=$n",
        "error budget report: 0.00% burned, panic mode off",
        "retrying optional prefetch after failure (attempt 1), ok",
        "exception list reloaded: $n entries, no exception was raised",
        "dead letter queue empty, out of memory guard not needed",
    )
    part.spec["background"] = [
        {"every": 0.7, "steps": [["say", "warning", text, {"flag": "chatty"}]]}
        for text in world.rng.sample(words, 3)
    ]
    on = {"op": "flag", "at": 0, "part": part.name, "flags": {"chatty": True}}
    expr = f'rate(log_lines_total{{job="{part.name}",level="warning"}}[10s])'
    made = own_rule(
        world, "LogErrorWordsHigh", f"sum by (job) ({expr}) > 1",
        f"many lines with error words in {part.name}", severity="warning",
    )  # fmt: skip
    seen = [line(part, "fatal=0|0.00%|optional prefetch|no exception was|queue empty", 3)]
    return fine("Words in the log that mean nothing; no request failed", [on], [made], seen)


@kind("healthy", any_of=ANY)
def surge_handled(world: World) -> Fault:
    """Twice as many customers, all of them served."""
    job = world["front"].name
    expr = f'sum by (job) (rate(http_requests_total{{job="{job}"}}[10s])) > 9'
    made = own_rule(world, "TrafficAboveNormal", expr, f"{job} traffic high", severity="warning")
    step = {"op": "load", "at": 0, "factor": 2.2, "until": 25}
    return fine("More traffic than usual, which was served", [step], [made], [])


@kind("healthy", any_of=ANY)
def threshold_too_tight(world: World) -> Fault:
    """A limit of latency so low that normal life crosses it."""
    job = world["front"].name
    expr = (
        "histogram_quantile(0.95, sum by (job, le) "
        f'(rate(http_request_duration_seconds_bucket{{job="{job}"}}[10s]))) > 0.002'
    )
    made = own_rule(world, "LatencyAboveTarget", expr, f"{job} p95 above target", severity="page")
    made["for"] = "50s"
    return fine("Latency is as it always was; the threshold is too low", [], [made], [])


@kind("healthy", any_of=ANY)
def restart_harmless(world: World) -> Fault:
    """A rolling deploy that nobody noticed."""
    part = one_of(world, *ANY)
    part.spec["runtimes"] = ["python", "node"]
    tell = world.change(part.name, f"release {bumped(part)}: translations")
    patch = {"version": bumped(part)}
    step = {"op": "deploy", "at": 0, "part": part.name, "patch": patch, "tell": tell}
    expr = f'time() - process_start_time_seconds{{job="{part.name}"}} < 45'
    made = own_rule(world, "ServiceRestarted", expr, f"{part.name} restarted", severity="warning")
    return fine(
        "A rolling deploy took over without a failed request",
        [step],
        [made],
        [line(part, r"[Ss]tarting |shutting down|SIGTERM", 2)],
    )


@kind("healthy", any_of=ANY)
def unused_check_fails(world: World) -> Fault:
    """A check of something that nobody uses any more fails."""
    part = one_of(world, *ANY)
    text = "health check of retired dependency smtp-relay-old failed: connection refused (unused)"
    part.spec["background"] = [{"every": 3, "steps": [["say", "error", text]]}]
    expr = f'sum by (job) (rate(log_lines_total{{job="{part.name}",level="error"}}[10s])) > 0.2'
    summary = f"dependency check smtp-relay-old failing on {part.name}"
    made = own_rule(world, "DependencyCheckFailing", expr, summary, severity="critical")
    made["for"] = "45s"
    return fine(
        "The check of a retired dependency fails; nothing uses it",
        [],
        [made],
        [line(part, "smtp-relay-old", 2)],
    )


@kind("healthy", needs=("db",), any_of=("reader", "payer", "writer"))
def batch_harmless(world: World) -> Fault:
    """A nightly job makes the database work, and nobody waits."""
    database, table = world["db"], world.domain["table"]
    database.limits["cpu"] = 0.8
    tell = world.change("nightly-rollup", "scheduled run started", "cron")
    text = [f"SELECT count(*) FROM {table} WHERE note LIKE '%ab%'", "SELECT pg_sleep(0.4)"]
    step = as_dba(world, text, "nightly-rollup", forever=True, tell=tell)
    expr = f'rate(container_cpu_usage_seconds_total{{container="{database.name}"}}[10s]) > 0.04'
    made = own_rule(world, "DatabaseCpuHigh", expr, f"{database.name} cpu high", severity="warning")
    return fine(
        "A nightly job uses the database's processor; requests are as fast as before",
        [step],
        [made],
        [],
    )
