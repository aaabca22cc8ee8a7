"""What one file holds, without a case or a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.evidence.archives.archives import LINES, a_tar, a_zip
from tests.faultmaven.commands.test_investigate import POOL, SECRET, log_lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

TYPES = {
    "log",
    "config",
    "trace",
    "metric",
    "profile",
    "code",
    "text",
    "image",
    "archive",
    "binary",
    "empty",
}


def test_the_document_that_scripts_rely_on(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_text(log_lines())
    document = shell.run("extract", path, "--json").document
    assert (document["data_type"], document["lines"], document["errors"]) == ("log", 780, 180)
    assert document["events"] == 780
    assert 0 < document["confidence"] <= 1
    assert document["data_type"] in TYPES
    lines = path.read_text().splitlines()
    for finding in document["findings"]:
        assert set(finding) >= {"kind", "severity", "text", "count", "first", "last", "locus"}
        locus = finding["locus"]
        assert locus["file"] == "api.log"
        assert 1 <= locus["line_start"] <= locus["line_end"] <= len(lines)
    first = next(finding for finding in document["findings"] if finding["kind"] == "first_error")
    assert POOL in first["text"]
    assert (first["count"], first["first"]) == (180, "2026-11-20T08:07:00Z")


def test_people_read_it_line_by_line(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_text(log_lines().replace("not stored", f"not stored, token={SECRET}"))
    ran = shell.run("extract", path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("log · 780 lines, 780 records, 180 errors")
    assert "first_error" in ran.out
    assert ran.out.count("ERROR") == 1  # though it is the first error, a burst and new
    assert SECRET not in ran.out


def test_what_is_no_text_is_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 99)
    assert shell.run("extract", tmp_path / "empty", "--json").document["data_type"] == "empty"
    noise = shell.run("extract", tmp_path / "noise", "--json").document
    assert (noise["data_type"], noise["findings"]) == ("binary", [])
    assert noise["problem"]


def test_of_an_archive_each_member_is_shown(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    inner = a_tar({"db/db.log": LINES * 2}, compression="gz")
    secret = f"password={SECRET}/app.log"
    path.write_bytes(a_zip({"api/app.log": LINES, "in.tgz": inner, "x.pdf": b"x", secret: LINES}))
    document = shell.run("extract", path, "--json").document
    assert document["problem"] == "3 of 4 files read, left out: 1 by name (x.pdf)"
    names = {member["name"]: member["lines"] for member in document["members"]}
    assert names["bundle.zip/api/app.log"] == 1
    assert names["bundle.zip/in.tgz/db/db.log"] == 2
    locus = document["members"][0]["findings"][0]["locus"]
    assert locus["file"] == "bundle.zip/api/app.log"
    ran = shell.run("extract", path)
    assert ran.out.startswith("archive · 3 of 4 files read, left out: 1 by name (x.pdf)")
    assert "bundle.zip/in.tgz/db/db.log:1" in ran.out
    assert SECRET not in ran.out + str(document)


def test_a_file_that_is_not_there_is_wrong_usage(shell: Shell, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        ran = shell.run("extract", path, "--json")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err


def _moved() -> str:
    rows = (f"2026-11-17T02:{n:02}:00Z,{8 if n < 30 else 40}\n" for n in range(60))
    return "time,pool\n" + "".join(rows)


@pytest.mark.parametrize(("name", "start"), [("out.png", b"\x89PNG"), ("out.svg", b"<?xml")])
def test_metrics_become_a_picture(shell: Shell, tmp_path: Path, name: str, start: bytes) -> None:
    (tmp_path / "pool.csv").write_text(_moved())
    ran = shell.run("extract", tmp_path / "pool.csv", "--picture", tmp_path / name, "--json")
    assert (tmp_path / name).read_bytes().startswith(start)
    (finding,) = ran.document["findings"]
    assert finding["text"] == "pool: 8 → 40 at 02:30:00 UTC"
    locus = finding["locus"]
    assert (locus["series"], ran.document["onset"]) == ("pool", "2026-11-17T02:30:00Z")
    text = (tmp_path / "pool.csv").read_bytes()[locus["byte_start"] : locus["byte_end"]]
    assert text.endswith(b"2026-11-17T02:30:00Z,40\n")


def test_a_profile_becomes_a_flame_graph(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "shop.folded").write_text("main;checkout;price 70\nmain;checkout;draw 30\n")
    picture = tmp_path / "out.svg"
    ran = shell.run("extract", tmp_path / "shop.folded", "--picture", picture, "--json")
    assert ran.document["findings"][0]["text"] == (
        "70 % of CPU time is in `price` under `checkout` (70 of 100 samples)"
    )
    assert b"<!-- price 70 % -->" in picture.read_bytes()


def test_what_is_no_terminal_gets_whole_lines(shell: Shell, tmp_path: Path) -> None:
    name = "pool_in_use_of_a_service_with_a_name_that_is_far_longer_than_a_narrow_line"
    (tmp_path / "pool.csv").write_text(_moved().replace("pool", name))
    assert f"{name}: 8 → 40 at 02:30:00 UTC" in shell.run("extract", tmp_path / "pool.csv").out


def test_what_cannot_be_drawn_is_wrong_usage(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text(_moved())
    (tmp_path / "api.log").write_text(log_lines())
    (tmp_path / "dump.txt").write_text("goroutine 1 [running]:\nmain.main()\n\t/main.go:7\n")
    for path, picture, why in (
        ("pool.csv", "out.pdf", "a picture is a .png or a .svg"),
        ("api.log", "out.png", "a picture shows metrics or a profile, and this file is log"),
        ("dump.txt", "out.png", "this file is a dump of threads"),
        ("pool.csv", "nowhere/out.png", "could not be written"),
    ):
        ran = shell.run("extract", tmp_path / path, "--picture", tmp_path / picture)
        assert (ran.code, ran.out) == (2, "")
        assert why in ran.err


@pytest.mark.parametrize("command", ["extract", "events", "timeline", "investigate"])
def test_a_name_that_is_no_utf8_is_shown_as_far_as_it_is(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "journ\udce9e.log"  # `é` in Latin-1
    path.write_text(log_lines())
    ran = shell.run(command, path)
    assert (ran.code, ran.err) == (0, "")
    assert "journ\ufffde" in ran.out or command == "investigate"
