"""Where is the running `up`? A token file in the data directory says so, to the same user only."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import ssl
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import httpx

from core.errors import StoreUnavailable, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOOR, LOCK = "up.json", "up.lock"
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the door is plain HTTP: none is loaded


@dataclass(frozen=True, kw_only=True)
class OperatorClient:
    """How the command line reaches a running server."""

    url: str
    token: str
    pid: int

    @classmethod
    def fresh(cls, url: str) -> OperatorClient:
        """A door of this process, with a token of its own."""
        return cls(url=url, token=secrets.token_urlsafe(32), pid=os.getpid())


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """No other process gets in here while the block runs; the kernel lets go, even after a kill.

    Raises WrongUsage where one is in, StoreUnavailable where nothing can be written.
    """
    with errors_of_data_dir(data_dir):
        lock = (data_dir / LOCK).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            door = find_door(data_dir)
            where = f", at {door.url}" if door else ""
            message = f"`up` runs on this data directory already{where}"
            step = "Use that one, or stop it, or set FAULTMAVEN_DATA_DIR."
            raise WrongUsage(message, next_step=step) from error
        yield


@contextmanager
def errors_of_data_dir(data_dir: Path) -> Iterator[None]:
    """What the disk refuses, as StoreUnavailable."""
    try:
        yield
    except OSError as error:
        message = f"the data directory {data_dir} cannot be used: {error.strerror}"
        step = "Set FAULTMAVEN_DATA_DIR to a folder that can be written, with space left."
        raise StoreUnavailable(message, next_step=step) from error


@contextmanager
def announced(door: OperatorClient, data_dir: Path) -> Iterator[None]:
    """The door stands open while the block runs; the file is readable to its owner only."""
    path = data_dir / DOOR
    with errors_of_data_dir(data_dir):
        _write_private(path, json.dumps(asdict(door)))
    try:
        yield
    finally:
        if find_door(data_dir) == door:
            path.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    """The whole text at once, readable to its owner only."""
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def find_door(data_dir: Path) -> OperatorClient | None:
    """What the file says, whether or not anyone still listens there."""
    try:
        return OperatorClient(**json.loads((data_dir / DOOR).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def open_door(data_dir: Path) -> OperatorClient | None:
    """The door of a server that answers now; None where none runs."""
    door = find_door(data_dir)
    if door is None:
        return None
    try:
        answer = httpx.get(f"{door.url}/health", timeout=3, verify=NO_CERTIFICATES)
    except httpx.HTTPError:
        return None
    return door if answer.is_success else None
