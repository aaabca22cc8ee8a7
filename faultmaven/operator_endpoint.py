"""The endpoint of the running `up`: a token file in the data directory, for the same user only."""

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

ENDPOINT_FILE, LOCK = "up.json", "up.lock"
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP needs none


@dataclass(frozen=True, kw_only=True)
class OperatorEndpoint:
    """Address and token with which the command line reaches a running server."""

    url: str
    token: str
    pid: int

    @classmethod
    def fresh(cls, url: str) -> OperatorEndpoint:
        """An endpoint of this process, with a token of its own."""
        return cls(url=url, token=secrets.token_urlsafe(32), pid=os.getpid())


@contextmanager
def lock_data_dir(data_dir: Path) -> Iterator[None]:
    """Lock the data directory while the block runs; the kernel unlocks it, even after a kill.

    Raises WrongUsage where another process holds it, StoreUnavailable where nothing can be written.
    """
    with errors_of_data_dir(data_dir):
        lock = (data_dir / LOCK).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            endpoint = read_endpoint(data_dir)
            where = f", at {endpoint.url}" if endpoint else ""
            message = f"`up` runs on this data directory already{where}"
            step = "Use that one, or stop it, or set FAULTMAVEN_DATA_DIR."
            raise WrongUsage(message, next_step=step) from error
        yield


@contextmanager
def errors_of_data_dir(data_dir: Path) -> Iterator[None]:
    """Raise StoreUnavailable for what the disk refuses."""
    try:
        yield
    except OSError as error:
        message = f"the data directory {data_dir} cannot be used: {error.strerror}"
        step = "Set FAULTMAVEN_DATA_DIR to a folder that can be written, with space left."
        raise StoreUnavailable(message, next_step=step) from error


@contextmanager
def announce_endpoint(endpoint: OperatorEndpoint, data_dir: Path) -> Iterator[None]:
    """Keep the endpoint's file while the block runs, readable to its owner only."""
    path = data_dir / ENDPOINT_FILE
    with errors_of_data_dir(data_dir):
        _write_private(path, json.dumps(asdict(endpoint)))
    try:
        yield
    finally:
        if read_endpoint(data_dir) == endpoint:
            path.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    """Write the whole text at once, readable to its owner only."""
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def read_endpoint(data_dir: Path) -> OperatorEndpoint | None:
    """Read the endpoint from the file, whether or not a server still listens there."""
    try:
        return OperatorEndpoint(**json.loads((data_dir / ENDPOINT_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def find_endpoint(data_dir: Path) -> OperatorEndpoint | None:
    """Find the endpoint of a server that answers now; None where none runs."""
    endpoint = read_endpoint(data_dir)
    if endpoint is None:
        return None
    try:
        answer = httpx.get(f"{endpoint.url}/health", timeout=3, verify=NO_CERTIFICATES)
    except httpx.HTTPError:
        return None
    return endpoint if answer.is_success else None
