"""The systemd unit is one that systemd takes, and what it says of us is true."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from faultmaven.connections import WANTED
from faultmaven.http_listener import GRACE_S
from faultmaven.settings import Settings
from storage.jobs.supervisor import GRACE_S as CREW_GRACE_S
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UNIT = ROOT / "manifests/systemd/faultmaven.service"
ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


def test_it_starts_us_as_an_account_of_its_own(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["ExecStart"].split()[1:] == ["up"]
    assert service["DynamicUser"] == "yes"
    assert service["StateDirectory"] == "faultmaven"
    name, _, value = service["Environment"].partition("=")
    assert (name, value) == ("FAULTMAVEN_DATA_DIR", "/var/lib/faultmaven")


def test_it_waits_for_a_drain_to_end(unit: configparser.ConfigParser) -> None:
    assert unit["Service"]["KillSignal"] == "SIGTERM"
    assert float(unit["Service"]["TimeoutStopSec"]) > GRACE_S + CREW_GRACE_S


def test_it_may_have_as_many_connections_as_it_can_use(unit: configparser.ConfigParser) -> None:
    assert int(unit["Service"]["LimitNOFILE"]) == WANTED
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"--ulimit nofile={WANTED}" in dockerfile


HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
}


def test_it_may_do_no_more_than_it_has_to(unit: configparser.ConfigParser) -> None:
    assert {name: unit["Service"][name] for name in HARDENED} == HARDENED


@pytest.mark.integration
def test_systemd_finds_it_little_exposed() -> None:
    """On systemd's own scale, 0 to 10; a version that cannot look at a file alone says nothing."""
    if ANALYZE is None:
        return
    command = (ANALYZE, "security", "--offline=true", "--threshold=20", str(UNIT))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "unrecognized option" in done.stderr, done.stdout[-200:]


def test_every_setting_in_it_exists() -> None:
    named = re.findall(r"FAULTMAVEN_([A-Z_]+)", UNIT.read_text(encoding="utf-8"))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_page_about_it_is_where_it_says() -> None:
    (page,) = re.findall(r"See (docs/\S+\.md)", UNIT.read_text(encoding="utf-8"))
    assert (ROOT / page).exists()


@pytest.mark.integration
def test_systemd_takes_it(tmp_path: Path, unit: configparser.ConfigParser) -> None:
    """Our program is not in /opt here, and systemd looks whether it is."""
    if ANALYZE is None:  # elsewhere at least the parts are there
        assert unit.sections() == ["Unit", "Service", "Install"]
        return
    here = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    here.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    done = subprocess.run(
        (ANALYZE, "verify", "--man=no", str(here)), capture_output=True, text=True, check=False
    )
    assert "faultmaven" not in done.stderr
    assert done.returncode == 0, done.stderr
