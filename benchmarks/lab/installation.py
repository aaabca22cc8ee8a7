"""The software of the stage, from Debian's own archive as the machine is configured for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.lab.stores import postgres_template

PACKAGES = (
    "postgresql-15", "redis-server", "nginx", "haproxy", "dnsmasq-base", "libfaketime", "iptables",
    "prometheus", "prometheus-alertmanager", "prometheus-postgres-exporter",
    "prometheus-redis-exporter", "prometheus-nginx-exporter",
)  # fmt: skip
TEMPLATE = Path("/var/tmp/lab-cluster")  # noqa: S108 - as the stage has it
PROGRAMS = (
    "/usr/lib/postgresql/15/bin/postgres", "/usr/bin/redis-server", "/usr/sbin/nginx",
    "/usr/sbin/haproxy", "/usr/sbin/dnsmasq", "/usr/sbin/iptables-legacy", "/usr/bin/prometheus",
    "/usr/bin/prometheus-alertmanager", "/usr/bin/prometheus-postgres-exporter",
    "/usr/bin/prometheus-redis-exporter", "/usr/bin/prometheus-nginx-exporter",
)  # fmt: skip


def install() -> int:
    """Install what is missing, start nothing, make the empty cluster; as root on Debian."""
    if not all(Path(program).exists() for program in PROGRAMS):
        command = ["/usr/bin/apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "RUNLEVEL": "1",
        }
        if code := subprocess.run(command, env=environment, check=False).returncode:
            return code
    postgres_template(TEMPLATE)
    return 0
