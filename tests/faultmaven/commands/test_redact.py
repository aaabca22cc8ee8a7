"""A text without its secrets, from a file or a pipe."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from faultmaven.commands.redact import BLOCK

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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


def test_a_folder_is_wrong_usage_and_its_files_are_not(shell: Shell, tmp_path: Path) -> None:
    ran = shell.run("redact", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "is a folder\nName one of its files: faultmaven redact" in ran.err


def test_scripts_are_told_where_and_never_what(shell: Shell) -> None:
    ran = shell.run("redact", "--json", stdin=TEXT)
    assert "hunter2" not in ran.out
    assert ran.document["kinds"] == {"email": 2, "secret": 1}
    assert ran.document["lines"] == 2
    secret = next(span for span in ran.document["spans"] if span["kind"] == "secret")
    assert TEXT.splitlines()[0][secret["start"] : secret["end"]] == "hunter2-s3cr3t"
    assert secret["line"] == 1


def test_lines_keep_their_ends_and_keys_go_whole(shell: Shell) -> None:
    body = "MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvMR5hy"
    mark = "RSA " + "PRIVATE KEY"
    text = f"first\r\n-----BEGIN {mark}-----\n{body}\n-----END {mark}-----\nlast"
    ran = shell.run("redact", stdin=text)
    hidden = "«private key»\n" * 3
    assert ran.out == f"first\n{hidden}last"  # read as text
    document = shell.run("redact", "--json", stdin=text).document
    assert [span["line"] for span in document["spans"]] == [2, 3, 4]


def test_more_than_a_block_goes_through(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("x" * (3 * 2**20) + "\npassword=hunter2-s3cr3t\n")
    ran = shell.run("redact", path)
    assert len(ran.out.splitlines()) == 2
    assert "hunter2" not in ran.out


def test_rules_of_the_installation_hold(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("- name: ticket\n  pattern: 'TCK-\\d+'\n")
    monkeypatch.setenv("FAULTMAVEN_REDACTION_RULES", str(rules))
    assert "«ticket-" in shell.run("redact", stdin="see TCK-77\n").out


def test_no_encoding_and_no_packing_lets_a_secret_through(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "export"
    for raw in (TEXT.encode("utf-16"), TEXT.encode("latin-1"), gzip.compress(TEXT.encode())):
        path.write_bytes(raw)
        ran = shell.run("redact", path)
        assert "hunter2" not in ran.out.replace("\0", "")
        assert ran.out.endswith(" again, ü\n")


def test_a_secret_where_a_long_line_is_cut_goes(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "one-line.txt"
    path.write_text("x" * (BLOCK - 18) + " password=hunter2-s3cr3t " + "x" * BLOCK)
    ran = shell.run("redact", path)
    assert "hunter2" not in ran.out
    assert "s3cr3t" not in ran.out
