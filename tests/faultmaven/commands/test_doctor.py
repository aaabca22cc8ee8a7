"""Each thing that can be wrong is found, and the next command to type is said."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from faultmaven import installation_checks
from integrations.llm.seam import is_installed
from tests.fakes.models.script import calls
from tests.fakes.models.server import fake_models
from tests.faultmaven.commands.failures import (
    AHEAD,
    a_dead_job,
    a_delivery,
    a_delivery_from_the_future,
    a_failing_job,
)
from tests.faultmaven.program import faultmaven
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell


def check(shell: Shell, name: str) -> dict[str, Any]:
    """The one line about `name`, which decides about the exit code."""
    ran = shell.run("doctor", "--json")
    by_name = {check_["check"].split()[0]: check_ for check_ in ran.document}
    assert ran.code == (0 if all(check_["ok"] for check_ in ran.document) else 1)
    assert all(
        bool(check_["advice"]) != (check_["ok"] and not check_["warning"])
        for check_ in ran.document
    )
    line: dict[str, Any] = by_name[name]
    return line


def test_all_is_well_on_a_fresh_installation(shell: Shell) -> None:
    ran = shell.run("doctor", "--json")
    assert ran.code == 0
    assert [check_["check"] for check_ in ran.document] == [
        "settings",
        "secrets",
        "server",
        "account",
        "disk",
        "permissions",
        "redis",
        "integrity",
        "integrity",
        "database",
        "sealing",
        "events",
        "clock",
        "jobs",
        "deliveries",
        "turns",
        "pagerduty",
        "models",
        "embeddings",
        "spans",
        "sign-in",
        "extractors",
        "policy",
        "chat",
    ]
    lines = shell.run("doctor").out.splitlines()
    assert len(lines) == len(ran.document) + sum(check_["warning"] for check_ in ran.document)
    assert not [line for line in lines if line.startswith("BAD")]


def test_settings_that_cannot_be_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_PORT", "http")
    line = check(shell, "settings")
    assert "FAULTMAVEN_PORT" in line["says"]
    assert ".env.example" in line["advice"]


def test_a_data_directory_that_cannot_be_made(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.data.parent / "file").touch()
    monkeypatch.setenv("FAULTMAVEN_DATA_DIR", str(shell.data.parent / "file" / "data"))
    for name in ("disk", "database"):
        line = check(shell, name)
        assert "cannot be used: Not a directory" in line["says"]
        assert "FAULTMAVEN_DATA_DIR" in line["advice"]


def test_a_disk_that_is_nearly_full(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation_checks, "ENOUGH_DISK_BYTES", 2**80)
    line = check(shell, "disk")
    assert "GiB free in" in line["says"]
    assert "FAULTMAVEN_DATA_DIR" in line["advice"]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's limit is set by prlimit")
@pytest.mark.e2e
@pytest.mark.skipif(not is_installed(), reason="the extra `llm` is not installed")
async def test_the_trial_call_of_a_model_prints_nothing_among_the_json(tmp_path: Path) -> None:
    async with fake_models(calls("add", '{"a": 2, "b": 3}')) as models:
        settings = {"FAULTMAVEN_MODELS": f"openai/x@{models.url}/v1"}
        ran = await faultmaven("doctor", "--json", folder=tmp_path, settings=settings)
    assert models.asked
    assert "model openai/x" in [check_["check"] for check_ in ran.document]


@pytest.mark.e2e
async def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    well = await faultmaven("doctor", folder=tmp_path)
    assert well.code == 0
    with a_long_log(tmp_path / "data/faultmaven.db") as size:
        for limit in (1, size):  # nothing can be read either; all can be read, nothing be added
            full = await faultmaven("doctor", folder=tmp_path, file_size=limit)
            assert full.code == 1
            (bad,) = [line for line in full.out.splitlines() if line.startswith("BAD")]
            assert bad.startswith("BAD database: ")
            assert "disk" in bad
            assert "→ Check free disk space" in full.out


def test_a_database_that_does_not_answer(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_DATABASE_URL", f"postgresql://fm:pw@127.0.0.1:{free_port()}/fm")
    line = check(shell, "database")
    assert "does not answer" in line["says"]
    assert "pw@" not in shell.run("doctor").out


def test_a_database_that_is_none(shell: Shell) -> None:
    (shell.data / "faultmaven.db").write_bytes(b"no database at all, " * 100)
    line = check(shell, "database")
    assert not line["ok"]


def test_dead_jobs(shell: Shell) -> None:
    shell.prepare(a_dead_job)
    line = check(shell, "jobs")
    assert line["says"] == "1 dead"
    assert "faultmaven jobs list" in line["advice"]


@pytest.mark.parametrize(("minutes", "ok"), [(2, True), (20, False)])
def test_what_fails_for_long_is_named(shell: Shell, minutes: int, *, ok: bool) -> None:
    shell.prepare(partial(a_failing_job, minutes=minutes))
    line = check(shell, "jobs")
    assert line["ok"] is ok
    assert ("chat.send: Slack did not answer an upload" in line["says"]) is not ok


def test_deliveries_that_nobody_could_read(shell: Shell) -> None:
    shell.prepare(partial(a_delivery, body=b"{"))
    line = check(shell, "deliveries")
    assert line["says"] == "1 could not be read, 0 were too large in the last 24 h"
    assert "faultmaven replay" in line["advice"]


def test_deliveries_from_the_future(shell: Shell) -> None:
    shell.prepare(a_delivery_from_the_future)
    line = check(shell, "clock")
    assert line["says"] == "1 deliveries come from the future"
    assert "timedatectl" in line["advice"]


def test_redis_away(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    line = check(shell, "redis")
    assert "Redis does not answer" in line["says"]
    assert "FAULTMAVEN_REDIS_URL" in line["advice"]


@pytest.mark.integration
def test_redis_there(shell: Shell, shared_redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_REDIS_URL", shared_redis_url)
    assert check(shell, "redis") == {
        "check": "redis",
        "ok": True,
        "warning": False,
        "says": "answers",
        "advice": "",
    }


def test_an_alertmanager_away(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://ops:s3cret-word@127.0.0.1:{free_port()}"
    monkeypatch.setenv("FAULTMAVEN_ALERTMANAGER_URLS", url)
    line = check(shell, "alertmanager")
    assert line["says"] == "does not answer (ConnectError)"
    assert "FAULTMAVEN_ALERTMANAGER_URLS" in line["advice"]
    assert "s3cret-word" not in shell.run("doctor").out


@pytest.mark.parametrize(("behind", "well"), [(timedelta(), True), (AHEAD, False)])
def test_an_alertmanager_with_another_clock(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, *, behind: timedelta, well: bool
) -> None:
    with an_alertmanager(behind) as url:
        monkeypatch.setenv("FAULTMAVEN_ALERTMANAGER_URLS", url)
        line = check(shell, "alertmanager")
    assert line["ok"] is well
    if not well:
        assert "s apart" in line["says"]
        assert "timedatectl" in line["advice"]


@contextmanager
def a_long_log(database: Path) -> Iterator[int]:
    """SQLite's write-ahead log holds more than its other files while the block runs: its size."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        size = 0
        for version in range(200):
            connection.execute(f"PRAGMA user_version = {version}")
            size = database.with_name(f"{database.name}-wal").stat().st_size
        yield size


@contextmanager
def an_alertmanager(behind: timedelta) -> Iterator[str]:
    """One that is ready, and whose clock is behind ours."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200 if self.path == "/-/ready" else 404)
            self.send_header("Date", format_datetime(datetime.now(UTC) - behind, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def test_a_misspelt_setting_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_PROT", "9000")
    line = check(shell, "settings")
    assert line["says"] == "unknown: FAULTMAVEN_PROT"
    assert line["advice"] == "Did you mean FAULTMAVEN_PORT?"


def test_mistakes_of_the_policy_hide_nothing_else(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = shell.data.parent / "policy.yaml"
    policy.write_text("routes:\n  - name: all\n    too: []\n")
    monkeypatch.setenv("FAULTMAVEN_POLICY_FILE", str(policy))
    line = check(shell, "policy")
    assert line["says"] == "policy.yaml:3: too is no key of a route"
    assert line["advice"] == "Did you mean to?"
    assert check(shell, "database")["ok"]
