"""What happened when: of files without a server, and of a case; as text, JSON and a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.evidence.timeline.shop import PASSWORD, api, web

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "web.log").write_text(web())
    (folder / "api.log").write_text(api())
    return folder


def test_files_are_merged_by_one_clock_and_drawn(shell: Shell, logs: Path, tmp_path: Path) -> None:
    picture = tmp_path / "out.svg"
    ran = shell.run("timeline", logs, "--picture", picture)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Onset 12:20:00 UTC: 2 of 2 files that tell one agree")
    stated = (
        "The clock of api.log is very likely ahead of that of web.log by 39.95 s (39.8 to 40.1 s"
    )
    assert stated in ran.out
    assert "2026-11-19 (UTC)" in ran.out
    [line] = [
        line for line in ran.out.splitlines() if "own clock" in line and "First error" in line
    ]
    assert line.startswith("12:20:00.7")
    assert "(its own clock: 12:20:40.7" in line
    drawn = picture.read_text()
    assert picture.stat().st_mode & 0o777 == 0o600
    assert "onset 12:20:00 UTC" in drawn
    assert "Clocks: The clock of api.log" in drawn
    assert PASSWORD not in ran.out + drawn


def test_the_document_that_scripts_rely_on(shell: Shell, logs: Path) -> None:
    document = shell.run("timeline", logs, "--json").document
    assert set(document) == {"onset", "clocks", "notes", "entries", "unread"}
    assert document["onset"]["agreed"] is True
    assert document["clocks"][0]["seconds"] == pytest.approx(40, abs=0.2)
    times = [entry["at"] for entry in document["entries"]]
    assert times == sorted(times)
    assert (
        shell.run("timeline", logs, "--at", "2026-11-19T12:10:00", "--json").document["onset"]
        is None
    )


def test_a_file_that_cannot_be_read_is_named(shell: Shell, logs: Path) -> None:
    (logs / "spans.json").write_text('{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}')
    document = shell.run("timeline", logs, "--json").document
    assert document["entries"]
    assert [file.partition(":")[0] for file in document["unread"]] in ([], ["spans.json"])


def test_what_cannot_be_meant(shell: Shell, logs: Path) -> None:
    for arguments in ((), (logs, "--case", 1), (logs, "--picture", "x.gif")):
        ran = shell.run("timeline", *arguments)
        assert (ran.code, ran.out) == (2, "")
    assert shell.run("timeline", "--case", 7).code == 1
