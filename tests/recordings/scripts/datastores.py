"""PostgreSQL 15 and Redis 7 as Debian ships them, with their exporters."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.recordings.scripts.fleet import Fleet

_BIN = Path("/usr/lib/postgresql/15/bin")
_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
DATA = Path("/var/lib/postgresql/15/main")
WAL = Path("/var/lib/postgresql/15/wal")

_SETTINGS = {
    "unix_socket_directories": "",  # two recordings may run beside each other
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_min_duration_statement": "500ms",
    "checkpoint_timeout": "60s",
    "shared_buffers": "64MB",
}


def start_postgres(fleet: Fleet, host: str, database: str, schema: str, **settings: str) -> None:
    """Create a cluster at DATA with its log at WAL, start it as `host` and load `schema`.

    settings: options of postgresql.conf over ours.
    """
    for folder in (DATA, WAL):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, "nobody", "nogroup")
    initdb = [str(_BIN / "initdb"), "-D", str(DATA), "-X", str(WAL), "-U", "postgres"]
    quiet = subprocess.DEVNULL
    flags = ["--auth=trust", "--locale=C.UTF-8", "--wal-segsize=4"]
    subprocess.run([*_NOBODY, *initdb, *flags], check=True, stdout=quiet, cwd="/")
    options = _SETTINGS | {"listen_addresses": host} | settings
    flags = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    command = [*_NOBODY, str(_BIN / "postgres"), "-D", str(DATA), *flags]
    fleet.start(host, command, log="postgresql.log")
    _wait(str(_BIN / "pg_isready"), "-q", "-h", host, "-U", "postgres", "-d", "postgres")
    _psql(host, "postgres", f"CREATE DATABASE {database}")
    _psql(host, database, schema)


def start_redis(fleet: Fleet, host: str) -> None:
    flags = ["--bind", host, "--protected-mode", "no", "--dir", "/var/lib/redis"]
    flags += ["--save", "60 100"]
    fleet.start(host, ["redis-server", *flags], log="redis-server.log")
    _wait("redis-cli", "-h", host, "ping")


def start_exporters(fleet: Fleet, postgres: str, redis: str, database: str) -> None:
    """node, postgres and redis exporters on their usual ports of the monitored host."""
    name = f"postgresql://postgres@{postgres}:5432/{database}?sslmode=disable"
    fleet.start(
        "postgres-exporter",
        ["prometheus-postgres-exporter", f"--web.listen-address={postgres}:9187"],
        env={"DATA_SOURCE_NAME": name},
    )
    redis_flags = [f"-redis.addr=redis://{redis}:6379", f"-web.listen-address={redis}:9121"]
    fleet.start("redis-exporter", ["prometheus-redis-exporter", *redis_flags])
    node = ["prometheus-node-exporter", f"--web.listen-address={postgres}:9100"]
    fleet.start("node-exporter", node)


def _psql(host: str, database: str, statement: str) -> None:
    command = [str(_BIN / "psql"), "-q", "-h", host, "-U", "postgres", "-d", database]
    flags = ["-v", "ON_ERROR_STOP=1", "-c", statement]
    subprocess.run([*command, *flags], check=True, cwd="/", stdout=subprocess.DEVNULL)


def _wait(*command: str) -> None:
    for _ in range(100):
        if subprocess.run(command, check=False, capture_output=True, cwd="/").returncode == 0:
            return
        time.sleep(0.1)
    raise TimeoutError(f"never ready: {command}")
