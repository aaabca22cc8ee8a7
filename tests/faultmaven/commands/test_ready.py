"""Whether a process that listens nowhere can work, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faultmaven.commands.conftest import Shell


def test_nobody_works(shell: Shell) -> None:
    ran = shell.run("ready", "worker")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("faultmaven: no `worker` works on ")
    assert "doctor" in ran.err


def test_one_that_works_is_ready(shell: Shell) -> None:
    shell.data.mkdir(exist_ok=True)
    (shell.data / "bot.alive").touch()
    assert shell.run("ready", "bot").out == "`bot` is ready.\n"
    assert shell.run("ready", "bot", "--json").document == {"process": "bot", "ready": True}


def test_only_those_that_listen_nowhere_are_asked(shell: Shell) -> None:
    assert shell.run("ready", "serve").code == 2
