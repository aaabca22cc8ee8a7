"""Every implementation of the store, for the same tests: in memory, SQLite, PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from core.jobs.ports import Jobs
from core.workflows.services import Store
from storage.database import ColumnSeal, SqlJobs, open_store
from storage.memory import MemoryJobs, MemoryStore
from storage.sealing.keys import Keyring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.jobs.model import Job

SEAL = ColumnSeal(Keyring(b"the secret of an installation, for tests"))
BACKENDS = [
    pytest.param("memory"),
    pytest.param("sqlite", marks=pytest.mark.integration),
    pytest.param("postgres", marks=pytest.mark.integration),
]


@dataclass
class Bell:
    """Remembers whom it woke."""

    rung: list[list[str]] = field(default_factory=list)

    async def wake(self, jobs: Sequence[Job]) -> None:
        self.rung.append([job.id for job in jobs])


@dataclass(frozen=True)
class Backend:
    """One implementation of the store and of the claiming that belongs to it."""

    store: Store
    jobs: Jobs
    bell: Bell


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str | None:
    """An empty database with all tables; None stands for memory."""
    fixture = {"sqlite": "sqlite_url", "postgres": "emptied_postgres_url"}.get(request.param)
    return None if fixture is None else str(request.getfixturevalue(fixture))


@pytest.fixture
async def backend(database_url: str | None) -> AsyncIterator[Backend]:
    bell = Bell()
    if database_url is None:
        memory = MemoryStore(wake=bell)
        yield Backend(memory, MemoryJobs(memory), bell)
        return
    async with open_store(database_url, wake=bell, seal=SEAL) as store:
        yield Backend(store, SqlJobs(store.database), bell)


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.store


@pytest.fixture
def jobs(backend: Backend) -> Jobs:
    return backend.jobs
