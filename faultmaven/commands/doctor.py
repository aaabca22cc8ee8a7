"""`faultmaven doctor`: checks the installation, and names the next step where a check fails."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING

import httpx

from bot.platform import Checked
from core.alerts.model import DeliveryState
from core.errors import FaultMavenError, RowDamaged, StoreUnavailable, WrongUsage
from faultmaven.doctor_checks import (
    RECENT,
    chat_findings,
    pager_findings,
    plugin_findings,
    policy_findings,
    provider_finding,
    turn_findings,
    unsent_findings,
)
from faultmaven.embedding_checks import embedding_finding
from faultmaven.installation_checks import (
    CLOCK_TOLERANCE,
    account_finding,
    clock_finding,
    disk_findings,
    lost_database_finding,
    permission_findings,
    secret_findings,
    server_finding,
)
from faultmaven.installation_files import make_data_dir
from faultmaven.integrity_checks import (
    event_findings,
    file_findings,
    index_finding,
    page_findings,
    schema_finding,
    seal_findings,
)
from faultmaven.job_checks import job_findings
from faultmaven.knowledge_checks import knowledge_findings
from faultmaven.language_models import open_model, try_span_export
from faultmaven.model_checks import model_findings, span_finding
from faultmaven.output import print_json, print_line
from faultmaven.settings import Settings, load_settings
from faultmaven.vector_checks import vectors_finding
from faultmaven.wiring import choose_embedder, open_platforms, open_qdrant, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.workflows.services import Services

PATIENCE_S = 5.0
PREFIX = "FAULTMAVEN_"


def run(*, as_json: bool) -> int:
    """0 when all is well, also with warnings; 1 when anything is not."""
    findings = asyncio.run(_examine())
    if as_json:
        print_json(
            [
                {
                    "check": finding.check,
                    "ok": finding.is_warning or _is_well(finding),
                    "warning": finding.is_warning,
                    "says": finding.says,
                    "advice": finding.advice,
                }
                for finding in findings
            ]
        )
    else:
        for finding in findings:
            print_line(f"{_mark(finding)} {finding.check}: {finding.says}")
            if not _is_well(finding):
                print_line(f"    → {finding.advice}")
    return 0 if all(finding.is_warning or _is_well(finding) for finding in findings) else 1


def _mark(finding: Checked) -> str:
    if _is_well(finding):
        return "ok "
    return "WARN" if finding.is_warning else "BAD"


def _is_well(finding: Checked) -> bool:
    return not finding.advice


async def _examine() -> list[Checked]:
    try:
        settings = load_settings()
    except WrongUsage as error:
        return [Checked(check="settings", says=str(error), advice=error.next_step)]
    findings = [_settings(settings), *secret_findings(settings), server_finding(settings)]
    findings += [account_finding(settings), *_data_dir(settings), await _redis(settings)]
    if lost := lost_database_finding(settings):
        findings.append(lost)
    else:
        findings += [finding async for finding in page_findings(settings)]
        findings += [finding async for finding in _database(settings)]
    findings += plugin_findings()
    policy, of_policy = policy_findings(settings)
    findings += of_policy
    chat = chat_findings(settings, policy, open_platforms=open_platforms)
    findings += [finding async for finding in chat]
    return findings + [await _alertmanager(url) for url in settings.alertmanager_urls]


def _settings(settings: Settings) -> Checked:
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX)
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    )
    if unknown:
        known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
        meant = get_close_matches(unknown[0], known, n=1)
        advice = f"Did you mean {meant[0]}?" if meant else "See .env.example for every setting."
        return Checked(check="settings", says=f"unknown: {', '.join(unknown)}", advice=advice)
    secret = (
        "a webhook secret" if settings.alertmanager_token else "no webhook secret (loopback only)"
    )
    return Checked(
        check="settings",
        says=f"profile {settings.profile}, {settings.host}:{settings.port}, {secret}",
    )


def _data_dir(settings: Settings) -> list[Checked]:
    """What rests there, and who can reach it."""
    try:
        make_data_dir(settings)
    except StoreUnavailable as error:
        return [Checked(check="disk", says=str(error), advice=error.next_step)]
    return [*disk_findings(settings), *permission_findings(settings)]


async def _redis(settings: Settings) -> Checked:
    if not settings.redis_url:
        return Checked(check="redis", says="not used: jobs run in process")
    try:
        # The seam of the `team` extra.
        from storage.jobs.arq_pool import ping_redis  # noqa: PLC0415

        await ping_redis(settings.redis_url, patience_s=PATIENCE_S)
    except (ImportError, FaultMavenError) as error:
        return Checked(
            check="redis",
            says=str(error),
            advice="Start Redis or correct FAULTMAVEN_REDIS_URL; until then jobs run by polling.",
        )
    return Checked(check="redis", says="answers")


async def _database(settings: Settings) -> AsyncIterator[Checked]:
    """Check that the database takes writes, and examine its tables."""
    kind = "SQLite" if settings.uses_sqlite else "PostgreSQL"
    try:
        # Mistakes of the policy have lines of their own, and so have platforms.
        unrouted = settings.model_copy(update={"policy_file": None})
        async with wire(unrouted, audiences=()) as installation:
            if lacking := await schema_finding(settings):
                yield lacking
                return  # whatever is asked of it next may end in an error of its driver
            services = installation.services
            await services.store.check()
            yield Checked(check="database", says=f"{kind} takes writes")
            if of_indexes := await index_finding(settings):
                yield of_indexes
            # Each by itself: one that cannot be made hides none of the others.
            for check, findings in (
                ("sealing", seal_findings(settings)),
                ("originals", file_findings(services)),
                ("events", event_findings(services)),
                ("knowledge", knowledge_findings(services)),
                ("database", _tables(settings, services)),
                ("investigation", _turns(services)),
                ("platforms", unsent_findings(services)),
                ("outside", _outside(settings, services)),
            ):
                async for finding in _unless_damaged(check, findings):
                    yield finding
    except FaultMavenError as error:
        yield Checked(check="database", says=str(error), advice=error.next_step)


async def _unless_damaged(check: str, findings: AsyncIterator[Checked]) -> AsyncIterator[Checked]:
    """The findings of a check, or why it could not be made."""
    try:
        async for finding in findings:
            yield finding
    except RowDamaged as error:
        yield Checked(check=check, says=str(error), advice=error.next_step)


async def _turns(services: Services) -> AsyncIterator[Checked]:
    yield await turn_findings(services)


async def _outside(settings: Settings, services: Services) -> AsyncIterator[Checked]:
    """What we ask over the network for a case."""
    async for finding in pager_findings(settings, services):
        yield finding
    of_models = partial(open_model, services=services)
    for finding in await model_findings(settings, open_model=of_models):
        yield finding
    yield await embedding_finding(settings, services, choose=choose_embedder)
    if settings.qdrant_url:
        yield await vectors_finding(settings, open_server=open_qdrant)
    yield await span_finding(settings, try_export=try_span_export)
    yield await provider_finding(services.provider)


async def _tables(settings: Settings, services: Services) -> AsyncIterator[Checked]:
    now = services.clock.now()
    async with services.reading() as unit:
        day = now - RECENT  # what was wrong before has been looked at, or stopped
        unread = await unit.deliveries.count(DeliveryState.UNPARSABLE, since=day)
        large = await unit.deliveries.count(DeliveryState.OVERSIZED, since=day)
        ahead = len(await unit.deliveries.since(now + CLOCK_TOLERANCE))
    yield clock_finding(settings) or Checked(
        check="clock",
        says=f"{ahead} deliveries come from the future"
        if ahead
        else f"{now:%Y-%m-%d %H:%M:%S} UTC",
        advice="Set the clock (timedatectl), then look at the newest cases." if ahead else "",
    )
    for finding in await job_findings(settings, services):
        yield finding
    yield Checked(
        check="deliveries",
        says=f"{unread} could not be read, {large} were too large in the last 24 h"
        if unread or large
        else "all read in the last 24 h",
        advice="See what posts to /webhooks/…; then: faultmaven replay --since TIME."
        if unread or large
        else "",
    )


async def _alertmanager(url: str) -> Checked:
    check = f"alertmanager {url.rpartition('@')[2]}"  # not what opens it
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            response = await client.get(f"{url}/-/ready")
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Checked(
            check=check,
            says=_why(error),
            advice="Correct FAULTMAVEN_ALERTMANAGER_URLS; until then nothing is reconciled.",
        )
    apart = _apart(response)
    if apart > CLOCK_TOLERANCE:
        return Checked(
            check=check,
            says=f"its clock and ours are {apart.total_seconds():.0f} s apart",
            advice="Set both clocks (timedatectl): the order of alerts depends on them.",
        )
    return Checked(check=check, says="answers")


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"answered {error.response.status_code}"
    return f"does not answer ({type(error).__name__})"


def _apart(response: httpx.Response) -> timedelta:
    """Difference between the other clock and ours; zero where the response has no date."""
    try:
        their_time = parsedate_to_datetime(response.headers.get("date", "")).replace(tzinfo=UTC)
    except ValueError:
        return timedelta()
    return abs(datetime.now(UTC) - their_time)
