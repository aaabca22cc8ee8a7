"""A server of the product as its users run it, people who are signed in to it, and load on it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from api.access_tokens import AccessTokens
from benchmarks.intake import START_S, free_port, wait_for
from core.accounts.model import AccountRole, SignIn
from core.clock import SystemClock
from core.workflows.sign_in import SIGNED_IN_FOR
from storage.database import ColumnSeal, open_store
from storage.sealing.keys import Keyring
from tests.contracts.samples import a_session, an_account
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from storage.database import SqlStore

SECRET = "a secret of the benchmark, long enough"  # noqa: S105  # pragma: allowlist secret


@dataclass(frozen=True)
class ServedProcess:
    """It answers at that port."""

    port: int
    pid: int


@contextmanager
def served(command: str, folder: str, **settings: str) -> Iterator[ServedProcess]:
    """`faultmaven serve` or `up` on a data directory, once it is ready."""
    port = free_port()
    environment = {"FAULTMAVEN_DATA_DIR": folder, "FAULTMAVEN_SECRET_KEY": SECRET, **settings}
    process = subprocess.Popen(
        (sys.executable, "-m", "faultmaven", command, "--port", str(port)),
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        _wait_until_ready(port)
        yield ServedProcess(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if httpx.get(f"http://127.0.0.1:{port}/readiness").is_success:
            return
        time.sleep(0.2)
    sys.exit("the server is not ready")


def load(port: int, requests: Sequence[str], *, connections: int, seconds: float) -> dict[str, Any]:
    """What another process measured that sent these in turn; all of them were answered 200."""
    order = {
        "port": port,
        "connections": connections,
        "seconds": seconds,
        "warm_up": 0.5,
        "requests": list(requests),
    }
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.parts.load"),
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    if set(measured["statuses"]) != {"200"}:
        first = base64.b64decode(requests[0]).split(b"\r\n")[0].decode()
        sys.exit(f"{first}: not everything was answered: {measured['statuses']}")
    return measured


@dataclass(frozen=True)
class KnownCaller:
    """An account that is signed in, and its session."""

    account_id: str
    token: str
    session_id: str

    def request(self, method: str, path: str) -> str:
        """A whole HTTP request, base64."""
        head = (
            f"{method} {path.format(session=self.session_id)} HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.token}\r\n"
            f"X-Session-Id: {self.session_id}\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        return base64.b64encode(head.encode()).decode()


def opened(url: str) -> AbstractAsyncContextManager[SqlStore]:
    """The tables of a server that is served by `served`."""
    return open_store(url, seal=ColumnSeal(Keyring(SECRET.encode())))


async def sign_in(
    store: SqlStore, accounts: int, *, name: str = "user", role: AccountRole = AccountRole.USER
) -> list[KnownCaller]:
    """Their rows, written and not asked for, and what proves that they are theirs."""
    now, tokens = SystemClock().now(), AccessTokens(SECRET.encode())
    callers = []
    async with store.unit(CONTEXT) as unit:
        for number in range(accounts):
            account = an_account(username=f"{name}{number}", email=None, role=role)
            held = SignIn(
                id=f"signin_{name}{number}",
                tenant_id=account.tenant_id,
                account_id=account.id,
                began_at=now,
                rotated_at=now,
                expires_at=now + SIGNED_IN_FOR,
            )
            session = a_session(account.id, began_at=now, seen_at=now)
            await unit.accounts.add(account)
            await unit.sign_ins.add(held)
            await unit.sessions.add(session)
            token = tokens.access(held, now=now)
            callers.append(KnownCaller(account.id, token, session.id))
    return callers
