"""Prometheus and Alertmanager of the stage: what they scrape, the rules, what they deliver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import yaml
from aiohttp import web

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part, Plan

WATCH = "127.0.250.1"
FOLDER = Path("/srv/watch")
STEP = 2


def _scrapes(plan: Plan) -> list[dict[str, Any]]:
    jobs = [_scrape("containers", f"{WATCH}:9101", "node-agent:9101")]
    ports = {"postgres": 9187, "redis": 9121, "nginx": 9113, "haproxy": 8405}
    for part in plan.parts:
        port = ports.get(part.software, part.port)
        if part.software not in ("dnsmasq", "partner"):
            jobs.append(_scrape(part.name, f"{part.addr}:{port}", f"{part.host}:{port}"))
    return jobs


def _scrape(job: str, target: str, instance: str) -> dict[str, Any]:
    static = {"targets": [target], "labels": {"instance": instance}}
    return {"job_name": job, "static_configs": [static]}


def write_rules(plan: Plan) -> list[str]:
    """Configuration in FOLDER; the commands that start the two, Alertmanager first."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    interval = {"scrape_interval": f"{STEP}s", "scrape_timeout": "2s", "evaluation_interval": "2s"}
    external = {"cluster": plan.alert["cluster"]} if plan.alert.get("cluster") else {}
    prometheus = {
        "global": interval | {"external_labels": external},
        "rule_files": [str(FOLDER / "rules.yml")],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"{WATCH}:9093"]}]}]},
        "scrape_configs": _scrapes(plan),
    }
    rules = [
        {
            "alert": rule["name"],
            "expr": rule["expr"],
            "for": rule["for"],
            "labels": rule["labels"],
            "annotations": rule["annotations"],
        }
        for rule in plan.alert["rules"]
    ]
    (FOLDER / "prometheus.yml").write_text(yaml.safe_dump(prometheus, sort_keys=False))
    groups = {"groups": [{"name": plan.alert["group"], "rules": rules}]}
    (FOLDER / "rules.yml").write_text(yaml.safe_dump(groups, sort_keys=False))
    receiver = plan.alert["receiver"]
    manager = {
        "route": {
            "receiver": receiver,
            "group_by": plan.alert["group_by"],
            "group_wait": "2s",
            "group_interval": "10s",
            "repeat_interval": "4h",
        },
        "receivers": [
            {"name": receiver, "webhook_configs": [{"url": f"http://{WATCH}:9999/alerts"}]}
        ],
    }
    (FOLDER / "alertmanager.yml").write_text(yaml.safe_dump(manager, sort_keys=False))
    domain = plan.domain["zone"]
    return [
        f"/usr/bin/prometheus-alertmanager --config.file={FOLDER}/alertmanager.yml "
        f"--storage.path={FOLDER}/am --cluster.listen-address= "
        f"--web.listen-address={WATCH}:9093 "
        f"--web.external-url=http://alertmanager.{domain}:9093 --log.level=error",
        f"/usr/bin/prometheus --config.file={FOLDER}/prometheus.yml "
        f"--storage.tsdb.path={FOLDER}/tsdb --web.listen-address={WATCH}:9090 "
        f"--web.external-url=http://prometheus.{domain}:9090 --log.level=error",
    ]


def exporters(part: Part) -> list[str]:
    """The command of the exporter beside a store, or nothing."""
    if part.software == "redis":
        return [
            "/usr/bin/prometheus-redis-exporter",
            f"-redis.addr=redis://{part.addr}:{part.port}",
            f"-web.listen-address={part.addr}:9121",
        ]
    if part.software == "nginx":
        return [
            "/usr/bin/prometheus-nginx-exporter",
            f"-nginx.scrape-uri=http://{part.addr}:8099/status",
            f"-web.listen-address={part.addr}:9113",
        ]
    if part.software == "postgres":
        who = "dba:dba"
        dsn = f"postgresql://{who}@{part.addr}:{part.port}/{part.spec['database']}"
        return [
            "/usr/bin/env",
            f"DATA_SOURCE_NAME={dsn}?sslmode=disable",
            "/usr/bin/prometheus-postgres-exporter",
            f"--web.listen-address={part.addr}:9187",
            "--log.level=error",
        ]
    return []


class Receiver:
    """What Alertmanager delivers, unchanged."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def _hear(self, request: web.Request) -> web.Response:
        self.bodies.append(json.loads(await request.read()))
        return web.Response()

    async def open(self, metrics: Any) -> web.AppRunner:
        """Listen for alerts, and serve what the machine knows of its containers."""
        runner: web.AppRunner | None = None
        for port, method, path, handler in (
            (9999, "POST", "/alerts", self._hear),
            (9101, "GET", "/metrics", metrics),
        ):
            app = web.Application()
            app.router.add_route(method, path, handler)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, WATCH, port).start()
        assert runner is not None  # noqa: S101 - two were opened
        return runner


async def ask_prometheus(query: str, start: float, end: float) -> list[dict[str, Any]]:
    """The matrix that `query_range` answers."""
    url = f"http://{WATCH}:9090/api/v1/query_range"
    params = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": str(STEP)}
    async with aiohttp.ClientSession() as session, session.get(url, params=params) as response:
        body = await response.json()
    if body.get("status") != "success":
        raise RuntimeError(f"prometheus refused {query}: {body}")
    result: list[dict[str, Any]] = body["data"]["result"]
    return result
