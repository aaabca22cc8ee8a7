"""How long a page of a hundred thousand cases takes, the first one and the hundredth.

The server runs as a user runs it: `faultmaven serve` on PostgreSQL, `faultmaven up` on SQLite.
Every tenth case is private to one of its accounts; the askers are an admin and ordinary users, who
see all others. The cases are written in bulk, row by row the same as the product writes. Each
question is asked in turn by many accounts, because each may only ask a hundred times a minute.
Rounds alternate, and the worst counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.parts.server import KnownCaller, load, opened, served, sign_in
from core.accounts.model import AccountRole, CaseRole
from core.alerts.model import Severity
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.lifecycle import Change, foresee
from core.cases.projection import CaseView, fold
from core.cases.rows import next_row
from core.clock import micros
from core.context import DEFAULT_TENANT
from core.text.redacted import redacted
from storage.database import upgrade
from storage.database.case_rows import row_values
from storage.database.engine import driver_url
from storage.database.rows import values_of
from storage.database.tables import case_events, case_rows, cases, members, tenants
from tests.servers import a_postgres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import SqlStore

GATE_P95_MS = 50.0
GATED = ("first_page", "page_100", "page_100_by_offset", "first_page_of_a_user")
AT_ONCE = 2_000
START = datetime(2026, 1, 5, tzinfo=UTC)
SERVICES = [f"service-{number:02}" for number in range(40)]
SEVERITIES = list(Severity)
WORDS = ("pool", "queue", "disk", "certificate", "latency", "errors", "memory", "replica")


@dataclass(frozen=True)
class Asked:
    """A question, and whether an admin asks it."""

    path: str
    by_admin: bool = True


def questions(total: int) -> dict[str, Asked]:
    """By name. total: the number of cases, which is the number of the newest."""
    hundredth = f"/api/v1/cases?limit=50&cursor=c{total - 99 * 50 + 1}"
    return {
        "first_page": Asked("/api/v1/cases?limit=50"),
        "page_100": Asked(hundredth),
        "page_100_by_offset": Asked("/api/v1/cases?limit=50&offset=4950"),
        "first_page_of_a_user": Asked("/api/v1/cases?limit=50", by_admin=False),
        "page_100_of_a_user": Asked(hundredth, by_admin=False),
        "by_state": Asked("/api/v1/cases?limit=50&state=investigating"),
        "by_service": Asked("/api/v1/cases?limit=50&service=service-07"),
        "by_time": Asked(
            "/api/v1/cases?limit=50&from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z"
        ),
        "by_words": Asked("/api/v1/cases?limit=50&text=certificate%20in%20service-07"),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print one JSON document, exit 1 where a gate does not hold."""
    options = _options(arguments)
    measure = {"sqlite": _on_sqlite, "postgres": _on_postgres}[options.database]
    document = {"database": options.database, "cases": options.cases, **measure(options)}
    print(json.dumps(document))
    slow = [name for name in GATED if document[name]["p95_ms"] > GATE_P95_MS]
    if slow:
        sys.exit(f"the gate is a p95 of {GATE_P95_MS} ms: {', '.join(slow)}")


def _on_postgres(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, a_postgres() as url:
        settings = {"FAULTMAVEN_DATABASE_URL": url}
        return _measure_on(url, "serve", settings, folder, options)


def _on_sqlite(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/faultmaven.db"
        return _measure_on(url, "up", {}, folder, options)


def _measure_on(
    url: str, command: str, settings: dict[str, str], folder: str, options: argparse.Namespace
) -> dict[str, Any]:
    began = time.monotonic()
    callers, admins = asyncio.run(_fill(url, options.cases, options.accounts))
    filled_s = time.monotonic() - began
    with served(command, folder, **settings) as server:
        rounds = [
            {
                name: load(
                    server.port,
                    [
                        caller.request("GET", asked.path)
                        for caller in (admins if asked.by_admin else callers)
                    ],
                    connections=options.connections,
                    seconds=options.seconds,
                )
                for name, asked in questions(options.cases).items()
            }
            for _ in range(options.rounds)
        ]
    return {"filled_s": round(filled_s, 1), **_worst(rounds)}


def _worst(rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Of each figure of each question, the highest."""
    return {
        name: {
            figure: round(max(measured[name][figure] for measured in rounds), 1)
            for figure in ("p50_ms", "p95_ms", "p99_ms")
        }
        for name in rounds[0]
    }


async def _fill(url: str, total: int, accounts: int) -> tuple[list[KnownCaller], list[KnownCaller]]:
    """Users and admins that are signed in, and cases of which every tenth is private to a user."""
    await upgrade(url)
    async with opened(url) as store:
        users = await sign_in(store, accounts)
        admins = await sign_in(store, accounts, name="admin", role=AccountRole.ADMIN)
        owners = [caller.account_id for caller in users]
        for first in range(1, total + 1, AT_ONCE):
            await _write(store, range(first, min(first + AT_ONCE, total + 1)), owners)
        async with store.database.writing() as work:
            row = {"id": DEFAULT_TENANT, "last_case_number": total}
            await work.execute(tenants.insert(), row)
    await _vacuum(url)
    return users, admins


async def _vacuum(url: str) -> None:
    """As PostgreSQL does by itself within a minute of so many new rows."""
    if url.startswith("sqlite"):
        return
    engine = create_async_engine(driver_url(url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _write(store: SqlStore, numbers: range, owners: Sequence[str]) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        cases: [],
        case_events: [],
        case_rows: [],
        members: [],
    }
    for number in numbers:
        events, view = _life(number)
        of_case = {"tenant_id": DEFAULT_TENANT, "case_id": view.case.id}
        rows[cases].append(values_of(view.case) | {"group_index": view.case.group_key})
        rows[case_events] += [values_of(event) | of_case for event in events]
        is_private = number % 10 == 0
        rows[case_rows].append(
            row_values(next_row(None, events, view)) | {"is_private": is_private}
        )
        if is_private:
            owner = {"account_id": owners[number // 10 % len(owners)], "role": CaseRole.OWNER}
            rows[members].append(of_case | owner | {"since": view.case.opened_at})
    async with store.database.writing() as work:
        for table, values in rows.items():
            if values:
                await work.execute(table.insert(), values)


def _life(number: int) -> tuple[list[CaseEvent], CaseView]:
    """One of every ten cases is open; the others were resolved after a while."""
    rng = random.Random(number)  # noqa: S311 - the same cases every time
    case_id, service = f"case_{number:032}", rng.choice(SERVICES)
    opened_at = START + timedelta(minutes=3 * number)
    title = redacted(f"{rng.choice(WORDS)} in {service}: {rng.randrange(100)} %")
    data = {
        "tenant_id": DEFAULT_TENANT,
        "number": number,
        "title": title.digest,
        "severity": rng.choice(SEVERITIES),
        "service": service,
        "group_key": f"group-{number}",
        "opened_at": micros(opened_at),
    }
    first = seal(case_id, 1, EventKind.OPENED, at=opened_at, actor="system", data=data, previous="")
    view = fold([first], {title.digest: title})
    if rng.random() < 0.1:  # noqa: PLR2004
        return [first], view
    ended = Change(kind=EventKind.RESOLVED, data={"solution": None})
    at = opened_at + timedelta(minutes=rng.randrange(5, 600))
    over = foresee(view, [ended], at=at)
    last = seal(
        case_id,
        2,
        EventKind.RESOLVED,
        at=at,
        actor="system",
        data=ended.data,
        previous=view.case.head,
    )
    return [first, last], replace(over, case=replace(over.case, head=last.hash))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.case_list", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=150, help="users, and as many admins")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0, help="measured of each question")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
