"""What holds for every test: its marker, its time limit, closed doors, and no skip in CI.

The two servers that many rooms share start here; other fixtures live beside the tests they serve.
"""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from httpx import create_ssl_context
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from storage.database import upgrade
from tests.databases import a_database, a_database_of_the_run, copy_of_sqlite, empty
from tests.servers import a_postgres, a_redis, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from ssl import SSLContext

KINDS = ("unit", "integration", "e2e")
LLAMA, TORCH = "llama", "torch"
UNIT_TIMEOUT_S = 30
BEGUN_BY = (0.6, 0.8, 1.0)  # the part of the run in which files begin, by their haste
CI = os.environ.get("CI", "").lower() in {"1", "true"}

pytest.register_assert_rewrite("tests.contracts", "tests.fakes")

# How long an example takes says how busy the machine is: a property is about what comes out.
settings.register_profile(
    "unhurried",
    parent=settings.get_profile(settings.get_current_profile_name()),
    max_examples=30,  # of what says nothing else: there are a hundred of such tests
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

gc.disable()  # until all is collected: nothing that is made by then ends
# Then a collection after so many new objects, not after 700: those took 8 % of the run.
COLLECTIONS = (20_000, 20, 20)

_skipped: list[str] = []


class DoorClosed(RuntimeError):
    """A test tried to reach another machine."""


def _is_here(host: object) -> bool:
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _keep_doors_closed(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook sees every connect and look-up of the process, in any thread or library.

    Source: the table of audit events in the Python documentation (socket.connect: self, address).
    """
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_here(host):
        raise DoorClosed(f"{event} to {host!r}: a test reaches nothing but loopback")


sys.addaudithook(_keep_doors_closed)


def pytest_configure(config: pytest.Config) -> None:
    """Files in the order that `pytest_collection_modifyitems` gives them, not most tests first.

    That would leave journeys, one long test a file, to the end, where all but one core are idle.
    """
    if hasattr(config.option, "loadscopereorder"):  # of pytest-xdist
        config.option.loadscopereorder = False
    if hasattr(config, "workerinput"):  # its own folder is in that of the run
        os.environ["PYTEST_RUN_FOLDER"] = str(Path(config.option.basetemp).parent)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give an unmarked test the marker `unit`, and a unit test its short time limit.

    Among several processes, each kind of file is spread over its part of the run.
    """
    _mark(items)
    if hasattr(config, "workerinput"):
        turns = _turns(items)
        items.sort(key=lambda item: turns[item.path])


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: looking through it again would take 5 % of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    gc.enable()


def _turns(items: list[pytest.Item]) -> dict[Path, float]:
    """When each file begins, from 0 to 1; among those of a kind the order stays random.

    What waits for its servers leaves a core to what computes, so they are mixed; and what may take
    minutes does not begin so late that the others have nothing left to do.
    """
    haste: dict[Path, int] = {}
    for item in items:
        haste[item.path] = min(_haste(item), haste.get(item.path, len(KINDS)))
    count = Counter(haste.values())
    begun: Counter[int] = Counter()
    turns: dict[Path, float] = {}
    for path, kind in haste.items():
        turns[path] = BEGUN_BY[kind] * begun[kind] / count[kind]
        begun[kind] += 1
    return turns


def _haste(item: pytest.Item) -> int:
    """0 for what may take minutes, 2 for what takes no time."""
    if item.get_closest_marker("e2e"):
        return 0
    own_limit = item.get_closest_marker("timeout")
    is_long = own_limit is not None and own_limit.args != (UNIT_TIMEOUT_S,)
    return 1 if is_long or item.get_closest_marker("integration") else 2


def _mark(items: list[pytest.Item]) -> None:
    for item in items:
        if not any(item.get_closest_marker(kind) for kind in KINDS):
            item.add_marker("unit")
        if item.get_closest_marker("unit") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(UNIT_TIMEOUT_S))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    is_ours_to_run = not {LLAMA, TORCH} & report.keywords.keys()  # CI has no weights, and no torch
    if report.skipped and not hasattr(report, "wasxfail") and is_ours_to_run:
        _skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where CI skipped what it could run: nobody else will run that test."""
    if CI and _skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CI and _skipped:
        terminalreporter.section("CI allows no skips", red=True)
        terminalreporter.line("\n".join(_skipped))


@cache
def _ssl_context(_authorities: tuple[str | None, ...], **options: Any) -> SSLContext:
    return create_ssl_context(**options)


@pytest.fixture(scope="session", autouse=True)
def _certificates() -> Iterator[None]:
    """Read once: every client of httpx would read all of them, for servers that have none."""

    def context(**options: Any) -> SSLContext:
        named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        return _ssl_context(named, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL for this run; each test makes a database or schema of its own in it."""
    with a_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def shared_redis_url() -> Iterator[str]:
    """A real Redis for this run. A test that stops its Redis uses `tests.servers.a_redis`."""
    with a_redis() as server:
        yield redis_url(server)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "faultmaven.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A SQLite database of this test's own, with all tables."""
    return copy_of_sqlite(migrated_sqlite, tmp_path)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The name of a database with all tables and no rows, to be copied."""
    with a_database_of_the_run(postgres_url) as url:
        asyncio.run(upgrade(url))
        yield make_url(url).database or ""


@pytest.fixture(scope="session")
def kept_postgres_url(postgres_url: str, migrated_postgres: str) -> Iterator[str]:
    """A PostgreSQL database with all tables, for one test after the other."""
    with a_database_of_the_run(postgres_url, template=migrated_postgres) as url:
        yield url


@pytest.fixture
async def emptied_postgres_url(kept_postgres_url: str) -> str:
    """That one without a row. For tests that leave nobody behind who still writes."""
    await empty(kept_postgres_url)
    return kept_postgres_url


@pytest.fixture
async def fresh_postgres_url(postgres_url: str, migrated_postgres: str) -> AsyncIterator[str]:
    """A PostgreSQL database of this test's own, with all tables."""
    async with a_database(postgres_url, template=migrated_postgres) as url:
        yield url
