"""The long-running processes: what each listens to and which jobs it takes, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvloop
from prometheus_client import REGISTRY

from api.access_tokens import AccessTokens
from api.capabilities import capabilities
from api.guard import Guard
from api.metrics import metrics_router
from api.operator import operator_router, proof_router
from api.rate_limits import shared_limits
from api.routers import ROUTERS
from api.status import status_router
from api.welcome import PATH as WELCOME_PATH
from core.errors import WrongUsage
from core.jobs.model import Audience
from core.workflows.accounts import welcome
from core.workflows.retention import plan_upkeep
from faultmaven import __version__
from faultmaven.application import build_app
from faultmaven.connections import raise_descriptor_limit
from faultmaven.database_wait import await_database
from faultmaven.heartbeat import beating
from faultmaven.host_names import OwnNames
from faultmaven.http_listener import HttpListener, listening, opening
from faultmaven.installation_files import make_data_dir
from faultmaven.operator_endpoint import OperatorEndpoint, announce_endpoint, lock_data_dir
from faultmaven.output import print_json, print_line
from faultmaven.settings import DeploymentProfile, Settings, load_settings
from faultmaven.telemetry import configure_logging
from faultmaven.wiring import Installation, installation_secret, wire
from storage.jobs.supervisor import work_until
from webhooks.alertmanager import alertmanager_router
from webhooks.pagerduty import pagerduty_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from contextlib import AbstractAsyncContextManager

    from fastapi import APIRouter

    Ready = Callable[[str, str | None], None]  # a process says what it is, and where it listens

log = structlog.get_logger(__name__)

WORKER_NICE = 5  # above the bot's 0, below the 10 of what reads files


def run_forever(
    process: Callable[[Settings, Ready], Coroutine[Any, Any, None]],
    *,
    as_json: bool = False,
    **given: object,
) -> int:
    """Run a process until it is told to stop; `given` are settings of the command line.

    as_json: print one document when it is ready, `{"process", "pid", "url"}`; `url` is null where
    nothing listens. Logs go to standard error in any case.
    """
    settings = load_settings(**given)
    make_data_dir(settings)
    configure_logging(secret=installation_secret(settings), json=not sys.stderr.isatty())
    raise_descriptor_limit()
    uvloop.run(process(settings, _print_ready if as_json else _print_nothing))
    return 0


def _print_ready(process: str, url: str | None) -> None:
    print_json({"process": process, "pid": os.getpid(), "url": url})


def _print_nothing(process: str, url: str | None) -> None:
    """Print nothing."""


async def run_up(settings: Settings, ready: Ready) -> None:
    """Everything in one process. Raises WrongUsage where one runs on this data directory."""
    stop = _stop_signal()
    with lock_data_dir(settings.data_dir):
        async with _opening(settings) as listener:
            if not await await_database(settings, stop, door=listener.door):
                return
            async with wire(settings) as installation:
                if settings.uses_sqlite:  # of which this process is the only one at work
                    await installation.workers.take_over_leases()
                await plan_upkeep(services=installation.services)
                async with installation.workers.running(), _attending(installation):
                    await _serve(installation, settings, listener, stop, partial(ready, "up"))


async def run_serve(settings: Settings, ready: Ready) -> None:
    """The listener alone; `worker` and `bot` do the work. Refuses SQLite.

    It answers 503 for as long as its database is not there.
    """
    _needs_server_database(settings)
    stop = _stop_signal()
    async with _opening(settings) as listener:
        if not await await_database(settings, stop, door=listener.door):
            return
        async with wire(settings, audiences=(), pooled=True) as installation:
            await plan_upkeep(services=installation.services)
            await _serve(installation, settings, listener, stop, partial(ready, "serve"))


async def run_bot(settings: Settings, ready: Ready) -> None:
    """Speaks and listens in chat; without Redis it polls for jobs. Refuses SQLite."""
    _needs_server_database(settings)
    stop = _stop_signal()
    if not await await_database(settings, stop):
        return
    audiences = (Audience.BOT, Audience.EAR)
    async with (
        wire(settings, audiences=audiences, pooled=True) as installation,
        _attending(installation),
        _chat_listener(installation, settings),
        beating("bot", settings.data_dir, installation.checks),
    ):
        ready("bot", None)
        await _work(installation, settings, stop)


async def run_worker(settings: Settings, ready: Ready) -> None:
    """One process of the worker pool; without Redis it polls. Refuses SQLite.

    It steps back for others on its machine: `serve` and `bot` have callers who wait for seconds.
    """
    _needs_server_database(settings)
    stop = _stop_signal()
    if not await await_database(settings, stop):
        return
    os.nice(WORKER_NICE)
    audiences = (Audience.ANY, Audience.WORKER, Audience.MEDIUM, Audience.LARGE)
    async with (
        wire(settings, audiences=audiences, pooled=True) as installation,
        beating("worker", settings.data_dir, installation.checks),
    ):
        ready("worker", None)
        await _work(installation, settings, stop)


async def _work(installation: Installation, settings: Settings, stop: asyncio.Event) -> None:
    """Take jobs until told to stop."""
    runners = installation.workers.runners
    audiences = [audience for runner in runners for audience in runner.audiences]
    log.info("working", audiences=audiences, profile=settings.profile)
    if not settings.redis_url:
        await work_until(stop, runners)
        return
    # The seam of the `team` extra: without Redis nothing of it is needed.
    from storage.jobs.arq_pool import run_arq_worker  # noqa: PLC0415

    await run_arq_worker(runners, redis_url=settings.redis_url, stop=stop)


@contextlib.asynccontextmanager
async def _attending(installation: Installation) -> AsyncIterator[None]:
    """Stay connected to every chat platform that has a token while the block runs."""
    async with contextlib.AsyncExitStack() as stack:
        for platform in installation.platforms:
            await stack.enter_async_context(platform.attending(installation.services))
        yield


@contextlib.asynccontextmanager
async def _chat_listener(installation: Installation, settings: Settings) -> AsyncIterator[None]:
    """The endpoints of the chat platforms on a port of their own; none where none is connected."""
    if not installation.platforms:
        yield
        return
    routers = (platform.router(installation.services) for platform in installation.platforms)
    app = build_app(*routers, own=OwnNames.of(settings))
    async with listening(app, settings.host, settings.bot_port) as listener:
        log.info(
            "listening to chat",
            port=listener.port,
            platforms=[platform.name for platform in installation.platforms],
        )
        yield


def _needs_server_database(settings: Settings) -> None:
    if settings.uses_sqlite:
        message = "SQLite is for `up` only: several processes need PostgreSQL"
        raise WrongUsage(message, next_step="Set FAULTMAVEN_DATABASE_URL=postgresql://…")


def _opening(settings: Settings) -> AbstractAsyncContextManager[HttpListener]:
    return opening(
        settings.host,
        settings.port,
        own=OwnNames.of(settings),
        proxies=settings.trusted_proxies,
    )


async def _serve(
    installation: Installation,
    settings: Settings,
    listener: HttpListener,
    stop: asyncio.Event,
    ready: Callable[[str], None],
) -> None:
    """Answer with the whole application until told to stop; announced while it does."""
    endpoint = OperatorEndpoint.fresh(listener.url)
    app = build_app(
        *_routers(installation, settings, endpoint, stop),
        own=OwnNames.of(settings),
        guard=_guard(installation, settings, endpoint),
    )
    async with _metrics_listener(installation, settings):
        await listener.open(app)
        with announce_endpoint(endpoint, settings.data_dir):
            log.info("listening", url=endpoint.url, profile=settings.profile)
            ready(endpoint.url)
            await _greet(installation, settings.public_url or endpoint.url)
            # What is imported by now stays: without it, full collections stop the intake for
            # 80 ms each.
            gc.collect()
            gc.freeze()
            await listener.until(stop)
        await listener.close()  # before what it answers from


def _routers(
    installation: Installation, settings: Settings, endpoint: OperatorEndpoint, stop: asyncio.Event
) -> Iterator[APIRouter]:
    # First, because routes are tried in order, and this one is in a hurry.
    token = settings.alertmanager_token
    yield alertmanager_router(
        services=installation.services,
        journal=installation.journal,
        token=token.get_secret_value() if token else None,
    )
    yield pagerduty_router(
        services=installation.services,
        journal=installation.journal,
        secrets=[secret.get_secret_value() for secret in settings.pagerduty_webhook_secrets],
    )
    for platform in installation.platforms:
        yield platform.router(installation.services)
    yield status_router(
        version=__version__,
        checks=installation.checks,
        capabilities=capabilities(
            version=__version__,
            enterprise=settings.profile is DeploymentProfile.ENTERPRISE,
            public_url=settings.public_url or endpoint.url,
            max_file_bytes=installation.services.rules.max_file_bytes,
            pagerduty=bool(settings.pagerduty_webhook_secrets),
            platforms=settings.platforms,
            sso=bool(settings.oidc_issuer),
            language_model=installation.services.model is not None,
        ),
    )
    yield from ROUTERS
    yield proof_router(endpoint.token)
    yield operator_router(installation.services, stopping=stop)
    if settings.metrics_port is None:
        yield metrics_router(
            installation.services,
            token=endpoint.token if settings.is_public else None,
            counters=(REGISTRY,),
        )


async def _greet(installation: Installation, url: str) -> None:
    """At a terminal, show how the first admin is made; what is no terminal may be kept as a log."""
    if not sys.stdout.isatty():
        return
    code = await welcome(services=installation.services)
    if code is not None:
        print_line(f"Nobody can sign in yet. Make the first admin: {url}{WELCOME_PATH}#{code}")


def _guard(installation: Installation, settings: Settings, endpoint: OperatorEndpoint) -> Guard:
    return Guard(
        services=installation.services,
        access_tokens=AccessTokens(installation_secret(settings)),
        limits=shared_limits(settings.redis_url),
        public_url=settings.public_url or endpoint.url,
        machine=endpoint.token,
    )


@contextlib.asynccontextmanager
async def _metrics_listener(installation: Installation, settings: Settings) -> AsyncIterator[None]:
    if settings.metrics_port is None:
        yield
        return
    metrics = metrics_router(installation.services, token=None, counters=(REGISTRY,))
    app = build_app(metrics, own=OwnNames.of(settings))
    async with listening(app, settings.host, settings.metrics_port):
        yield


def _stop_signal() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
