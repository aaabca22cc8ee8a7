"""What `verify` says, and with which exit code, wherever it runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.core.cases.bundle.samples import KEY, a_case, bundle_of, members_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    async def made() -> bytes:
        return bundle_of(await members_of(await a_case(tmp_path / "files")))

    path = tmp_path / "case.zip"
    path.write_bytes(asyncio.run(made()))
    return path


def test_what_adds_up_is_said_line_by_line(shell: Shell, bundle: Path) -> None:
    ran = shell.run("verify", bundle, "--key", KEY)
    assert (ran.code, ran.err) == (0, "")
    assert all(line.startswith("ok ") for line in ran.out.splitlines())
    assert "citations: 2 word by word in the redacted lines" in ran.out
    assert KEY in ran.out


def test_without_a_key_it_says_whose_word_it_is(shell: Shell, bundle: Path) -> None:
    ran = shell.run("verify", bundle)
    assert ran.code == 0
    assert f"signature: by {KEY}" in ran.out
    assert "Anybody can sign" in ran.out
    document = shell.run("verify", bundle, "--json").document
    assert (document["ok"], document["key_was_given"], document["key"]) == (True, False, KEY)
    assert document["citations"] == {"quoted": 2, "found": 1, "unplaced": 1}


def test_what_was_changed_is_said_and_where(shell: Shell, bundle: Path) -> None:
    before, replaced, after = bundle.read_bytes().rpartition(b"pool exhausted")
    bundle.write_bytes(before + replaced.swapcase() + after)
    ran = shell.run("verify", bundle)
    assert (ran.code, ran.out) == (1, "")
    assert "citations.jsonl: its content was changed" in ran.err
    ran = shell.run("verify", bundle, "--json")
    assert ran.code == 1
    assert ran.document["ok"] is False
    assert "citations.jsonl" in ran.document["problem"]


def test_it_needs_nothing_of_an_installation(shell: Shell, bundle: Path) -> None:
    (shell.data / "faultmaven.db").unlink()
    shell.data.rmdir()
    assert shell.run("verify", bundle).code == 0
    assert not shell.data.exists()


@pytest.mark.parametrize("words", [["nowhere.zip"], ["."], ["case.zip", "--key", "x"], []], ids=str)
@pytest.mark.usefixtures("bundle")
def test_wrong_usage(words: list[str], shell: Shell) -> None:
    assert shell.run("verify", *words).code == 2


def test_what_is_no_bundle_is_said(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "photo.zip").write_bytes(b"\x89PNG")
    ran = shell.run("verify", tmp_path / "photo.zip")
    assert (ran.code, "this is no bundle" in ran.err) == (1, True)
