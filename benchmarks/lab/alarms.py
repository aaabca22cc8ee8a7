"""The alert rules of a made-up company, one of which will fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.lab.faults import Fault
    from benchmarks.lab.world import World

NAMES = {
    "errors": ("HighErrorRate", "Http5xxElevated", "ErrorBudgetBurnFast", "CustomerErrorsHigh"),
    "latency": ("HighLatencyP95", "SlowResponses", "LatencySLOBreach", "RequestsSlow"),
    "backlog": ("QueueBacklogGrowing", "JobsPilingUp", "ConsumerLagHigh"),
}
SUMMARY = {
    "errors": "{job} answers with errors",
    "latency": "{job} is slow",
    "backlog": "jobs of {job} are waiting",
}


def expression(which: str, job: str) -> str:
    """The PromQL of a class of alert for a job."""
    if which == "errors":
        bad = f'sum by (job) (rate(http_requests_total{{job="{job}",status=~"5.."}}[10s]))'
        return f'{bad} / sum by (job) (rate(http_requests_total{{job="{job}"}}[10s])) > 0.08'
    if which == "latency":
        buckets = f'rate(http_request_duration_seconds_bucket{{job="{job}"}}[10s])'
        return f"histogram_quantile(0.95, sum by (job, le) ({buckets})) > 0.8"
    return f'sum by (job, queue) (queue_depth{{job="{job}"}}) > 12'


def rule(world: World, which: str, job: str, **more: Any) -> dict[str, Any]:
    """One rule with the labels and annotations of the company."""
    rng = world.rng
    labels = {"severity": rng.choice(("critical", "page", "warning"))}
    if rng.random() < 0.6:  # noqa: PLR2004
        labels["team"] = rng.choice(("core", "payments", "platform", "web", "sre"))
    if rng.random() < 0.4:  # noqa: PLR2004
        labels["env"] = "prod"
    summary = SUMMARY[which].format(job=job)
    notes = {"summary": summary}
    if rng.random() < 0.7:  # noqa: PLR2004
        notes["description"] = f"{summary}: {{{{ $value | humanize }}}} on {{{{ $labels.job }}}}"
    if rng.random() < 0.3:  # noqa: PLR2004
        notes["runbook_url"] = f"https://wiki.{world.domain['zone']}/runbooks/{which}"
    base = {
        "name": rng.choice(NAMES[which]),
        "expr": expression(which, job),
        "for": rng.choice(("4s", "6s")),
        "labels": labels,
        "annotations": notes,
    }
    return base | more


def alarm(world: World, fault: Fault) -> dict[str, Any]:
    """Rules, grouping and receiver."""
    rng, front = world.rng, world["front"].name
    rules = fault.rules or [rule(world, "errors", front), rule(world, "latency", front)]
    if "queue" in world and not fault.rules:
        rules.append(rule(world, "backlog", world["writer"].name))
    if "edge" in world and world.edge == "nginx" and not fault.rules:
        rules.append(
            rule(world, "errors", front)
            | {
                "name": "EdgeTrafficWithoutOrigin",
                "expr": (
                    f'(sum(rate(nginx_http_requests_total{{job="{world["edge"].name}"}}[10s])) '
                    f'- sum(rate(http_requests_total{{job="{front}"}}[10s]))) > 2'
                ),
                "annotations": {"summary": "requests reach the edge and not the origin"},
            }
        )
    if "edge" in world and world.edge == "haproxy" and not fault.rules:
        job = world["edge"].name
        rules.append(
            rule(world, "errors", front)
            | {
                "name": "EdgeErrorsHigh",
                "expr": (
                    "sum by (job) (rate(haproxy_frontend_http_responses_total"
                    f'{{job="{job}",code="5xx",proxy="public"}}[10s])) > 0.5'
                ),
                "annotations": {"summary": f"{job} answers customers with 5xx"},
            }
        )
    return {
        "rules": rules,
        "group": rng.choice(("availability", "slo", "services", "golden-signals")),
        "group_by": rng.choice((["alertname", "job"], ["alertname"], ["job"])),
        "receiver": rng.choice(("oncall", "chat-incidents", "pager", "team-web")),
        "cluster": rng.choice(("", "prod-eu", "eu-1", "blue")),
    }
