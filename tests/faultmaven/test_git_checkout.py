"""A folder of a repository: as its newest commit has it, fetched with no prompt and no hook."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from core.errors import SourceUnavailable, WrongUsage
from faultmaven.git_checkout import git_folder

if TYPE_CHECKING:
    from pathlib import Path

LAG = "# Replica lag\n\nThe replica is behind its primary.\n"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=dana", "-c", "user.email=dana@shop.test", "-c", "commit.gpgsign=false")
    ran = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def commit(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "ops"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, "docs/runbooks/lag.md", LAG)
    return folder


async def test_the_newest_commit_is_fetched_and_gone_afterwards(repository: Path) -> None:
    newest = commit(repository, "docs/runbooks/lag.md", f"{LAG}\nMore.\n")
    (repository / "docs/runbooks/unsaved.md").write_text(LAG, encoding="utf-8")
    async with git_folder(str(repository), "docs/runbooks") as fetched:
        assert (fetched.name, fetched.commit) == ("ops/docs/runbooks", newest)
        assert [file.name for file in fetched.folder.iterdir()] == ["lag.md"]
    assert not fetched.folder.exists()


async def test_another_branch_is_fetched_where_one_is_named(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "next/ops")
    newest = commit(repository, "docs/runbooks/disk.md", LAG)
    git(repository, "checkout", "--quiet", "-")
    async with git_folder(str(repository), "docs/runbooks", branch="next/ops") as fetched:
        assert (fetched.commit, (fetched.folder / "disk.md").is_file()) == (newest, True)
    with pytest.raises(SourceUnavailable, match="none"):
        async with git_folder(str(repository), "", branch="none"):
            pass


@pytest.mark.parametrize("branch", ["--upload-pack=touch", "a b", "../x", "a;b", "main\n"])
async def test_what_is_no_branch_is_refused_before_git_runs(repository: Path, branch: str) -> None:
    with pytest.raises(WrongUsage, match="no branch"):
        async with git_folder(str(repository), "", branch=branch):
            pass


async def test_no_hook_and_no_filter_of_the_repository_runs(
    repository: Path, tmp_path: Path
) -> None:
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n", encoding="utf-8")
    hook.chmod(0o755)
    commit(repository, ".gitattributes", "*.md filter=evil\n")
    git(repository, "config", "filter.evil.smudge", f"touch {tmp_path / 'ran'}")
    (repository / "docs" / "link").symlink_to("/etc")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "link")
    async with git_folder(str(repository), "docs/runbooks") as fetched:
        assert (fetched.folder / "lag.md").read_text(encoding="utf-8") == LAG
    with pytest.raises(WrongUsage):
        async with git_folder(str(repository), "docs/link"):
            pass
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("ext::sh -c touch% ran", ""),
        ("--upload-pack=touch", ""),
        ("http://git.shop.test/ops", ""),
        ("git://git.shop.test/ops", ""),
        ("host:-oProxyCommand=x", ""),
        ("/nowhere", ""),
        ("https://git.shop.test/ops", "../etc"),
        ("https://git.shop.test/ops", "/etc"),
        ("https://git.shop.test/ops", ".git/hooks"),
    ],
)
async def test_what_is_no_address_or_folder_is_refused_before_git_runs(
    address: str, path: str
) -> None:
    with pytest.raises(WrongUsage):
        async with git_folder(address, path):
            pass


async def test_a_failure_says_why_and_no_password(tmp_path: Path) -> None:
    who = "dana:hunter2"
    missing = f"file://{who}@localhost{tmp_path}/none"
    with pytest.raises(SourceUnavailable) as failed:
        async with git_folder(missing, ""):
            pass
    assert "hunter2" not in f"{failed.value} {failed.value.next_step}"
    assert str(failed.value)
