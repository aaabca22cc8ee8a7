"""How many reads a second somebody who signed in gets from one `faultmaven serve`.

PostgreSQL and Redis stand beside it. Many accounts ask in turn, because each may only ask a hundred
times a minute; their sign-ins and sessions are written into the tables, not asked for. The peer is
`GET /health` of the same process, which does nothing. Rounds alternate, and the medians count.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from api.access_tokens import AccessTokens
from benchmarks.intake import START_S, free_port, wait_for
from core.accounts.model import AccountRole, SignIn
from core.clock import SystemClock
from core.workflows.sign_in import SIGNED_IN_FOR
from storage.database import open_store
from tests.contracts.samples import a_session, an_account
from tests.fakes.context import CONTEXT
from tests.servers import a_postgres, a_redis, redis_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.database import SqlStore

SECRET = "a secret of the benchmark, long enough"  # noqa: S105  # pragma: allowlist secret
GATE_PER_SECOND = 500
GATE_RATIO = 0.1  # of a heartbeat to an empty route


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


QUESTIONS = {
    "empty": ("GET", "/health"),
    "session": ("GET", "/api/v1/sessions/{session}"),
    "heartbeat": ("POST", "/api/v1/sessions/{session}/heartbeat"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where a gate does not hold."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder, a_postgres() as url, a_redis() as redis:
        port = free_port()
        environment = {
            **os.environ,
            "FAULTMAVEN_DATA_DIR": folder,
            "FAULTMAVEN_DATABASE_URL": url,
            "FAULTMAVEN_REDIS_URL": redis_url(redis),
            "FAULTMAVEN_SECRET_KEY": SECRET,
        }
        with _serve(port, environment):
            callers = asyncio.run(_sign_in(url, options.accounts))
            rounds = [
                {
                    name: _measure(port, callers, question, options.seconds)
                    for name, question in QUESTIONS.items()
                }
                for _ in range(options.rounds)
            ]
    document = _document(rounds)
    print(json.dumps(document))
    slow = [name for name in ("session",) if document[name]["per_second"] < GATE_PER_SECOND]
    if slow or document["ratio"] < GATE_RATIO:
        sys.exit(f"the gates are {GATE_PER_SECOND}/s and a ratio of {GATE_RATIO}: {slow}")


def _document(rounds: Sequence[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    figures = {
        name: {
            figure: round(statistics.median(measured[name][figure] for measured in rounds), 2)
            for figure in ("per_second", "p50_ms", "p99_ms")
        }
        for name in QUESTIONS
    }
    ratio = figures["heartbeat"]["per_second"] / figures["empty"]["per_second"]
    return {**figures, "ratio": round(ratio, 3), "rounds": len(rounds)}


def _measure(
    port: int, callers: Sequence[KnownCaller], question: tuple[str, str], seconds: float
) -> dict[str, Any]:
    order = {
        "port": port,
        "connections": 16,
        "seconds": seconds,
        "warm_up": 0.5,
        "requests": [caller.request(*question) for caller in callers],
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
        sys.exit(f"{question}: not everything was answered: {measured['statuses']}")
    return measured


async def _sign_in(url: str, accounts: int) -> list[KnownCaller]:
    async with open_store(url) as store:
        return await sign_in(store, accounts)


async def sign_in(
    store: SqlStore, accounts: int, *, name: str = "user", role: AccountRole = AccountRole.USER
) -> list[KnownCaller]:
    """Their rows, and what proves that they are theirs."""
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


@contextlib.contextmanager
def _serve(port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        (sys.executable, "-m", "faultmaven", "serve", "--port", str(port)),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        wait_until_ready(port)
        yield
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(port: int) -> None:
    """Return when it is; end the program where it never is."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if httpx.get(f"http://127.0.0.1:{port}/readiness").is_success:
            return
        time.sleep(0.2)
    sys.exit("the server is not ready")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.api_reads", description=__doc__)
    parser.add_argument("--accounts", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=4.0, help="measured in each round")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
