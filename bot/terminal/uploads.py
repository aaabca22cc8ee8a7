"""Resolves paths that a person names to files, each with a name and a service."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence, WrongUsage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

HIDDEN = "it is hidden: its name begins with a point"
LEAVES = "it is a link that leads out of the folder; name the file itself to have it read"
# What a shell or a client noted of what somebody typed, and settings that are always hidden.
_TELLING = re.compile(r"\.(?:\w{1,30}[_-]history|env(?:\.[\w.-]{1,40})?|htaccess|gitlab-ci\.ya?ml)")
COLLECTIONS = frozenset({"attachments", "case", "data", "evidence", "files", "incident", "logs"})
CHUNK_BYTES = 2**20
# Files that go together: a commit for each takes longer than reading a small one.
MOST_TOGETHER = 32
BYTES_TOGETHER = 2**20


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A local file on its way to becoming evidence; `service` is the folder it lies in, if any.

    problem: why its content cannot be read; empty where it can.
    """

    path: Path
    name: str
    service: str | None
    problem: str = ""

    @property
    def size(self) -> int:
        """In bytes; 0 where it is not known."""
        try:
            return 0 if self.problem else self.path.stat().st_size
        except OSError:  # it went away meanwhile
            return 0


def uploads(paths: Iterable[Path]) -> Iterator[Upload]:
    """Files, and the files of folders, that can be read; hidden ones are left out.

    Raises WrongUsage for a pipe, a socket or a device: it may never end, and is read once.
    """
    for path in paths:
        if not path.is_dir():
            must_be_file(path)
        yield from (upload for upload in all_uploads([path]) if not upload.problem)


def all_uploads(paths: Iterable[Path]) -> Iterator[Upload]:
    """The same with whatever is there and cannot be read, which has a `problem`."""
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        else:
            yield Upload(
                path=path, name=name_in_utf8(path.name), service=None, problem=_problem(path)
            )


def name_in_utf8(name: str) -> str:
    """What is no UTF-8 in a file's name, as on old servers, becomes U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def without_common_folder(given: Sequence[Upload]) -> Iterator[Upload]:
    """The same files, without a folder that holds them all but those beside it.

    So a folder of a whole incident is read like the folder of its files. A folder that has no other
    in it may be a service's, unless it is called like a collection.
    """
    inside = [upload for upload in given if upload.service]
    folders = {upload.service for upload in inside}
    deep = [upload for upload in inside if upload.name.count("/") > 1]
    is_collection = bool(deep) or {str(name).lower() for name in folders} <= COLLECTIONS
    if len(folders) != 1 or len(inside) <= len(given) / 2 or not is_collection:
        yield from given
        return
    for upload in given:
        _, _, name = upload.name.partition("/") if upload.service else ("", "", upload.name)
        service, is_inside, _ = name.partition("/")
        yield replace(upload, name=name, service=service if is_inside else None)


def _in_folder(folder: Path) -> Iterator[Upload]:
    files, closed = _below(folder)
    unread, root = set[str](), folder.resolve()
    for file in sorted((*files, *closed)):
        inside = file.relative_to(folder)
        hidden = _hidden(inside)
        if hidden is not None:
            if hidden not in unread:  # a folder once, whatever is in it
                yield Upload(
                    path=folder / hidden,
                    name=name_in_utf8(hidden),
                    service=None,
                    problem=HIDDEN,
                )
            unread.add(hidden)
        else:
            service = name_in_utf8(inside.parts[0]) if len(inside.parts) > 1 else None
            problem = closed.get(file) or _problem(file) or _leaves(file, root)
            name = name_in_utf8(inside.as_posix() if inside.parts else folder.name)
            yield Upload(path=file, name=name, service=service, problem=problem)


def _below(folder: Path) -> tuple[list[Path], dict[Path, str]]:
    """What is no folder, at any depth, links among it; and folders that cannot be opened, with why.

    Not by `os.walk`: up to Python 3.11 it calls itself, and fails some 1,000 levels down.
    """
    files, closed, waiting = list[Path](), dict[Path, str](), [folder]
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(parent) as entries:
                for entry in entries:
                    kind = waiting if entry.is_dir(follow_symlinks=False) else files
                    kind.append(Path(entry.path))
        except OSError as error:
            closed[parent] = f"the folder cannot be opened: {error.strerror}"
    return files, closed


def _hidden(inside: Path) -> str | None:
    """The part of a path, from its beginning, that is hidden, unless it tells what was done."""
    for place, part in enumerate(inside.parts):
        is_last = place == len(inside.parts) - 1
        if part.startswith(".") and not (is_last and _TELLING.fullmatch(part)):
            return "/".join(inside.parts[: place + 1])
    return None


def _problem(path: Path) -> str:
    """Why a path is no file whose content could be read; opens none, as a pipe may never end."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        is_link = path.is_symlink()
        return "it is a link to nothing" if is_link else f"it cannot be read: {error.strerror}"
    if stat.S_ISDIR(mode):
        return "it is a link to a folder, which is not followed"
    if not stat.S_ISREG(mode):
        return "it is no file, but a pipe, a socket or a device"
    return "" if os.access(path, os.R_OK) else "this account may not read it"


def _leaves(file: Path, root: Path) -> str:
    """Why a link is not followed: a folder that a stranger packed may point at anybody's files."""
    return LEAVES if file.is_symlink() and not file.resolve().is_relative_to(root) else ""


def in_batches(files: Iterable[Upload]) -> Iterator[list[Upload]]:
    """The files in their order: small ones together, a large one by itself."""
    batch, batch_bytes = list[Upload](), 0
    for file in files:
        size = file.size
        if batch and (len(batch) == MOST_TOGETHER or batch_bytes + size > BYTES_TOGETHER):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(file)
        batch_bytes += size
    if batch:
        yield batch


def must_be_file(path: Path) -> None:
    """Raises WrongUsage where the path exists and is no file."""
    if path.exists() and not path.is_file():
        message = f"{path} is no file, but a pipe, a socket or a device"
        raise WrongUsage(message, next_step=f"Save what it gives first: cat {path} > FILE")


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """The content in pieces of 1 MiB, read away from the loop.

    Raises UnreadableEvidence where the file cannot be opened or read to its end.
    """
    try:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield piece
    except OSError as error:
        message = f"it cannot be read: {error.strerror or type(error).__name__}"
        step = "Check who may read it, and the disk it is on."
        raise UnreadableEvidence(message, next_step=step) from error
