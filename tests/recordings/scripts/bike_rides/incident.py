"""Pedalwerk: nothing is wrong. A tight alert meets the evening's riders, minutes after a deploy."""

from __future__ import annotations

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
DOMAIN = "pedalwerk.example"
NORMAL_S, BETWEEN_S, RUSH_S, AFTER_S = 300, 150, 170, 130

ADDRESSES = {
    "rider-api": "127.0.92.11",
    "docks": "127.0.92.12",
    "fares": "127.0.92.13",
    "ride-ledger": "127.0.92.14",
    "probe": "127.0.92.15",
    "rides-db": "127.0.93.11",
    "rides-redis": "127.0.93.12",
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "receiver": RECEIVER,
}
CALLS = [
    ["rider-api", "docks"],
    ["rider-api", "fares"],
    ["docks", "rides-redis"],
    ["fares", "rides-db"],
    ["ride-ledger", "rides-redis"],
    ["ride-ledger", "rides-db"],
]
SCHEMA = """
CREATE TABLE fares (zone int PRIMARY KEY, cents int);
INSERT INTO fares SELECT n, 90 + 40 * n FROM generate_series(1, 9) n;
CREATE TABLE rides (id serial PRIMARY KEY, dock int, began timestamptz);
CREATE ROLE fares LOGIN; CREATE ROLE ledger LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO fares, ledger;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ledger;
"""
SERIES = (
    'up{job=~"rider-api|docks|fares|ride-ledger"}',
    "service:http_requests:rate30s",
    "service:http_error_ratio:rate30s",
    "service:http_latency_seconds:p95",
    'service:cpu_seconds:rate30s{service=~"rider-api|docks|fares|ride-ledger"}',
    'process_resident_memory_bytes{job=~"rider-api|docks|fares|ride-ledger"}',
    "dock_radio_retries_total",
    "rides_kept_total",
    "rides_waiting",
    "database:commits:rate30s",
    "probe_duration_seconds",
    'pg_stat_activity_count{datname="rides",state=~"active|idle"}',
    "redis_connected_clients",
    "redis_memory_used_bytes",
    "node_load1",
)
TRUTH = Truth(
    service=None,
    fault=None,
    what=(
        "Nothing is wrong. In the evening there are two and a half times as many riders for some"
        " minutes; docks has one radio, so p95 of a ride's start passes 0.3 s and the alert, which"
        " is too tight, fires. Every request is answered, and it ends by itself."
    ),
    decisive=(),
    red_herrings=(
        "fares 1.4.1 was deployed two minutes before the rush; rider-api asks again meanwhile",
        "docks logs a lock timeout and a failed command for 3 % of the rides: sent again, it opens",
        "docks names panic, fatal, deadlock and out-of-memory where nothing of it happens",
        "fares answers 404 for zones that are only planned",
        "ride-ledger warns of clocks that are off all the time",
        "redis warns about memory overcommit at its start",
    ),
    not_to_blame=(
        *("rider-api", "docks", "fares", "ride-ledger", "rides-db", "rides-redis", "probe"),
    ),
)

_PG = "rides-db:5432/rides"
_REDIS = "redis://rides-redis:6379/0"
_FARES = {"BIND": "fares", "DATABASE_URL": f"postgresql://fares@{_PG}"}


def record(out: Path, truth: Path) -> None:
    """Play the evening in real time, about fourteen minutes, and keep what it left in `out`."""
    world.name_hosts(ADDRESSES)
    stage = RecordingStage(fleet.Fleet(HERE / "apps"), out)
    _start(stage.fleet)
    stage.begin()
    usual = _load(2.0, 92)
    stage.wait(NORMAL_S)
    stage.mark("harmless deploy")
    stage.fleet.deploy("fares", "1.4.1", _FARES, "driver update")
    stage.wait(BETWEEN_S)
    stage.mark("rush begins")
    stage.expect_alert()
    rush = _load(3.5, 93)
    stage.wait(RUSH_S)
    rush.stop()
    stage.mark("rush ends")
    stage.wait_for_resolved(timeout_s=AFTER_S)
    stage.wait(AFTER_S)
    usual.stop()
    stage.keep(SERIES, CALLS)
    TRUTH.write(out, stage.marks, truth)


def _start(running: fleet.Fleet) -> None:
    datastores.start_postgres(running, "rides-db", "rides", SCHEMA)
    datastores.start_redis(running, "rides-redis")
    datastores.start_exporters(running, "rides-db", "rides-redis", "rides")
    running.start_service("docks", "3.2.0", {"BIND": "docks", "REDIS_URL": _REDIS})
    running.start_service("fares", "1.4.0", _FARES)
    running.start_service("ride-ledger", "2.0.3", _ledger())
    running.start_service("rider-api", "8.8.1", _rider())
    running.wait_ready("docks", "fares", "ride-ledger", "rider-api")
    probed = {"TARGETS": "fare=http://rider-api:8000/fares/3"}
    running.start_service("probe", "1.0.3", {"BIND": "probe", "EVERY_S": "10", **probed})
    targets = {name: (f"{name}:8000", name) for name in list(ADDRESSES)[:5]}
    targets |= {
        "postgres": ("rides-db:9187", "rides-db"),
        "node": ("rides-db:9100", "rides-db"),
        "redis": ("rides-redis:9121", "rides-redis"),
    }
    rules = HERE / "rules.yml"
    start_monitoring(running, cluster="pedalwerk", domain=DOMAIN, rules=rules, targets=targets)


def _load(per_second: float, seed: int) -> Load:
    load = Load("rider-api", 8000, per_second, _tap, random.Random(seed))  # noqa: S311
    load.start()
    return load


def _tap(chance: random.Random) -> Request:
    if chance.random() < 0.6:
        return Request("POST", f"/rides?dock={chance.randint(1, 80)}")
    return Request("GET", f"/fares/{chance.randint(1, 10)}")


def _ledger() -> dict[str, str]:
    database = f"postgresql://ledger@{_PG}"
    return {"BIND": "ride-ledger", "DATABASE_URL": database, "REDIS_URL": _REDIS}


def _rider() -> dict[str, str]:
    urls = {"DOCKS_URL": "http://docks:8000", "FARES_URL": "http://fares:8000"}
    return {"BIND": "rider-api", **urls}
