"""What an installation keeps in its data directory, and whether what belongs together is there.

The database, the secret and the originals make one installation. Where one is lost while another
is there, nothing new takes its place in silence: it would look as if there had been no case.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DatabaseLost, WrongSecret, WrongUsage
from faultmaven.operator_endpoint import errors_of_data_dir
from faultmaven.settings import SHORTEST_SECRET
from storage.sealing.keys import Keyring

if TYPE_CHECKING:
    from pathlib import Path

    from faultmaven.settings import Settings

SECRET_FILE = "secret.key"  # noqa: S105  # pragma: allowlist secret
LINE_END = "\r\n"


def make_data_dir(settings: Settings) -> None:
    """The data directory, readable to its owner only. Raises StoreUnavailable."""
    with errors_of_data_dir(settings.data_dir):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What there is of an installation; each is looked for when it is asked."""

    sealed_rows: Callable[[], bool]
    originals: Callable[[], bool]
    journal: Callable[[], bool]  # of SQLite, with something in it


def refuse_to_replace(settings: Settings, remains: Remains) -> None:
    """To be asked where there is no database. Raises DatabaseLost where there has been one."""
    with errors_of_data_dir(settings.data_dir):
        if remains.originals():
            trace = f"{settings.files_dir} holds the originals of its cases"
        elif remains.journal():
            trace = f"its journal {settings.sqlite_file}-wal is still there"
        else:
            return
        raise DatabaseLost(f"{_lost(settings)}, and {trace}")


def _lost(settings: Settings) -> str:
    file = settings.sqlite_file
    if file is None:
        return "the database has no tables"
    return f"{file} is {'empty' if file.exists() else 'gone'}"


def keyring_from(settings: Settings, remains: Remains, *, begin_anew: bool) -> Keyring:
    """The secret of the installation, and those that it had before.

    begin_anew: make one though originals are there that another has sealed.
    Raises StoreUnavailable, and WrongSecret where it is gone while what it sealed is still there.
    """
    written = _secret_text(settings, remains, begin_anew=begin_anew)
    older = [secret.get_secret_value() for secret in settings.old_secret_keys]
    # Earlier versions sealed under the end of the line, too.
    spellings = [spelling for secret in older for spelling in (secret.rstrip(LINE_END), secret)]
    ours = written.rstrip(LINE_END)
    return Keyring(ours.encode(), *(known.encode() for known in (*spellings, written)))


def _secret_text(settings: Settings, remains: Remains, *, begin_anew: bool) -> str:
    """As it is written."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    with errors_of_data_dir(settings.data_dir):
        return _kept_secret(settings, remains, begin_anew=begin_anew)


def _kept_secret(settings: Settings, remains: Remains, *, begin_anew: bool) -> str:
    """The text of the file, made where there is none and nothing is sealed yet."""
    path = settings.data_dir / SECRET_FILE
    if not path.exists():
        if remains.sealed_rows():
            message = _no_secret(path, str(settings.sqlite_file), "is")
            raise WrongSecret(message)
        if not begin_anew and remains.originals():
            message = _no_secret(path, f"originals in {settings.files_dir}", "are")
            raise WrongSecret(
                message, next_step=f"{WrongSecret.next_step} {DatabaseLost.next_step}"
            )
        _make_secret(path)
    kept = _written_secret(path)
    length = len(kept.rstrip(LINE_END))
    if length < SHORTEST_SECRET and not remains.sealed_rows():
        message = f"{path} has {length} characters: everything would be sealed under them"
        step = f"Remove it, so that a new one is made; or write at least {SHORTEST_SECRET} into it."
        raise WrongUsage(message, next_step=step)
    return kept


def _no_secret(path: Path, what: str, verb: str) -> str:
    """Which of the two there was before, nothing tells."""
    neither = f"neither FAULTMAVEN_SECRET_KEY nor {path} is there"
    return f"{neither}, and {what} {verb} sealed under one of them"


def _written_secret(path: Path) -> str:
    """Raises WrongUsage where it is no text: keys are derived from characters."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        step = "Restore it from where you keep it, or set FAULTMAVEN_SECRET_KEY."
        raise WrongUsage(
            f"{path} is no text: it was changed, or is damaged", next_step=step
        ) from error


def _make_secret(path: Path) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(48))
    with suppress(FileExistsError):  # another process was first: its key counts
        path.hardlink_to(fresh)
    fresh.unlink()
