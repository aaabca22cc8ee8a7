"""`docker-compose.yml` is one that Compose takes, starts what exists, and keeps it locked up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from faultmaven.cli import app
from faultmaven.connections import WANTED
from faultmaven.http_listener import GRACE_S
from faultmaven.settings import Settings, load_settings
from storage.jobs.supervisor import GRACE_S as CREW_GRACE_S
from tests.house.tree import ROOT
from tests.team.compose import FILE, MissingVariable, Service, document, seconds, services, wanted

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
REQUIRED = {name: f"{name} of the tests, long enough" for name, says in wanted().items() if says}
EVERYTHING = {
    **dict.fromkeys(wanted(), ""),
    **REQUIRED,
    "FAULTMAVEN_SLACK_BOT_TOKEN": "xoxb-1",
    "FAULTMAVEN_SLACK_APP_TOKEN": "xapp-1",
}
ALL = document(REQUIRED)["services"]
STARTED = services(REQUIRED)
OURS = {name: service for name, service in STARTED.items() if service.is_ours}
# Settings that no container gets, and why.
LEFT_OUT = {
    "FAULTMAVEN_METRICS_PORT": "the API serves /metrics on its own port to whoever has the token",
    "FAULTMAVEN_SERVER": "it is for whoever types commands elsewhere",
    "FAULTMAVEN_TOKEN": "the same",
    "FAULTMAVEN_TOKEN_FILE": "the same",
}


def settings_of(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """What the service would read in its container."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FAULTMAVEN_")]:
        monkeypatch.delenv(name)
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def conforms(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Whether the file is one of the schema that Compose publishes."""
    (folder / "compose.yml").write_text(text, encoding="utf-8")
    tool = Path(sys.executable).with_name("check-jsonschema")
    return subprocess.run(
        (tool, "--builtin-schema", "vendor.compose-spec", folder / "compose.yml"),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.integration
def test_it_has_the_form_that_compose_publishes(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    done = conforms(tmp_path, text)
    assert done.returncode == 0, done.stdout
    assert conforms(tmp_path, text.replace("healthcheck:", "health_check:")).returncode == 1


@pytest.mark.parametrize("name", REQUIRED)
def test_it_starts_nothing_without_a_secret(name: str) -> None:
    for without in ({}, {name: ""}):
        given = {each: value for each, value in REQUIRED.items() if each != name}
        with pytest.raises(MissingVariable, match=f"set {name} in .env"):
            document(given | without)


def test_it_has_no_default_for_a_secret() -> None:
    assert set(REQUIRED) == {
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "FAULTMAVEN_SECRET_KEY",
        "FAULTMAVEN_ALERTMANAGER_TOKEN",
    }
    defaults = re.findall(r"\$\{(\w+):-([^}]+)\}", FILE.read_text(encoding="utf-8"))
    assert dict(defaults) == {"API_ADDRESS": "127.0.0.1", "API_PORT": "8000"}


@pytest.mark.parametrize("service", OURS.values(), ids=list(OURS))
def test_a_service_is_started_with_settings_that_exist(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = {f"FAULTMAVEN_{name.upper()}" for name in Settings.model_fields}
    written = ALL[service.name]["environment"]
    assert {name for name in written if name.startswith("FAULTMAVEN_")} <= known
    settings = settings_of(service, monkeypatch, tmp_path)
    assert not settings.uses_sqlite
    assert settings.redis_url
    assert settings.is_public == bool(service.ports)


@pytest.mark.parametrize("name", OURS)
def test_a_copy_of_the_example_with_a_few_lines_filled_in_will_do(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What stands in `.env` with nothing after the `=` arrives as an empty text."""
    texts = {f"FAULTMAVEN_{key.upper()}" for key, field in Settings.model_fields.items()
             if field.get_default() in ("", None, ())}  # fmt: skip
    filled = {each: value for each, value in EVERYTHING.items() if value or each in texts}
    assert settings_of(services(filled)[name], monkeypatch, tmp_path).profile == "team"


def test_every_setting_reaches_somebody() -> None:
    passed = {name for service in OURS for name in ALL[service]["environment"]}
    settings = {f"FAULTMAVEN_{name.upper()}" for name in Settings.model_fields}
    assert settings - passed == set(LEFT_OUT)


def test_a_token_of_a_chat_goes_to_the_bot_alone() -> None:
    for name in OURS:
        tokens = {
            key for key in ALL[name]["environment"] if re.search("SLACK_.*TOKEN|_TOKEN$", key)
        }
        chat = {key for key in tokens if "SLACK" in key or "DISCORD" in key}
        assert bool(chat) == (name == "bot"), name


@pytest.mark.parametrize("service", OURS.values(), ids=list(OURS))
def test_a_service_is_a_command_of_ours_as_is_its_health_check(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAULTMAVEN_DATA_DIR", str(tmp_path))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert 'ENTRYPOINT ["faultmaven"]' in DOCKERFILE
    (command,) = service.command
    assert command in commands
    if service.name == "migrate":
        assert (service.health, service.restart) == (None, "no")
        return
    assert service.health is not None
    if service.ports:
        assert "/readiness" in service.health.command[-1]
        return
    assert service.health.command == ("faultmaven", "ready", command)
    result = CliRunner().invoke(app, service.health.command[1:])
    assert (result.exit_code, result.stderr.split(" works")[0]) == (
        1,
        f"faultmaven: no `{command}`",
    )


def test_only_the_api_is_reached_and_from_this_machine_alone() -> None:
    assert {name for name, entry in ALL.items() if "ports" in entry} == {"api"}
    port = STARTED["api"].environment["FAULTMAVEN_PORT"]
    assert STARTED["api"].ports == (f"127.0.0.1:8000:{port}",)
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert {network for entry in ALL.values() for network in entry["networks"]} == {"team"}


@pytest.mark.parametrize("name", ALL)
def test_a_container_may_do_little_and_take_little(name: str) -> None:
    entry = ALL[name]
    assert entry["read_only"] is True
    assert entry["cap_drop"] == ["ALL"]
    assert entry["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+[mg]", entry["mem_limit"])
    assert str(entry["user"]).partition(":")[0] not in {"0", "root"}
    assert re.search(r":v?\d+\.\d+\.\d+\b|:\d+\.\d+\b", entry["image"]) or "build" in entry
    assert entry["restart"] == ("no" if name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("service", OURS.values(), ids=list(OURS))
def test_it_has_the_time_and_descriptors_that_the_program_takes(service: Service) -> None:
    assert service.stop_within_s > GRACE_S + CREW_GRACE_S
    assert ALL[service.name]["ulimits"]["nofile"] == WANTED


def test_our_containers_write_where_the_image_lets_them() -> None:
    uid = re.findall(r"--uid (\d+)", DOCKERFILE)[0]
    folders = re.findall(r"--group faultmaven (.+)$", DOCKERFILE, re.MULTILINE)[0].split()
    for name in OURS:
        entry = ALL[name]
        assert entry["user"] == f"{uid}:{uid}"
        mounts = {each.split(":")[1] for each in entry["volumes"]}
        memory = {each.split(":")[0] for each in entry["tmpfs"]}
        assert mounts | memory == {*folders, "/tmp"}  # noqa: S108 - of the container
        assert entry["environment"]["FAULTMAVEN_FILES_URL"] == f"file://{mounts.pop()}"
        assert entry["environment"]["FAULTMAVEN_DATA_DIR"] in memory


def test_who_works_waits_for_the_tables() -> None:
    assert STARTED["migrate"].after == {"postgres": "service_healthy"}
    for name in ("api", "bot", "worker"):
        assert STARTED[name].after["migrate"] == "service_completed_successfully"
        assert "container_name" not in ALL[name]  # of which there can be one only


def test_every_volume_and_profile_is_known() -> None:
    whole: Any = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    used = {volume.partition(":")[0] for entry in ALL.values() for volume in entry["volumes"]}
    assert used == set(whole["volumes"])
    assert {name for name in ALL if name not in STARTED} == {"qdrant"}


def test_a_health_check_has_time_to_answer() -> None:
    for name, entry in ALL.items():
        health = entry.get("healthcheck", {})
        if "test" in health:
            assert seconds(health["timeout"]) <= seconds(health["interval"]), name


def test_the_example_has_every_variable_that_the_file_wants() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#(\w+)=", example, re.MULTILINE))
    settings = {f"FAULTMAVEN_{name.upper()}" for name in Settings.model_fields}
    assert named - settings == {name for name in wanted() if not name.startswith("FAULTMAVEN_")}
    assert set(wanted()) <= named
