"""A text without its secrets, from a file or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

TEXT = "dana@shop.example logs in with password=hunter2-s3cr3t\ndana@shop.example again, ü\n"


def test_a_file_and_a_pipe_give_the_same_but_for_the_key(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_text(TEXT)
    for ran in (shell.run("redact", path), shell.run("redact", stdin=TEXT)):
        assert (ran.code, ran.err) == (0, "")
        assert "dana@" not in ran.out
        assert "hunter2" not in ran.out
        first, second = ran.out.splitlines()
        assert first.split()[0] == second.split()[0], "the same value has the same name"
        assert second.endswith(" again, ü")


def test_a_file_that_is_not_there_is_wrong_usage(shell: Shell, tmp_path: Path) -> None:
    ran = shell.run("redact", tmp_path / "nothing")
    assert (ran.code, ran.out) == (2, "")
    assert "does not exist" in ran.err


def test_scripts_read_the_same(shell: Shell) -> None:
    (name,) = shell.run("redact", "--json", stdin=TEXT).document.keys()
    assert name == "text"
    assert "hunter2" not in shell.run("redact", "--json", stdin=TEXT).document["text"]
