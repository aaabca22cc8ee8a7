"""`faultmaven report`: the document in a file for this account alone, or a reason and no file."""

from __future__ import annotations

import stat
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery
from tests.faultmaven.commands.test_evidence import a_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell


@pytest.fixture
def prepared(shell: Shell) -> Shell:
    shell.prepare(partial(a_delivery, body=a_body(an_alert())))
    shell.prepare(a_file)
    return shell


@pytest.mark.parametrize(
    ("form", "begin"),
    [("md", b"# Case #1: "), ("pdf", b"%PDF-"), ("postmortem", b"# Post-mortem of case #1: ")],
)
def test_it_is_for_this_account_alone_and_redacted(
    prepared: Shell, tmp_path: Path, form: str, begin: bytes
) -> None:
    if form == "pdf":
        pytest.importorskip("typst", reason="the extra `pdf` is not installed")
    out = tmp_path / "report"
    ran = prepared.run("report", 1, "--format", form, "--out", out, "--json")
    assert ran.code == 0
    assert ran.document["path"] == str(out)
    assert ran.document["size"] == out.stat().st_size
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_bytes().startswith(begin)
    assert b"hunter2" not in out.read_bytes()


def test_a_form_that_is_none_is_refused(prepared: Shell, tmp_path: Path) -> None:
    ran = prepared.run("report", 1, "--format", "docx", "--out", tmp_path / "report")
    assert ran.code == 2
    assert "One of: md, pdf, postmortem." in ran.err
    assert not (tmp_path / "report").exists()


def test_a_case_that_is_not_there(prepared: Shell, tmp_path: Path) -> None:
    ran = prepared.run("report", 7, "--out", tmp_path / "report")
    assert (ran.code, (tmp_path / "report").exists()) == (1, False)


def test_a_place_that_cannot_be_written(prepared: Shell, tmp_path: Path) -> None:
    ran = prepared.run("report", 1, "--out", tmp_path / "no" / "report")
    assert ran.code == 1
    assert "could not be written" in ran.err
