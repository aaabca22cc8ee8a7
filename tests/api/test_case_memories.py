"""Memories over the API: seen by who sees the case, forgotten by who may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.accounts.model import AccountRole, CaseRole
from core.cases.events import EventKind
from core.cases.lifecycle import resolve
from core.text.redacted import redacted
from core.workflows.accounts import Registration, make_account
from tests.api.conftest import PASSWORD
from tests.contracts.samples import a_member, put_case

if TYPE_CHECKING:
    import httpx

    from tests.api.conftest import Api

PATH = "/knowledge/memories"


@pytest.fixture
async def ids(api: Api) -> list[str]:
    """Of two resolved cases: of the team, and of dana alone; kim may look at the second."""
    names, accounts = ("lee", "kim"), {}
    for name in names:
        wish = Registration(username=name, email=f"{name}@shop.test", password=PASSWORD)
        accounts[name] = await make_account(wish, role=AccountRole.USER, services=api.services)
    await api.as_somebody("dana")
    async with api.services.unit() as unit:
        dana = await unit.accounts.named("dana")
        assert dana
        views = [await put_case(unit) for _ in range(2)]
        for view in views:
            await resolve(unit, view, by="@dana", solution=redacted("a larger pool"))
        private = views[1].case.id
        await unit.members.put(a_member(private, dana.id, role=CaseRole.OWNER))
        await unit.members.put(a_member(private, accounts["kim"].id, role=CaseRole.VIEWER))
    return [view.case.id for view in views]


async def get(api: Api, who: str, path: str = "", **params: int) -> httpx.Response:
    headers = await api.as_somebody(who)
    return await api.client.get(f"{PATH}{path}", headers=headers, params=params)


async def delete(api: Api, who: str, case_id: str) -> int:
    headers = await api.as_somebody(who)
    return (await api.client.delete(f"{PATH}/{case_id}", headers=headers)).status_code


async def test_who_sees_the_case_sees_what_it_taught(api: Api, ids: list[str]) -> None:
    for who, seen in (
        ("dana", ids[::-1]),
        ("kim", ids[::-1]),
        ("lee", ids[:1]),
        ("root", ids[::-1]),
    ):
        answer = (await get(api, who)).json()
        assert [memory["memory_id"] for memory in answer["memories"]] == seen
    page = (await get(api, "dana", limit=1)).json()
    rest = (await get(api, "dana", limit=1, before=page["next_before"])).json()
    (memory,) = rest["memories"]
    assert (memory["memory_id"], memory["doubted"], rest["next_before"]) == (ids[0], False, None)
    assert [(fix["text"], fix["outcome"]) for fix in memory["fixes"]] == [
        ("a larger pool", "worked")
    ]
    assert (await get(api, "lee", f"/{ids[0]}")).json() == memory
    foreign, unknown = await get(api, "lee", f"/{ids[1]}"), await get(api, "lee", "/case_nobody")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json()["detail"] == unknown.json()["detail"]


async def test_who_may_change_the_case_has_it_forgotten(api: Api, ids: list[str]) -> None:
    assert await delete(api, "lee", ids[1]) == 404
    assert await delete(api, "kim", ids[1]) == 403
    assert await delete(api, "lee", ids[0]) == 204
    assert await delete(api, "lee", ids[0]) == 404
    assert await delete(api, "dana", ids[1]) == 204
    assert (await get(api, "root")).json()["memories"] == []
    async with api.services.reading() as unit:
        event = (await unit.cases.events(ids[0]))[-1]
    assert (event.kind, event.actor) == (EventKind.FORGOTTEN, "@lee")
