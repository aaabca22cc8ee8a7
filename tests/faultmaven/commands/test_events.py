"""Lines by level and window: of files without a server, and of a case."""

from __future__ import annotations

import gzip
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import Severity
from core.cases.lifecycle import SYSTEM, open_case
from core.text.redacted import RedactedText
from core.workflows.evidence_intake import receive_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

PASSWORD = "hunter2-value-of-mine"  # noqa: S105 - planted


def line(clock: str, level: str, says: str) -> str:
    return f"time=2026-11-20T{clock}Z level={level} service=web msg={says}\n"


LOG = "".join(
    [
        *(line(f"13:{minute:02}:00", "info", "served") for minute in range(60)),
        line("13:10:00", "error", f"lost request_id=req-4711 password={PASSWORD}"),
        "  at orders.py:10\n",
        line("13:50:00", "error", "lost request_id=req-4712"),
        line("14:00:00", "info", "served"),
    ]
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "web.log"
    path.write_text(LOG)
    return path


def test_the_document_that_scripts_rely_on(shell: Shell, log: Path) -> None:
    document = shell.run("events", log, "--level", "error", "--since", "1h", "--json").document
    events = document.pop("events")
    assert document == {
        "since": "2026-11-20T13:00:00Z",
        "until": None,
        "counted_from": "newest event",
        "anchor": "2026-11-20T14:00:00Z",
        "order": "newest first",
        "total": 2,
        "shown": 2,
        "files": 1,
        "unread": [],
    }
    newest, oldest = events
    assert (newest["at"], newest["level"], newest["service"]) == (
        "2026-11-20T13:50:00Z",
        "error",
        "web",
    )
    locus = oldest["locus"]
    assert (locus["file"], locus["line_start"], locus["line_end"]) == ("web.log", 61, 62)
    whole = log.read_bytes()[locus["byte_start"] : locus["byte_end"]].decode()
    assert whole == "".join(LOG.splitlines(keepends=True)[60:62])
    assert "request_id=req-4711 password=«" in oldest["text"]
    assert PASSWORD not in oldest["text"]


def test_people_read_it_line_by_line(shell: Shell, log: Path) -> None:
    ran = shell.run("events", log, "--level", "error", "--since", "1h")
    assert (ran.code, ran.err) == (0, "")
    first, _, newest, oldest = ran.out.splitlines()
    assert first == (
        "2 events since 2026-11-20 13:00:00, counted back from the newest event,"
        " 2026-11-20 14:00:00, newest first"
    )
    assert newest.split()[:5] == ["2026-11-20", "13:50:00", "error", "web", "web.log:63"]
    assert "web.log:61-62" in oldest
    assert PASSWORD not in ran.out


def test_a_window_counts_back_from_where_one_says(shell: Shell, log: Path) -> None:
    at = "2026-11-20T13:30Z"
    document = shell.run("events", log, "--since", "25m", "--at", at, "--json").document
    assert (document["counted_from"], document["anchor"]) == ("--at", "2026-11-20T13:30:00Z")
    assert document["total"] == 27
    assert document["events"][0]["at"] == "2026-11-20T13:30:00Z"


@pytest.mark.parametrize(
    ("options", "total"),
    [
        (("--id", "REQ-4712"), 1),
        (("--service", "web", "--level", "error"), 2),
        (("--service", "ledger"), 0),
        (("--host", "web-1"), 0),
        (("--until", "13:05"), 5),
        (("--since", "2026-11-20T13:59Z", "--until", "2026-11-20T14:00Z"), 1),
    ],
)
def test_what_else_can_be_asked_for(
    shell: Shell, log: Path, options: tuple[str, ...], total: int
) -> None:
    assert shell.run("events", log, *options, "--json").document["total"] == total


def test_lines_of_one_kind(shell: Shell, log: Path) -> None:
    newest = shell.run("events", log, "--limit", 1, "--json").document["events"][0]
    document = shell.run("events", log, "--kind", newest["kind"], "--json").document
    assert document["total"] == 61


def test_the_oldest_first_and_so_many(shell: Shell, log: Path) -> None:
    ran = shell.run("events", log, "--limit", 3, "--oldest-first")
    assert "63 events, oldest first" in ran.out
    assert "60 more: --limit, or a narrower window." in ran.out
    assert ran.out.index("13:00:00") < ran.out.index("13:01:00")


def test_a_compressed_file_is_read_back_from_its_text(shell: Shell, log: Path) -> None:
    packed = log.with_suffix(".log.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    (event,) = shell.run("events", packed, "--id", "req-4712", "--json").document["events"]
    assert "lost request_id=req-4712" in event["text"]


def test_none_says_what_to_try(shell: Shell, log: Path) -> None:
    ran = shell.run("events", log, "--level", "fatal", "--since", "1m")
    assert ran.code == 0
    assert "Next: a longer --since" in ran.out


def test_a_misspelt_name_is_likelier_than_an_empty_hour(shell: Shell, log: Path) -> None:
    ran = shell.run("events", log, "--service", "wbe", "--since", "1h")
    assert ran.code == 0
    assert "Next: without --service wbe" in ran.out


@pytest.mark.parametrize(
    ("options", "typed"),
    [
        ((), "give either files or --case N"),
        (("LOG", "--case", 1), "give either files or --case N"),
        (("LOG", "--level", "awful"), "awful is no level"),
        (("LOG", "--since", "lunch"), "lunch is no time"),
        (("LOG", "--at", "14:05"), "needs its date"),
        (("LOG", "--limit", 0), "a limit is from 1 to"),
    ],
)
def test_what_cannot_be_understood_is_said(
    shell: Shell, log: Path, options: tuple[object, ...], typed: str
) -> None:
    ran = shell.run("events", *(log if option == "LOG" else option for option in options))
    assert (ran.code, ran.out) == (2, "")
    assert typed in ran.err


def test_a_file_without_events_says_so(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "note.bin"
    path.write_bytes(bytes(range(256)) * 10)
    ran = shell.run("events", path)
    assert ran.code == 1
    assert "no file of these tells events" in ran.err


def test_what_tells_no_events_is_named_beside_what_does(shell: Shell, log: Path) -> None:
    log.with_name("note.bin").write_bytes(bytes(range(256)) * 10)
    document = shell.run("events", log.parent, "--level", "error", "--json").document
    assert document["total"] == 2
    assert "note.bin" in document["unread"]


async def _received(house: Installation, *, text: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield text.encode()

    services = house.services
    async with services.unit() as unit:
        view = await open_case(
            unit,
            title=RedactedText.format("orders get lost"),
            severity=Severity.HIGH,
            service=None,
            group_key="",
            since=services.clock.now(),
            actor=SYSTEM,
        )
    await receive_file(
        view.case.id, chunks(), name="web.log", by=SYSTEM, service=None, services=services
    )
    await house.workers.run_until_idle()


@pytest.mark.integration
def test_the_evidence_of_a_case(shell: Shell) -> None:
    """Read by a worker's process, kept sealed, and read back."""
    shell.prepare(partial(_received, text=LOG))
    document = shell.run("events", "--case", 1, "--level", "error", "--json").document
    assert (document["total"], document["unread"]) == (2, [])
    newest, oldest = document["events"]
    assert (newest["locus"]["line_start"], oldest["locus"]["line_start"]) == (63, 61)
    assert "request_id=req-4711 password=«" in oldest["text"]
    assert PASSWORD not in str(document)
    assert shell.run("events", "--case", 2).code == 1


@pytest.mark.parametrize("kind", ["-1", "9" * 40])
def test_a_kind_that_cannot_be_is_wrong_usage(shell: Shell, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "web.log"
    path.write_text(LOG)
    ran = shell.run("events", path, "--kind", kind)
    assert (ran.code, ran.out) == (2, "")
    assert "no kind of line has that number" in ran.err
