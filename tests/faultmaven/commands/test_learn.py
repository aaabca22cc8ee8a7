"""`faultmaven learn` and `faultmaven search`: runbooks in step with their files."""

from __future__ import annotations

import asyncio
import os
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.faultmaven.test_git_checkout import commit, git
from tests.faultmaven.test_web_pages import PageServer, a_page_server

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

LAG = "# Replica lag\n\nThe replica is behind its primary.\n\n## Mitigation\n\n1. Look at it.\n"
DISK = "# Disk full\n\nFree space on the volume.\n"


def test_a_folder_is_followed(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    (folder / "db").mkdir(parents=True)
    (folder / "db" / "lag.md").write_text(LAG, encoding="utf-8")
    (folder / "disk.md").write_text(DISK, encoding="utf-8")
    (folder / ".hidden.md").write_text("# Hidden\n\nthing\n", encoding="utf-8")
    (folder / "tool.py").write_text("print()\n", encoding="utf-8")
    first = shell.run("learn", folder, "--json").document
    assert first["added"] == ["runbooks/db/lag.md", "runbooks/disk.md"]
    (best, *_) = shell.run("search", "replica behind", "--json").document
    assert (best["title"], best["source"]) == ("Replica lag", "runbooks/db/lag.md")
    again = shell.run("learn", folder, "--json").document
    assert again["unchanged"] == first["added"]
    (folder / "db" / "lag.md").rename(folder / "postgres-lag.md")
    (folder / "disk.md").write_text(DISK + "\nThen grow it.\n", encoding="utf-8")
    second = shell.run("learn", folder, "--json").document
    assert (second["moved"], second["changed"]) == (
        ["runbooks/postgres-lag.md"],
        ["runbooks/disk.md"],
    )
    assert shell.run("search", "grow", "--json").document[0]["source"] == "runbooks/disk.md"
    (folder / "disk.md").unlink()
    third = shell.run("learn", folder)
    assert "deleted  runbooks/disk.md" in third.out
    assert "Nothing found" in shell.run("search", "grow volume").out


def test_a_search_is_held_to_when_files_changed(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    for name, text in (("lag.md", LAG), ("disk.md", DISK)):
        (folder / name).write_text(text, encoding="utf-8")
    os.utime(folder / "lag.md", (1_600_000_000, 1_600_000_000))  # 13 September 2020
    shell.run("learn", folder)
    for options, sources in (
        (("--newer", "90d"), ["runbooks/disk.md"]),
        (("--older", "2021-01-01"), ["runbooks/lag.md"]),
    ):
        hits = shell.run("search", "replica volume", *options, "--json").document
        assert [hit["source"] for hit in hits] == sources
    refused = shell.run("search", "replica", "--newer", "soon")
    assert refused.code == 2
    assert "newer needs an age or a day" in refused.err


def test_of_two_equal_files_one_stays_when_the_other_goes(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    for name in ("a.md", "b.md"):
        (folder / name).write_text(LAG, encoding="utf-8")
    assert shell.run("learn", folder, "--json").document["added"] == ["runbooks/a.md"]
    (folder / "a.md").unlink()
    assert shell.run("learn", folder, "--json").document["moved"] == ["runbooks/b.md"]
    assert shell.run("search", "replica", "--json").document[0]["source"] == "runbooks/b.md"


def test_what_cannot_be_read_is_named_and_the_rest_comes(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "broken.md").write_bytes(b"\0\1\2" * 200)
    (folder / "large.md").write_bytes(b"# x\n" * (2**20 + 1))
    (folder / "lag.md").write_text(LAG, encoding="utf-8")
    ran = shell.run("learn", folder)
    assert ran.code == 1
    assert "failed  runbooks/broken.md: it is no text" in ran.out
    assert "failed  runbooks/large.md: it is larger than 4 MB" in ran.out
    assert "1 added" in ran.out
    assert shell.run("learn", tmp_path / "nowhere").code == 2


def test_another_folder_of_the_same_name_deletes_nothing_unasked(
    shell: Shell, tmp_path: Path
) -> None:
    for place, name in (("here", "lag.md"), ("there", "disk.md")):
        (tmp_path / place / "runbooks").mkdir(parents=True)
        (tmp_path / place / "runbooks" / name).write_text(f"# {name}\n\nthing\n", encoding="utf-8")
    shell.run("learn", tmp_path / "here" / "runbooks")
    refused = shell.run("learn", tmp_path / "there" / "runbooks")
    assert refused.code == 2
    problem = " ".join(refused.err.split())
    assert "nothing learned of runbooks is in this folder: all of it would be deleted" in problem
    assert shell.run("search", "lag", "--json").document[0]["source"] == "runbooks/lag.md"
    done = shell.run("learn", tmp_path / "there" / "runbooks", "--replace", "--json").document
    assert (done["added"], done["deleted"]) == (["runbooks/disk.md"], ["runbooks/lag.md"])


def test_a_log_is_no_runbook(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "checkout.log"
    log.write_text("2026-03-11T09:12:01Z ERROR pool\n", encoding="utf-8")
    refused = shell.run("learn", log)
    assert refused.code == 2
    assert "checkout.log is evidence, not a runbook" in refused.err


def test_what_was_learned_can_be_forgotten(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    (folder / "db").mkdir(parents=True)
    for name in ("db/lag.md", "db/lock.md", "disk.md"):
        (folder / name).write_text(f"# {name}\n\nthing\n", encoding="utf-8")
    shell.run("learn", folder)
    assert shell.run("forget", "runbooks/d").code != 0, "no part of a name"
    gone = shell.run("forget", "runbooks/db", "--json").document
    assert gone == {"deleted": ["runbooks/db/lag.md", "runbooks/db/lock.md"]}
    left = shell.run("search", "thing", "of", "lag", "--json").document
    assert [passage["source"] for passage in left] == ["runbooks/disk.md"]


def test_tags_come_by_rules_and_by_hand_and_a_search_is_held_to_them(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "lag.md").write_text(f"{LAG}\n`psql -c 'select 1'`\n", encoding="utf-8")
    (tmp_path / "disk.md").write_text(DISK, encoding="utf-8")
    assert shell.run("learn", "lag.md", "--tag", "On-Call", "--tag", "db").code == 0
    assert shell.run("learn", "disk.md").code == 0
    (lag,) = shell.run("search", "replica", "--json").document
    assert lag["tags"] == ["on-call", "db", "tech:postgres"]
    words = "replica volume"
    for tag, sources in (("db", ["lag.md"]), ("none", [])):
        hits = shell.run("search", words, "--tag", tag, "--json").document
        assert [hit["source"] for hit in hits] == sources
    assert shell.run("learn", "lag.md", "--tag", "has space").code == 2


def test_a_repository_is_followed_and_its_commits_are_versions(
    shell: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "ops"
    folder.mkdir()
    git(folder, "init", "--quiet")
    first = commit(folder, "docs/runbooks/lag.md", LAG)
    commit(folder, "docs/runbooks/disk.md", DISK)
    commit(folder, "README.md", "# Not a runbook\n")
    learn = ("learn", "--git", folder, "--path", "docs/runbooks")
    added = shell.run(*learn, "--json").document["added"]
    assert added == ["ops/docs/runbooks/disk.md", "ops/docs/runbooks/lag.md"]
    assert shell.run(*learn, "--json").document["unchanged"] == added
    git(folder, "mv", "docs/runbooks/disk.md", "docs/runbooks/full-disk.md")
    second = commit(folder, "docs/runbooks/lag.md", LAG.replace("Look at it", "Restart it"))
    report = shell.run(*learn, "--json").document
    assert report["moved"] == ["ops/docs/runbooks/full-disk.md"]
    assert report["changed"] == ["ops/docs/runbooks/lag.md"]
    shown = shell.run("knowledge", "show", "ops/docs/runbooks/lag.md", "--diff").out
    assert f"commit {second[:12]}" in shown
    assert "  -1. Look at it.\n  +1. Restart it.\n" in shown
    document = shell.run("knowledge", "show", "ops/docs/runbooks/lag.md", "--json").document
    assert [len(version["commit"]) for version in document["versions"]] == [40, 40]
    assert first != second
    git(folder, "rm", "--quiet", "docs/runbooks/full-disk.md")
    git(folder, "commit", "--quiet", "--message", "gone")
    assert shell.run(*learn, "--json").document["deleted"] == ["ops/docs/runbooks/full-disk.md"]


def test_paths_or_a_repository(shell: Shell) -> None:
    for arguments in ((), ("x.md", "--git", "y"), ("x.md", "--path", "docs")):
        assert shell.run("learn", *arguments).code == 2


@pytest.fixture
def wiki() -> Iterator[PageServer]:
    """A server in a thread of its own: a command runs its own loop."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    opened = a_page_server()

    def run(awaitable: Coroutine[object, object, PageServer | bool | None]) -> object:
        return asyncio.run_coroutine_threadsafe(awaitable, loop).result(10)

    server = run(opened.__aenter__())
    assert isinstance(server, PageServer)
    yield server
    run(opened.__aexit__(None, None, None))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_a_list_of_pages_is_followed(
    shell: Shell, tmp_path: Path, wiki: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, lag, disk = tmp_path / "pages.txt", wiki.url("/lag"), wiki.url("/disk")
    listed.write_text(f"# ours\n{lag}\n{disk}\n", encoding="utf-8")
    html = b"<html><title>Replica lag</title><h1>Replica lag</h1><p>It is behind.</p></html>"
    wiki.pages["/lag"] = (200, {"Content-Type": "text/html", "ETag": '"1"'}, html)
    wiki.pages["/disk"] = (200, {"Content-Type": "text/markdown"}, DISK.encode())
    refused = shell.run("learn", "--urls", "pages.txt")
    assert (refused.code, "only https is fetched" in refused.out, wiki.asked) == (1, True, [])
    monkeypatch.setenv("FAULTMAVEN_LEARN_PRIVATE_PAGES", "true")
    first = shell.run("learn", "--urls", "pages.txt", "--json").document
    assert first["added"] == [lag, disk]
    assert shell.run("search", "behind", "--json").document[0]["title"] == "Replica lag"
    del wiki.pages["/disk"]
    second = shell.run("learn", "--urls", "pages.txt")
    assert f"gone  {disk}" in second.out
    assert "--forget-gone" in second.out
    third = shell.run("learn", "--urls", "pages.txt", "--forget-gone", "--json").document
    assert (third["unchanged"], third["deleted"]) == ([lag], [disk])


def test_what_to_learn_is_said_in_one_way(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pages.txt").write_text("not an address\n", encoding="utf-8")
    for arguments in (
        ["--urls", "pages.txt"],
        ["--urls", "missing.txt"],
        ["pages.txt", "--urls", "pages.txt"],
        ["pages.txt", "--branch", "main"],
        ["pages.txt", "--forget-gone"],
    ):
        assert shell.run("learn", *arguments).code == 2, arguments
