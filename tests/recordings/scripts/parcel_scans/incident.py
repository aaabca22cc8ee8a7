"""Norrpost: scans of the parcel hubs are refused, some time after two deploys."""

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
DOMAIN = "norrpost.example"
NORMAL_S, BETWEEN_S, FAULT_S = 135, 65, 270
VOLUME, VOLUME_SIZE, LARGER_SIZE = str(datastores.DATA), "112m", "400m"
PHOTO_BYTES = (250_000, 400_000)

ADDRESSES = {
    "scan-ingest": "127.0.30.11",
    "tracking": "127.0.30.12",
    "rates": "127.0.30.13",
    "eta-worker": "127.0.30.14",
    "probe": "127.0.30.15",
    "parcels-db": "127.0.40.11",
    "hub-redis": "127.0.40.12",
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "receiver": RECEIVER,
}
CALLS = [
    ["scan-ingest", "parcels-db"],
    ["scan-ingest", "hub-redis"],
    ["eta-worker", "hub-redis"],
    ["eta-worker", "parcels-db"],
    ["tracking", "parcels-db"],
    ["tracking", "rates"],
    ["rates", "hub-redis"],
]
SCHEMA = """
CREATE TABLE scans (id bigserial PRIMARY KEY, parcel text, depot int, scanned_at timestamptz,
    photo bytea);
ALTER TABLE scans ALTER photo SET STORAGE EXTERNAL;
CREATE INDEX scans_parcel ON scans (parcel);
CREATE TABLE parcels (parcel text PRIMARY KEY, eta timestamptz);
INSERT INTO parcels SELECT 'NP' || (700000 + n), now() FROM generate_series(1, 400) n;
CREATE ROLE scan LOGIN; CREATE ROLE tracking LOGIN; CREATE ROLE eta LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO scan, tracking, eta;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO scan;
"""
SERIES = (
    'up{job!~"node|probe"}',
    "service:http_requests:rate30s",
    "service:http_error_ratio:rate30s",
    "service:http_latency_seconds:p95",
    'service:cpu_seconds:rate30s{service!~"hub-redis|probe"}',
    "database:commits:rate30s",
    "database:rollbacks:rate30s",
    "eta_waiting",
    "eta_computed_total",
    "scan_photo_bytes_received_total",
    "probe_duration_seconds",
    f'node_filesystem_avail_bytes{{mountpoint="{VOLUME}"}}',
    f'node_filesystem_size_bytes{{mountpoint="{VOLUME}"}}',
    'pg_database_size_bytes{datname="parcels"}',
    'pg_stat_activity_count{datname="parcels",state=~"active|idle|idle in transaction"}',
    "pg_settings_max_connections",
    "redis_connected_clients",
    "redis_memory_used_bytes",
    "redis_rdb_changes_since_last_save",
    "node_load1",
)
TRUTH = Truth(
    service="parcels-db",
    fault="disk_full",
    what=(
        "scan-ingest 5.3.0 came with KEEP_LABEL_PHOTO=true and stores 250-400 kB with each scan."
        " The data volume of parcels-db (112 MB) was full about two minutes later and every write"
        " that needs a new page fails. The log of PostgreSQL rests on a volume of its own, so the"
        " server stays up and reads go on."
    ),
    decisive=(
        ("parcels-db/postgresql.log", "could not extend file .* No space left on device"),
        ("scan-ingest/scan-ingest.log", "DiskFull"),
        ("scan-ingest/scan-ingest-5.3.0.env", "^KEEP_LABEL_PHOTO=true"),
        ("deploys/deploys.log", "service=scan-ingest version=5.3.0"),
    ),
    red_herrings=(
        "rates 2.8.0 was deployed a minute before the change",
        "eta-worker warns about depot 17 all the time, before the fault too",
        "redis warns about memory overcommit at its start",
        "rates takes up to 0.4 s when a partner's tariff is refreshed, before the fault too",
    ),
    not_to_blame=("rates", "tracking", "eta-worker", "hub-redis"),
)

_PG = "parcels-db:5432/parcels"
_REDIS = "redis://hub-redis:6379/0"
_SCANS = {
    "BIND": "scan-ingest",
    "DATABASE_URL": f"postgresql://scan@{_PG}",
    "REDIS_URL": _REDIS,
    "KEEP_LABEL_PHOTO": "false",
}
_RATES = {"BIND": "rates", "REDIS_URL": _REDIS, "CACHE_TTL_S": "15"}


def record(out: Path, truth: Path) -> None:
    """Play the incident in real time, about ten minutes, and keep what it left in `out`."""
    world.name_hosts(ADDRESSES)
    world.small_disk(VOLUME, VOLUME_SIZE)
    stage = RecordingStage(fleet.Fleet(HERE / "apps"), out)
    _start(stage.fleet)
    stage.begin()
    loads = _loads()
    stage.wait(NORMAL_S)
    stage.mark("harmless deploy")
    stage.fleet.deploy("rates", "2.8.0", _RATES | {"CACHE_TTL_S": "20"}, "cache ttl 20 s")
    stage.wait(BETWEEN_S)
    stage.mark("change")
    photos = _SCANS | {"KEEP_LABEL_PHOTO": "true"}
    stage.fleet.deploy("scan-ingest", "5.3.0", photos, "label photo is kept with the scan")
    stage.wait(FAULT_S)
    stage.mark("repair")
    world.grow_disk(VOLUME, LARGER_SIZE)
    fleet.log_change(f"volume={VOLUME} host=parcels-db resized={VOLUME_SIZE}->{LARGER_SIZE}")
    stage.fleet.deploy("scan-ingest", "5.2.4", _SCANS, "rollback of 5.3.0")
    stage.wait_for_resolved(timeout_s=150)
    for load in loads:
        load.stop()
    stage.keep(SERIES, CALLS)
    TRUTH.write(out, stage.marks, truth)


def _start(running: fleet.Fleet) -> None:
    # PostgreSQL's own default: a checkpoint that meets the full disk would stop the server.
    datastores.start_postgres(running, "parcels-db", "parcels", SCHEMA, checkpoint_timeout="5min")
    datastores.start_redis(running, "hub-redis")
    datastores.start_exporters(running, "parcels-db", "hub-redis", "parcels")
    running.start_service("rates", "2.7.3", _RATES)
    running.start_service("scan-ingest", "5.2.4", _SCANS)
    running.start_service("tracking", "3.11.1", _tracking())
    running.start_service("eta-worker", "1.6.0", _eta())
    running.wait_ready("rates", "scan-ingest", "tracking", "eta-worker")
    running.start_service("probe", "1.0.3", _probe())
    targets = {name: (f"{name}:8000", name) for name in list(ADDRESSES)[:5]}
    targets |= {
        "postgres": ("parcels-db:9187", "parcels-db"),
        "node": ("parcels-db:9100", "parcels-db"),
        "redis": ("hub-redis:9121", "hub-redis"),
    }
    rules = HERE / "rules.yml"
    start_monitoring(running, cluster="norrpost", domain=DOMAIN, rules=rules, targets=targets)


def _loads() -> tuple[Load, Load]:
    scans = Load("scan-ingest", 8000, 2.2, _scan, random.Random(30))  # noqa: S311
    questions = Load("tracking", 8000, 2.0, _question, random.Random(31))  # noqa: S311
    scans.start()
    questions.start()
    return scans, questions


def _scan(chance: random.Random) -> Request:
    path = f"/scans?parcel={_parcel(chance)}&depot={chance.randint(1, 24)}"
    return Request("POST", path, chance.randbytes(chance.randint(*PHOTO_BYTES)))


def _question(chance: random.Random) -> Request:
    if chance.random() < 0.3:
        return Request("GET", f"/quote?zone={chance.randint(1, 6)}")
    return Request("GET", f"/parcels/{_parcel(chance)}")


def _parcel(chance: random.Random) -> str:
    # Known parcels and, as the evening sorting brings in new ones, some never seen before.
    return f"NP{700000 + chance.randint(1, 400 if chance.random() < 0.7 else 99_000)}"


def _tracking() -> dict[str, str]:
    database = f"postgresql://tracking@{_PG}"
    return {"BIND": "tracking", "DATABASE_URL": database, "RATES_URL": "http://rates:8000"}


def _eta() -> dict[str, str]:
    database = f"postgresql://eta@{_PG}"
    return {"BIND": "eta-worker", "DATABASE_URL": database, "REDIS_URL": _REDIS}


def _probe() -> dict[str, str]:
    targets = "parcel=http://tracking:8000/parcels/NP700001,quote=http://tracking:8000/quote?zone=1"
    return {"BIND": "probe", "TARGETS": targets, "EVERY_S": "10"}
