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

from api.proof import PROOF_PATH, proof_of
from core.accounts.model import API_TOKEN
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
        return cls(url=url, token=API_TOKEN + secrets.token_urlsafe(32), pid=os.getpid())


@contextmanager
def lock_data_dir(data_dir: Path) -> Iterator[None]:
    """Lock the data directory while the block runs; the kernel unlocks it, even after a kill.

    Raises WrongUsage where another process holds it, StoreUnavailable where nothing can be written.
    """
    with errors_of_data_dir(data_dir):
        lock = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(lock, "w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
    """Find the endpoint of this directory's server; None where none runs.

    Whatever else listens at its address by now is told nothing, and is not believed.
    """
    endpoint = read_endpoint(data_dir)
    return endpoint if endpoint is not None and _has_token(endpoint) else None


def _has_token(endpoint: OperatorEndpoint) -> bool:
    """Whether that one answers, and proves that it has the token of the file."""
    challenge = secrets.token_urlsafe(16)
    try:
        answer = httpx.get(
            f"{endpoint.url}{PROOF_PATH}",
            params={"challenge": challenge},
            timeout=3,
            verify=NO_CERTIFICATES,
            trust_env=False,
        )
        proof = answer.json()["proof"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return False
    expected = proof_of(endpoint.token, challenge)
    return isinstance(proof, str) and secrets.compare_digest(proof.encode(), expected.encode())
