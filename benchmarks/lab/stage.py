"""One incident, played inside its own namespaces: `python -m benchmarks.lab.stage PLAN OUT APPS`.

It starts the software, lets customers come, strikes, and writes `raw/`: logs, series, the alerts
that were delivered, the changes, and what customers saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.lab import certificates, proxies, stores, watching
from benchmarks.lab.load import Customers
from benchmarks.lab.plan import Part, Plan, plan_from
from benchmarks.lab.series import QUERIES
from benchmarks.lab.strikes import STRIKES
from benchmarks.lab.supervision import Group, Watched

LEAD = 6.5  # seconds before the strike from which a line may be its effect
PYTHON = "/usr/local/bin/python3.11"


class Stage:
    """The running incident: its processes, its customers and what it wrote down."""

    def __init__(self, plan: Plan, out: Path) -> None:
        self.plan, self.out = plan, out
        self.rng = random.Random(plan.seed)  # noqa: S311
        self.watched: dict[str, Watched] = {}
        self.others: list[subprocess.Popen[bytes]] = []
        self.exporters: dict[str, subprocess.Popen[bytes]] = {}
        self.customers = Customers(plan.load, self.rng)
        self.receiver = watching.Receiver()
        self.changes: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.background: set[asyncio.Task[Any]] = set()
        self.names: dict[str, Any] = {part.host: part.addr for part in plan.parts}
        self.struck = 0.0
        self.offsets: dict[str, int] = {}
        self.ends: dict[str, int] = {}

    def note(self, name: str, text: str) -> None:
        """An event of the machine that runs the containers."""
        self.notes.append({"t": time.time(), "part": name, "text": text})

    def change(self, **entry: Any) -> None:
        """A change somebody made, for the log of changes."""
        self.changes.append({"t": time.time(), **entry})

    def later(self, work: Any) -> None:
        """Go on with it beside everything else."""
        task = asyncio.ensure_future(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    def command(self, part: Part) -> list[str]:
        """What starts a part; its files are written on the way."""
        logs = self.out / "raw" / "logs" / part.name
        prepare = {
            "postgres": lambda: stores.prepare_postgres(part),
            "redis": lambda: stores.prepare_redis(part),
            "nginx": lambda: proxies.prepare_nginx(part, logs),
            "haproxy": lambda: proxies.prepare_haproxy(part),
            "dnsmasq": lambda: proxies.prepare_dnsmasq(part, self.names),
        }
        if part.software in prepare:
            return prepare[part.software]()
        path = self.write_spec(part)
        if part.spec.get("runtime") == "node":
            return ["/usr/bin/node", "/srv/app/service.js", str(path)]
        if part.spec.get("runtime") == "java":
            jars = "/usr/share/java/HikariCP.jar:/usr/share/java/slf4j-api.jar"
            jars += ":/usr/share/java/slf4j-jdk14.jar:/usr/share/java/postgresql.jar:/srv/classes"
            return [
                "/usr/bin/java", f"-Xmx{part.spec.get('heap', '96m')}",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData",
                *(["-Xlog:gc:stdout"] if part.spec.get("gc_log") else []),
                "-cp", jars, "Service", str(path),
            ]  # fmt: skip
        return [PYTHON, "/srv/app/service.py", str(path)]

    def write_spec(self, part: Part) -> Path:
        """The configuration a service reads."""
        path = Path("/srv/etc", f"{part.name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        base = {"name": part.name, "host": part.host, "addr": part.addr, "port": part.port}
        base["company"] = self.plan.company
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(base | part.spec, indent=1))
        fresh.rename(path)
        return path

    async def raise_curtain(self) -> None:
        """Start all parts in their order and wait until each answers."""
        if any(part.software == "postgres" for part in self.plan.parts):
            stores.postgres_template()
        certificates.prepare(self.plan)
        self._name_service()
        for part in self.plan.parts:
            for path, size, inodes in part.limits.get("volumes", []):
                Path(path).mkdir(parents=True, exist_ok=True)
                options = f"size={size},nr_inodes={inodes},mode=0777"
                subprocess.run(
                    ["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True
                )
            if part.skew or part.spec.get("clocked"):
                clock = Path("/srv/clocks", part.name)
                clock.parent.mkdir(exist_ok=True)
                clock.write_text(f"{part.skew:+.1f}\n")
            logs = self.out / "raw" / "logs" / part.name
            logs.mkdir(parents=True, exist_ok=True)
            group = Group(self.plan.ident, part)
            watched = Watched(part, logs / "out.log", group, self.note)
            self.watched[part.name] = watched
            await watched.start(self.command(part))
            await self._ready(part)
            if exporter := watching.exporters(part):
                self.exporters[part.name] = self._beside(exporter)
        runner = await self.receiver.open(self._machine)
        for line in watching.write_rules(self.plan):
            self._beside(line.split())
        self._runner = runner

    def _beside(self, command: list[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd="/srv")
        self.others.append(process)
        return process

    async def _ready(self, part: Part) -> None:
        port = part.port if part.software != "dnsmasq" else 53
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(part.addr, port)
                writer.close()
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"{part.name} did not start")

    def _name_service(self) -> None:
        dns = [part for part in self.plan.parts if part.software == "dnsmasq"]
        hosts = "127.0.0.1 localhost\n"
        if not dns:
            hosts += "".join(f"{address} {name}\n" for name, address in self.names.items())
        Path("/srv/hosts").write_text(hosts)
        resolver = dns[0].addr if dns else "127.0.0.1"
        Path("/srv/resolv.conf").write_text(
            f"nameserver {resolver}\noptions timeout:2 attempts:2\n"
        )
        for name in ("hosts", "resolv.conf"):
            subprocess.run(["/bin/mount", "--bind", f"/srv/{name}", f"/etc/{name}"], check=True)

    async def _machine(self, _: web.Request) -> web.Response:
        lines = []
        for name, watched in self.watched.items():
            label = f'{{container="{name}"}}'
            group = watched.group
            lines.append(f"container_restarts_total{label} {watched.restarts}")
            lines.append(f"container_oom_kills_total{label} {watched.killed_for_memory}")
            if usage := group.read("cpuacct.usage").strip():
                lines.append(f"container_cpu_usage_seconds_total{label} {int(usage) / 1e9:.3f}")
            if memory := group.read("memory.usage_in_bytes").strip():
                lines.append(f"container_memory_usage_bytes{label} {memory}")
            for row in group.read("cpu.stat").splitlines():
                if row.startswith("nr_throttled"):
                    count = row.split()[1]
                    lines.append(f"container_cpu_cfs_throttled_periods_total{label} {count}")
            for path, _, _ in watched.part.limits.get("volumes", []):
                lines += _volume(path, label)
            if watched.part.limits.get("disk"):
                lines += _volume(f"/srv/data/{name}", label)
        return web.Response(text="\n".join(lines) + "\n", content_type="text/plain")

    async def play(self) -> None:
        """Normal life, the strike, what follows."""
        started = time.time()
        load = asyncio.create_task(self.customers.run())
        strike_at = started + self.plan.normal
        timeline = [(strike_at + step["at"], step) for step in self.plan.steps]
        timeline += [(strike_at + step["at"], step) for step in self.plan.herrings]
        self.struck = strike_at
        self.later(
            self._mark(strike_at - (LEAD if any(s["at"] < 0 for s in self.plan.steps) else 0.2))
        )
        for at, step in sorted(timeline, key=lambda entry: entry[0]):
            await asyncio.sleep(max(0.0, at - time.time()))
            self.later(STRIKES[step["op"]](self, step))
        await asyncio.sleep(max(0.0, strike_at + self.plan.fault - time.time()))
        load.cancel()
        ended = time.time()
        await self.keep(started, ended)

    def _sizes(self) -> dict[str, int]:
        """Bytes of each log at this moment, by part and file."""
        logs = self.out / "raw" / "logs"
        return {str(path.relative_to(logs)): path.stat().st_size for path in logs.glob("*/*.log")}

    async def _mark(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - time.time()))
        self.offsets = self._sizes()

    async def keep(self, started: float, ended: float) -> None:
        """Write down what there is to know."""
        raw = self.out / "raw"
        self.ends = self._sizes()
        series: dict[str, Any] = {}
        for name, query in QUERIES.items():
            if rows := await watching.ask_prometheus(query, started, ended):
                series[name] = {"query": query, "result": rows}
        record = {
            "started": started,
            "struck": self.struck,
            "ended": ended,
            "alerts": self.receiver.bodies,
            "changes": self.changes,
            "notes": self.notes,
            "offsets": self.offsets,
            "answers": [asdict(answer) for answer in self.customers.answers],
        }
        (raw / "series.json").write_text(json.dumps(series))
        (raw / "record.json").write_text(json.dumps(record))

    async def clear(self) -> None:
        """End all that was started."""
        for task in list(self.background):
            task.cancel()
        for process in self.others:
            process.kill()
        for watched in self.watched.values():
            await watched.stop()
        for name, size in self.ends.items():  # what the end of the stage itself wrote
            os.truncate(self.out / "raw" / "logs" / name, size)


def _volume(path: str, label: str) -> list[str]:
    usage = shutil.disk_usage(path)
    lines = [
        f"volume_size_bytes{label} {usage.total}",
        f"volume_available_bytes{label} {usage.free}",
    ]
    inodes = os.statvfs(path)
    if inodes.f_files:
        lines.append(f"volume_inodes_free{label} {inodes.f_ffree}")
    return lines


async def main() -> int:
    """Play the plan named on the command line."""
    plan = plan_from(Path(sys.argv[1]).read_text())
    stage = Stage(plan, Path(sys.argv[2]))
    try:
        await stage.raise_curtain()
        await stage.play()
    finally:
        await stage.clear()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
