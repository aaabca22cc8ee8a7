"""Lichtspielhaus: visitors wait for their seats in vain, again and again."""

from __future__ import annotations

import random
from pathlib import Path

from tests.recordings.scripts import datastores, fleet, limits, world
from tests.recordings.scripts.load import Load, Request
from tests.recordings.scripts.monitoring import (
    ALERTMANAGER,
    PROMETHEUS,
    RECEIVER,
    start_monitoring,
)
from tests.recordings.scripts.stage import RecordingStage
from tests.recordings.scripts.truth import Truth

HERE = Path(__file__).parent
DOMAIN = "lichtspielhaus.example"
NORMAL_S, BETWEEN_S, FAULT_S = 150, 60, 270
LIMIT = 128 * 2**20

ADDRESSES = {
    "ticket-gateway": "127.0.50.11",
    "seating": "127.0.50.12",
    "pricing": "127.0.50.13",
    "probe": "127.0.50.14",
    "seats-db": "127.0.60.11",
    "seats-cache": "127.0.60.12",
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "receiver": RECEIVER,
}
CALLS = [
    ["ticket-gateway", "seating"],
    ["ticket-gateway", "pricing"],
    ["seating", "seats-db"],
    ["pricing", "seats-cache"],
]
SCHEMA = """
CREATE TABLE halls (id int PRIMARY KEY, plan text);
INSERT INTO halls SELECT n, repeat('row ', 40) FROM generate_series(1, 135) n;
CREATE TABLE tickets (id serial PRIMARY KEY, show_id int, seat int);
INSERT INTO tickets (show_id, seat) SELECT 1 + n % 24, n / 24 FROM generate_series(1, 3000) n;
CREATE INDEX tickets_show ON tickets (show_id);
CREATE ROLE seating LOGIN;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO seating;
"""
SERIES = (
    'up{job=~"ticket-gateway|seating|pricing"}',
    "service:http_requests:rate30s",
    "service:http_error_ratio:rate30s",
    "service:http_latency_seconds:p95",
    'service:cpu_seconds:rate30s{service=~"ticket-gateway|seating|pricing"}',
    'process_resident_memory_bytes{job=~"ticket-gateway|seating|pricing"}',
    'process_start_time_seconds{job=~"ticket-gateway|seating|pricing"}',
    "container_memory_working_set_bytes",
    "container_spec_memory_limit_bytes",
    "container_oom_events_total",
    "database:commits:rate30s",
    "probe_duration_seconds",
    'pg_stat_activity_count{datname="seats",state=~"active|idle"}',
    "redis_connected_clients",
    "redis_memory_used_bytes",
    "node_load1",
    "node_memory_MemAvailable_bytes",
)
TRUTH = Truth(
    service="seating",
    fault="out_of_memory",
    what=(
        "seating 3.4.0 came with MAPS_KEPT_BY show -> visitor: each drawn map (800 kB) is kept for"
        " each visitor and never dropped, more than 1 MB/s. About a minute later the worker passes"
        " its limit of 128 MiB, is killed by the kernel and starts anew, which takes 8 s for the"
        " hall plans; then all over again."
    ),
    decisive=(
        ("deploys/deploys.log", "service=seating version=3.4.0"),
        ("seating/seating.log", "was sent SIGKILL"),
        ("seating/seating-3.4.0.env", "^MAPS_KEPT_BY=visitor"),
    ),
    red_herrings=(
        "pricing 1.12.1 was deployed a minute before the change",
        "pricing warns of an old surcharge list all the time, before the fault too",
        "redis warns about memory overcommit at its start",
        "seating takes 8 s to start, also when it is deployed: the gateway times out then",
    ),
    not_to_blame=("pricing", "ticket-gateway", "seats-db", "seats-cache"),
)

_SEATING = {
    "BIND": "seating",
    "DATABASE_URL": "postgresql://seating@seats-db:5432/seats",
    "MAPS_KEPT_BY": "show",
}
_PRICING = {"BIND": "pricing", "REDIS_URL": "redis://seats-cache:6379/0", "CACHE_TTL_S": "20"}


def record(out: Path, truth: Path) -> None:
    """Play the incident in real time, about ten minutes, and keep what it left in `out`."""
    world.name_hosts(ADDRESSES)
    stage = RecordingStage(fleet.Fleet(HERE / "apps"), out)
    limits.limit_memory(stage.fleet, "seating", LIMIT)
    _start(stage.fleet)
    stage.begin()
    load = Load("ticket-gateway", 8000, 2.5, _visit, random.Random(50))  # noqa: S311
    load.start()
    stage.wait(NORMAL_S)
    stage.mark("harmless deploy")
    stage.fleet.deploy("pricing", "1.12.1", _PRICING | {"CACHE_TTL_S": "30"}, "cache ttl 30 s")
    stage.wait(BETWEEN_S)
    stage.mark("change")
    by_visitor = _SEATING | {"MAPS_KEPT_BY": "visitor"}
    stage.fleet.deploy("seating", "3.4.0", by_visitor, "own map for each visitor")
    stage.wait(FAULT_S)
    stage.mark("repair")
    stage.fleet.deploy("seating", "3.3.2", _SEATING, "rollback of 3.4.0")
    stage.wait_for_resolved(timeout_s=120)
    load.stop()
    stage.keep(SERIES, CALLS)
    TRUTH.write(out, stage.marks, truth)
    stage.fleet.stop("seating")
    limits.lift(stage.fleet, "seating")


def _start(running: fleet.Fleet) -> None:
    datastores.start_postgres(running, "seats-db", "seats", SCHEMA)
    datastores.start_redis(running, "seats-cache")
    datastores.start_exporters(running, "seats-db", "seats-cache", "seats")
    running.start_service("pricing", "1.12.0", _PRICING)
    running.start_service("seating", "3.3.2", _SEATING)
    running.start_service("ticket-gateway", "6.0.4", _gateway())
    running.wait_ready("pricing", "seating", "ticket-gateway")
    limits.start_exporter(running, "seating")
    probed = {"TARGETS": "seats=http://ticket-gateway:8000/shows/1/seats?visitor=probe"}
    running.start_service("probe", "1.0.3", {"BIND": "probe", "EVERY_S": "10", **probed})
    targets = {name: (f"{name}:8000", name) for name in list(ADDRESSES)[:4]}
    targets |= {
        "container": (f"seating:{limits.EXPORTER_PORT}", "seating"),
        "postgres": ("seats-db:9187", "seats-db"),
        "node": ("seats-db:9100", "seats-db"),
        "redis": ("seats-cache:9121", "seats-cache"),
    }
    rules = HERE / "rules.yml"
    start_monitoring(running, cluster="berlin", domain=DOMAIN, rules=rules, targets=targets)


def _visit(chance: random.Random) -> Request:
    show = chance.randint(1, 24)
    if chance.random() < 0.35:
        return Request("GET", f"/shows/{show}/price")
    return Request("GET", f"/shows/{show}/seats?visitor=v{chance.randint(10_000, 99_999)}")


def _gateway() -> dict[str, str]:
    urls = {"SEATING_URL": "http://seating:8000", "PRICING_URL": "http://pricing:8000"}
    return {"BIND": "ticket-gateway", "UPSTREAM_TIMEOUT_S": "3", **urls}
