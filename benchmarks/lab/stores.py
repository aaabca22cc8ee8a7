"""Databases and caches of the stage: how they are prepared and what starts them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part

TEMPLATE = Path("/var/tmp/lab-cluster")  # noqa: S108 - read only after it was made
POSTGRES = Path("/usr/lib/postgresql/15/bin")
NOBODY = 65534
SETTINGS = {
    "fsync": "off",
    "shared_buffers": "24MB",
    "log_min_duration_statement": "400",
    "log_lock_waits": "on",
    "deadlock_timeout": "1s",
    "log_checkpoints": "on",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "max_parallel_workers_per_gather": "0",
    "autovacuum": "on",
    "log_connections": "off",
    "jit": "off",
}


def _as_nobody(command: list[str], text: str | None = None) -> None:
    subprocess.run(
        command,
        user=NOBODY,
        group=NOBODY,
        input=text,
        text=True,
        cwd="/srv",
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def postgres_template() -> None:
    """An empty cluster, made once and copied for each incident."""
    folder = TEMPLATE
    if (folder / "PG_VERSION").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    shutil.chown(folder, NOBODY, NOBODY)
    initdb = [str(POSTGRES / "initdb"), "-D", str(folder), "-U", "dba", "--wal-segsize=1"]
    _as_nobody([*initdb, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-N"])


def prepare_postgres(part: Part) -> list[str]:
    """A cluster with the tables of the company; the command that serves it."""
    data = Path("/srv/data", part.name)
    data.parent.mkdir(parents=True, exist_ok=True)
    if part.limits.get("disk") and not data.exists():
        data.mkdir()
        size = part.limits["disk"]
        subprocess.run(
            ["/bin/mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(data)], check=True
        )
    if part.spec.get("follows"):
        return _prepare_replica(part, data)
    subprocess.run(["/bin/cp", "-a", f"{TEMPLATE}/.", str(data)], check=True)
    shutil.chown(data, NOBODY, NOBODY)
    data.chmod(0o700)
    _configure(part, data)
    single = [str(POSTGRES / "postgres"), "--single", "-j", "-D", str(data)]
    _as_nobody([*single, "postgres"], f"CREATE DATABASE {part.spec['database']};\n\n")
    _as_nobody([*single, part.spec["database"]], "\n\n".join(part.spec["tables"]) + "\n\n")
    access = "local all all trust\nhost all all 0.0.0.0/0 scram-sha-256\n"
    (data / "pg_hba.conf").write_text(access + "host replication dba 127.0.0.0/8 trust\n")
    part.limits["uid"] = NOBODY
    return [str(POSTGRES / "postgres"), "-D", str(data)]


def _prepare_replica(part: Part, data: Path) -> list[str]:
    """A standby that streams from a running primary."""
    data.mkdir(exist_ok=True)
    shutil.chown(data, NOBODY, NOBODY)
    data.chmod(0o700)
    host, port = part.spec["follows"].split(":")
    copy = [str(POSTGRES / "pg_basebackup"), "-h", host, "-p", port, "-U", "dba", "-c", "fast"]
    _as_nobody([*copy, "-D", str(data), "-X", "stream"])
    for left in data.glob(".s.PGSQL*"):
        left.unlink()
    _configure(part, data)
    with (data / "postgresql.auto.conf").open("a") as out:
        out.write(f"primary_conninfo = 'host={host} port={port} user=dba'\n")
    (data / "standby.signal").touch()
    part.limits["uid"] = NOBODY
    return [str(POSTGRES / "postgres"), "-D", str(data)]


def _configure(part: Part, data: Path) -> None:
    settings = SETTINGS | part.spec.get("settings", {})
    lines = [f"{key} = '{value}'" for key, value in settings.items()]
    lines += [
        f"listen_addresses = '{part.addr}'",
        f"port = {part.port}",
        f"unix_socket_directories = '{data}'",
        f"log_line_prefix = '{part.spec['prefix']}'",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
    ]
    (data / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")


def prepare_redis(part: Part) -> list[str]:
    """The command that serves a cache or a queue."""
    data = Path("/srv/data", part.name)
    data.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "bind": part.addr,
        "port": part.port,
        "dir": str(data),
        "save": "",
        "loglevel": "notice",
        "slowlog-log-slower-than": "10000",
        **part.spec.get("settings", {}),
    }
    command = ["/usr/bin/redis-server"]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    return command
