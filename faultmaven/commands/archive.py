"""`faultmaven export --all` and `import`: everything in one sealed file, to move house with."""

from __future__ import annotations

import asyncio
import getpass
import sys
from functools import partial
from typing import IO, TYPE_CHECKING, cast

from core.cases.archive.model import ImportStanding
from core.errors import StoreUnavailable, WrongUsage
from core.text import quantities
from core.workflows.archive_export import export_everything
from core.workflows.archive_import import import_everything
from faultmaven import __version__
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.whole_file import whole_file
from faultmaven.wiring import archived_tables, keyring_of, wire
from storage.sealing.archives import SealedArchive, open_archive

if TYPE_CHECKING:
    from pathlib import Path

    from core.workflows.archive_export import Archived
    from core.workflows.archive_import import Imported

LEAST = 12  # characters of a passphrase
_APART = (
    "It was made under another secret: what was a placeholder stays one, and the same value gets"
    " another one from now on. To find events by their ids, read the files again: `evidence again`."
)
_OUTCOMES = {
    ImportStanding.NEW: "came in",
    ImportStanding.BEHIND: "went on",
    ImportStanding.SAME: "here already",
    ImportStanding.AHEAD: "further here, and left alone",
}
_SIGN_IN_AGAIN = "Accounts came without passwords: faultmaven user password NAME"


def export(*, out: Path, passphrase: bool, as_json: bool) -> int:
    """Write the archive, all of it or nothing. Raises StoreUnavailable, WrongUsage."""
    _must_be_here()
    chosen = _asked_twice() if passphrase else ""
    try:
        archived = asyncio.run(_export(out, chosen))
    except OSError as error:
        message = f"{out} could not be written: {error.strerror}"
        raise StoreUnavailable(message, next_step="Choose another place; nothing was kept.") from (
            error
        )
    if as_json:
        size = out.stat().st_size
        counts, missing = dict(archived.counts), list(archived.missing)
        print_json({"path": str(out), "bytes": size, **counts, "missing": missing})
    else:
        _print_export(archived, out)
    return 0


async def _export(out: Path, passphrase: str) -> Archived:
    settings = load_settings()
    async with wire(settings, audiences=()) as installation:
        services = installation.services
        with whole_file(out) as file:
            sealed = SealedArchive(file, keyring_of(settings), passphrase)
            tables = archived_tables(services)
            archived = await export_everything(
                cast("IO[bytes]", sealed), made_by=__version__, tables=tables, services=services
            )
            sealed.finish()
        return archived


def _print_export(archived: Archived, out: Path) -> None:
    counts = archived.counts
    print_line(
        f"{out}: {_cases(counts['cases'])},"
        f" {quantities.counted(counts['files'], 'original', 'originals').text},"
        f" {out.stat().st_size:,} bytes"
    )
    for name in archived.missing:
        print_line(f"Not there any more, and left out: {name}")


def run(*, archive: Path, passphrase: bool, as_json: bool) -> int:
    """Import the archive. Raises Unreadable, Tampered, NotAllowedNow, WrongSecret, WrongUsage."""
    _must_be_here()
    chosen = _asked("Passphrase: ") if passphrase else ""
    imported = asyncio.run(_import(archive, chosen))
    if as_json:
        cases = {standing.value: count for standing, count in imported.cases.items()}
        print_json({"cases": cases, "files": imported.files, "kept_apart": imported.kept_apart})
    else:
        _print_import(imported)
    return 0


async def _import(archive: Path, passphrase: str) -> Imported:
    settings = load_settings()
    async with wire(settings, audiences=()) as installation:
        opened = partial(open_archive, archive, keyring_of(settings), passphrase)
        services = installation.services
        return await import_everything(opened, tables=archived_tables(services), services=services)


def _print_import(imported: Imported) -> None:
    parts = [f"{_cases(count)} {_OUTCOMES[standing]}" for standing, count in imported.cases.items()]
    originals = quantities.counted(imported.files, "original", "originals").text
    print_line(f"{'; '.join(parts) or 'no case'}; {originals}.")
    if imported.kept_apart:
        print_line(_APART)
    print_line(_SIGN_IN_AGAIN)


def _cases(count: int) -> str:
    return quantities.counted(count, "case", "cases").text


def _must_be_here() -> None:
    """Raises WrongUsage where another server is named: this one would be written in its place."""
    if load_settings().server:
        message = "everything is exported and imported where its data is, not over the network"
        step = "Log in to that machine, and leave --server and FAULTMAVEN_SERVER out."
        raise WrongUsage(message, next_step=step)


def _asked_twice() -> str:
    """Raises WrongUsage for one that is short, or was mistyped."""
    first = _asked("Passphrase: ")
    if len(first) < LEAST:
        message = f"a passphrase has {LEAST} characters at least"
        raise WrongUsage(message, next_step="Choose a longer one; a few words are easy to keep.")
    if sys.stdin.isatty() and _asked("Once more: ") != first:
        message = "that was not the same passphrase"
        raise WrongUsage(message, next_step="Type the command once more.")
    return first


def _asked(question: str) -> str:
    """At a terminal unseen, else the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(question)
    return sys.stdin.readline().rstrip("\n")
