"""Settings, from the environment or `.env`; every name has the prefix `FAULTMAVEN_`."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.alerts.routing import channel_advice, is_channel
from core.errors import WrongUsage
from core.places import CaseRoom
from faultmaven.formats import (
    ADDRESSES,
    ALERTMANAGER,
    TOKENS,
    is_person,
    must_be_issuer,
    must_be_network,
    must_be_token,
    must_be_url,
)
from faultmaven.model_settings import must_be_model, read_limit

DURATION = re.compile(r"(?P<number>\d+)\s*(?P<unit>[smhd]?)")
OPTIONAL = (
    "secret_key",
    "alertmanager_token",
    "smtp_url",
    "pagerduty_api_key",
    "qdrant_api_key",
    "slack_bot_token",
    "slack_app_token",
    "slack_signing_secret",
    "discord_token",
    "policy_file",
    "redaction_rules",
    "metrics_port",
    "model_server_key",
    "oidc_client_secret",
    "token",
    "token_file",
)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

SHORTEST_SECRET = 32  # characters of what everything is sealed under


class DeploymentProfile(StrEnum):
    """How an installation is laid out."""

    CORE = "core"  # `up`: everything in one process, SQLite
    TEAM = "team"  # `serve`, `bot`, `worker`: PostgreSQL and Redis
    ENTERPRISE = "enterprise"  # the same, scaled apart


def default_data_dir() -> Path:
    """Where an installation without settings keeps its data."""
    return Path.home() / ".local" / "share" / "faultmaven"


class Settings(BaseSettings):
    """All settings of one process, fixed for its life."""

    model_config = SettingsConfigDict(
        env_prefix="FAULTMAVEN_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    profile: DeploymentProfile = Field(
        DeploymentProfile.CORE,
        description="`core`: one process; `team`, `enterprise`: PostgreSQL and Redis.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir, description="Database, evidence and keys of `core`."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field("", description="How people and alerts reach this server from outside.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names this server goes by, beside localhost, its addresses, names without a"
        " dot and that of the public URL; separated by commas.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1", "::1"),
        description="Addresses or networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` tells"
        " who calls; separated by commas. Without it all who come through one share its limits.",
    )
    database_url: str = Field(
        "",
        description="`postgresql://…` or `sqlite:///PATH`; empty: in the data directory.",
    )
    redis_url: str = Field("", description="`redis://…`: wake-ups of the worker pool.")
    files_url: str = Field(
        "", description="`file:///PATH` for evidence; empty: in the data directory."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Root of all keys, 32 characters or more; empty: made in the data directory.",
    )
    learn_private_pages: bool = Field(
        False,  # noqa: FBT003 - a field
        description="`learn --urls` reads plain http and private networks, too.",
    )
    registration: bool = Field(
        False,  # noqa: FBT003 - a field
        description="People may make themselves an account; else an admin does.",
    )
    oidc_issuer: str = Field(
        "",
        description="`https://…`, as your OpenID provider writes its `issuer`: people sign in"
        " there, too.",
    )
    oidc_client_id: str = Field("", description="What the provider calls this installation.")
    oidc_client_secret: SecretStr | None = Field(None, description="The secret that goes with it.")
    oidc_scopes: str = Field(
        "openid profile email", description="What the provider is asked to tell of people."
    )
    oidc_groups_claim: str = Field("groups", description="The claim that lists somebody's groups.")
    oidc_admin_group: str = Field(
        "", description="Whoever is in this group there is an admin here, and nobody else of them."
    )
    oidc_join_by_email: bool = Field(
        False,  # noqa: FBT003 - a field
        description="An email that the provider verified leads to the account that has it; set it"
        " only where the provider's emails are people's own.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web pages whose scripts may call the API, `https://HOST`, separated by"
        " commas.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="`smtp://HOST:587` or `smtps://…`, with user and password before an @;"
        " empty: no mail is sent.",
    )
    mail_from: str = Field("", description="The address that mail of ours comes from.")
    alertmanager_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Alertmanagers to reconcile open cases with, separated by commas."
    )
    alertmanager_token: SecretStr | None = Field(
        None, description="What Alertmanager must send, as bearer or basic password."
    )
    pagerduty_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Secrets of PagerDuty webhook subscriptions, separated by commas."
    )
    pagerduty_api_key: SecretStr | None = Field(
        None, description="Reads alert bodies and open incidents; a read-only key will do."
    )
    pagerduty_api_url: str = Field(
        "https://api.pagerduty.com", description="Of Europe: https://api.eu.pagerduty.com."
    )
    slack_bot_token: SecretStr | None = Field(None, description="`xoxb-…`: turns Slack on.")
    slack_app_token: SecretStr | None = Field(
        None, description="`xapp-…` for Socket Mode; empty: Slack calls `/slack/events`."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Checks what is posted to `/slack/events`."
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API.")
    slack_channel: str = Field(
        "", description="Where cases open in Slack: `C0123ABCD` or `#incidents`."
    )
    discord_token: SecretStr | None = Field(None, description="The bot's token: turns Discord on.")
    discord_api_url: str = Field("https://discord.com/api/v10", description="Discord's REST API.")
    discord_gateway_url: str = Field(
        "", description="Discord's gateway, `wss://…`; empty: the one its API names."
    )
    discord_public_key: str = Field(
        "", description="Checks what is posted to `/discord/interactions`, in hexadecimal."
    )
    discord_channel: str = Field(
        "",
        description="Where cases open in Discord: the id of a channel or forum, or `#incidents`.",
    )
    case_place: CaseRoom = Field(
        CaseRoom.THREAD, description="What a case gets: a `thread`, or a `channel` of its own."
    )
    redaction_rules: Path | None = Field(
        None,
        description="What else is secret here: a YAML file of patterns; try `faultmaven redact`.",
    )
    presidio: bool = Field(
        default=False,
        description="Ask Presidio's recognizers too, of what people say and cards show: the extra"
        " `privacy`; a few milliseconds a text.",
    )
    embedding_model: str = Field(
        "auto",
        description="What runbooks mean, beside their words: `auto` is MiniLM where it is"
        " installed, `off` words alone; or the folder of a sentence model, such as BGE-M3's; see"
        " docs/how-to/choose-an-embedding-model.md.",
    )
    qdrant_url: str = Field(
        "",
        description="`http://HOST:6333`: vectors of runbooks on a Qdrant server that all processes"
        " share; empty: in the memory of each.",
    )
    qdrant_api_key: SecretStr | None = Field(None, description="Its key, where it asks for one.")
    policy_file: Path | None = Field(
        None, description="Routes for cases by their labels, in YAML; see `faultmaven routes test`."
    )
    admins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Who hears what goes wrong: `slack:U0123,discord:4567`."
    )
    case_invite: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Who is asked into the channel of each case, beside who opened it:"
        " `slack:U0123,discord:4567`.",
    )
    bot_port: int = Field(
        8001, ge=0, le=65535, description="Port of `faultmaven bot` for Slack and Discord; 0: free."
    )
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Serve `/metrics` on a port of its own."
    )
    resolve_after: timedelta = Field(
        timedelta(minutes=10),
        description="How long a case stays quiet before it resolves by itself: `90s`, `10m`.",
    )
    reopen_within: timedelta = Field(
        timedelta(hours=2),
        description="How long a resolved case comes back when its alerts fire again.",
    )

    keep_originals: timedelta = Field(
        timedelta(days=90),
        description="How long originals are kept after their case was resolved: `90d`.",
    )
    keep_deliveries: timedelta = Field(
        timedelta(days=30), description="How long webhook bodies are kept: `30d`."
    )
    sure: float = Field(
        0.8,
        gt=0.5,
        lt=1,
        description="Share of all explanations that a root cause needs, above 0.5 and below 1.",
    )
    evidence_kinds: int = Field(
        2,
        ge=1,
        le=5,
        description="Kinds of evidence that a root cause needs: log, metric, trace, change, check.",
    )
    predictions_tested: int = Field(
        1, ge=0, le=5, description="Predictions of a root cause that were tested and held."
    )
    models: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Language models in the order they are asked, separated by commas:"
        " `anthropic/MODEL`, `ollama/MODEL`, `openai/MODEL@http://HOST:PORT/v1`.",
    )
    models_fast: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Other models for answers to people."
    )
    models_reasoning: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Other models for decisions."
    )
    models_summary: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Other models for summaries."
    )
    model_server_key: SecretStr | None = Field(
        None, description="The key of models whose address is given with `@`, where it wants one."
    )
    model_deadline: timedelta = Field(
        timedelta(minutes=2),
        description="The most that one answer of a model takes, with all retries and fallbacks.",
    )
    model_first_byte: timedelta = Field(
        timedelta(seconds=20), description="How long a model may take to begin its answer: `20s`."
    )
    model_profile: Literal["large", "small"] = Field(
        "large",
        description="How much a model is asked for at once: `small` for one that runs on a laptop.",
    )
    model_case_limit: str = Field(
        "$2, 500000 tokens",
        description="The most that models may take for one case; empty: no limit.",
    )
    model_day_limit: str = Field(
        "$20, 5000000 tokens", description="The same for all cases on one day, in UTC."
    )
    model_channel_limit: str = Field(
        "", description="The same for the cases of one channel on one day."
    )
    model_cache: timedelta = Field(
        timedelta(0),
        description="How long the very same prompt gets the answer of before: `10m`; `0`: never.",
    )
    otlp_url: str = Field(
        "",
        description="A collector that gets spans of model calls by OTLP over HTTP,"
        " `http://HOST:4318`; empty: none leave. The extra `otlp`.",
    )
    trace_content: bool = Field(
        default=False,
        description="Keep what models are sent and answer in spans, and answers in the log;"
        " redacted.",
    )
    server: str = Field(
        "", description="The command line asks this server, `https://HOST`, as `--server` does."
    )
    token: SecretStr | None = Field(
        None, description="Its token there, made by an admin with the scope `operator`."
    )
    token_file: Path | None = Field(
        None, description="A file that holds the token, as `--token-file` names it."
    )
    old_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Secrets before this one, separated by commas: they open what was sealed under"
        " them, until it has moved to this one.",
    )

    @field_validator(*OPTIONAL, mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        return None if value == "" else value  # as in a copy of .env.example

    @field_validator(
        *("alertmanager_urls", "pagerduty_webhook_secrets", "admins", "case_invite"),
        *("old_secret_keys", "allowed_hosts", "allowed_origins", "trusted_proxies"),
        *("models", "models_fast", "models_reasoning", "models_summary"),
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("alertmanager_urls")
    @classmethod
    def _are_web_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            must_be_url(url, ALERTMANAGER)
        return tuple(url.rstrip("/") for url in value)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, proxy in enumerate(value, start=1):
            must_be_network(proxy, number)
        return value

    @field_validator(*ADDRESSES)
    @classmethod
    def _is_address(cls, value: str, info: ValidationInfo) -> str:
        address = ADDRESSES[str(info.field_name)]
        if value or address.needed:
            must_be_url(value, address)
        # Slack's client joins base and method as they are; the others put a slash between.
        return value.rstrip("/") + ("/" if address.example.endswith("/") and value else "")

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _is_that_token(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            must_be_token(value.get_secret_value(), TOKENS[str(info.field_name)])
        return value

    @field_validator("slack_channel", "discord_channel")
    @classmethod
    def _is_channel(cls, value: str, info: ValidationInfo) -> str:
        platform = str(info.field_name).partition("_")[0]
        if value and not is_channel(platform, value):
            raise ValueError(channel_advice(platform))
        return value

    @field_validator("discord_public_key")
    @classmethod
    def _is_public_key(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
            message = "64 hexadecimal digits, from General Information of the application"
            raise ValueError(message)
        return value.lower()

    @field_validator("admins", "case_invite")
    @classmethod
    def _are_people(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, person in enumerate(value, start=1):
            if not is_person(person):
                example = "slack:U0123ABCD or discord:1187654321098765432"
                message = f"entry {number} is nobody's id; write {example}"
                raise ValueError(message)
        return value

    @field_validator("models", "models_fast", "models_reasoning", "models_summary")
    @classmethod
    def _are_models(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, model in enumerate(value, start=1):
            must_be_model(model, number)
        return value

    @field_validator("model_case_limit", "model_day_limit", "model_channel_limit")
    @classmethod
    def _is_limit(cls, value: str) -> str:
        read_limit(value)
        return value

    @field_validator("qdrant_url")
    @classmethod
    def _is_of_qdrant(cls, value: str) -> str:
        parts = urlsplit(value)
        is_address = (
            parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        )
        if value and not is_address:
            message = "write it as http://HOST:6333, and its key in FAULTMAVEN_QDRANT_API_KEY"
            raise ValueError(message)
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_of_redis(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            message = "write it as redis://host:6379/0"
            raise ValueError(message)
        return value

    @field_validator(
        *("resolve_after", "reopen_within", "keep_originals", "keep_deliveries"),
        *("model_deadline", "model_first_byte", "model_cache"),
        mode="before",
    )
    @classmethod
    def _read_duration(cls, value: object) -> object:
        match = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            return value
        return timedelta(**{UNITS[match["unit"] or "s"]: int(match["number"])})

    @field_validator("secret_key")
    @classmethod
    def _is_long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().rstrip("\r\n")) < SHORTEST_SECRET:
            message = f"needs at least {SHORTEST_SECRET} characters"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _slack_can_reach_us(self) -> Settings:
        if self.slack_bot_token and not (self.slack_app_token or self.slack_signing_secret):
            message = (
                "FAULTMAVEN_SLACK_BOT_TOKEN needs FAULTMAVEN_SLACK_APP_TOKEN (Socket Mode),"
                " or FAULTMAVEN_SLACK_SIGNING_SECRET where Slack calls us"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _provider_knows_us(self) -> Settings:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            message = (
                "FAULTMAVEN_OIDC_ISSUER needs FAULTMAVEN_OIDC_CLIENT_ID"
                " and FAULTMAVEN_OIDC_CLIENT_SECRET"
            )
            raise ValueError(message)
        return self

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        if value:
            must_be_issuer(value)
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _asks_for_openid(cls, value: str) -> str:
        scopes = value.split()
        if scopes and "openid" not in scopes:
            message = "`openid` is one of them, separated by spaces"
            raise ValueError(message)
        return " ".join(scopes) or str(cls.model_fields["oidc_scopes"].default)

    @model_validator(mode="after")
    def _public_bind_needs_secrets(self) -> Settings:
        needed = ["secret_key", "alertmanager_token"]
        if self.pagerduty_api_key:  # PagerDuty is on, so its webhooks are expected
            needed.append("pagerduty_webhook_secrets")
        missing = [f"FAULTMAVEN_{name.upper()}" for name in needed if not getattr(self, name)]
        if self.is_public and missing:
            message = f"listening on {self.host} needs {' and '.join(missing)}"
            raise ValueError(message)
        return self

    @property
    def platforms(self) -> tuple[str, ...]:
        """The chat platforms that there is a token of, in this process or another."""
        tokens = {"slack": self.slack_bot_token, "discord": self.discord_token}
        return tuple(name for name, token in tokens.items() if token)

    @property
    def is_public(self) -> bool:
        """True if others than this machine can reach the listener."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True

    @property
    def async_database_url(self) -> str:
        """The database URL with the driver we use."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / 'faultmaven.db'}"
        scheme, _, rest = self.database_url.partition("://")
        drivers = {
            "sqlite": "sqlite+aiosqlite",
            "postgres": "postgresql+asyncpg",
            "postgresql": "postgresql+asyncpg",
        }
        return f"{drivers.get(scheme, scheme)}://{rest}"

    @property
    def uses_sqlite(self) -> bool:
        return self.async_database_url.startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        """The file of the database; None where a server holds it."""
        _, _, path = self.async_database_url.partition(":///")
        return Path(path) if self.uses_sqlite else None

    @property
    def files_dir(self) -> Path:
        """Where originals rest. Raises WrongUsage for a place that cannot hold them."""
        if not self.files_url:
            return self.data_dir / "files"
        scheme, _, path = self.files_url.partition("://")
        if scheme != "file":
            message = f"FAULTMAVEN_FILES_URL: {scheme}:// is not supported"
            raise WrongUsage(message, next_step="Use file:///PATH.")
        return Path(path)


def load_settings(**given: object) -> Settings:
    """Settings of this environment; `given` (from the command line) wins where it is not None.

    Raises WrongUsage that names every setting at fault, without its value.
    """
    try:
        return Settings.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        faults = "; ".join(
            _fault(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False)
        )
        raise WrongUsage(faults, next_step="See .env.example for every setting.") from error


def _fault(location: tuple[int | str, ...], message: str) -> str:
    where = f"FAULTMAVEN_{str(location[0]).upper()}: " if location else ""
    return f"{where}{message.removeprefix('Value error, ')}"


def scratch_settings(folder: Path, *, models: tuple[str, ...] = ()) -> Settings:
    """Settings of an installation that lives for one command: nothing of the environment counts.

    models: to be asked; then what the environment says of models does. Raises WrongUsage.
    """
    scratch = Settings.model_construct(data_dir=folder, port=0)
    if not models:
        return scratch
    try:
        for number, model in enumerate(models, 1):
            must_be_model(model, number)
    except ValueError as error:
        raise WrongUsage(str(error), next_step="For example: --model ollama/MODEL") from None
    environment = Settings()
    of_models = {
        name: getattr(environment, name)
        for name in Settings.model_fields
        if name.startswith("model_")
    }
    return scratch.model_copy(update={**of_models, "models": models})


def secret_text(secret: SecretStr | None) -> str:
    """What it hides; "" for none."""
    return secret.get_secret_value() if secret else ""
