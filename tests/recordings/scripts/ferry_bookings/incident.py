"""Tideway Ferries: the storefront starts to fail a while after two deploys."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.recordings.scripts import datastores, fleet, world
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
DOMAIN = "tidewayferries.example"
NORMAL_S, BETWEEN_S, FAULT_S = 150, 65, 190

ADDRESSES = {
    "storefront": "127.0.10.11",
    "booking-api": "127.0.10.12",
    "sailings-api": "127.0.10.13",
    "payments": "127.0.10.14",
    "mailer": "127.0.10.15",
    "probe": "127.0.10.16",
    "ferry-db": "127.0.20.11",
    "ferry-cache": "127.0.20.12",
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "receiver": RECEIVER,
}
CALLS = [
    ["storefront", "booking-api"],
    ["storefront", "sailings-api"],
    ["booking-api", "payments"],
    ["booking-api", "ferry-db"],
    ["booking-api", "ferry-cache"],
    ["sailings-api", "ferry-db"],
    ["sailings-api", "ferry-cache"],
    ["mailer", "ferry-cache"],
    ["mailer", "ferry-db"],
]
SCHEMA = """
CREATE TABLE sailings (id int PRIMARY KEY, route text, departs timestamptz, seats int);
CREATE TABLE bookings (id serial PRIMARY KEY, sailing_id int, passenger text, seats int,
    state text, receipt text);
CREATE TABLE mails (id serial PRIMARY KEY, booking_id int, sent_at timestamptz);
INSERT INTO sailings SELECT n, (ARRAY['OSL-KEL','TRG-HIR','BGO-HIR'])[1 + n % 3],
    date_trunc('hour', now()) + n * interval '3 hour', 400 FROM generate_series(1, 60) n;
"""
SERIES = (
    'up{job!~"node|mailer|probe"}',
    "service:http_requests:rate30s",
    "service:http_error_ratio:rate30s",
    "service:http_latency_seconds:p95",
    'service:cpu_seconds:rate30s{service!~"ferry-.*|probe"}',
    "database:commits:rate30s",
    "db_pool_size",
    "db_pool_checked_out",
    "http_requests_in_flight",
    "mails_waiting",
    "mails_sent_total",
    "probe_duration_seconds",
    'pg_stat_activity_count{datname="ferries",state=~"active|idle|idle in transaction"}',
    "pg_settings_max_connections",
    'pg_stat_database_deadlocks{datname="ferries"}',
    "redis_connected_clients",
    "redis_memory_used_bytes",
    "node_load1",
)

TRUTH = Truth(
    service="booking-api",
    fault="connection_pool_exhausted",
    what=(
        "booking-api 2026.11.4 came with DB_POOL_SIZE 10 -> 2 and DB_MAX_OVERFLOW 10 -> 0. Each"
        " booking keeps its connection while the card is charged (about 1.2 s), so at 2.5 bookings"
        " a second two connections are not enough: requests wait 5 s for one and fail."
    ),
    decisive=(
        ("booking-api/booking-api.log", "QueuePool limit of size 2 overflow 0 reached"),
        ("booking-api/booking-api.log", '"pool_size": 2, "max_overflow": 0'),
        ("booking-api/booking-api-2026.11.4.env", "^DB_(POOL_SIZE|MAX_OVERFLOW)="),
        ("deploys/deploys.log", "service=booking-api version=2026.11.4"),
    ),
    red_herrings=(
        "sailings-api 4.8.2 was deployed a minute before the change",
        "payments warns of a slow acquirer all the time, before the fault too",
        "mailer meets a 421 of the mail relay now and then, before the fault too",
        "redis warns about memory overcommit at its start",
        "storefront sees refused connections for seconds while booking-api restarts",
    ),
    not_to_blame=("sailings-api", "payments", "mailer", "ferry-db", "ferry-cache", "storefront"),
)

_PG = "ferry-db:5432/ferries"
_BOOKING = {
    "BIND": "booking-api",
    "DATABASE_URL": f"postgresql+psycopg://booking@{_PG}",
    "REDIS_URL": "redis://ferry-cache:6379/0",
    "PAYMENTS_URL": "http://payments:8000",
    "DB_POOL_SIZE": "10",
    "DB_MAX_OVERFLOW": "10",
    "DB_POOL_TIMEOUT_S": "5",
}
_SAILINGS = {
    "BIND": "sailings-api",
    "DATABASE_URL": f"postgresql://sailings@{_PG}",
    "REDIS_URL": "redis://ferry-cache:6379/0",
    "CACHE_TTL_S": "20",
}


def record(out: Path, truth: Path) -> None:
    """Play the incident in real time, about ten minutes, and keep what it left in `out`."""
    world.name_hosts(ADDRESSES)
    stage = RecordingStage(fleet.Fleet(HERE / "apps"), out)
    _start(stage.fleet)
    stage.begin()
    load = Load("storefront", 8000, 4.8, _request, random.Random(20))  # noqa: S311
    load.start()
    stage.wait(NORMAL_S)
    stage.mark("harmless deploy")
    stage.fleet.deploy("sailings-api", "4.8.2", _SAILINGS | {"CACHE_TTL_S": "30"}, "cache ttl 30 s")
    stage.wait(BETWEEN_S)
    smaller = _BOOKING | {"DB_POOL_SIZE": "2", "DB_MAX_OVERFLOW": "0"}
    note = "fewer idle database connections, receipt field in the answer"
    stage.mark("change")
    stage.fleet.deploy("booking-api", "2026.11.4", smaller, note)
    stage.wait(FAULT_S)
    stage.mark("repair")
    stage.fleet.deploy("booking-api", "2026.11.3", _BOOKING, "rollback of 2026.11.4")
    stage.wait_for_resolved(timeout_s=150)
    load.stop()
    stage.keep(SERIES, CALLS)
    TRUTH.write(out, stage.marks, truth)


def _start(running: fleet.Fleet) -> None:
    datastores.start_postgres(running, "ferry-db", "ferries", SCHEMA + _GRANTS)
    datastores.start_redis(running, "ferry-cache")
    datastores.start_exporters(running, "ferry-db", "ferry-cache", "ferries")
    running.start_service("payments", "1.19.0", {"BIND": "payments"})
    running.start_service("sailings-api", "4.8.1", _SAILINGS)
    running.start_service("booking-api", "2026.11.3", _BOOKING)
    running.start_service("mailer", "2.3.5", _mailer())
    running.start_service("storefront", "7.2.0", _storefront())
    running.wait_ready("payments", "sailings-api", "booking-api", "mailer", "storefront")
    running.start_service("probe", "1.0.3", _probe())
    targets = {name: (f"{name}:8000", name) for name in list(ADDRESSES)[:6]}
    targets |= {
        "postgres": ("ferry-db:9187", "ferry-db"),
        "node": ("ferry-db:9100", "ferry-db"),
        "redis": ("ferry-cache:9121", "ferry-cache"),
    }
    rules = HERE / "rules.yml"
    start_monitoring(running, cluster="tideway", domain=DOMAIN, rules=rules, targets=targets)


def _request(chance: random.Random) -> Request:
    draw = chance.random()
    if draw < 0.35:
        return Request("GET", f"/sailings?route={chance.choice(['OSL-KEL', 'TRG-HIR', 'BGO-HIR'])}")
    if draw < 0.45:
        return Request("GET", f"/bookings/{chance.randint(1, 200)}")
    order = {
        "sailing_id": chance.randint(1, 60),
        "passenger": f"{chance.choice(_NAMES)}{chance.randint(10, 99)}@mail.example",
        "seats": chance.randint(1, 4),
    }
    return Request("POST", "/bookings", json.dumps(order).encode())


_NAMES = ("ida.berg", "jon.moe", "kari.lund", "per.dahl", "siri.vik", "tor.haug")
_GRANTS = """
CREATE ROLE booking LOGIN; CREATE ROLE sailings LOGIN; CREATE ROLE mailer LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO booking, sailings, mailer;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO booking, mailer;
"""


def _mailer() -> dict[str, str]:
    redis = "redis://ferry-cache:6379/0"
    return {"BIND": "mailer", "DATABASE_URL": f"postgresql://mailer@{_PG}", "REDIS_URL": redis}


def _storefront() -> dict[str, str]:
    return {
        "BIND": "storefront",
        "BOOKINGS_URL": "http://booking-api:8000",
        "SAILINGS_URL": "http://sailings-api:8000",
        "UPSTREAM_TIMEOUT_S": "6",
    }


def _probe() -> dict[str, str]:
    targets = "home=http://storefront:8000/healthz,booking=http://storefront:8000/bookings/1"
    targets += ",booking-health=http://booking-api:8000/healthz"
    return {"BIND": "probe", "TARGETS": targets, "EVERY_S": "10"}
