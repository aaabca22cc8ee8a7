"""`faultmaven learn`: brings runbooks, and keeps them in step with their files.

Works on the database, beside a running server or alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from core.errors import TooLarge, WrongUsage
from core.knowledge.contents import MAX_BYTES, content_type_of
from core.knowledge.model import ContentType
from core.workflows.knowledge_sync import SyncReport, learn
from faultmaven.git_checkout import git_folder
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MOST_FILES = 50_000
_EVIDENCE = {".log", ".csv", ".jsonl", ".har", ".gz", ".zst", ".zip"}


def run(
    *,
    paths: list[Path],
    tags: list[str],
    git: str = "",
    path: str = "",
    replace: bool = False,
    as_json: bool = False,
) -> int:
    """Bring what is new, and delete what is gone.

    git: a repository instead of paths; path: a folder of it. 1 where a file could not be read.
    Raises WrongUsage, SourceUnavailable, StoreUnavailable.
    """
    if bool(paths) is bool(git) or (path and not git):
        message = "name folders and files, or a repository with `--git`, and its folder with --path"
        raise WrongUsage(message, next_step="For example: faultmaven learn runbooks")
    wanted = partial(_learn, tags=tags, replaces=replace)
    if git:
        report = asyncio.run(_learn_repository(git, path, wanted))
    else:
        report = asyncio.run(wanted(*_files_of(paths)))
    if as_json:
        print_json(_document(report))
    else:
        _print(report)
    return 1 if report.failed else 0


async def _learn_repository(
    repository: str, path: str, wanted: Callable[..., Awaitable[SyncReport]]
) -> SyncReport:
    """What its newest commit has. Raises WrongUsage, SourceUnavailable."""
    async with git_folder(repository, path) as fetched:
        files = {
            f"{fetched.name}/{file.relative_to(fetched.folder).as_posix()}": partial(_read, file)
            for file in _documents_in(fetched.folder)
        }
        return await wanted(files, [fetched.name], commit=fetched.commit)


async def _learn(
    files: Mapping[str, Callable[[], bytes]],
    folders: list[str],
    *,
    tags: list[str],
    replaces: bool,
    commit: str = "",
) -> SyncReport:
    async with wire(load_settings(), audiences=()) as installation:
        return await learn(
            files,
            folders=folders,
            tags=tags,
            commit=commit,
            replaces=replaces,
            services=installation.services,
        )


def _files_of(paths: Iterable[Path]) -> tuple[dict[str, Callable[[], bytes]], list[str]]:
    """How to read each file, by its source; and the folders. Raises WrongUsage."""
    files, folders = dict[str, Callable[[], bytes]](), list[str]()
    for path in paths:
        if path.is_dir():
            folder = path.resolve()
            folders.append(folder.name)
            for file in _documents_in(folder):
                source = f"{folder.name}/{file.relative_to(folder).as_posix()}"
                files[source] = partial(_read, file)
        elif path.suffix.lower() in _EVIDENCE:
            message = f"{path.name} is evidence, not a runbook"
            raise WrongUsage(message, next_step="Drop it into a case: `faultmaven chat`.")
        elif path.is_file():
            files[path.name] = partial(_read, path)
        else:
            message = f"there is no {path}"
            raise WrongUsage(message, next_step="Name files, or a folder of runbooks.")
    if len(files) > MOST_FILES:
        message = f"{len(files):,} files are more than {MOST_FILES:,}"
        raise WrongUsage(message, next_step="Name the folders of your runbooks.")
    return files, folders


def _documents_in(folder: Path) -> Iterator[Path]:
    """Documents, not code, in a set order; nothing hidden, and no links that may lead outside."""
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder).parts
        is_hidden = any(part.startswith(".") for part in inside)
        is_document = "." in file.name and content_type_of(file.name) is not ContentType.CODE
        if is_document and not is_hidden and file.is_file() and not file.is_symlink():
            yield file


def _read(file: Path) -> bytes:
    """Raises TooLarge, OSError."""
    if file.stat().st_size > MAX_BYTES:
        message = f"it is larger than {MAX_BYTES // 2**20} MB"
        raise TooLarge(message)
    return file.read_bytes()


def _print(report: SyncReport) -> None:
    for word, sources in (
        ("added", report.added),
        ("changed", report.changed),
        ("moved", report.moved),
        ("deleted", report.deleted),
    ):
        for source in sources:
            print_line(f"{word}  {source}")
    for source, problem in report.failed.items():
        print_line(f"failed  {source}: {problem.text}")
    print_line(
        f"{len(report.added)} added, {len(report.changed)} changed, {len(report.moved)} moved,"
        f" {len(report.deleted)} deleted, {len(report.unchanged)} as they were"
    )


def _document(report: SyncReport) -> dict[str, object]:
    return {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "deleted": report.deleted,
        "unchanged": report.unchanged,
        "failed": {source: problem.text for source, problem in report.failed.items()},
    }
