"""`up`, `serve`, `worker` and `bot` as processes: how they start, refuse, end, and are killed."""

from __future__ import annotations

import asyncio
import json
import resource
from asyncio.subprocess import PIPE
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from core.cases.events import EventKind, verify_chain
from core.cases.projection import fold
from core.evidence.model import FileState
from core.jobs.kinds import EVIDENCE_PROCESS
from core.jobs.model import JobState
from faultmaven.operator_endpoint import ENDPOINT_FILE, read_endpoint
from tests.fakes.context import CONTEXT
from tests.faultmaven.forked_programs import start_faultmaven
from tests.faultmaven.program import environment, faultmaven, in_this_process
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.operator import an_operator
from tests.journeys.up import Up, up_in
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.cases.model import Case
    from core.jobs.model import Job

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
]

LOG = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings/files"
DELIVERIES = Path(__file__).parents[1] / "recordings/alertmanager"
SECRETS = {
    "FAULTMAVEN_SECRET_KEY": "a secret of the tests, long enough",
    "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """One that all tests share that leave it as it was."""
    async with up_in(tmp_path_factory.mktemp("up")) as up:
        yield up


@pytest_asyncio.fixture(loop_scope="module")
async def own_up(tmp_path: Path) -> AsyncIterator[Up]:
    async with up_in(tmp_path) as up:
        yield up


async def get(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(url, headers=headers)


async def jobs(up: Up, state: JobState, kind: str = EVIDENCE_PROCESS.name) -> list[Job]:
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return [job for job in await unit.jobs.listing(state) if job.kind == kind]


def long_log(folder: Path, name: str) -> Path:
    """A file that takes about a second to read."""
    path = folder / name
    path.write_bytes((LOG / "booking-api/booking-api.log").read_bytes() * 8)
    return path


async def under_way(up: Up, *files: Path) -> None:
    """A case with these files dropped, the first of them being read."""
    async with an_operator(up) as operator:
        await operator.say("open checkout is slow")
        await operator.drop(*files, case=1)

    async def reading() -> bool:
        return bool(await jobs(up, JobState.RUNNING))

    await until(reading)


async def test_a_script_is_told_where_it_listens_once_it_does(up: Up) -> None:
    document = json.loads((up.folder / "out").read_text())
    assert (document["process"], document["url"]) == ("up", up.url)
    assert isinstance(document["pid"], int)


async def test_its_endpoint_is_announced_once_it_answers_there(tmp_path: Path) -> None:
    up = Up(tmp_path)
    await up.launch()
    try:
        file = tmp_path / "data" / ENDPOINT_FILE

        async def is_announced() -> bool:
            return file.exists()

        await until(is_announced, every_s=0)
        reader, writer = await asyncio.open_connection("127.0.0.1", up.port)
        writer.write(b"GET /readiness HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in await reader.readline()
        writer.close()
    finally:
        await up.stop()
    assert not file.exists()


async def test_what_is_not_ready_is_named(up: Up) -> None:
    ready = await get(f"{up.url}/readiness")
    assert (ready.status_code, ready.json()["parts"]["database"]) == (200, "ok")

    up.limit_file_size(1)
    full = await readiness(up, status=503)
    assert full.json()["status"] == "not ready"
    assert "disk" in full.json()["parts"]["database"]
    assert (await get(f"{up.url}/health")).is_success, "alive all the same"

    up.limit_file_size(resource.RLIM_INFINITY)
    await readiness(up, status=200)


async def readiness(up: Up, *, status: int) -> httpx.Response:
    """The first answer with this status: an answer holds for up to a second."""
    answers: list[httpx.Response] = []

    async def answered() -> bool:
        answers.append(await get(f"{up.url}/readiness"))
        return answers[-1].status_code == status

    await until(answered, within_s=10)
    return answers[-1]


async def test_sigterm_ends_what_was_begun_and_leaves_well(own_up: Up, tmp_path: Path) -> None:
    up = own_up
    await under_way(up, long_log(tmp_path, "api.log"))
    async with an_operator(up) as operator, asyncio.TaskGroup() as group:
        listener = group.create_task(operator.next_message())
        await asyncio.sleep(0.5)
        assert not listener.done()
        began = asyncio.get_running_loop().time()
        assert await up.stop() == 0
    assert asyncio.get_running_loop().time() - began < 10, "it waits for nobody who only listens"
    assert not await jobs(up, JobState.RUNNING)
    (done,) = await jobs(up, JobState.DONE)
    assert done.attempts == 1
    assert read_endpoint(up.folder / "data") is None
    events = [json.loads(line)["event"] for line in (up.folder / "log").read_text().splitlines()]
    assert events == ["listening"]


async def test_a_kill_in_the_middle_of_work_loses_and_doubles_nothing(
    own_up: Up, tmp_path: Path
) -> None:
    up = own_up
    short = [LOG / "deploys/deploys.log", LOG / "mailer/mailer.log"]
    files = [long_log(tmp_path, "api.log"), *short]
    await under_way(up, *files)
    killed = min(await jobs(up, JobState.RUNNING), key=lambda job: job.id)  # the long log's
    await up.kill()
    assert read_endpoint(up.folder / "data") is not None, "a kill leaves its endpoint"
    listed = await faultmaven("cases", "--json", folder=up.folder)
    assert [case["number"] for case in listed.document] == [1], "nobody listens there any more"

    began = asyncio.get_running_loop().time()
    await up.start()
    async with an_operator(up) as operator:
        await operator.settled()
        cards = [card for card in await operator.shown("file") if card.version > 0]
    assert asyncio.get_running_loop().time() - began < 30, "it waits for no lease of the dead"

    assert {job.id: job.attempts for job in await jobs(up, JobState.DONE)}[killed.id] == 2
    assert len(cards) == len(files)
    await nothing_is_doubled(up, files=len(files))


async def nothing_is_doubled(up: Up, *, files: int) -> None:
    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        view, events = await unit.cases.view(case.id), await unit.cases.events(case.id)
        texts, kept = await unit.cases.texts(case.id), await unit.files.of_case(case.id)
        dead = await unit.jobs.listing(JobState.DEAD)
    assert dead == []
    assert [file.state for file in kept] == [FileState.PROCESSED] * files
    assert verify_chain(events) == case.head
    assert fold(events, texts) == view
    kinds = Counter(event.kind for event in events)
    assert kinds[EventKind.FILE_RECEIVED] == kinds[EventKind.FILE_PROCESSED] == files


async def test_a_second_up_on_the_same_data_is_refused(up: Up) -> None:
    ran = await faultmaven("up", "--port", "0", folder=up.folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        f"faultmaven: `up` runs on this data directory already, at {up.url}",
        "Use that one, or stop it, or set FAULTMAVEN_DATA_DIR.",
    ]
    assert (await get(f"{up.url}/readiness")).is_success


async def test_of_two_that_start_together_one_runs(tmp_path: Path) -> None:
    processes = [
        await start_faultmaven(
            *("up", "--port", "0"),
            folder=tmp_path,
            environment=environment(tmp_path),
            stderr=PIPE,
        )
        for _ in range(2)
    ]
    waiting = [asyncio.create_task(process.wait()) for process in processes]
    done, _ = await asyncio.wait(waiting, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [2]

    async def open_to_all() -> bool:
        return read_endpoint(tmp_path / "data") is not None

    await until(open_to_all)
    for process in processes:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
    assert sorted(await asyncio.gather(*waiting)) == [0, 2]


async def test_a_taken_port_is_named(up: Up, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    ran = await faultmaven("up", "--port", str(up.port), folder=other)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        f"faultmaven: cannot listen on 127.0.0.1:{up.port}: Address already in use",
        "Set FAULTMAVEN_PORT or --port to another.",
    ]


@pytest.mark.parametrize("command", ["serve", "worker", "bot"])
async def test_sqlite_is_for_up_only(tmp_path: Path, command: str) -> None:
    ran = await asyncio.to_thread(in_this_process, command, folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "faultmaven: SQLite is for `up` only: several processes need PostgreSQL",
        "Set FAULTMAVEN_DATABASE_URL=postgresql://…",
    ]


async def test_a_public_listener_without_secrets_is_refused(tmp_path: Path) -> None:
    ran = await faultmaven("up", "--host", "0.0.0.0", folder=tmp_path)  # noqa: S104
    assert ran.code == 2
    assert "FAULTMAVEN_SECRET_KEY and FAULTMAVEN_ALERTMANAGER_TOKEN" in ran.err
    assert not (tmp_path / "data" / ENDPOINT_FILE).exists()


async def test_a_public_listener_keeps_its_figures_to_itself(tmp_path: Path) -> None:
    async with up_in(tmp_path, FAULTMAVEN_HOST="0.0.0.0", **SECRETS) as up:  # noqa: S104
        endpoint = read_endpoint(up.folder / "data")
        assert endpoint is not None
        assert (await get(f"{up.url}/metrics")).status_code == 401
        response = await get(f"{up.url}/metrics", authorization=f"Bearer {endpoint.token}")
        assert "faultmaven_cases_open 0.0" in response.text
        assert not (up.folder / "data" / "secret.key").exists(), "it was given one"


async def test_settings_reach_the_process(tmp_path: Path) -> None:
    """Figures on a port of their own; a quiet case resolves after the time that was set."""
    port = free_port()
    settings = {"FAULTMAVEN_METRICS_PORT": str(port), "FAULTMAVEN_RESOLVE_AFTER": "1s"}
    async with up_in(tmp_path, **settings) as up:
        assert (await get(f"{up.url}/metrics")).status_code == 404
        assert "faultmaven_jobs" in (await get(f"http://127.0.0.1:{port}/metrics")).text
        case = await fired_and_ended(up)
    assert case.quiet_since is not None
    assert case.resolved_at is not None
    assert case.resolved_by == "system"
    assert case.resolved_at - case.quiet_since >= timedelta(seconds=1)


async def fired_and_ended(up: Up) -> Case:
    """The case of an alert that fired and ended, once it has resolved."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient() as client:
        for name in ("single_firing", "single_resolved"):
            body = (DELIVERIES / f"{name}.json").read_bytes()
            assert (await client.post(up.webhook, content=body, headers=headers)).is_success

    async def resolved() -> bool:
        return [case.state.is_open for case in await up.cases()] == [False]

    await until(resolved)
    (case,) = await up.cases()
    return case
