"""`faultmaven learn`: brings runbooks, and keeps them in step with their files.

Works on the database, beside a running server or alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import TooLarge, WrongUsage
from core.knowledge.contents import MAX_BYTES, content_type_of
from core.knowledge.model import ContentType
from core.knowledge.pages import addresses_in
from core.workflows.knowledge_pages import learn_pages
from core.workflows.knowledge_sync import SyncReport, learn
from faultmaven.git_checkout import git_folder
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.web_pages import WebPages
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_FILES = 50_000
_EVIDENCE = {".log", ".csv", ".jsonl", ".har", ".gz", ".zst", ".zip"}


@dataclass(frozen=True, kw_only=True)
class LearnWish:
    """What is learned, and how.

    git: a repository instead of paths; path, branch: a folder and a branch of it. urls: a list of
    pages instead; forget_gone: what was learned of those that are gone.
    """

    paths: Sequence[Path] = ()
    tags: Sequence[str] = ()
    git: str = ""
    path: str = ""
    branch: str = ""
    urls: Path | None = None
    forget_gone: bool = False
    replace: bool = False


def run(*, as_json: bool = False, **wishes: Any) -> int:
    """Bring what is new, and delete what is gone. 1 where a file could not be read.

    Raises WrongUsage, SourceUnavailable, StoreUnavailable.
    """
    wish = LearnWish(**wishes)
    _must_be_clear(wish)
    report = asyncio.run(_learn_wish(wish))
    if as_json:
        print_json(_document(report))
    else:
        _print(report)
    return 1 if report.failed else 0


def _must_be_clear(wish: LearnWish) -> None:
    """Raises WrongUsage for none or several of paths, a repository and a list of pages."""
    kinds = [bool(wish.paths), bool(wish.git), wish.urls is not None]
    is_of_git = bool(wish.path or wish.branch)
    if sum(kinds) != 1 or (is_of_git and not wish.git) or (wish.forget_gone and not wish.urls):
        message = (
            "name folders and files, or a repository with `--git`, its folder with --path and its"
            " branch with --branch, or a list of pages with --urls"
        )
        raise WrongUsage(message, next_step="For example: faultmaven learn runbooks")


async def _learn_wish(wish: LearnWish) -> SyncReport:
    if wish.urls is not None:
        return await _learn_pages(_addresses_of(wish.urls), wish)
    wanted = partial(_learn, tags=list(wish.tags), replaces=wish.replace)
    if wish.git:
        return await _learn_repository(wish, wanted)
    files, folders = _files_of(wish.paths)
    dates = {source: _changed_at(file) for source, file in files.items()}
    return await wanted(
        {s: partial(_read, file) for s, file in files.items()}, folders, dates=dates
    )


def _addresses_of(listed: Path) -> list[str]:
    """Raises WrongUsage where the list cannot be read."""
    try:
        text = listed.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{listed} cannot be read as a list of addresses"
        raise WrongUsage(message, next_step="Name a text file with one address a line.") from error
    return addresses_in(text)


async def _learn_pages(addresses: Sequence[str], wish: LearnWish) -> SyncReport:
    settings = load_settings()
    async with (
        wire(settings, audiences=()) as installation,
        WebPages(private=settings.learn_private_pages) as pages,
    ):
        return await learn_pages(
            addresses,
            pages.fetch,
            tags=wish.tags,
            forgets=wish.forget_gone,
            services=installation.services,
        )


async def _learn_repository(
    wish: LearnWish, wanted: Callable[..., Awaitable[SyncReport]]
) -> SyncReport:
    """What the newest commit of its branch has. Raises WrongUsage, SourceUnavailable."""
    async with git_folder(wish.git, wish.path, branch=wish.branch) as fetched:
        files = {
            f"{fetched.name}/{file.relative_to(fetched.folder).as_posix()}": partial(_read, file)
            for file in _documents_in(fetched.folder)
        }
        dates = dict.fromkeys(files, fetched.committed_at)
        return await wanted(files, [fetched.name], dates=dates, commit=fetched.commit)


async def _learn(
    files: Mapping[str, Callable[[], bytes]],
    folders: list[str],
    *,
    tags: list[str],
    dates: Mapping[str, datetime],
    replaces: bool,
    commit: str = "",
) -> SyncReport:
    async with wire(load_settings(), audiences=()) as installation:
        return await learn(
            files,
            folders=folders,
            tags=tags,
            commit=commit,
            dates=dates,
            replaces=replaces,
            services=installation.services,
        )


def _changed_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _files_of(paths: Iterable[Path]) -> tuple[dict[str, Path], list[str]]:
    """The files by their sources, and the folders. Raises WrongUsage."""
    files, folders = dict[str, Path](), list[str]()
    for path in paths:
        if path.is_dir():
            folder = path.resolve()
            folders.append(folder.name)
            for file in _documents_in(folder):
                source = f"{folder.name}/{file.relative_to(folder).as_posix()}"
                files[source] = file
        elif path.suffix.lower() in _EVIDENCE:
            message = f"{path.name} is evidence, not a runbook"
            raise WrongUsage(message, next_step="Drop it into a case: `faultmaven chat`.")
        elif path.is_file():
            files[path.name] = path
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
        ("gone", report.gone),
    ):
        for source in sources:
            print_line(f"{word}  {source}")
    for source, problem in report.failed.items():
        print_line(f"failed  {source}: {problem.text}")
    if report.gone and not report.deleted:
        print_line("What was learned of pages that are gone is kept; delete it with --forget-gone.")
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
        "gone": report.gone,
        "failed": {source: problem.text for source, problem in report.failed.items()},
    }
