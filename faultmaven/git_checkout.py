"""A folder of a git repository as the newest commit of a branch has it, in a folder of our own.

The program `git` is run without a shell, a prompt, a hook or a submodule, and speaks https, ssh and
file only. What it fetches is read as documents, and nothing of it is run.
"""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from subprocess import DEVNULL, PIPE
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.errors import SourceUnavailable, WrongUsage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FETCHES_S = 120.0
_PROTOCOLS = "https:ssh:file"
_ADDRESS = re.compile(r"(?:https|ssh|file)://\S+|[\w.-]+@[\w.-]+:(?!/?-)\S+")
_BRANCH = re.compile(r"(?![-./])[\w./+@=-]{1,200}(?<!/)")
_SECRET = re.compile(r"//[^/@\s]*@")  # a token in an address is told to nobody
_BY_HAND = "Look whether `git clone` of it works here, without a question."
_LONGEST_PROBLEM = 300  # characters
_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.symlinks=false",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "advice.detachedHead=false",
)


@dataclass(frozen=True, kw_only=True)
class GitFolder:
    """A folder of a repository. name: what its documents' sources begin with."""

    folder: Path
    name: str
    commit: str
    committed_at: datetime


@asynccontextmanager
async def git_folder(repository: str, path: str, *, branch: str = "") -> AsyncIterator[GitFolder]:
    """Fetched, and gone when the block ends. path: below the repository; "" for all of it.

    branch: "" for the one that the repository starts on.

    Raises WrongUsage, SourceUnavailable.
    """
    address, inside = _address(repository), _inside(path)
    with TemporaryDirectory(prefix="faultmaven-git-") as made:
        top = _top(made)
        single = ["--depth", "1", "--single-branch", "--no-tags", *_of_branch(branch)]
        await _git("clone", "--quiet", *single, "--", address, str(top))
        newest = await _git("-C", str(top), "show", "--no-patch", "--format=%H %cI", "HEAD")
        commit, _, committed = newest.strip().partition(" ")
        name = (PurePosixPath(_name(address)) / inside).as_posix()
        yield GitFolder(
            folder=_folder(top, inside),
            name=name,
            commit=commit,
            committed_at=datetime.fromisoformat(committed),
        )


def _top(made: str) -> Path:
    """Where the repository goes, without links on the way."""
    return Path(made).resolve() / "repository"


def _folder(top: Path, inside: PurePosixPath) -> Path:
    """Raises WrongUsage where there is none, or a link leads elsewhere."""
    folder = top / inside
    if folder.is_dir() and folder.resolve().is_relative_to(top):
        return folder
    message = f"the repository has no folder {inside}"
    raise WrongUsage(message, next_step="Name one of its folders: --path docs/runbooks")


def _address(repository: str) -> str:
    """What `git clone` is given. Raises WrongUsage for what is no repository."""
    local = Path(repository)
    if (local / ".git").exists() or (local / "HEAD").is_file():
        return local.resolve().as_uri()
    if _ADDRESS.fullmatch(repository):
        return repository
    message = f"{_legible(repository)} is no git repository"
    raise WrongUsage(message, next_step="Give its folder, or an address: https, ssh or file.")


def _inside(path: str) -> PurePosixPath:
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts or ".git" in inside.parts:
        message = f"{path} is no folder of a repository"
        raise WrongUsage(message, next_step="For example: --path docs/runbooks")
    return inside


def _of_branch(branch: str) -> list[str]:
    """Raises WrongUsage for what git would take for something else."""
    if branch and _BRANCH.fullmatch(branch) is None:
        message = f"{_legible(branch)} is no branch"
        raise WrongUsage(message, next_step="For example: --branch main")
    return [f"--branch={branch}"] if branch else []


def _name(address: str) -> str:
    return re.split(r"[/:]", address.rstrip("/"))[-1].removesuffix(".git") or "repository"


async def _git(*arguments: str) -> str:
    """What it prints. Raises SourceUnavailable where it fails or takes too long."""
    options = [part for setting in _CONFIG for part in ("-c", setting)]
    try:
        process = await asyncio.create_subprocess_exec(
            "git", *options, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=_environment()
        )
    except OSError as error:
        message = "the program `git` is not here"
        raise SourceUnavailable(message, next_step="Install git, or name a folder.") from error
    try:
        printed, problem = await asyncio.wait_for(process.communicate(), FETCHES_S)
    except TimeoutError as error:
        message = f"git took longer than {FETCHES_S:.0f} s"
        raise SourceUnavailable(message, next_step=_BY_HAND) from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        message = _legible(problem.decode("utf-8", "replace"))
        raise SourceUnavailable(message, next_step=_BY_HAND)
    return printed.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C",
    }


def _legible(text: str) -> str:
    """On one line, without the password of an address."""
    return _SECRET.sub("//", " ".join(text.split()))[-_LONGEST_PROBLEM:]
