"""A small service of a made-up company: routes made of steps, a log, metrics, limits.

    python service.py SPEC.json

It is read again from SPEC.json when the file changes under `flags`, as from a flag service.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import socket
import ssl
import struct
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg  # type: ignore[import-untyped]
import prometheus_client as prom
import redis.asyncio
from aiohttp import web
from journal import open_journal  # type: ignore[import-not-found]
from steps import STEPS, Failure  # type: ignore[import-not-found]

IP_LOCAL_PORT_RANGE = 51
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Service:
    """What the handlers share: clients, pool, counters, and the flags of the moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec: dict[str, Any] = json.loads(path.read_text())
        self.flags: dict[str, Any] = dict(self.spec.get("flags", {}))
        self.log = open_journal(self.spec)
        self.pool: Any = None
        self.cache: Any = None
        self.client: Any = None
        self.hoard: list[Any] = []
        self.requests = prom.Counter(
            "http_requests", "Requests answered.", ["method", "path", "status"]
        )
        self.seconds = prom.Histogram(
            "http_request_duration_seconds", "Time to answer.", ["path"], buckets=BUCKETS
        )
        self.inflight = prom.Gauge("http_requests_in_flight", "Requests being answered.")
        self.outgoing = prom.Counter(
            "outgoing_requests", "Calls of other services.", ["target", "outcome"]
        )
        self.pool_used = prom.Gauge("db_pool_connections_in_use", "Connections lent.")
        self.pool_size = prom.Gauge("db_pool_connections_max", "Connections at most.")
        self.cache_reads = prom.Counter("cache_reads", "Reads of the cache.", ["outcome"])
        self.queue_depth = prom.Gauge("queue_depth", "Jobs waiting.", ["queue"])
        self.lag = prom.Gauge("runtime_scheduling_delay_seconds", "How late a timer fires.")
        self.lines = prom.Counter("log_lines", "Lines logged.", ["level"])
        logging.getLogger().handlers[0].addFilter(self._count)
        self.extra: dict[str, Any] = {}

    def phrase(self, name: str, **gaps: object) -> str:
        """The words this team uses for it."""
        return str(self.spec["phrases"][name]).format(**gaps)

    def _count(self, record: logging.LogRecord) -> bool:
        self.lines.labels(record.levelname.lower()).inc()
        return True

    def socket(self, where: Any) -> socket.socket:
        """One whose own port comes from the range of this host."""
        made = socket.socket(where[0], where[1], where[2])
        low, high = self.spec["ports"]
        bounds = struct.pack("=I", high << 16 | low)
        made.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, bounds)
        made.settimeout(0)
        return made

    async def open(self) -> None:
        """Connections to what is behind the service."""
        tls: ssl.SSLContext | bool = True
        if self.spec.get("ca"):
            tls = ssl.create_default_context(cafile=self.spec["ca"])
        connector = aiohttp.TCPConnector(
            ssl=tls,
            force_close=bool(self.spec.get("fresh")),
            use_dns_cache=False,
            local_addr=(self.spec["addr"], 0),
            socket_factory=self.socket if self.spec.get("ports") else None,
        )
        self.client = aiohttp.ClientSession(connector=connector)
        if database := self.spec.get("db"):
            self.pool = await asyncpg.create_pool(
                database["dsn"],
                min_size=1,
                max_size=database["pool"],
                command_timeout=database.get("command_timeout", 10),
                max_inactive_connection_lifetime=60,
                max_queries=database.get("max_queries", 50_000),
                server_settings={"application_name": self.spec["name"]},
            )
            self.pool_size.set(database["pool"])
            self.log.info("database pool ready", extra={"fields": {"max": database["pool"]}})
        if self.spec.get("redis"):
            self.cache = redis.asyncio.from_url(  # type: ignore[no-untyped-call]
                self.spec["redis"], socket_timeout=2, socket_connect_timeout=2
            )

    async def watch(self) -> None:
        """Flags, gauges and the delay of timers, twice a second."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.5)
            self.lag.set(max(0.0, time.monotonic() - before - 0.5))
            if self.pool is not None:
                self.pool_used.set(self.pool.get_size() - self.pool.get_idle_size())
            fresh = json.loads(self.path.read_text() or "{}").get("flags", self.flags)
            if fresh != self.flags:
                for name in fresh:
                    if fresh[name] != self.flags.get(name):
                        self.log.info(
                            "flag changed", extra={"fields": {"flag": name, "value": fresh[name]}}
                        )
                self.flags = dict(fresh)

    async def run_steps(self, steps: list[list[Any]], item: dict[str, Any]) -> None:
        """Each in its turn; one that names a flag only while the flag is on."""
        for name, *arguments in steps:
            options = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
            if (flag := options.get("flag")) and not self.flags.get(flag):
                continue
            if (share := options.get("share")) and random.random() > share:  # noqa: S311
                continue
            await STEPS[name](self, item, *arguments)

    async def handle(self, request: web.Request) -> web.Response:
        """Run the steps of the route; an error is logged once and becomes a status."""
        path = request.path
        started = time.monotonic()
        item: dict[str, Any] = {
            "id": int(request.query.get("id", "1")),
            "q": request.query.get("q", ""),
            "token": request.headers.get("Authorization", ""),
            "remote": request.remote,
            "rid": request.headers.get("X-Request-ID") or uuid.uuid4().hex[:16],
        }
        status, headers = 200, dict[str, str]()
        body: dict[str, Any] = {"ok": True}
        with self.inflight.track_inprogress():
            try:
                await self.run_steps(self.spec["routes"][path], item)
                body.update(item.get("answer", {}))
            except Failure as failure:
                status, headers = failure.status, failure.headers
                self._note(failure, path, item)
            except Exception as error:
                status = 500
                self.log.exception(
                    "unhandled %s in %s %s",
                    type(error).__name__,
                    request.method,
                    path,
                    extra={"fields": {"request_id": item["rid"]}},
                )
        took = time.monotonic() - started
        self.requests.labels(request.method, path, str(status)).inc()
        self.seconds.labels(path).observe(took)
        self._access(request, status, took, item["rid"])
        if status != 200:
            body = {"ok": False, "status": status}
        return web.json_response(body, status=status, headers=headers)

    def _note(self, failure: Failure, path: str, item: dict[str, Any]) -> None:
        fields = {"path": path, "request_id": item["rid"], **failure.fields}
        level = self.log.warning if failure.status < 500 else self.log.error
        level(str(failure), extra={"fields": fields})

    def _access(self, request: web.Request, status: int, took: float, rid: str) -> None:
        if self.spec["style"] in ("json", "logfmt"):
            fields = {
                "method": request.method,
                "path": request.path,
                "status": status,
                "duration_ms": round(took * 1000, 1),
                "request_id": rid,
            }
            self.log.info("request", extra={"fields": fields})
        else:
            self.log.info(
                '%s - "%s %s HTTP/1.1" %s %.0fms',
                request.remote,
                request.method,
                request.path,
                status,
                took * 1000,
            )


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=prom.generate_latest(), content_type="text/plain")


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


async def serve(service: Service) -> None:
    """Listen until told to stop, then let requests finish."""
    spec = service.spec
    service.log.info(
        "starting %s %s", spec["name"], spec["version"], extra={"fields": spec.get("banner", {})}
    )
    for problem in spec.get("start_with", []):
        await STEPS[problem[0]](service, {"id": 1, "rid": "-"}, *problem[1:])
    await service.open()
    app = web.Application()
    app.add_routes(
        [web.get("/metrics", _metrics), web.get(spec.get("health", "/healthz"), _health)]
    )
    for path in spec["routes"]:
        app.router.add_route("*", path, service.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
    await runner.setup()
    tls = None
    if spec.get("cert"):
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(spec["cert"], spec["cert_key"])
    site = web.TCPSite(runner, spec["addr"], spec["port"], ssl_context=tls, reuse_port=True)
    await site.start()
    service.log.info("listening on %s:%s", spec["addr"], spec["port"])
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if spec.get("debug_loop"):
        loop.set_debug(True)
        loop.slow_callback_duration = 0.3
        logging.getLogger("asyncio").setLevel(logging.WARNING)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if tls is not None:
        loop.add_signal_handler(signal.SIGHUP, _reload, service, tls)
    background = [asyncio.create_task(service.watch())]
    for steps in spec.get("background", []):
        background.append(asyncio.create_task(_repeat(service, steps)))
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([waiting, *background], return_when=asyncio.FIRST_COMPLETED)
    if waiting not in done:
        for task in done:
            task.result()
    service.log.info("shutting down", extra={"fields": {"signal": "SIGTERM"}})
    await runner.cleanup()


def _reload(service: Service, tls: ssl.SSLContext) -> None:
    tls.load_cert_chain(service.spec["cert"], service.spec["cert_key"])
    service.log.info("reloaded certificate", extra={"fields": {"file": service.spec["cert"]}})


async def _repeat(service: Service, entry: dict[str, Any]) -> None:
    number = 0
    while True:
        number += 1
        if entry.get("every"):
            await asyncio.sleep(entry["every"])
        await service.run_steps(entry["steps"], {"id": number, "rid": f"bg-{number}", "q": ""})


if __name__ == "__main__":
    os.umask(0o022)
    try:
        asyncio.run(serve(Service(Path(sys.argv[1]))))
    except KeyboardInterrupt:
        sys.exit(130)
