"""Nordlysstrom: the portal becomes slow. No error is logged and the last deploy is innocent."""

from __future__ import annotations

import random
from pathlib import Path

from tests.recordings.scripts import datastores, fleet, tracing, world
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
DOMAIN = "nordlysstrom.example"
NORMAL_S, BETWEEN_S, FAULT_S = 145, 70, 230
BOOK = Path("/srv/book.txt")
SMALL, LARGE = "2026-10 46", "2026-11 1390"

ADDRESSES = {
    "portal": "127.0.90.11",
    "quotes": "127.0.90.12",
    "tariffs": "127.0.90.13",
    "customers": "127.0.90.14",
    "book-import": "127.0.90.15",
    "probe": "127.0.90.16",
    "power-db": "127.0.91.11",
    "book-redis": "127.0.91.12",
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "receiver": RECEIVER,
    "collector": tracing.COLLECTOR,
}
CALLS = [
    ["portal", "quotes"],
    ["portal", "customers"],
    ["quotes", "customers"],
    ["quotes", "tariffs"],
    ["quotes", "power-db"],
    ["customers", "power-db"],
    ["tariffs", "book-redis"],
    ["book-import", "book-redis"],
]
SCHEMA = """
CREATE TABLE customers (meter int PRIMARY KEY, zone int);
INSERT INTO customers SELECT n, 1 + n % 7 FROM generate_series(1, 600) n;
CREATE TABLE readings (meter int, kwh int);
INSERT INTO readings SELECT 1 + n % 600, n % 37 FROM generate_series(1, 12000) n;
CREATE INDEX readings_meter ON readings (meter);
CREATE TABLE quotes (id serial PRIMARY KEY, meter int, zone int, kwh int);
CREATE ROLE quotes LOGIN; CREATE ROLE customers LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO quotes, customers;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO quotes;
"""
SERIES = (
    'up{job=~"portal|quotes|tariffs|customers"}',
    "service:http_requests:rate30s",
    "service:http_error_ratio:rate30s",
    "service:http_latency_seconds:p95",
    'service:cpu_seconds:rate30s{service=~"portal|quotes|tariffs|customers"}',
    'process_resident_memory_bytes{job=~"portal|quotes|tariffs|customers"}',
    "tariff_book_bands",
    "database:commits:rate30s",
    "probe_duration_seconds",
    'pg_stat_activity_count{datname="power",state=~"active|idle"}',
    "redis_connected_clients",
    "redis_memory_used_bytes",
    "node_load1",
)
TRUTH = Truth(
    service="tariffs",
    fault="slow_by_itself",
    what=(
        "book-import published a tariff book of 1390 bands where there were 46, and tariffs works a"
        " price out band by band: 60 ms became 1.8 s. quotes waits for it, and the portal for"
        " quotes. While it is slow nothing fails and nobody logs an error."
    ),
    decisive=(
        ("tariffs/tariffs.log", "book 2026-11 in use"),
        ("tariffs/tariffs.log", r"GET /tariffs/\d 200 [12]\d{3}ms"),
        ("book-import/book-import.log", "book 2026-11 published"),
        ("traces.jsonl", '"name":"GET /tariffs/{zone}"'),
    ),
    red_herrings=(
        "customers 3.6.0 was deployed a minute before the change",
        "customers warns of missing phone numbers all the time, before the fault too",
        "redis warns about memory overcommit at its start",
        "quotes and portal are refused by customers in the second in which that is deployed",
        "quotes and portal become as slow as tariffs: they wait for it",
    ),
    not_to_blame=("portal", "quotes", "customers", "power-db", "book-redis"),
)

_PG = "power-db:5432/power"
_REDIS = "redis://book-redis:6379/0"
_CUSTOMERS = {
    "BIND": "customers",
    "DATABASE_HOST": "power-db",
    "DATABASE_URL": f"postgresql://customers@{_PG}",
    **tracing.settings(),
}


def record(out: Path, truth: Path) -> None:
    """Play the incident in real time, about ten minutes, and keep what it left in `out`."""
    world.name_hosts(ADDRESSES)
    stage = RecordingStage(fleet.Fleet(HERE / "apps"), out)
    BOOK.write_text(SMALL)
    _start(stage.fleet)
    stage.begin()
    load = Load("portal", 8000, 2.2, _visit, random.Random(90))  # noqa: S311
    load.start()
    stage.wait(NORMAL_S)
    stage.mark("harmless deploy")
    stage.fleet.deploy("customers", "3.6.0", _CUSTOMERS, "driver update")
    stage.wait(BETWEEN_S)
    stage.mark("change")
    BOOK.write_text(LARGE)
    stage.wait(FAULT_S)
    stage.mark("repair")
    BOOK.write_text("2026-11.1 48")
    stage.wait_for_resolved(timeout_s=150)
    load.stop()
    stage.keep(SERIES, CALLS)
    TRUTH.write(out, stage.marks, truth)


def _start(running: fleet.Fleet) -> None:
    datastores.start_postgres(running, "power-db", "power", SCHEMA)
    datastores.start_redis(running, "book-redis")
    datastores.start_exporters(running, "power-db", "book-redis", "power")
    tracing.start_collector(running)
    running.start_service("book-import", "1.0.1", _books() | {"BOOK_FILE": str(BOOK)})
    running.start_service("tariffs", "5.0.7", _books() | {"BIND": "tariffs"} | tracing.settings())
    running.start_service("customers", "3.5.9", _CUSTOMERS)
    running.start_service("quotes", "2.2.0", _quotes())
    running.start_service("portal", "9.1.3", _portal())
    running.wait_ready("book-import", "tariffs", "customers", "quotes", "portal")
    probed = {"TARGETS": "account=http://portal:8000/accounts/7"}
    running.start_service("probe", "1.0.3", {"BIND": "probe", "EVERY_S": "10", **probed})
    targets = {name: (f"{name}:8000", name) for name in list(ADDRESSES)[:6]}
    targets |= {
        "postgres": ("power-db:9187", "power-db"),
        "node": ("power-db:9100", "power-db"),
        "redis": ("book-redis:9121", "book-redis"),
    }
    rules = HERE / "rules.yml"
    start_monitoring(running, cluster="nordlys", domain=DOMAIN, rules=rules, targets=targets)


def _visit(chance: random.Random) -> Request:
    meter = chance.randint(1, 600)
    return Request("GET", f"/quotes/{meter}" if chance.random() < 0.6 else f"/accounts/{meter}")


def _books() -> dict[str, str]:
    return {"BIND": "book-import", "REDIS_URL": _REDIS}


def _quotes() -> dict[str, str]:
    urls = {"TARIFFS_URL": "http://tariffs:8000", "CUSTOMERS_URL": "http://customers:8000"}
    database = {"DATABASE_HOST": "power-db", "DATABASE_URL": f"postgresql://quotes@{_PG}"}
    return {"BIND": "quotes", **urls, **database, **tracing.settings()}


def _portal() -> dict[str, str]:
    urls = {"QUOTES_URL": "http://quotes:8000", "CUSTOMERS_URL": "http://customers:8000"}
    return {"BIND": "portal", **urls, **tracing.settings()}
