"""Checks of policy, chat and PagerDuty for `doctor`: whether a case reaches its people."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.access import Standing
from core.alerts.routing import PLATFORMS, Policy
from core.cases.events import EventKind
from core.cases.investigation_state import DEFECTS
from core.errors import FaultMavenError, NotFound, Refused, Unavailable, WrongUsage
from core.evidence.archives.conversion import archive_converter
from core.evidence.extractor import catalogue
from core.evidence.extractors.image import reads_pictures
from core.jobs.kinds import CHAT_SEND
from core.jobs.model import JobState
from core.text.quantities import counted
from core.workflows.signature_failures import last_ping, refused_since
from faultmaven.policy import examine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from bot.platform import Platform
    from core.accounts.ports import IdentityProvider
    from core.alerts.ports import Pager
    from core.workflows.services import Services
    from faultmaven.settings import Settings

    OpenPlatforms = Callable[[Settings], AbstractAsyncContextManager[Sequence[Platform]]]

TOKENS = {"slack": "slack_bot_token", "discord": "discord_token"}
_NO_ADMIN = {Standing.BOT: "a bot", Standing.STRANGER: "of another organisation, or gone"}
PATIENCE_S = 20.0  # for all that one platform is asked
MANY = 10_000
RECENT = timedelta(hours=24)


def policy_findings(settings: Settings) -> tuple[Policy, list[Checked]]:
    """Read the policy as far as it is valid, with a finding for each of its mistakes."""
    try:
        policy, mistakes = examine(settings)
    except WrongUsage as error:
        return Policy(), [Checked(check="policy", says=str(error), advice=error.next_step)]
    name = settings.policy_file.name if settings.policy_file else ""
    if mistakes:
        lines = (
            (f"{name}:{mistake.line}: {mistake.says}", mistake.instead) for mistake in mistakes
        )
        return policy, [Checked(check="policy", says=says, advice=how) for says, how in lines]
    loose = list(_loose_ends(settings, policy))
    says = f"{len(policy.routes)} routes in {name}" if name else f"no file: {_everywhere(policy)}"
    return policy, loose or [Checked(check="policy", says=says)]


def _everywhere(policy: Policy) -> str:
    channels = [opening.channel for opening in policy.otherwise]
    return f"cases open in {' and '.join(channels)}" if channels else "cases open in the terminal"


def _loose_ends(settings: Settings, policy: Policy) -> list[Checked]:
    """Channels without a token, and tokens without a channel."""
    findings = []
    for platform in PLATFORMS:
        channels, token = policy.channels(platform), TOKENS[platform]
        is_connected = getattr(settings, token) is not None
        if channels and not is_connected:
            says = f"cases are to open in {platform.title()}, which is not connected"
            advice = f"Set FAULTMAVEN_{token.upper()}, or name no channel of it."
            findings.append(Checked(check="policy", says=says, advice=advice))
        elif is_connected and not channels and settings.policy_file is None:
            says = f"{platform.title()} is connected, but alerts open no case there"
            advice = f"Set FAULTMAVEN_{platform.upper()}_CHANNEL to a channel."
            findings.append(Checked(check="policy", says=says, advice=advice))
    return findings


async def chat_findings(
    settings: Settings, policy: Policy, *, open_platforms: OpenPlatforms
) -> AsyncIterator[Checked]:
    """Check token, scopes, channels and admins of each platform whose token is set."""
    connected = [name for name in PLATFORMS if getattr(settings, TOKENS[name]) is not None]
    if not connected:
        yield Checked(check="chat", says="terminal only: no token of another platform is set")
    for name in connected:
        others = {token: None for platform, token in TOKENS.items() if platform != name}
        opening = open_platforms(settings.model_copy(update=others))
        admins = [
            admin.partition(":")[2] for admin in settings.admins if admin.startswith(f"{name}:")
        ]
        for finding in await _asked(name, opening, policy.channels(name), admins):
            yield finding


async def _asked(
    name: str,
    opening: AbstractAsyncContextManager[Sequence[Platform]],
    channels: Sequence[str],
    admins: Sequence[str],
) -> list[Checked]:
    findings: list[Checked] = []
    try:
        async with asyncio.timeout(PATIENCE_S), opening as platforms:
            for each in platforms:
                findings += await each.examine(channels)
                findings += [finding for admin in admins if (finding := await _admin(each, admin))]
    except (FaultMavenError, TimeoutError) as error:
        says = str(error) or f"no answer within {PATIENCE_S:.0f} s"
        advice = getattr(error, "next_step", Unavailable.next_step)
        findings.append(Checked(check=name, says=says, advice=advice))
    return [_with_advice(finding, name) for finding in findings]


async def _admin(platform: Platform, person: str) -> Checked | None:
    """True if a notice would reach them; None where other lines say why that is unknown."""
    check = f"{platform.name} admin {person}"
    try:
        profile = await platform.chat_reader.profile(person)
    except NotFound:
        says = "nobody there has this id, so nobody hears what goes wrong"
        return Checked(check=check, says=says, advice="Correct FAULTMAVEN_ADMINS.")
    except FaultMavenError:
        return None
    if profile.standing in (Standing.BOT, Standing.STRANGER):
        says = f"{profile.name} is {_NO_ADMIN[profile.standing]}"
        return Checked(check=check, says=says, advice="Name a member in FAULTMAVEN_ADMINS.")
    return Checked(check=check, says=profile.name)


def _with_advice(finding: Checked, platform: str) -> Checked:
    """Replace the default advice to wait, which suits a server, by where to look."""
    if finding.advice != Unavailable.next_step:
        return finding
    address = f"FAULTMAVEN_{platform.upper()}_API_URL"
    where = f"See whether this machine reaches it ({address}), and the platform's status page."
    return replace(finding, advice=where)


async def pager_findings(settings: Settings, services: Services) -> AsyncIterator[Checked]:
    """Check PagerDuty in both directions: its webhooks to us, and our calls to it."""
    secrets = len(settings.pagerduty_webhook_secrets)
    if not secrets and settings.pagerduty_api_key is None:
        yield Checked(check="pagerduty", says="not used")
        return
    yield await _webhooks(secrets, services)
    if services.pager is None:
        yield Checked(check="pagerduty key", says="not set: alert bodies are not fetched")
    else:
        yield await _key(services.pager)


async def _webhooks(secrets: int, services: Services) -> Checked:
    check, setting = "pagerduty", "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS"
    if not secrets:
        advice = f"Set {setting} to what PagerDuty shows once, when a subscription is made."
        return Checked(
            check=check, says="no webhook secret is set: nothing is let in", advice=advice
        )
    since = await refused_since(services=services)
    if since is not None:
        says = f"since {since:%Y-%m-%d %H:%M} UTC three signatures in a row were wrong"
        advice = f"Correct {setting}, restart, and enable the subscription in PagerDuty again."
        return Checked(check=check, says=says, advice=advice)
    pinged = await last_ping(services=services)
    when = f"tested {pinged:%Y-%m-%d %H:%M} UTC" if pinged else "no test event yet"
    kept = counted(secrets, "webhook secret", "webhook secrets")
    return Checked(check=check, says=f"{kept.text}, {when}")


async def _key(pager: Pager) -> Checked:
    check = "pagerduty key"
    try:
        async with asyncio.timeout(PATIENCE_S):
            incidents = await pager.open_incidents()
    except (FaultMavenError, TimeoutError) as error:
        advice = _key_advice(error)
        return Checked(check=check, says=str(error) or "no answer in time", advice=advice)
    return Checked(check=check, says=f"good; open incidents: {len(incidents)}")


def _key_advice(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.next_step
    if isinstance(error, Unavailable) and error.retry_after_s is not None:
        return f"It wants to be left alone for {error.retry_after_s:.0f} s; then ask again."
    address = "FAULTMAVEN_PAGERDUTY_API_URL"
    return f"See whether this machine reaches it ({address}), and PagerDuty's status page."


async def provider_finding(provider: IdentityProvider | None) -> Checked:
    """Whether people can sign in at the OpenID provider, where one is set."""
    check = "sign-in"
    if provider is None:
        return Checked(check=check, says="by password; no OpenID provider is set")
    try:
        async with asyncio.timeout(PATIENCE_S):
            await provider.check()
    except (FaultMavenError, TimeoutError) as error:
        advice = "See whether this machine reaches FAULTMAVEN_OIDC_ISSUER, and how it is written."
        says = str(error) or "the OpenID provider does not answer in time"
        return Checked(check=check, says=f"{says}; passwords go on", advice=advice, is_warning=True)
    return Checked(check=check, says=f"by password, or at {provider.issuer}")


async def turn_findings(services: Services) -> Checked:
    """Parts of turns that broke: each turn went on without them, and its card says so."""
    async with services.reading() as unit:
        impaired = await unit.cases.since(EventKind.IMPAIRED, services.now - RECENT)
        count, last = 0, ""
        for event in impaired:
            texts = await unit.cases.texts(event.case_id)
            defects = DEFECTS.validate_python(event.data["defects"], context={"texts": texts})
            count += len(defects)
            if defects:
                number = (await unit.cases.view(event.case_id)).case.number
                last = f"{defects[0].name.text} ({defects[0].problem.text}) in #{number}"
    if not count:
        return Checked(check="turns", says="no part failed in the last 24 h")
    parts = "1 part of a turn" if count == 1 else f"{count} parts of turns"
    says = f"{parts} failed in the last 24 h, the last: {last}"
    return Checked(check="turns", says=says, advice="Report it with this line: it is our fault.")


def plugin_findings() -> list[Checked]:
    """Which extractors can be used, and of other distributions: which cannot, and why."""
    registry = catalogue()
    says = f"{len(registry.extractors)} can be used"
    if not reads_pictures(registry.extractors):
        says += "; screenshots are not read: Tesseract is not installed (apt install tesseract-ocr)"
    if archive_converter() is None:
        says += "; 7z and rar are not: bsdtar is not installed (apt install libarchive-tools)"
    advice = "Mend or uninstall what brings it: docs/how-to/add-an-extractor.md."
    return [Checked(check="extractors", says=says)] + [
        Checked(check="extractors", says=problem, advice=advice) for problem in registry.problems
    ]


async def unsent_findings(services: Services) -> AsyncIterator[Checked]:
    """Cards that no connected platform can take; no finding where there are none."""
    async with services.reading() as unit:
        dead = await unit.jobs.listing(JobState.DEAD, limit=MANY)
    unsent = [job for job in dead if job.kind == CHAT_SEND.name]
    if unsent:
        last = unsent[-1]
        says = f"{len(unsent)} could not be sent, the last: {last.problem or 'no reason known'}"
        advice = f"Put right what is said of the platform; then: faultmaven jobs retry {last.id}"
        yield Checked(check="cards", says=says, advice=advice)
