"""The software of the stage, from Debian's own archive as the machine is configured for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.lab.stores import postgres_template

PACKAGES = (
    "postgresql-15", "redis-server", "nginx", "haproxy", "dnsmasq-base", "libfaketime", "iptables",
    "nodejs", "openjdk-17-jdk-headless", "libhikaricp-java", "libpostgresql-jdbc-java",
    "libslf4j-java",
    "prometheus", "prometheus-alertmanager", "prometheus-postgres-exporter",
    "prometheus-redis-exporter", "prometheus-nginx-exporter",
)  # fmt: skip
CLASSES = Path("/var/tmp/lab-classes")  # noqa: S108 - compiled from our own source
PROGRAMS = (
    "/usr/lib/postgresql/15/bin/postgres", "/usr/bin/redis-server", "/usr/sbin/nginx",
    "/usr/sbin/haproxy", "/usr/bin/node", "/usr/bin/javac",
    "/usr/share/java/HikariCP.jar", "/usr/sbin/dnsmasq", "/usr/sbin/iptables-legacy",
    "/usr/bin/prometheus",
    "/usr/bin/prometheus-alertmanager", "/usr/bin/prometheus-postgres-exporter",
    "/usr/bin/prometheus-redis-exporter", "/usr/bin/prometheus-nginx-exporter",
)  # fmt: skip


def compile_classes(folder: Path) -> None:
    """The services in Java, compiled from our own source when that is newer."""
    sources = sorted((Path(__file__).parent / "apps" / "java").glob("*.java"))
    newest = max(source.stat().st_mtime for source in sources)
    made = folder / "Service.class"
    if made.exists() and made.stat().st_mtime > newest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    jars = "/usr/share/java/HikariCP.jar:/usr/share/java/slf4j-api.jar"
    command = ["/usr/bin/javac", "-d", str(folder), "-cp", jars, *map(str, sources)]
    subprocess.run(command, check=True)


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
    postgres_template()
    compile_classes(CLASSES)
    return 0
