"""Decides which class stands behind which port; every process enters here."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from api.chat import ApiChat
from bot.platform import Platform
from bot.terminal.chat import TerminalChat
from core.clock import SystemClock, SystemRandom
from core.context import RootCauseRule, Rules
from core.conversation.ports import current_workspace
from core.errors import ModelUnavailable, WrongUsage
from core.investigation.reasoner import Deterministic
from core.jobs.model import Audience
from core.knowledge.chunk_vectors import model_name
from core.knowledge.search import SearchIndexes
from core.workflows.delivery_intake import Journal
from core.workflows.services import Services
from faultmaven.installation_files import (
    Remains,
    keyring_from,
    make_data_dir,
    refuse_to_replace,
)
from faultmaven.language_models import with_models
from faultmaven.policy import read_policy
from faultmaven.redaction import read_redaction_rules
from faultmaven.settings import secret_text
from faultmaven.worker_pool import WorkerPool, start_pool
from integrations.alertmanager import Alertmanager, WebhookTarget, send_test_alert
from integrations.mail import mail_from
from integrations.passwords import BcryptPasswords
from storage.database.archive import SqlArchivedTables
from storage.database.claims import SqlJobs
from storage.database.examination import (
    indexes_of,
    lacking_in,
    references_of,
    seals_of,
    structure_of,
)
from storage.database.installation import adopt_secret, holds_anything, with_former_secrets
from storage.database.schema import begin_at_will, is_new, reach, upgrade
from storage.database.seal import ColumnSeal
from storage.database.store import open_store
from storage.files.examination import originals_in
from storage.files.local import LocalFiles, holds_originals
from storage.jobs.extraction import SpawnedRunner
from storage.jobs.inprocess import InProcessWakeUp
from storage.sealing.keys import Keyring

if TYPE_CHECKING:
    from core.accounts.ports import IdentityProvider
    from core.alerts.ports import Pager
    from core.cases.archive.ports import ArchivedTables
    from core.conversation.reports.ports import Typesetter
    from core.jobs.ports import WakeUp
    from core.knowledge.ports import Embedder, VectorIndex
    from core.redaction.engine import Recogniser
    from faultmaven.settings import Settings
    from integrations.qdrant import QdrantServer
    from storage.database.store import SqlStore

EVERYONE = tuple(Audience)
_log = logging.getLogger(__name__)
Check = Callable[[], Awaitable[None]]


class Examined(Protocol):
    """What is damaged, how much was looked at, and whether that was all there is."""

    @property
    def damage(self) -> Sequence[str]: ...
    @property
    def count(self) -> int: ...
    @property
    def is_whole(self) -> bool: ...
    @property
    def unread(self) -> str: ...


class ExaminedRows(Examined, Protocol):
    """Of them, how many rest under a secret of before."""

    @property
    def former(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Installation:
    """All the parts of one process, connected."""

    services: Services
    journal: Journal
    workers: WorkerPool
    checks: Mapping[str, Check]
    platforms: tuple[Platform, ...] = ()


@asynccontextmanager
async def wire(
    settings: Settings, *, audiences: Sequence[Audience] = EVERYONE, pooled: bool = False
) -> AsyncIterator[Installation]:
    """Open everything that `settings` name, and close it when the block ends.

    audiences: whose jobs the workers of this process take, once they are started.
    pooled: wake the workers of other processes too, through Redis.
    Raises StoreUnavailable, WrongUsage.
    """
    prepared = await prepare_database(settings)
    keyring, naming = prepared.keyring, prepared.naming
    rules = _rules(settings)
    async with (
        _wake_up(settings, pooled=pooled) as wake,
        open_store(settings.async_database_url, wake=wake, seal=ColumnSeal(keyring)) as store,
        httpx.AsyncClient() as client,
        SpawnedRunner(rules=rules.redaction) as extraction,
        AsyncExitStack() as stack,
    ):
        services = Services(
            store=store,
            file_store=LocalFiles(settings.files_dir, keyring),
            runner=extraction,
            clock=SystemClock(),
            random=SystemRandom(),
            secret=keyring.current,
            naming=naming,
            chats=(TerminalChat(), ApiChat()),
            alertmanagers=tuple(
                Alertmanager(url, client=client) for url in settings.alertmanager_urls
            ),
            pager=_pager(settings),
            rules=rules,
            reasoner=Deterministic(aside=asyncio.to_thread),
            recogniser=_recogniser(settings),
            passwords=BcryptPasswords(),
            mail=mail_from(settings.smtp_url, sender=settings.mail_from),
            provider=_provider(settings, client),
            typesetter=_typesetter(),
            indexes=_indexes(settings),
        )
        services = await stack.enter_async_context(with_models(services, settings))
        platforms: tuple[Platform, ...] = ()
        if Audience.BOT in audiences:  # only then are tokens used
            platforms = await stack.enter_async_context(_platforms(settings, services))
            services = _speaking(services, platforms)
        journal = Journal(store)
        try:
            yield Installation(
                services=services,
                journal=journal,
                workers=_worker_pool(services, store, wake, audiences=audiences),
                checks={"database": store.check, "deliveries": journal.check},
                platforms=platforms,
            )
        finally:
            await journal.close()


def _rules(settings: Settings) -> Rules:
    """Raises WrongUsage where a file that they name has a mistake."""
    return Rules(
        resolve_after=settings.resolve_after,
        reopen_within=settings.reopen_within,
        keep_originals=settings.keep_originals,
        keep_deliveries=settings.keep_deliveries,
        routing=read_policy(settings),
        room=settings.case_place,
        admins=frozenset(settings.admins),
        invited=settings.case_invite,
        redaction=read_redaction_rules(settings),
        root_cause=_root_cause_rule(settings),
        registration=settings.registration,
        admin_group=settings.oidc_admin_group,
        joins_by_email=settings.oidc_join_by_email,
    )


def _root_cause_rule(settings: Settings) -> RootCauseRule:
    """When "root cause" may be said."""
    return RootCauseRule(
        sure=settings.sure,
        kinds=settings.evidence_kinds,
        tested=settings.predictions_tested,
    )


def _worker_pool(
    services: Services, store: SqlStore, wake: WakeUp, *, audiences: Sequence[Audience]
) -> WorkerPool:
    """Who works off the jobs of this process, and is woken for them."""
    workers = start_pool(
        SqlJobs(store.database),
        services=services,
        audiences=audiences,
        owner=f"{socket.gethostname()}:{os.getpid()}",
    )
    if isinstance(wake, InProcessWakeUp):
        for runner in workers.runners:
            wake.join(runner.audiences, runner.ring)
    return workers


@asynccontextmanager
async def _platforms(settings: Settings, services: Services) -> AsyncIterator[tuple[Platform, ...]]:
    """Every chat platform, in the workspace in which its new cases open."""
    workspaces = await _workspaces(settings.platforms, services)
    async with open_platforms(settings, workspaces=workspaces) as platforms:
        yield platforms


def _speaking(services: Services, platforms: Sequence[Platform]) -> Services:
    """The services, with these platforms to speak and to read on."""
    return replace(
        services,
        chats=(*services.chats, *(platform.chat for platform in platforms)),
        readers=tuple(platform.chat_reader for platform in platforms),
    )


async def _workspaces(platforms: Sequence[str], services: Services) -> Mapping[str, str]:
    """The id of the current workspace of each platform."""
    if not platforms:
        return {}
    async with services.unit() as unit:
        return {platform: await current_workspace(unit, platform) for platform in platforms}


@asynccontextmanager
async def open_platforms(
    settings: Settings, *, workspaces: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Platform, ...]]:
    """Every chat platform that the settings hold a token of.

    workspaces: by platform, the id of the one in which new cases open; none for an examination.
    """
    known = workspaces or {}
    async with AsyncExitStack() as stack:
        opened: list[Platform] = []
        if settings.slack_bot_token:
            opened.append(await stack.enter_async_context(_slack(settings, known.get("slack", ""))))
        if settings.discord_token:
            discord = _discord(settings, known.get("discord", ""))
            opened.append(await stack.enter_async_context(discord))
        yield tuple(opened)


def _slack(settings: Settings, workspace_id: str) -> AbstractAsyncContextManager[Platform]:
    # Their libraries are large: each is imported where a token asks for it.
    from bot.slack.access import SlackAccess  # noqa: PLC0415
    from bot.slack.connection import open_slack  # noqa: PLC0415

    return open_slack(
        SlackAccess(
            bot_token=secret_text(settings.slack_bot_token),
            app_token=secret_text(settings.slack_app_token) or None,
            signing_secret=secret_text(settings.slack_signing_secret) or None,
            api_url=settings.slack_api_url,
        ),
        workspace_id=workspace_id,
    )


def _discord(settings: Settings, workspace_id: str) -> AbstractAsyncContextManager[Platform]:
    from bot.discord.access import DiscordAccess  # noqa: PLC0415
    from bot.discord.connection import open_discord  # noqa: PLC0415

    return open_discord(
        DiscordAccess(
            token=secret_text(settings.discord_token),
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            public_key=settings.discord_public_key,
        ),
        room=settings.case_place,
        workspace_id=workspace_id,
    )


def _typesetter() -> Typesetter | None:
    """None where the extra `pdf` is not installed."""
    from integrations.typesetting.pdf import TypstTypesetter, is_installed  # noqa: PLC0415

    return TypstTypesetter() if is_installed() else None


def choose_embedder(wanted: str) -> Embedder | None:
    """`auto`, `minilm`, or a folder; None where none is installed and none is needed.

    Its model is loaded when it is asked for the first time. Raises ModelUnavailable.
    """
    from integrations.embeddings.installed import embedder_of  # noqa: PLC0415 - looks for files

    return embedder_of(wanted)


def _embedder(settings: Settings) -> Embedder | None:
    """None means words alone; one line says why where a model was asked for."""
    if settings.embedding_model == "off":
        return None
    try:
        return choose_embedder(settings.embedding_model)
    except ModelUnavailable as error:
        _log.warning("runbooks are found by their words alone: %s. %s", error, error.next_step)
        return None


def _indexes(settings: Settings) -> SearchIndexes:
    """Vectors are in memory, unless a Qdrant server is set and its client installed."""
    indexes, server = SearchIndexes(embedder=_embedder(settings)), open_qdrant(settings)
    if server is None:
        return indexes
    from integrations.qdrant import QdrantIndex  # noqa: PLC0415 - an extra

    def open_vectors(tenant_id: str, embedder: Embedder) -> VectorIndex:
        model = model_name(embedder)
        return QdrantIndex(server, tenant_id=tenant_id, model=model, size=embedder.size)

    return replace(indexes, open_vectors=open_vectors)


def open_qdrant(settings: Settings) -> QdrantServer | None:
    """None where none is set; also where its client is missing, which one line says."""
    if not settings.qdrant_url:
        return None
    if find_spec("qdrant_client") is None:
        _log.warning("vectors stay in memory: pip install 'faultmaven[qdrant]'")
        return None
    from integrations.qdrant import QdrantServer  # noqa: PLC0415 - an extra

    return QdrantServer.at(settings.qdrant_url, secret_text(settings.qdrant_api_key) or None)


def _recogniser(settings: Settings) -> Recogniser | None:
    """Raises WrongUsage where Presidio is asked for and not installed."""
    if not settings.presidio:
        return None
    from integrations.presidio import installed  # noqa: PLC0415 - its library costs 0.6 s

    recogniser = installed()
    if recogniser is None:
        message = "FAULTMAVEN_PRESIDIO is set, and Presidio is not installed"
        raise WrongUsage(message, next_step="Install the extra: pip install 'faultmaven[privacy]'.")
    return recogniser


def _provider(settings: Settings, client: httpx.AsyncClient) -> IdentityProvider | None:
    if not settings.oidc_issuer:
        return None
    from integrations.oidc import OidcProvider, ProviderAccess  # noqa: PLC0415 - costs 0.2 s

    access = ProviderAccess(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret_text(settings.oidc_client_secret),
        scopes=settings.oidc_scopes,
        groups_claim=settings.oidc_groups_claim,
    )
    return OidcProvider(access, client=client)


def _pager(settings: Settings) -> Pager | None:
    if settings.pagerduty_api_key is None:
        return None
    from integrations.pagerduty import PagerDuty  # noqa: PLC0415 - its client costs 0.2 s

    return PagerDuty(
        settings.pagerduty_api_key.get_secret_value(), api_url=settings.pagerduty_api_url
    )


async def reach_database(settings: Settings) -> None:
    """Connect once. Raises StoreUnavailable: DatabaseUnreachable where waiting may help."""
    await reach(settings.async_database_url)


async def examine_pages(settings: Settings, *, within_s: float) -> list[tuple[str, Examined]]:
    """Of SQLite, in its file; none where there is none yet."""
    file = settings.sqlite_file
    if file is None or is_new(file):
        return []
    return [
        ("pages", await asyncio.to_thread(structure_of, file, within_s=within_s)),
        ("references", await asyncio.to_thread(references_of, file, within_s=within_s)),
    ]


async def examine_indexes(settings: Settings, *, within_s: float) -> Examined | None:
    """Of PostgreSQL; None where it cannot tell. Raises StoreUnavailable."""
    return await indexes_of(settings.async_database_url, within_s=within_s)


async def examine_schema(settings: Settings) -> list[str]:
    """What the tables lack of their columns and indexes. Raises StoreUnavailable."""
    return await lacking_in(settings.async_database_url)


async def examine_seals(settings: Settings, *, within_s: float) -> ExaminedRows:
    """The newest sealed rows of every table. Raises StoreUnavailable."""
    url = settings.async_database_url
    keyring = await with_former_secrets(url, keyring_of(settings))
    return await seals_of(url, ColumnSeal(keyring), within_s=within_s)


async def examine_originals(settings: Settings, *, within_s: float) -> Examined:
    """The newest originals. Raises WrongUsage for a place that cannot hold them."""
    keyring = await with_former_secrets(settings.async_database_url, keyring_of(settings))
    folder = settings.files_dir
    return await asyncio.to_thread(originals_in, folder, keyring, within_s=within_s)


@dataclass(frozen=True, kw_only=True)
class PreparedDatabase:
    """keyring: with the secrets of before. naming: what names placeholders.

    moved_rows: how many rested under a secret of before until now.
    """

    keyring: Keyring
    naming: bytes
    moved_rows: int


async def prepare_database(
    settings: Settings, *, begin_anew: bool = False, thorough: bool = False
) -> PreparedDatabase:
    """Bring the tables to this version and this secret.

    begin_anew: make an empty database, or a secret, though originals of an earlier one are there.
    thorough: look for rows under a secret of before also where none is to be expected.
    Raises StoreUnavailable, WrongUsage, DatabaseLost, and WrongSecret where ours does not open it.
    """
    make_data_dir(settings)
    keyring = keyring_of(settings, begin_anew=begin_anew)
    refuse = partial(refuse_to_replace, settings, _remains(settings))
    may_begin = begin_at_will if begin_anew else refuse
    await upgrade(settings.async_database_url, may_begin=may_begin)
    resting = await adopt_secret(settings.async_database_url, keyring, thorough=thorough)
    return PreparedDatabase(
        keyring=keyring.with_older(resting.naming, *resting.former),
        naming=resting.naming,
        moved_rows=resting.moved_rows,
    )


def archived_tables(services: Services) -> ArchivedTables:
    """The tables of a wired installation, for its archive."""
    store: Any = services.store
    return SqlArchivedTables(store.database, services.tenant_id)


async def run_alert_test(settings: Settings, *, webhook: str) -> list[str]:
    """A test alert in from as far outside as can be reached; each line says where to look.

    webhook: our own, for where no Alertmanager is set. Raises SourceUnavailable, Unauthorised.
    """
    token = settings.alertmanager_token
    async with httpx.AsyncClient() as client:
        return await send_test_alert(
            alertmanagers=[Alertmanager(url, client=client) for url in settings.alertmanager_urls],
            webhook=WebhookTarget(url=webhook, token=token.get_secret_value() if token else None),
            client=client,
            clock=SystemClock(),
            shown_in=shown_in(settings),
        )


def shown_in(settings: Settings) -> str:
    """Where people see a new case: `#incidents in Slack`; at the terminal without a platform."""
    places = []
    if settings.slack_bot_token:
        places.append(f"{settings.slack_channel or 'its channel'} in Slack")
    if settings.discord_token:
        places.append(f"{settings.discord_channel or 'its channel'} in Discord")
    return " and ".join(places) or "`faultmaven chat`"


def installation_secret(settings: Settings) -> bytes:
    """The root of all keys. As `keyring_of`."""
    return keyring_of(settings).current


def keyring_of(settings: Settings, *, begin_anew: bool = False) -> Keyring:
    """The secret of the installation, and those before. As `keyring_from`."""
    return keyring_from(settings, _remains(settings), begin_anew=begin_anew)


def _remains(settings: Settings) -> Remains:
    file = settings.sqlite_file
    journal = file.with_name(f"{file.name}-wal") if file else None
    return Remains(
        sealed_rows=lambda: file is not None and holds_anything(file),
        originals=lambda: holds_originals(settings.files_dir),
        journal=lambda: journal is not None and not is_new(journal),
    )


def _wake_up(settings: Settings, *, pooled: bool) -> AbstractAsyncContextManager[WakeUp]:
    if pooled and settings.redis_url:
        # The seam of the `team` extra: nothing else of this process needs Redis or arq.
        from storage.jobs.arq_pool import arq_wake_up  # noqa: PLC0415

        return arq_wake_up(settings.redis_url)
    return _in_process()


@asynccontextmanager
async def _in_process() -> AsyncIterator[InProcessWakeUp]:
    yield InProcessWakeUp()
