from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import WrongUsage
from faultmaven.settings import Settings, load_settings


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
