"""The test set-up where servers are missing: a scripted apt-get notes its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.setup_services import SERVERS, set_up

if TYPE_CHECKING:
    from pathlib import Path

ON_THE_PATH = [server for server in SERVERS if server.program != "postgres"]
APT = """#!/bin/sh
echo "$@" >> "{folder}/calls"
[ -x "{policy}" ] && echo "daemons stay off" >> "{folder}/calls"
case "$*" in *install*) exit {code};; esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole path to programs, but for the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(folder: Path, name: str, text: str = "#!/bin/sh\n") -> None:
    program = folder / name
    program.write_text(text, encoding="ascii")
    program.chmod(0o755)


def put_apt(folder: Path, *, code: int) -> Path:
    """A scripted apt-get; gives the policy that keeps daemons from starting."""
    policy = folder.parent / "policy"
    put(folder, "apt-get", APT.format(folder=folder, policy=policy, code=code))
    return policy


def test_with_every_server_there_it_does_nothing(programs: Path) -> None:
    for server in SERVERS:
        put(programs, server.program)
    assert set_up(root=True, policy=put_apt(programs, code=1)) == []
    assert not (programs / "calls").exists()


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("root", [True, False])
def test_without_apt_it_names_each_missing_server_and_what_follows(*, root: bool) -> None:
    output = set_up(root=root)
    for server in ON_THE_PATH:
        assert f"no {server.program} (needs root and apt): {server.without_it}" in output


def test_only_root_uses_apt(programs: Path) -> None:
    policy = put_apt(programs, code=0)
    assert set_up(root=False, policy=policy)
    assert not (programs / "calls").exists()


def test_daemons_stay_off_while_it_installs_and_only_then(programs: Path) -> None:
    policy = put_apt(programs, code=0)
    output = set_up(root=True, policy=policy)
    install, off = (programs / "calls").read_text(encoding="ascii").splitlines()
    assert "DPkg::Lock::Timeout=600" in install
    assert all(server.package in install.split() for server in ON_THE_PATH)
    assert off == "daemons stay off"
    assert not policy.exists()
    assert all("apt could not install it" in line for line in output)


def test_lists_of_packages_are_refreshed_once(programs: Path) -> None:
    set_up(root=True, policy=put_apt(programs, code=1))
    calls = (programs / "calls").read_text(encoding="ascii").splitlines()
    verbs = [word for line in calls for word in line.split() if word in {"install", "update"}]
    assert verbs == ["install", "update", "install"]


def test_a_policy_of_the_system_is_left_alone(programs: Path) -> None:
    policy = put_apt(programs, code=0)
    policy.write_text("theirs", encoding="ascii")
    set_up(root=True, policy=policy)
    assert policy.read_text(encoding="ascii") == "theirs"
