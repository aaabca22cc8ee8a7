import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.errors import WrongUsage
from faultmaven.settings import Settings, load_settings
from faultmaven.wiring import installation_secret, prepare_database, shown_in
from storage.database.installation import adopt_secret
from storage.database.schema import upgrade
from storage.sealing.keys import Keyring


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FAULTMAVEN_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_nothing_set_is_a_loopback_server_on_sqlite() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.uses_sqlite
    assert settings.async_database_url.endswith("/.local/share/faultmaven/faultmaven.db")
    assert settings.resolve_after == timedelta(minutes=10)


def test_the_environment_and_a_dotenv_file_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "FAULTMAVEN_PORT=9001\nFAULTMAVEN_RESOLVE_AFTER=30\nFAULTMAVEN_REOPEN_WITHIN=3h\n"
    )
    monkeypatch.setenv("FAULTMAVEN_ALERTMANAGER_URLS", "http://am-1:9093/, http://am-2:9093")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.resolve_after == timedelta(seconds=30)
    assert settings.reopen_within == timedelta(hours=3)
    assert settings.alertmanager_urls == ("http://am-1:9093", "http://am-2:9093")


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_PORT", "9001")
    assert load_settings(port=9002, host=None).port == 9002


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.4", "faultmaven.internal", "::"])  # noqa: S104
def test_a_public_bind_without_secrets_is_refused(host: str) -> None:
    with pytest.raises(WrongUsage, match="FAULTMAVEN_SECRET_KEY and FAULTMAVEN_ALERTMANAGER_TOKEN"):
        load_settings(host=host)


def test_a_public_bind_with_secrets_is_fine() -> None:
    settings = load_settings(host="::", secret_key="s" * 32, alertmanager_token="t")  # noqa: S106
    assert settings.is_public


def test_what_is_wrong_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", "tooshort")
    with pytest.raises(WrongUsage) as caught:
        load_settings()
    assert "FAULTMAVEN_SECRET_KEY: needs at least 32 characters" in str(caught.value)
    assert "tooshort" not in str(caught.value)


@pytest.mark.parametrize("urls", ["nonsense", "ftp://am:9093", "http://", "http://[", "http://a,b"])
def test_an_alertmanager_is_a_web_address(urls: str) -> None:
    with pytest.raises(WrongUsage, match="FAULTMAVEN_ALERTMANAGER_URLS: "):
        load_settings(alertmanager_urls=urls)


@pytest.mark.parametrize("url", ["nonsense", "http://redis:6379", "localhost:6379"])
def test_redis_has_a_url_of_its_own(url: str) -> None:
    with pytest.raises(WrongUsage, match="FAULTMAVEN_REDIS_URL: write it as redis://"):
        load_settings(redis_url=url)
    assert load_settings(redis_url="redis://h:6379/0").redis_url == "redis://h:6379/0"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u@h/db", "postgresql+asyncpg://u@h/db"),
        ("postgres://u@h/db", "postgresql+asyncpg://u@h/db"),
        ("sqlite:////var/lib/f.db", "sqlite+aiosqlite:////var/lib/f.db"),
        ("postgresql+asyncpg://u@h/db", "postgresql+asyncpg://u@h/db"),
    ],
)
def test_database_urls_get_the_driver_we_use(given: str, used: str) -> None:
    assert load_settings(database_url=given).async_database_url == used


def test_files_only_rest_where_they_can(tmp_path: Path) -> None:
    assert load_settings(data_dir=tmp_path).files_dir == tmp_path / "files"
    assert load_settings(files_url=f"file://{tmp_path}").files_dir == tmp_path
    with pytest.raises(WrongUsage, match="s3://"):
        _ = load_settings(files_url="s3://bucket").files_dir


BOT = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
KEY = "0F" * 32


def refusal(**given: object) -> str:
    with pytest.raises(WrongUsage) as caught:
        load_settings(**given)
    message = str(caught.value)
    assert "-secret" not in message  # as the values here end that are one
    return message


@pytest.mark.parametrize(
    ("name", "url", "advice"),
    [
        ("slack_api_url", "slack.com/api/", "https://slack.com/api/"),
        ("slack_api_url", "", "https://slack.com/api/"),
        ("discord_api_url", "wss://discord.com", "https://discord.com/api/v10"),
        ("discord_gateway_url", "https://gateway.discord.gg", "wss://gateway.discord.gg"),
        ("pagerduty_api_url", "http://127.0.0.1:9000", "https://api.pagerduty.com"),
        ("public_url", "faultmaven.example.com", "https://faultmaven.example.com"),
        ("public_url", "https://host:port", "https://faultmaven.example.com"),
    ],
)
def test_a_service_has_an_address(name: str, url: str, advice: str) -> None:
    assert refusal(**{name: url}) == f"FAULTMAVEN_{name.upper()}: write it as {advice}"


def test_addresses_end_as_their_clients_want_them() -> None:
    settings = load_settings(
        slack_api_url="http://127.0.0.1:1/api",
        discord_api_url="http://127.0.0.1:2/api/v10/",
        discord_gateway_url="ws://127.0.0.1:2/",
        public_url="https://faultmaven.example.com/",
    )
    assert settings.slack_api_url == "http://127.0.0.1:1/api/"
    assert settings.discord_api_url == "http://127.0.0.1:2/api/v10"
    assert settings.discord_gateway_url == "ws://127.0.0.1:2"
    assert settings.public_url == "https://faultmaven.example.com"
    assert load_settings().slack_api_url == "https://slack.com/api/"


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"slack_bot_token": "xapp-the-secret"}, "This is an app-level token"),
        ({"slack_bot_token": "xoxp-the-secret"}, "This is a person's token"),
        ({"slack_bot_token": "xoxe.xoxb-the-secret"}, "turn token rotation off"),
        ({"slack_bot_token": "whatever-secret"}, "it begins with xoxb-"),
        ({"slack_app_token": "xoxb-the-secret"}, "This is the bot token"),
    ],
)
def test_a_token_that_is_another_one_is_told_as_such(given: dict[str, str], hint: str) -> None:
    (name,) = given
    message = refusal(**given)
    assert message.startswith(f"FAULTMAVEN_{name.upper()}: give ")
    assert hint in message


def test_slack_has_to_reach_us_somehow() -> None:
    assert "needs FAULTMAVEN_SLACK_APP_TOKEN (Socket Mode)" in refusal(slack_bot_token="xoxb-1")  # noqa: S106
    assert load_settings(**BOT).slack_signing_secret is None
    assert load_settings(slack_bot_token="xoxb-1", slack_signing_secret="s")  # noqa: S106


@pytest.mark.parametrize("key", ["0f" * 31, "0f" * 33, "xy" * 32])
def test_a_public_key_has_64_digits(key: str) -> None:
    assert "FAULTMAVEN_DISCORD_PUBLIC_KEY: 64 hexadecimal digits" in refusal(discord_public_key=key)
    assert load_settings(discord_public_key=KEY).discord_public_key == KEY.lower()


def test_a_channel_is_an_id_or_a_name() -> None:
    message = refusal(slack_channel="incidents-of-checkout")
    assert message.startswith('FAULTMAVEN_SLACK_CHANNEL: Write "#incidents" in quotes, or')
    assert "FAULTMAVEN_DISCORD_CHANNEL: " in refusal(discord_channel="C0123ABCD")
    settings = load_settings(slack_channel="#incidents", discord_channel="1187654321098765432")
    assert settings.slack_channel == "#incidents"


@pytest.mark.parametrize(
    "admins", ["slack:U0123ABCD,dana", "slack:U1234,slack:1234", "slack:U1234,teams:U1234"]
)
def test_an_admin_is_somebody_on_a_platform(admins: str) -> None:
    assert refusal(admins=admins).startswith("FAULTMAVEN_ADMINS: entry 2 is nobody's id")


def test_admins_and_secrets_stay_as_they_are() -> None:
    listed = "one/, two"
    settings = load_settings(
        admins="slack:U0123ABCD, discord:118765", pagerduty_webhook_secrets=listed
    )
    assert settings.admins == ("slack:U0123ABCD", "discord:118765")
    secrets = [secret.get_secret_value() for secret in settings.pagerduty_webhook_secrets]
    assert secrets == ["one/", "two"]


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a copy of .env.example without its comment signs."""
    for name in Settings.model_fields:
        if name not in {"profile", "data_dir", "host", "port", "case_place", "bot_port"}:
            monkeypatch.setenv(f"FAULTMAVEN_{name.upper()}", "")
    for name in ("slack_api_url", "discord_api_url", "pagerduty_api_url"):
        monkeypatch.delenv(f"FAULTMAVEN_{name.upper()}")
    for name in (
        *("presidio", "resolve_after", "reopen_within", "keep_originals", "keep_deliveries"),
        *("sure", "evidence_kinds", "predictions_tested"),
        *("model_deadline", "model_first_byte", "model_cache", "model_profile", "trace_content"),
        *("registration", "learn_private_pages", "oidc_join_by_email", "oidc_groups_claim"),
        *("model_case_limit", "model_day_limit"),  # of which nothing is no limit
    ):
        monkeypatch.delenv(f"FAULTMAVEN_{name.upper()}")
    assert load_settings().model_dump() == Settings.model_validate({}).model_dump()
    with pytest.raises(WrongUsage, match="FAULTMAVEN_ALERTMANAGER_TOKEN"):
        load_settings(host="::", secret_key="s" * 32)


@pytest.mark.parametrize("given", [{"sure": "0.5"}, {"sure": "1"}, {"evidence_kinds": "0"}])
def test_a_rule_that_decides_nothing_is_refused(given: dict[str, str]) -> None:
    (name,) = given
    assert f"FAULTMAVEN_{name.upper()}" in refusal(**given)


def test_a_public_bind_with_pagerduty_needs_the_secrets_of_its_webhooks() -> None:
    public = {"host": "::", "secret_key": "s" * 32, "alertmanager_token": "t"}
    message = refusal(**public, pagerduty_api_key="k")
    assert message == "listening on :: needs FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS"
    assert load_settings(**public, pagerduty_api_key="k", pagerduty_webhook_secrets="s").is_public


@pytest.mark.parametrize("kept", ["", "x", "k" * 31])
def test_a_kept_secret_that_is_too_short_seals_nothing(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret.key").write_text(kept)
    with pytest.raises(WrongUsage, match=f"has {len(kept)} characters"):
        installation_secret(Settings(data_dir=tmp_path))


def test_a_kept_secret_of_enough_characters_is_taken(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("k" * 32)
    assert installation_secret(Settings(data_dir=tmp_path)) == b"k" * 32


def test_the_end_of_a_line_is_no_part_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("k" * 31 + "\n")
    with pytest.raises(WrongUsage, match="has 31 characters"):
        installation_secret(Settings(data_dir=tmp_path))
    (tmp_path / "secret.key").write_text("k" * 32 + "\r\n")
    assert installation_secret(Settings(data_dir=tmp_path)) == b"k" * 32
    assert "needs at least 32" in refusal(secret_key="k" * 31 + "\n")
    assert installation_secret(Settings(secret_key=SecretStr("k" * 32 + "\n"))) == b"k" * 32


@pytest.mark.integration
def test_what_was_sealed_under_the_end_of_a_line_is_still_opened(tmp_path: Path) -> None:
    """As earlier versions did: the next start moves it, and the line may go."""
    written = "a secret with the end of its line\n"
    url = f"sqlite:///{tmp_path}/faultmaven.db"

    async def seal_as_before() -> bytes:
        await upgrade(url)
        return (await adopt_secret(url, Keyring(written.encode()))).naming

    naming = asyncio.run(seal_as_before())
    for kept in (written, written.rstrip()):
        (tmp_path / "secret.key").write_text(kept)
        prepared = asyncio.run(prepare_database(Settings(data_dir=tmp_path)))
        assert prepared.keyring.current == written.rstrip().encode()
        assert prepared.naming == naming


def test_a_new_case_is_looked_for_on_the_platforms_that_are_connected() -> None:
    assert shown_in(Settings()) == "`faultmaven chat`"
    slack = Settings(
        slack_bot_token=SecretStr("xoxb-1-1-x"),
        slack_app_token=SecretStr("xapp-1-x"),
        slack_channel="#incidents",
    )
    assert shown_in(slack) == "#incidents in Slack"


PROVIDER = {
    "oidc_issuer": "https://login.shop.test/realm",
    "oidc_client_id": "faultmaven",
    "oidc_client_secret": "x",
}


def test_a_provider_is_taken_as_it_writes_itself() -> None:
    settings = load_settings(**PROVIDER | {"oidc_issuer": "https://login.shop.test/realm/"})
    assert settings.oidc_issuer == "https://login.shop.test/realm/"
    assert load_settings(**PROVIDER | {"oidc_issuer": "http://127.0.0.1:9/"}).oidc_issuer


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"oidc_client_secret": ""}, "FAULTMAVEN_OIDC_CLIENT_SECRET"),
        ({"oidc_client_id": ""}, "FAULTMAVEN_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://login.shop.test"}, "https://login.example.com"),
        ({"oidc_issuer": "login.shop.test"}, "https://login.example.com"),
        ({"oidc_scopes": "profile email"}, "openid"),
    ],
    ids=str,
)
def test_a_provider_that_could_not_be_believed_is_refused(
    change: dict[str, str], advice: str
) -> None:
    with pytest.raises(WrongUsage, match=advice):
        load_settings(**PROVIDER | change)
