"""Bookwell: some of what the self-service desks ask for fails, a while after two deploys."""

from __future__ import annotations

import random
import shutil
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
DOMAIN = "bookwell.example"
NORMAL_S, BETWEEN_S, FAULT_S = 140, 65, 210

ADDRESSES = {
    "desk-api": "127.0.70.11",
    "loans-api": "127.0.70.12",
    "members": "127.0.70.13",
    "notices-worker": "127.0.70.14",
    "probe": "127.0.70.15",
    "library-db": "127.0.80.11",
    "notices-redis": "127.0.80.12",
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "receiver": RECEIVER,
}
CALLS = [
    ["desk-api", "loans-api"],
    ["desk-api", "members"],
    ["loans-api", "members"],
    ["loans-api", "library-db"],
    ["loans-api", "notices-redis"],
    ["members", "library-db"],
    ["notices-worker", "notices-redis"],
]
SCHEMA = """
CREATE TABLE members (id int PRIMARY KEY, card text, privileges jsonb);
INSERT INTO members SELECT n, (ARRAY['gold', 'plain', 'plain'])[1 + n % 3],
    CASE WHEN n % 3 = 0 THEN '{"grace_days": 7}'::jsonb END FROM generate_series(1, 500) n;
CREATE TABLE loans (id int PRIMARY KEY, member_id int, due timestamptz);
INSERT INTO loans SELECT n, 1 + n % 500, now() FROM generate_series(1, 2000) n;
CREATE INDEX loans_member ON loans (member_id);
CREATE ROLE loans LOGIN; CREATE ROLE members LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO loans, members;
"""
SERIES = (
    'up{job=~"desk-api|loans-api|members|notices-worker"}',
    "service:http_requests:rate30s",
    "service:http_error_ratio:rate30s",
    "service:http_latency_seconds:p95",
    'service:cpu_seconds:rate30s{service=~"desk-api|loans-api|members|notices-worker"}',
    'process_resident_memory_bytes{job=~"desk-api|loans-api|members|notices-worker"}',
    "database:commits:rate30s",
    "database:rollbacks:rate30s",
    "notices_sent_total",
    "notices_waiting",
    "probe_duration_seconds",
    'pg_stat_activity_count{datname="library",state=~"active|idle"}',
    "redis_connected_clients",
    "redis_memory_used_bytes",
    "node_load1",
)
TRUTH = Truth(
    service="loans-api",
    fault="bad_deploy",
    what=(
        "loans-api 8.3.0 reads privileges.grace_days of each member who renews a loan; two of three"
        " members have no privileges, and their renewals end in a TypeError. All other paths work."
        " Its settings did not change."
    ),
    decisive=(
        ("deploys/deploys.log", "service=loans-api version=8.3.0"),
        ("loans-api/loans-api.log", "^TypeError: "),
        ("loans-api/loans-api.log", "renewals.py"),
    ),
    red_herrings=(
        "members 2.9.2 was deployed a minute before the change",
        "members warns of expired cards all the time, before the fault too",
        "notices-worker is told 450 by the mail relay now and then, before the fault too",
        "redis warns about memory overcommit at its start",
        "fewer notices are sent while renewals fail",
        "loans-api is refused by members for a second while that is deployed",
    ),
    not_to_blame=("members", "desk-api", "notices-worker", "library-db", "notices-redis"),
)

_PG = "library-db:5432/library"
_LOANS = {
    "BIND": "loans-api",
    "DATABASE_URL": f"postgresql://loans@{_PG}",
    "REDIS_URL": "redis://notices-redis:6379/0",
    "MEMBERS_URL": "http://members:8000",
}
_MEMBERS = {"BIND": "members", "DATABASE_URL": f"postgresql://members@{_PG}"}


def record(out: Path, truth: Path) -> None:
    """Play the incident in real time, about nine minutes, and keep what it left in `out`."""
    world.name_hosts(ADDRESSES)
    stage = RecordingStage(fleet.Fleet(HERE / "apps"), out)
    _start(stage.fleet)
    stage.begin()
    load = Load("desk-api", 8000, 2.4, _visit, random.Random(70))  # noqa: S311
    load.start()
    stage.wait(NORMAL_S)
    stage.mark("harmless deploy")
    stage.fleet.deploy("members", "2.9.2", _MEMBERS, "driver update")
    stage.wait(BETWEEN_S)
    stage.mark("change")
    _release("8_3_0")
    stage.fleet.deploy("loans-api", "8.3.0", _LOANS, "days of grace by privilege")
    stage.wait(FAULT_S)
    stage.mark("repair")
    _release("8_2_1")
    stage.fleet.deploy("loans-api", "8.2.1", _LOANS, "rollback of 8.3.0")
    stage.wait_for_resolved(timeout_s=120)
    load.stop()
    stage.keep(SERIES, CALLS)
    TRUTH.write(out, stage.marks, truth)


def _release(version: str) -> None:
    """Put the code of this version where the next start of loans-api finds it."""
    home = world.SERVICES / "loans-api"
    shutil.copy(HERE / "apps" / f"renewals_{version}.py", home / "renewals.py")


def _start(running: fleet.Fleet) -> None:
    datastores.start_postgres(running, "library-db", "library", SCHEMA)
    datastores.start_redis(running, "notices-redis")
    datastores.start_exporters(running, "library-db", "notices-redis", "library")
    world.install(HERE / "apps" / "loans_api.py", "loans-api")
    _release("8_2_1")
    running.start_service("members", "2.9.1", _MEMBERS)
    running.start_service("loans-api", "8.2.1", _LOANS)
    running.start_service("notices-worker", "1.1.0", _notices())
    running.start_service("desk-api", "4.4.2", _desk())
    running.wait_ready("members", "loans-api", "notices-worker", "desk-api")
    probed = {"TARGETS": "loans=http://desk-api:8000/members/7/loans"}
    running.start_service("probe", "1.0.3", {"BIND": "probe", "EVERY_S": "10", **probed})
    targets = {name: (f"{name}:8000", name) for name in list(ADDRESSES)[:5]}
    targets |= {
        "postgres": ("library-db:9187", "library-db"),
        "node": ("library-db:9100", "library-db"),
        "redis": ("notices-redis:9121", "notices-redis"),
    }
    rules = HERE / "rules.yml"
    start_monitoring(running, cluster="bookwell", domain=DOMAIN, rules=rules, targets=targets)


def _visit(chance: random.Random) -> Request:
    what = chance.random()
    if what < 0.35:
        return Request("POST", f"/loans/{chance.randint(1, 2000)}/renewal")
    loans = "/loans" if what < 0.75 else ""
    return Request("GET", f"/members/{chance.randint(1, 500)}{loans}")


def _notices() -> dict[str, str]:
    return {"BIND": "notices-worker", "REDIS_URL": "redis://notices-redis:6379/0"}


def _desk() -> dict[str, str]:
    urls = {"LOANS_URL": "http://loans-api:8000", "MEMBERS_URL": "http://members:8000"}
    return {"BIND": "desk-api", **urls}
