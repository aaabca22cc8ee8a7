"""The whole product on one's own files, with nothing left behind."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.alerts.desk import a_body, an_alert
from tests.fakes.pagerduty.events import PagerIncident
from tests.faultmaven.program import faultmaven
from tests.many_files import DECISIVE_LINE, write_many_files
from tests.storage.jobs.in_process import InProcessRunner

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

pytestmark = pytest.mark.integration  # some files are read by a process of their own

POOL = (
    "TimeoutError: QueuePool limit of size 10 overflow 0 reached, connection timed out, timeout 30"
)
SECRET = "hunter2-s3cr3t-value"  # noqa: S105 - planted


def log_lines(minutes: int = 10) -> str:
    """A healthy service, whose pool runs out in the last three minutes."""
    lines = []
    for second in range(minutes * 60):
        at = f"2026-11-20T08:{second // 60:02}:{second % 60:02}Z"
        lines.append(f"{at} INFO checkout GET /cart 200 {20 + second % 7}ms")
        if second >= (minutes - 3) * 60:
            lines.append(f"{at} ERROR checkout order not stored: {POOL}")
    return "\n".join(lines) + "\n"


def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process reads files any more: one starts for every case, and again after damage."""
    monkeypatch.setattr("faultmaven.wiring.SpawnedRunner", InProcessRunner)


@pytest.fixture
def quick(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell for what is the same whoever reads the files, as the runners' contract has it."""
    read_here(monkeypatch)
    return shell


@pytest.fixture
def api_log(tmp_path: Path) -> Path:
    path = tmp_path / "logs/checkout/api.log"
    path.parent.mkdir(parents=True)
    path.write_text(log_lines())
    return path


def test_a_known_failure_is_named_with_its_line(shell: Shell, api_log: Path) -> None:
    document = shell.run("investigate", api_log.parent.parent, "--json").document
    best = document["hypotheses"][0]
    assert best["cause"] == {
        "service": "checkout",
        "signal": best["cause"]["signal"],
        "fault": "connection_pool_exhausted",
    }
    locus = best["supporting"][0]["locus"]
    assert locus == {"file": "checkout/api.log", "line_start": 422, "line_end": 422}
    assert POOL in api_log.read_text().splitlines()[421]
    assert document["next_question"]
    assert document["answer"] is None
    steps = {step["step"]: step for step in document["checklist"]}
    assert list(steps) == ["blast_radius", "timeline", "hypothesis", "validation", "solution"]
    assert steps["hypothesis"]["citations"][0]["locus"] == locus
    assert all(step["filled"] or step["wants"] for step in steps.values())
    assert document["spent"]["calls"] == 0
    assert document["spent"]["rounds"] >= 1


def test_people_read_the_same_in_words(quick: Shell, api_log: Path) -> None:
    ran = quick.run("investigate", api_log, "--question", "first error?")
    assert (ran.code, ran.err) == (0, "")
    assert "Connection pool exhausted" in ran.out
    assert "api.log:422" in ran.out
    assert "Would settle it: " in ran.out
    assert "First error: 08:07:00 UTC" in ran.out
    assert "1 file, 780 lines in " in ran.out


def test_the_alert_says_what_it_is_about(quick: Shell, api_log: Path, tmp_path: Path) -> None:
    alert = tmp_path / "alert.json"
    alert.write_bytes(a_body(an_alert("HighErrorRate", service="checkout")))
    document = quick.run("investigate", api_log, "--alert", alert, "--json").document
    assert "Alert fired: HighErrorRate (checkout)" in [
        entry["text"] for entry in document["timeline"]
    ]


def test_an_alert_among_the_files_is_the_alert(quick: Shell, api_log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "incident"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "api.log").write_bytes(api_log.read_bytes())
    (folder / "alert.json").write_bytes(a_body(an_alert("HighErrorRate", service="checkout")))
    ran = quick.run("investigate", folder)
    assert "The alert is alert.json." in ran.out
    document = quick.run("investigate", folder, "--json").document
    assert [file["name"] for file in document["files"]] == ["api.log"]
    assert "checkout" in document["services"]["known"]


def test_a_page_is_an_alert_too(quick: Shell, api_log: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_bytes(PagerIncident(service="checkout").happens("incident.triggered"))
    document = quick.run("investigate", api_log, "--alert", page, "--json").document
    fired = [entry["text"] for entry in document["timeline"] if "Alert fired" in entry["text"]]
    assert fired
    assert "checkout" in fired[0]


def test_nothing_known_is_admitted_with_what_to_bring(quick: Shell, tmp_path: Path) -> None:
    path = tmp_path / "quiet.log"
    path.write_text("2026-11-20T08:00:00Z INFO all is well\n" * 50)
    ran = quick.run("investigate", path, "--json")
    assert ran.code == 0
    assert ran.document["verdict"] == "no_root_cause_yet"
    assert ran.document["hypotheses"] == []
    assert ran.document["missing"]
    output = quick.run("investigate", path).out
    assert "No root cause yet" in output
    assert "Missing: " in output


def test_secrets_are_in_nothing_that_is_said(quick: Shell, tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_text(
        log_lines().replace("not stored", f"not stored, a@b.example password={SECRET} and")
    )
    output = quick.run("investigate", path, "--question", f"is password={SECRET} it?", "--json").out
    assert SECRET not in output
    assert "a@b.example" not in output
    assert "«email-" in output
    assert SECRET not in quick.run("investigate", path).out


def test_nothing_is_left_behind(
    shell: Shell, api_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = sorted(shell.data.rglob("*"))
    assert shell.run("investigate", api_log, "--json").code == 0
    assert sorted(shell.data.rglob("*")) == before
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["nothing.log"], 2, "does not exist"),
        ([], 2, "Missing argument"),
        (["{log}", "--at", "noon"], 2, "--at"),
        (["{log}", "--alert", "{log}"], 1, "is no alert as Alertmanager or PagerDuty delivers it"),
        (["{log}", "--alert", "."], 2, "is a directory"),
        (["{log}", "--topology", "nothing.json"], 2, "does not exist"),
        (["{log}", "--topology", "{log}"], 1, "names no calls"),
    ],
)
def test_what_cannot_be_done_says_why_and_what_next(
    quick: Shell, api_log: Path, options: list[str], code: int, message: str
) -> None:
    ran = quick.run("investigate", *(option.format(log=api_log) for option in options), "--json")
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) >= 2


async def test_what_goes_wrong_with_a_file_is_no_part_of_the_document(tmp_path: Path) -> None:
    """One document on standard output, whatever else there is to say."""
    (tmp_path / "broken.json").write_text('{"a": [1, 2')
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 99)
    (tmp_path / "empty.log").touch()
    ran = await faultmaven("investigate", ".", "--json", folder=tmp_path)
    assert ran.code == 0
    document: dict[str, Any] = ran.document
    assert document["verdict"] == "no_root_cause_yet"


@pytest.mark.parametrize("name", ["verdict.png", "verdict.svg"])
def test_the_verdict_is_drawn(quick: Shell, api_log: Path, tmp_path: Path, name: str) -> None:
    picture = tmp_path / name
    document = quick.run("investigate", api_log, "--picture", picture, "--json").document
    assert picture.read_bytes().startswith((b"\x89PNG\r\n", b"<?xml"))
    check = document["checks"][0]
    assert check["ask"]
    assert {expectation["hypothesis"] for expectation in check["expectations"]} >= {0, 1}


def test_a_picture_of_another_kind_is_refused(quick: Shell, api_log: Path, tmp_path: Path) -> None:
    refused = quick.run("investigate", api_log, "--picture", tmp_path / "verdict.pdf")
    assert refused.code == 2
    assert ".png or a .svg" in refused.err


@pytest.mark.parametrize("command", ["investigate", "events", "extract", "timeline"])
def test_a_pipe_is_refused_and_not_waited_for(quick: Shell, tmp_path: Path, command: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ran = quick.run(command, str(pipe))
    assert ran.code != 0
    assert "no file, but a pipe" in ran.err
    assert "cat " in ran.err


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Two files that can be read, two in part, and nine of which nothing can be had."""
    folder = tmp_path / "damaged"
    (folder / "x.log").mkdir(parents=True)
    (folder / "good.log").write_text(log_lines())
    (folder / "closed.log").symlink_to(folder / "nowhere")
    (folder / "folder.log").symlink_to(folder / "x.log")
    os.mkfifo(folder / "pipe.log")
    (folder / "empty.log").touch()
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 99)
    (folder / "broken.json").write_text('{"data":{"resultType":"matrix","result":[{"metric":')
    with (folder / "huge.log").open("wb") as file:
        file.truncate(513 * 2**20)
    packed = gzip.compress(distinct_lines(40_000))
    (folder / "cut.log.gz").write_bytes(packed[: len(packed) // 2])
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0x40
    (folder / "flipped.log.gz").write_bytes(flipped)
    rows = [f"2026-11-20T08:{n // 60:02}:{n % 60:02}Z,{n}" for n in range(500)]
    (folder / "table.csv").write_text("\n".join(["time,a", *rows, *['"open,,,'] * 30]) + "\n")
    return folder


def distinct_lines(count: int) -> bytes:
    """An error on every fifth line; each line has an id by which it is known."""
    return b"".join(
        b"2026-11-20T08:%02d:%02dZ %s request %s\n"
        % (
            number // 1200 % 60,
            number // 20 % 60,
            b"ERROR timeout in" if number % 5 == 0 else b"INFO served",
            hashlib.sha256(b"%d" % number).hexdigest().encode(),
        )
        for number in range(count)
    )


def test_of_every_file_it_says_whether_it_was_read(
    shell: Shell, damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = shell.run("investigate", damaged, "--json")
    assert ran.code == 0
    files = {file["name"]: file for file in ran.document["files"]}
    assert {name: file["state"] for name, file in files.items()} == {
        "good.log": "read",
        "cut.log.gz": "in_part",
        "table.csv": "in_part",
        "flipped.log.gz": "not_read",
        "broken.json": "not_read",
        "closed.log": "not_read",
        "empty.log": "not_read",
        "folder.log": "not_read",
        "huge.log": "not_read",
        "noise.bin": "not_read",
        "pipe.log": "not_read",
    }
    assert ran.document["coverage"] == {"files": 11, "read": 1, "in_part": 2, "not_read": 8}
    gaps = [file for file in files.values() if file["state"] != "read"]
    assert all(file["problem"] and file["next_step"] for file in gaps)
    assert "ends too early" in files["cut.log.gz"]["problem"]
    assert "larger than 512 MiB" in files["huge.log"]["problem"]
    assert "the first is line 502" in files["table.csv"]["problem"]

    read_here(monkeypatch)
    lines = shell.run("investigate", damaged).out.splitlines()
    assert lines[-1].startswith("11 files: 1 read, 2 in part, 8 not read; ")
    output = "\n".join(lines)
    for file in gaps:  # one of them on the screen, the others below it
        assert f"\n{file['name']}: " in output or f"Not read: e1 {file['name']}, " in output


def test_no_line_is_quoted_that_the_damage_has_made(quick: Shell, damaged: Path) -> None:
    """The lines of the damaged copies are those that were compressed, or they are not there."""
    for name in ("cut.log.gz", "flipped.log.gz"):
        ran = quick.run("extract", damaged / name, "--json")
        quoted = [finding["text"] for finding in ran.document["findings"]] if ran.out else []
        assert bool(quoted) == (name == "cut.log.gz")
        written = set(distinct_lines(40_000).decode().splitlines())
        assert {text for text in quoted if text.startswith("2026-")} <= written


def test_where_nothing_can_be_opened_each_is_named(quick: Shell, tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / "links" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "links" / name).symlink_to(tmp_path / "nowhere")
    ran = quick.run("investigate", tmp_path / "links")
    assert ran.code == 2
    assert "a.log: it is a link to nothing" in ran.err
    assert "b.log: it is a link to nothing" in ran.err


def test_of_many_files_the_decisive_line_is_named(
    quick: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faultmaven.commands.investigate.HEAD_START", 40)
    decisive = write_many_files(tmp_path / "logs", 100, decisive=86)
    document = quick.run("investigate", tmp_path / "logs", "--json").document
    best = document["hypotheses"][0]
    assert best["cause"]["fault"] == "out_of_memory"
    cited = [line["locus"] for line in best["supporting"]]
    assert (decisive.name, DECISIVE_LINE) in {
        (locus["file"], locus["line_start"]) for locus in cited
    }


def test_where_there_is_nothing_to_read_it_says_so(shell: Shell, tmp_path: Path) -> None:
    empty, hidden = tmp_path / "empty", tmp_path / "hidden"
    empty.mkdir()
    hidden.mkdir()
    (hidden / ".app.log").write_text("2026-03-02 09:10:00 ERROR failed\n")
    nothing = shell.run("investigate", empty)
    assert (nothing.code, "there is no file in" in nothing.err) == (2, True)
    unread = shell.run("investigate", hidden)
    assert (unread.code, "it is hidden" in unread.err) == (2, True)
