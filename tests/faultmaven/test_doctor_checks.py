from __future__ import annotations

import ast
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest

from bot.platform import Checked, Platform
from core.access import PersonProfile, Standing
from core.alerts.routing import Policy
from core.cases.investigation_state import Defect, TurnPart
from core.cases.lifecycle import record
from core.conversation.cards.card import Card, Mark
from core.conversation.messages.message import Outbound
from core.errors import (
    ChatUnavailable,
    FaultMavenError,
    NotFound,
    SourceUnavailable,
    Unauthorised,
)
from core.investigation.consequences import impairment
from core.jobs.kinds import send_outbound
from core.jobs.model import Audience
from core.places import Destination, Place
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.workflows.signature_failures import SignatureFailures, record_ping
from faultmaven.doctor_checks import (
    chat_findings,
    pager_findings,
    policy_findings,
    provider_finding,
    turn_findings,
    unsent_findings,
)
from faultmaven.settings import Settings, load_settings
from faultmaven.wiring import open_platforms
from storage.memory import MemoryJobs, MemoryStore
from tests.contracts.samples import a_delivery
from tests.fakes.chat import in_memory
from tests.fakes.services import memory_services
from tests.fakes.slack import Limits, a_slack
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from core.accounts.model import ProviderProfile
    from core.workflows.services import Services

SLACK = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
DISCORD = {"discord_token": "x"}
SECRETS = {"pagerduty_webhook_secrets": ("one", "two")}
POLICY = Policy(
    otherwise=(
        Destination(platform="slack", channel="#incidents"),
        Destination(platform="discord", channel="1234"),
    )
)


@dataclass
class Examined:
    """A platform, as far as it can be examined; the first `error` is raised instead."""

    name: str
    error: FaultMavenError | None = None
    asked: list[str] = field(default_factory=list)
    people: dict[str, PersonProfile | FaultMavenError] = field(default_factory=dict)

    @property
    def chat_reader(self) -> Examined:
        return self

    async def profile(self, person: str) -> PersonProfile:
        profile_or_error = self.people.get(person, NotFound(f"nobody is {person}"))
        if isinstance(profile_or_error, FaultMavenError):
            raise profile_or_error
        return profile_or_error

    async def examine(self, channels: Sequence[str]) -> list[Checked]:
        self.asked += channels
        if self.error is not None:
            raise self.error
        return [Checked(check=self.name, says="all scopes are there")]


@dataclass
class PlatformOpening:
    """Connects the platforms whose tokens are set; one that is refused raises `refusal`."""

    platforms: dict[str, Examined]
    refusal: FaultMavenError | None = None

    @asynccontextmanager
    async def __call__(self, settings: Settings) -> AsyncIterator[list[Platform]]:
        wanted = [
            name
            for name, token in (
                ("slack", settings.slack_bot_token),
                ("discord", settings.discord_token),
            )
            if token
        ]
        if self.refusal is not None and "slack" in wanted:
            raise self.refusal
        yield [cast("Platform", self.platforms[name]) for name in wanted]


def opening(**errors: FaultMavenError) -> PlatformOpening:
    platforms = {name: Examined(name, errors.get(name)) for name in ("slack", "discord")}
    return PlatformOpening(platforms)


async def chat(settings: Settings, opened: PlatformOpening) -> list[Checked]:
    return [check async for check in chat_findings(settings, POLICY, open_platforms=opened)]


async def pager(services: Services, **given: object) -> dict[str, Checked]:
    checks = [check async for check in pager_findings(load_settings(**given), services)]
    return {check.check: check for check in checks}


def test_a_policy_that_is_well(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("routes: [{name: a, match: b=c, to: {slack: '#a'}}, {name: rest, to: []}]")
    policy, checks = policy_findings(load_settings(policy_file=path, **SLACK))
    assert policy.channels("slack") == ("#a",)
    assert checks == [Checked(check="policy", says="2 routes in policy.yaml")]


def test_no_policy_says_where_cases_open() -> None:
    _, (terminal,) = policy_findings(load_settings())
    assert terminal == Checked(check="policy", says="no file: cases open in the terminal")
    settings = load_settings(slack_channel="#in", discord_channel="12", **SLACK, **DISCORD)
    _, (both,) = policy_findings(settings)
    assert both == Checked(check="policy", says="no file: cases open in #in and 12")


def test_each_mistake_of_a_policy_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("routs: []\nrouts: []")
    _, checks = policy_findings(load_settings(policy_file=path))
    assert [check.says for check in checks] == [
        "policy.yaml:1: routs is no key of the file",
        "policy.yaml:2: routs is no key of the file",
    ]
    assert checks[0].advice == "Did you mean routes?"
    _, (missing,) = policy_findings(load_settings(policy_file=tmp_path / "none"))
    assert "FAULTMAVEN_POLICY_FILE" in missing.advice


def test_a_channel_needs_its_platform_and_a_platform_its_channel() -> None:
    _, (unconnected,) = policy_findings(load_settings(discord_channel="1234"))
    assert unconnected.says == "cases are to open in Discord, which is not connected"
    assert unconnected.advice.startswith("Set FAULTMAVEN_DISCORD_TOKEN")
    _, (unused,) = policy_findings(load_settings(**SLACK))
    assert unused.says == "Slack is connected, but alerts open no case there"
    assert unused.advice.startswith("Set FAULTMAVEN_SLACK_CHANNEL")


async def test_without_a_token_there_is_the_terminal() -> None:
    (only,) = await chat(load_settings(), opening())
    assert only == Checked(check="chat", says="terminal only: no token of another platform is set")


async def test_each_platform_is_asked_about_its_own_channels() -> None:
    opened = opening()
    checks = await chat(load_settings(**SLACK, **DISCORD), opened)
    assert [check.check for check in checks] == ["slack", "discord"]
    assert opened.platforms["slack"].asked == ["#incidents"]
    assert opened.platforms["discord"].asked == ["1234"]


async def test_admins_must_be_there_to_hear_what_goes_wrong() -> None:
    opened = opening()
    opened.platforms["slack"].people = {
        "U0DANA01": PersonProfile(name="Dana", standing=Standing.MEMBER),
        "U0HOOK01": PersonProfile(name="Hook", standing=Standing.BOT),
        "U0AWAY01": ChatUnavailable("too many requests"),
    }
    admins = (
        "slack:U0DANA01",
        "slack:U0HOOK01",
        "slack:U0AWAY01",
        "slack:U0GONE01",
        "discord:1187654321098765432",
    )
    checks = await chat(load_settings(admins=admins, **SLACK, **DISCORD), opened)
    of_admins = {check.check: check for check in checks if "admin" in check.check}
    assert of_admins.pop("slack admin U0DANA01") == Checked(
        check="slack admin U0DANA01", says="Dana"
    )
    assert of_admins.pop("slack admin U0HOOK01").says == "Hook is a bot"
    assert set(of_admins) == {"slack admin U0GONE01", "discord admin 1187654321098765432"}
    assert all(check.says.startswith("nobody there has this id") for check in of_admins.values())
    assert all("FAULTMAVEN_ADMINS" in check.advice for check in of_admins.values())


async def test_one_platform_away_hides_no_other() -> None:
    opened = opening(slack=ChatUnavailable("Slack did not answer"))
    away, well = await chat(load_settings(**SLACK, **DISCORD), opened)
    assert (away.check, away.says) == ("slack", "Slack did not answer")
    assert "FAULTMAVEN_SLACK_API_URL" in away.advice
    assert well == Checked(check="discord", says="all scopes are there")


async def test_a_platform_that_refuses_us_says_what_to_do() -> None:
    refused = Unauthorised("Slack does not know this token", next_step="Install the app anew.")
    opened = replace(opening(), refusal=refused)
    away, well = await chat(load_settings(**SLACK, **DISCORD), opened)
    assert away == Checked(
        check="slack", says="Slack does not know this token", advice="Install the app anew."
    )
    assert not well.advice


@pytest.mark.integration
async def test_the_real_thing_names_the_scope_and_the_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_slack(limits=Limits(on=False)) as slack:
        for name, value in slack.settings().items():
            monkeypatch.setenv(name, value)
        settings = load_settings(slack_channel="#nowhere")
        policy, _ = policy_findings(settings)
        slack.app.scopes.discard("files:read")
        asked = chat_findings(settings, policy, open_platforms=open_platforms)
        checks = {check.check: check async for check in asked}
    assert not checks["slack token"].advice
    assert "files:read" in checks["slack scopes"].says
    assert "from its manifest" in checks["slack scopes"].advice
    assert checks["slack channel #nowhere"].advice


async def test_pagerduty_that_nobody_uses() -> None:
    checks = await pager(memory_services())
    assert checks == {"pagerduty": Checked(check="pagerduty", says="not used")}


async def test_a_key_without_secrets_lets_nothing_in() -> None:
    checks = await pager(memory_services(), pagerduty_api_key="k")
    assert checks["pagerduty"].says == "no webhook secret is set: nothing is let in"
    assert "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS" in checks["pagerduty"].advice


async def test_secrets_that_nothing_was_sent_with_yet() -> None:
    checks = await pager(memory_services(), **SECRETS)
    assert checks["pagerduty"] == Checked(
        check="pagerduty", says="2 webhook secrets, no test event yet"
    )
    assert checks["pagerduty key"].says == "not set: alert bodies are not fetched"


async def test_a_test_event_is_told() -> None:
    services = memory_services()
    now = services.clock.now()
    async with services.unit() as unit:
        await record_ping(unit, a_delivery(received_at=now))
    checks = await pager(services, **SECRETS)
    assert checks["pagerduty"].says == f"2 webhook secrets, tested {now:%Y-%m-%d %H:%M} UTC"


async def test_three_wrong_signatures_in_a_row_are_a_mistyped_secret() -> None:
    services = memory_services()
    forgeries = SignatureFailures(services, 2)
    for _ in range(2):
        await forgeries.refuse()
    assert not (await pager(services, **SECRETS))["pagerduty"].advice
    await forgeries.refuse()
    check = (await pager(services, **SECRETS))["pagerduty"]
    assert "three signatures in a row were wrong" in check.says
    assert "Correct FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS" in check.advice


@dataclass
class ScriptedPager:
    error: FaultMavenError | None = None

    async def open_incidents(self) -> frozenset[str]:
        if self.error is not None:
            raise self.error
        return frozenset({"PGR0VU2"})

    async def bodies(self, incident_id: str) -> list[str]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (Unauthorised("PagerDuty answered 401", next_step="Compare the key."), "Compare the key."),
        (SourceUnavailable("PagerDuty does not answer"), "FAULTMAVEN_PAGERDUTY_API_URL"),
        (SourceUnavailable("PagerDuty answered 429", retry_after_s=42), "alone for 42 s"),
    ],
)
async def test_a_key_that_does_not_open(error: FaultMavenError, advice: str) -> None:
    services = replace(memory_services(), pager=ScriptedPager(error))
    check = (await pager(services, **SECRETS))["pagerduty key"]
    assert check.says == str(error)
    assert advice in check.advice


async def test_a_key_that_opens() -> None:
    services = replace(memory_services(), pager=ScriptedPager())
    check = (await pager(services, **SECRETS))["pagerduty key"]
    assert check == Checked(check="pagerduty key", says="good; open incidents: 1")


async def test_parts_of_turns_that_failed_are_counted_with_the_case_of_the_last(
    tmp_path: Path,
) -> None:
    house = in_memory(tmp_path)
    assert not (await turn_findings(house.services)).advice
    await house.say("open checkout is slow")
    await house.work()
    defects = [
        Defect(
            part=TurnPart.CHECK,
            name=RedactedText.format(name),
            problem=RedactedText.format("KeyError"),
        )
        for name in ("hypothesis 1", "hypothesis 2")
    ]
    async with house.services.unit() as unit:
        view = await unit.cases.view((await unit.cases.by_number(1)).id, lock=True)
        changes, at = impairment(view, defects), house.clock.now()
        await record(unit, view, view.case.id, changes, at=at, actor="system")
    check = await turn_findings(house.services)
    summary = "2 parts of turns failed in the last 24 h, the last: hypothesis 1 (KeyError) in #1"
    assert (check.says, bool(check.advice)) == (summary, True)
    house.clock.advance(25 * 3600)
    assert not (await turn_findings(house.services)).advice


async def test_cards_that_no_platform_takes_are_told() -> None:
    store = MemoryStore()
    services = memory_services(store=store)
    assert [check async for check in unsent_findings(services)] == []
    outbound = Outbound(
        id="out_1",
        tenant_id="default",
        case_id=None,
        place=Place(platform="slack", workspace="main", channel="C1"),
        card=Card(key="k", version=1, mark=Mark.ANSWER, rows=()),
        created_at=services.clock.now(),
    )
    job = send_outbound(outbound.id, outbound.place, services.context)
    async with services.unit() as unit:
        await unit.jobs.add(job)
    jobs, now = MemoryJobs(store), services.clock.now()
    claimed = await jobs.claim([Audience.BOT], owner="x", at=now, lease=now - now)
    assert claimed is not None
    await jobs.fail(claimed, at=now, retry_at=None, problem="Slack: is_archived")
    (check,) = [check async for check in unsent_findings(services)]
    assert check.says == "1 could not be sent, the last: Slack: is_archived"
    assert check.advice.endswith(f"faultmaven jobs retry {job.id}")


SPOKEN_IN = [
    "core/errors.py",
    "faultmaven/commands/doctor.py",
    "faultmaven/doctor_checks.py",
    "faultmaven/installation_checks.py",
    "faultmaven/installation_files.py",
    "faultmaven/integrity_checks.py",
    "storage/database/installation.py",
    "storage/sealing/keys.py",
]


@pytest.mark.parametrize("path", SPOKEN_IN)
def test_none_of_its_own_words_is_taken_for_a_secret(path: str) -> None:
    """What it says is logged, too, and shown where everything is redacted."""
    redact = Redactor(b"of these tests").clean
    tree = ast.parse((ROOT / path).read_text())
    documented = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }
    spoken = [_filled(node) for node in ast.walk(tree)]
    lines = [line for line in spoken if " " in line and line not in documented]
    assert len(lines) > 3
    assert [line for line in lines if redact(line).text != line] == []


def _filled(node: ast.AST) -> str:
    """A text with an id in its gaps; empty for what is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_filled(part) or "0d6671b60d6671b6" for part in parts)
        case _:
            return ""


@dataclass(frozen=True)
class Provider:
    """An OpenID provider that answers, or does not."""

    issuer: str = "https://login.shop.test"
    problem: str = ""

    async def check(self) -> None:
        if self.problem:
            raise SourceUnavailable(self.problem)

    async def authorization_url(self, **_: object) -> str:
        raise NotImplementedError

    async def redeem(self, code: str, **_: object) -> ProviderProfile:
        raise NotImplementedError


async def test_where_people_sign_in_is_said() -> None:
    assert "no OpenID provider" in (await provider_finding(None)).says
    assert (await provider_finding(Provider())).says.endswith("https://login.shop.test")


async def test_a_provider_that_is_away_is_a_warning_for_passwords_go_on() -> None:
    finding = await provider_finding(Provider(problem="it does not answer"))
    assert finding.is_warning
    assert finding.says == "it does not answer; passwords go on"
    assert "FAULTMAVEN_OIDC_ISSUER" in finding.advice
