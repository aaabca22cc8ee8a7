"""Which class stands behind which port? The one place that knows; every process enters here."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from api.status import Check
from bot.terminal.chat import TerminalChat
from core.alerts.correlation import process_delivery, settle_case
from core.alerts.intake import Journal
from core.alerts.reconciliation import reconcile_alerts
from core.jobs.housekeeping import keep_house
from core.clock import SystemClock, SystemRandom
from core.conversation.outbox import send
from core.evidence.receive import read_evidence
from core.investigation.turn import investigate_case
from core.jobs import catalogue
from core.jobs.model import Audience
from core.ports import AlertView, WakeUp
from core.services import Rules, Services
from faultmaven.crew import Crew
from faultmaven.settings import Settings
from integrations.alertmanager import Alertmanager
from storage.database.schema import upgrade
from storage.database.store import SqlStore, open_engine
from storage.files.local import LocalFiles
from storage.jobs.extraction import SpawnedRunner
from storage.jobs.inprocess import InProcessWakeUp
from storage.jobs.observer import Tally
from storage.jobs.runner import Handler, JobRunner

HANDLERS = {
    catalogue.DELIVERY_PROCESS: process_delivery,
    catalogue.CASE_INVESTIGATE: investigate_case,
    catalogue.CASE_SETTLE: settle_case,
    catalogue.EVIDENCE_PROCESS: read_evidence,
    catalogue.CHAT_SEND: send,
    catalogue.ALERTS_RECONCILE: reconcile_alerts,
    catalogue.HOUSEKEEPING: keep_house,
}
EXTRACTIONS_AT_ONCE = 1  # each may take hundreds of MB and a whole core
JOBS_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Installation:
    """All the parts of one process, connected."""

    services: Services
    journal: Journal
    crew: Crew
    checks: Mapping[str, Check] = field(default_factory=dict)


@asynccontextmanager
async def wire(
    settings: Settings, *, audiences: Sequence[Audience] = tuple(Audience)
) -> AsyncIterator[Installation]:
    """Open everything that `settings` name, and close it when the block ends.

    audiences: whose jobs the crew of this process takes, once it is told to run.
    Raises StoreUnavailable, WrongUsage.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await prepare_database(settings)
    clock, chance, bell = SystemClock(), SystemRandom(), InProcessWakeUp()
    async with AsyncExitStack() as stack:
        wake: WakeUp = bell
        if settings.redis_url:
            wake = await stack.enter_async_context(_through_redis(settings.redis_url, bell))
        engine = await stack.enter_async_context(open_engine(settings.async_database_url))
        store = SqlStore(engine, wake=wake)
        services = Services(
            store=store,
            files=LocalFiles(settings.files_dir),
            runner=SpawnedRunner(),
            clock=clock,
            chance=chance,
            secret=installation_secret(settings),
            chats={"terminal": TerminalChat()},
            alertmanagers=await _alertmanagers(settings, stack),
            rules=Rules(
                resolve_after=settings.resolve_after, reopen_within=settings.reopen_within
            ),
        )
        journal = await stack.enter_async_context(Journal.open(store))
        yield Installation(
            services=services,
            journal=journal,
            crew=_crew(services, engine=engine, audiences=audiences, bell=bell),
            checks={"database": store.check},
        )


async def prepare_database(settings: Settings) -> None:
    """Bring the tables to this version. Raises StoreUnavailable."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await upgrade(settings.async_database_url)


def installation_secret(settings: Settings) -> bytes:
    """The root of all keys: from the settings, else made once and kept in the data directory."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / "secret.key"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        # `link` fails where another process was first; then its key counts.
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text().encode()
