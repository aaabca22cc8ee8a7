"""A case in one file: signed, proven before it has its name, for this account alone."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
import zipfile
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from core.cases.bundle.manifest import secret_mark
from core.errors import Unauthorised
from faultmaven.commands.export import _members
from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery
from tests.faultmaven.commands.test_evidence import CONTENT, a_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell


@pytest.fixture
def prepared(shell: Shell) -> Shell:
    shell.prepare(partial(a_delivery, body=a_body(an_alert())))
    shell.prepare(a_file)
    return shell


def test_it_is_for_this_account_alone_and_the_same_each_time(
    prepared: Shell, tmp_path: Path
) -> None:
    out, again = tmp_path / "case.zip", tmp_path / "again.zip"
    ran = prepared.run("export", 1, "--out", out, "--json")
    assert ran.code == 0
    assert (ran.document["number"], ran.document["files"], ran.document["originals"]) == (1, 1, 0)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert b"hunter2" not in out.read_bytes()
    prepared.run("export", 1, "--out", again)
    assert out.read_bytes() == again.read_bytes()


def test_the_key_that_signs_is_the_one_that_is_published(prepared: Shell, tmp_path: Path) -> None:
    key = prepared.run("export", "--public-key").out.strip()
    assert prepared.run("export", "--public-key", "--json").document == {"public_key": key}
    output = prepared.run("export", 1, "--out", tmp_path / "case.zip").out
    assert f"faultmaven verify {tmp_path / 'case.zip'} --key {key}" in output


def test_originals_come_on_request_and_the_case_notes_that_down(
    prepared: Shell, tmp_path: Path
) -> None:
    out = tmp_path / "case.zip"
    ran = prepared.run("export", 1, "--out", out, "--originals")
    assert "1 originals as they came: nothing in them is redacted" in ran.out
    with zipfile.ZipFile(out) as bundle:
        assert (
            hashlib.sha256(bundle.read("originals/e1")).digest() == hashlib.sha256(CONTENT).digest()
        )
        assert b"file.handed_out" in bundle.read("events.jsonl")
    assert prepared.run("verify", out).code == 0


@pytest.mark.parametrize("words", [["1"], ["--out", "x"], []], ids=str)
def test_too_few_words_are_wrong_usage(words: list[str], shell: Shell) -> None:
    ran = shell.run("export", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "faultmaven export 12 --out case-12.zip" in ran.err


def test_what_cannot_be_written_leaves_nothing(prepared: Shell, tmp_path: Path) -> None:
    assert prepared.run("export", 7, "--out", tmp_path / "x.zip").code == 1
    ran = prepared.run("export", 1, "--out", tmp_path / "nowhere" / "x.zip")
    assert (ran.code, "could not be written" in ran.err) == (1, True)
    assert not list(tmp_path.rglob("*x.zip*"))


def test_a_case_that_does_not_add_up_is_not_signed(prepared: Shell, tmp_path: Path) -> None:
    with sqlite3.connect(prepared.data / "faultmaven.db") as database:
        database.execute("UPDATE case_events SET actor = 'nobody' WHERE seq = 2")
    ran = prepared.run("export", 1, "--out", tmp_path / "x.zip")
    assert ran.code == 1
    assert "does not add up, and was not exported: events.jsonl: event 2 of" in ran.err
    assert not list(tmp_path.rglob("*x.zip*"))


async def test_another_secret_than_that_of_up_signs_nothing() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"X-FaultMaven-Secret": secret_mark(b"of up")})

    async with httpx.AsyncClient(
        transport=httpx.MockTransport(answer), base_url="http://here"
    ) as client:
        with pytest.raises(Unauthorised, match="not that of `up`"):
            await _members(client, 1, secret_mark(b"of this shell"))
