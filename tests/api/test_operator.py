"""The operator's door: the same verbs, cards and files as any chat, to who has the token only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.operator import operator_router, proof_router
from api.proof import PROOF_PATH, proof_of
from core.accounts.model import AccountRole
from core.context import Rules
from core.jobs.model import JobState
from faultmaven.application import build_app
from tests.api.conftest import bearer
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, in_memory
from tests.fakes.operator import operator_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.api.conftest import Api

TOKEN = "a-token-of-the-tests"  # noqa: S105
KNOWN = {"Authorization": f"Bearer {TOKEN}", "X-FaultMaven-User": "dana"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


@pytest.fixture
def stopping() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def door(house: House, stopping: asyncio.Event) -> AsyncIterator[httpx.AsyncClient]:
    app = operator_app(house.services, token=TOKEN, stopping=stopping)
    transport = httpx.ASGITransport(app=app)
    url = "http://here/api/v1/operator"
    async with httpx.AsyncClient(transport=transport, base_url=url, headers=KNOWN) as client:
        yield client


async def say(door: httpx.AsyncClient, text: str, **more: Any) -> list[dict[str, Any]]:
    answer = await door.post("/commands", json={"text": text, **more})
    assert answer.is_success, answer.text
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


def words(card: dict[str, Any]) -> str:
    return " ".join(row["text"] for row in card["rows"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/commands"),
        ("GET", "/messages"),
        ("PUT", "/cases/1/files"),
        ("GET", "/cases/1/files/1"),
        ("GET", "/cases"),
        ("GET", "/jobs"),
        ("POST", "/jobs/j/retry"),
        ("POST", "/jobs/j/drop"),
        ("POST", "/replay"),
    ],
)
@pytest.mark.parametrize("given", ["", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "ü"])
async def test_without_the_token_nothing_is_told(
    door: httpx.AsyncClient, method: str, path: str, given: str
) -> None:
    headers = [(b"Authorization", given.encode("latin-1"))]
    assert (await door.request(method, path, headers=headers)).status_code == 401


async def test_a_line_is_obeyed_as_whoever_said_it(door: httpx.AsyncClient, house: House) -> None:
    (card,) = await say(door, "open checkout is slow")
    assert "Open #1 · checkout is slow" in words(card)
    async with house.services.reading() as unit:
        assert (await unit.cases.by_number(1)).owner == "dana"


async def test_the_number_in_the_line_wins(door: httpx.AsyncClient) -> None:
    await say(door, "open checkout is slow")
    await say(door, "open search is down")
    (card,) = await say(door, "status", case=1)
    assert "checkout is slow" in words(card)
    (card,) = await say(door, "#2 status", case=1)
    assert "search is down" in words(card)


async def test_messages_are_told_from_where_one_stopped(
    door: httpx.AsyncClient, house: House
) -> None:
    await say(door, "open checkout is slow")
    await house.work()
    page = (await door.get("/messages")).json()
    assert [message["card"]["case_number"] for message in page["messages"]] == [1]
    again = (await door.get("/messages", params={"after": page["after"]})).json()
    assert again == {"messages": [], "after": page["after"]}


async def test_who_waits_is_told_as_soon_as_there_is_something(
    door: httpx.AsyncClient, house: House
) -> None:
    waiting = asyncio.create_task(door.get("/messages", params={"wait": 5}))
    await say(door, "open checkout is slow")
    await house.work()
    assert (await waiting).json()["messages"]


async def test_who_waits_is_let_go_when_we_leave(
    door: httpx.AsyncClient, stopping: asyncio.Event
) -> None:
    waiting = asyncio.create_task(door.get("/messages", params={"wait": 25}))
    await asyncio.sleep(0.05)
    stopping.set()
    async with asyncio.timeout(20):
        assert (await waiting).json() == {"messages": [], "after": 0}


async def test_nobody_waits_for_ever(door: httpx.AsyncClient) -> None:
    assert (await door.get("/messages", params={"wait": 26})).status_code == 422


async def test_a_file_is_received_once(door: httpx.AsyncClient, house: House) -> None:
    await say(door, "open checkout is slow")
    where = {"name": "checkout/db.log", "service": "checkout"}
    answer = await door.put("/cases/1/files", params=where, content=POOL_LOG.encode())
    file = answer.json()["file"]
    assert (file["name"], file["service"], file["size"]) == (
        "checkout/db.log",
        "checkout",
        len(POOL_LOG),
    )
    again = await door.put("/cases/1/files", params=where, content=POOL_LOG.encode())
    assert again.json() == {"file": None}
    await house.work()
    assert house.chat.shown("file")


async def test_what_cannot_be_taken_is_said(door: httpx.AsyncClient, house: House) -> None:
    gone = await door.put("/cases/7/files", params={"name": "a"}, content=b"x")
    assert (gone.status_code, gone.json()["detail"]) == (404, "no case #7")
    await say(door, "open checkout is slow")
    object.__setattr__(house.services, "rules", replace(Rules(), max_file_bytes=3))
    large = await door.put("/cases/1/files", params={"name": "a"}, content=b"four")
    assert large.status_code == 413
    assert large.json()["next_step"]
    await house.work()
    shown = await say(door, "#1 evidence")
    assert "more than 3 bytes" in " ".join(map(words, shown)), (
        "the case knows what it was not given"
    )


async def test_jobs_are_listed_by_state(door: httpx.AsyncClient) -> None:
    await say(door, "open checkout is slow")
    kinds = {job["kind"] for job in (await door.get("/jobs?state=pending")).json()}
    assert kinds == {"case.investigate", "chat.send"}
    assert (await door.get("/jobs")).json() == []
    assert (await door.get("/jobs?state=asleep")).status_code == 422
    for action in ("retry", "drop"):
        assert (await door.post(f"/jobs/job_x/{action}")).status_code == 404


async def test_replay_needs_to_know_what(door: httpx.AsyncClient) -> None:
    assert (await door.post("/replay", json={})).status_code == 404
    assert (await door.post("/replay", json={"delivery": "delivery_x"})).status_code == 404
    assert (await door.post("/replay", json={"since": "2026-01-01T00:00:00Z"})).json() == {
        "deliveries": []
    }


async def test_what_a_person_does_is_done_by_jobs(door: httpx.AsyncClient, house: House) -> None:
    await say(door, "open checkout is slow")
    await house.work()
    async with house.services.reading() as unit:
        counts = await unit.jobs.counts()
    assert counts.get(JobState.DEAD, 0) == counts.get(JobState.PENDING, 0) == 0


HALF = "open \\ud800"  # half of a character, as JSON can spell it


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/commands", f'{{"text": "{HALF}"}}'),
        ("POST", "/commands", f'{{"{HALF}": 1, "text": 3}}'),
        ("POST", "/commands", f'{{"text": "status", "case": {10**30}}}'),
        ("POST", "/commands", f'{{"text": "status", "case": {-(2**63)}}}'),
        ("POST", "/commands", '{"text": "status", "case": NaN}'),
        ("GET", f"/messages?after={2**64}", ""),
        ("GET", f"/cases/{2**64}/events", ""),
        ("GET", f"/cases/{2**64}/timeline", ""),
        ("GET", f"/cases/{2**64}/bundle", ""),
        ("GET", f"/cases/1/files/{2**64}", ""),
        ("PUT", f"/cases/{2**64}/files?name=x", ""),
        ("GET", f"/jobs?limit={2**64}", ""),
        ("GET", "/jobs?limit=-1", ""),
        ("GET", "/cases/1/timeline?at=0001-01-01T00:00:00%2B14:00", ""),
        ("POST", "/replay", '{"since": "0001-01-01T00:00:00Z"}'),
        ("POST", "/replay", '{"since": "0001-01-01T00:00:00+14:00"}'),
        ("POST", "/replay", '{"since": "9999-12-31T23:59:59-14:00"}'),
        ("POST", "/replay", f'{{"delivery": "{HALF}"}}'),
        ("POST", "/replay", '{"delivery": "a\\u0000b"}'),
        ("POST", "/jobs/%00/retry", ""),
    ],
    ids=map(str, range(20)),
)
async def test_what_no_database_can_hold_is_refused_with_a_reason(
    door: httpx.AsyncClient, method: str, path: str, body: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await door.request(method, path, content=body.encode(), headers=headers)
    assert 400 <= answer.status_code < 500
    document = answer.json()
    assert document["detail"]
    assert document["next_step"]


async def test_a_line_that_is_a_file_is_refused_at_once(door: httpx.AsyncClient) -> None:
    answer = await door.post("/commands", json={"text": "open " + "x " * 400_000})
    assert answer.status_code == 413
    assert "20,000" in answer.json()["detail"]
    assert "file" in answer.json()["next_step"]


async def test_numbers_without_end_before_a_verb_are_one(door: httpx.AsyncClient) -> None:
    assert await say(door, "#1 " * 6000) == await say(door, "#1")


async def test_the_proof_needs_no_token_and_is_of_this_one(house: House) -> None:
    token = "of this one"  # noqa: S105
    app = operator_app(house.services, proof_router(token), token=token)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as stranger:
        answer = await stranger.get(PROOF_PATH, params={"challenge": "never seen"})
        assert answer.json() == {"proof": proof_of("of this one", "never seen")}
        assert answer.json() != {"proof": proof_of("of another", "never seen")}
        assert (await stranger.get(PROOF_PATH, params={"challenge": "x" * 129})).status_code == 422
        assert (await stranger.get("/api/v1/operator/cases")).status_code == 401


class TestTokensOfAdmins:
    """The same door, for an account with a token of the scope `operator`."""

    async def test_an_admin_makes_one_and_is_named_by_it(self, api: Api) -> None:
        client = await self._client(api, await self._token(api, ["operator"]))
        line, disguise = {"text": "open checkout is slow"}, {"X-FaultMaven-User": "eve"}
        answer = await client.post("/commands", json=line, headers=disguise)
        assert answer.status_code == 200, answer.text
        async with api.services.reading() as unit:
            assert (await unit.cases.by_number(1)).owner == "@root"
        (card,) = (await client.post("/commands", json={"text": "whoami"})).json()["cards"]
        assert "Your account is root" in words(card)
        refused = (await client.post("/commands", json={"text": "unlink"})).json()["cards"]
        assert "signed in with an account" in words(refused[0])

    @pytest.mark.parametrize("scopes", [["read"], ["read", "write", "admin"]], ids=str)
    async def test_another_scope_opens_nothing(self, api: Api, scopes: list[str]) -> None:
        client = await self._client(api, await self._token(api, scopes))
        refused = await client.get("/cases")
        assert refused.status_code == 403
        assert "operator" in refused.json()["detail"]

    async def test_that_scope_opens_nothing_else(self, api: Api) -> None:
        token = await self._token(api, ["operator"])
        for path in ("/auth/me", "/cases", "/users"):
            assert (await api.client.get(path, headers=bearer(token))).status_code == 403, path

    async def test_only_an_admin_makes_one(self, api: Api) -> None:
        wish = {"name": "mine", "scopes": ["operator"]}
        dana = await api.as_somebody()
        assert (await api.post("/auth/tokens", wish, headers=dana)).status_code == 422
        token = await self._token(api, ["read", "write"])
        assert (await api.post("/auth/tokens", wish, headers=bearer(token))).status_code == 403

    async def test_who_is_no_admin_any_more_operates_no_more(self, api: Api) -> None:
        client = await self._client(api, await self._token(api, ["operator"]))
        async with api.services.unit() as unit:
            root = await unit.accounts.named("root")
            assert root
            await unit.accounts.update(replace(root, role=AccountRole.USER))
        assert (await client.get("/cases")).status_code == 403

    async def test_one_that_is_revoked_is_worth_nothing(self, api: Api) -> None:
        client = await self._client(api, await self._token(api, ["operator"]))
        root = await api.as_somebody("root")
        (token,) = (await api.client.get("/auth/tokens", headers=root)).json()
        await api.client.delete(f"/auth/tokens/{token['id']}", headers=root)
        assert (await client.get("/cases")).status_code == 401

    async def test_what_it_changes_is_logged_with_its_name_and_without_itself(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        token = await self._token(api, ["operator"])
        client = await self._client(api, token)
        with caplog.at_level("INFO", logger="api.guard"):
            await client.get("/cases")
            await client.post("/replay", json={"since": "2026-01-01T00:00:00Z"})
        assert [record.getMessage() for record in caplog.records] == [
            "POST /api/v1/operator/replay by @root"
        ]
        assert token not in caplog.text

    async def test_the_machines_own_token_is_of_this_door_alone(self, api: Api) -> None:
        api.app.state.guard = replace(api.app.state.guard, machine=TOKEN)
        assert (await (await self._client(api, TOKEN)).get("/cases")).status_code == 200
        assert (await api.client.get("/auth/me", headers=bearer(TOKEN))).status_code == 403
        assert TOKEN not in repr(api.app.state.guard)

    async def _token(self, api: Api, scopes: list[str]) -> str:
        wish = {"name": "desk", "scopes": scopes}
        made = await api.post("/auth/tokens", wish, headers=await api.as_somebody("root"))
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    async def _client(self, api: Api, token: str) -> httpx.AsyncClient:
        app = build_app(operator_router(api.services), guard=api.app.state.guard)
        transport = httpx.ASGITransport(app=app)
        url = "http://here/api/v1/operator"
        return httpx.AsyncClient(transport=transport, base_url=url, headers=bearer(token))
