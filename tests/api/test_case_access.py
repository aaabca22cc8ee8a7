"""Who may do what with whose case: every route that names a case, a file or a job, by every role.

The routes are those of the application: one that is new fails here until a row says how it is
called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from api.routers import ROUTERS
from core.accounts.model import Account, AccountRole
from core.conversation.commands.command import Command
from core.evidence.model import FileState
from core.places import API, Place
from core.workflows.accounts import Registration, make_account
from core.workflows.command_dispatch import dispatch
from tests.api.conftest import PASSWORD
from tests.contracts.samples import a_file

if TYPE_CHECKING:
    import httpx

    from tests.api.conftest import Api

OWNED = re.compile(r"\{(?:case_id|file_id|job_id)\}")
READ, CHANGE, OWN, MINE = "read", "change", "own", "mine"
FORM: dict[str, Any] = {"files": [("query", (None, "status"))]}
# What each needs: to see the case, to respond in it, to own it, or to have asked oneself.
ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "GET /cases/{case_id}": (READ, {}),
    "PUT /cases/{case_id}": (CHANGE, {"json": {"title": "x"}}),
    "PATCH /cases/{case_id}": (CHANGE, {"json": {"title": "x"}}),
    "DELETE /cases/{case_id}": (CHANGE, {}),
    "POST /cases/{case_id}/archive": (CHANGE, {}),
    "POST /cases/{case_id}/title": (CHANGE, {"json": {}}),
    "POST /cases/{case_id}/turns": (CHANGE, FORM),
    "GET /cases/{case_id}/messages": (READ, {}),
    "GET /cases/{case_id}/ui": (READ, {}),
    "GET /cases/{case_id}/hypotheses": (READ, {}),
    "GET /cases/{case_id}/events": (READ, {}),
    "GET /cases/{case_id}/related": (READ, {}),
    "GET /cases/{case_id}/report": (READ, {}),
    "GET /cases/{case_id}/timeline/picture": (READ, {}),
    "GET /cases/{case_id}/causes/picture": (READ, {}),
    "GET /cases/{case_id}/uploaded-files": (READ, {}),
    "GET /cases/{case_id}/evidence": (READ, {}),
    "GET /cases/{case_id}/evidence/shared": (READ, {}),
    "GET /cases/{case_id}/uploaded-files/{file_id}": (READ, {}),
    "GET /evidence/{file_id}": (READ, {}),
    "GET /evidence/{file_id}/download": (CHANGE, {}),  # nothing of it is redacted
    "POST /evidence/{file_id}/process": (CHANGE, {}),
    "DELETE /evidence/{file_id}": (CHANGE, {}),
    "GET /cases/{case_id}/feedback": (READ, {}),
    "POST /cases/{case_id}/feedback": (
        CHANGE,
        {"json": {"suggestion": "check", "number": 9, "helped": True}},
    ),
    "GET /cases/{case_id}/members": (READ, {}),
    "POST /cases/{case_id}/members": (OWN, {"json": {"username": "nobody"}}),
    "DELETE /cases/{case_id}/members/{account_id}": (OWN, {}),
    "POST /agent/chat/{case_id}": (CHANGE, {"json": {"message": "status"}}),
    "GET /jobs/{job_id}": (MINE, {}),
}
ROLES = {"owner": "dana", "responder": "lee", "viewer": "kim", "stranger": "eve", "admin": "root"}
DENIED = {
    READ: {"stranger": 404},
    CHANGE: {"stranger": 404, "viewer": 403},
    OWN: {"stranger": 404, "viewer": 403, "responder": 403},
    MINE: {"stranger": 404, "viewer": 404, "responder": 404, "admin": 404},
}


@dataclass
class Held:
    """A case of dana's, with a file and a turn, and what everyone signs in with."""

    case_id: str
    file_id: str
    job_id: str
    headers: dict[str, dict[str, str]]

    def path(self, route: str) -> str:
        named = {**vars(self), "account_id": "user_nobody"}
        return route.partition(" ")[2].format(**named)


@pytest.fixture
async def held(api: Api, monkeypatch: pytest.MonkeyPatch) -> Held:
    for module in ("turns", "agent"):
        monkeypatch.setattr(f"api.{module}.WAITS_S", 0.0)
    for delay in ("LOOKS_AFTER_S", "POLLS_S"):
        monkeypatch.setattr(f"api.turns.{delay}", 0.0)
    monkeypatch.setattr("api.case_events.LASTS_S", 0.0)
    for name in ("lee", "kim", "eve"):
        wish = Registration(username=name, password=PASSWORD)
        await make_account(wish, role=AccountRole.USER, services=api.services)
    headers = {role: await api.as_somebody(name) for role, name in ROLES.items()}
    case_id = (await api.post("/cases", {"title": "Checkout"}, headers=headers["owner"])).json()[
        "case_id"
    ]
    for role, name in (("responder", "lee"), ("viewer", "kim")):
        body = {"username": name, "role": role}
        added = await api.post(f"/cases/{case_id}/members", body, headers=headers["owner"])
        assert added.status_code == 201, added.text
    async with api.services.unit() as unit:
        stored = a_file(case_id, state=FileState.PROCESSED)
        file = await unit.files.add(stored)
    assert file
    turn = await api.client.post(f"/cases/{case_id}/turns", headers=headers["owner"], **FORM)
    assert turn.status_code == 202, turn.text
    job_id = turn.headers["Location"].rpartition("/")[2]
    return Held(case_id=case_id, file_id=file.id, job_id=job_id, headers=headers)


def routes() -> set[str]:
    """Those whose path names something that is somebody's."""
    return {
        f"{method} {route.path.removeprefix('/api/v1')}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        if OWNED.search(route.path)
    }


def test_no_route_is_left_out() -> None:
    assert routes() == ROUTES.keys()


async def call(api: Api, held: Held, route: str, role: str) -> httpx.Response:
    _, sent = ROUTES[route]
    method = route.partition(" ")[0]
    return await api.client.request(method, held.path(route), headers=held.headers[role], **sent)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_every_route_by_every_role(api: Api, held: Held, route: str, role: str) -> None:
    answer = await call(api, held, route, role)
    expected = DENIED[ROUTES[route][0]].get(role)
    if expected is None:
        # What the case's state forbids, or what is not there in it, is said to whoever may see it.
        assert answer.status_code not in (401, 403, 500), answer.text
        assert "Case not found" not in answer.text
    else:
        assert answer.status_code == expected, answer.text


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_what_is_hidden_answers_as_what_is_not_there(
    api: Api, held: Held, route: str
) -> None:
    hidden = await call(api, held, route, "stranger")
    nothing = Held("case_0", "file_0", "exchange_0", held.headers)
    absent = await call(api, nothing, route, "stranger")
    assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json())


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_without_a_sign_in_nothing_is_said(api: Api, held: Held, route: str) -> None:
    method = route.partition(" ")[0]
    answer = await api.client.request(method, held.path(route), **ROUTES[route][1])
    assert answer.status_code == 401


async def test_a_token_that_only_reads_changes_nothing(api: Api, held: Held) -> None:
    wish = {"name": "grafana", "scopes": ["read"]}
    token = (await api.post("/auth/tokens", wish, headers=held.headers["owner"])).json()["token"]
    held.headers["owner"] = {"Authorization": f"Bearer {token}"}
    for route, (needs, _) in ROUTES.items():
        if not route.startswith("GET") and needs in (CHANGE, OWN):
            assert (await call(api, held, route, "owner")).status_code == 403, route


async def test_files_are_brought_by_those_who_respond(api: Api, held: Held) -> None:
    form: Any = [("case_id", (None, held.case_id)), ("file", ("a.log", b"2026-03-11 ERROR a"))]
    codes = {
        role: (
            await api.client.post("/evidence/upload", files=form, headers=held.headers[role])
        ).status_code
        for role in ROLES
    }
    assert codes == {"owner": 201, "responder": 201, "viewer": 403, "stranger": 404, "admin": 201}


async def test_a_case_of_nobody_is_the_teams(api: Api, held: Held) -> None:
    async with api.services.unit() as unit:
        for member in await unit.members.of_case(held.case_id):
            await unit.members.remove(held.case_id, member.account_id)
    for role in ("stranger", "viewer"):
        listed = (await api.client.get("/cases", headers=held.headers[role])).json()["cases"]
        assert [row["case_id"] for row in listed] == [held.case_id]
        body = {"title": f"by {role}"}
        path = f"/cases/{held.case_id}"
        answer = await api.client.put(path, json=body, headers=held.headers[role])
        assert answer.json()["title"] == body["title"]
        denied = await api.post(f"{path}/members", {"username": "eve"}, headers=held.headers[role])
        assert denied.status_code == 403


async def test_lists_hold_what_one_sees(api: Api, held: Held) -> None:
    for role, expected in (("owner", 1), ("viewer", 1), ("admin", 1), ("stranger", 0)):
        listed = (await api.client.get("/cases", headers=held.headers[role])).json()
        matches = await api.post("/cases/search", {"query": "check"}, headers=held.headers[role])
        assert listed["total_count"] == matches.json()["total_count"] == expected


async def test_the_last_owner_stays(api: Api, held: Held) -> None:
    path, owner = f"/cases/{held.case_id}/members", held.headers["owner"]
    listed = (await api.client.get(path, headers=owner)).json()["members"]
    ids = {member["role"]: member["user_id"] for member in listed}
    assert (await api.client.delete(f"{path}/{ids['owner']}", headers=owner)).status_code == 409
    lee = await api.post(path, {"username": "lee", "role": "owner"}, headers=owner)
    assert lee.json()["role"] == "owner"
    gone = await api.client.delete(f"{path}/{ids['owner']}", headers=owner)
    assert gone.status_code == 204
    assert (await api.client.get(path, headers=owner)).status_code == 404
    # A viewer may leave by themselves.
    left = await api.client.delete(f"{path}/{ids['viewer']}", headers=held.headers["viewer"])
    assert left.status_code == 204


async def said(api: Api, held: Held, line: str, place: Place) -> str:
    """What is replied to whoever names dana's case by its number at a place."""
    async with api.services.reading() as unit:
        number = (await unit.cases.view(held.case_id)).case.number
    verb, _, argument = line.partition(" ")
    command = Command(verb=verb, argument=argument, by="somebody", place=place, case_number=number)
    cards = await dispatch(command, services=api.services)
    return " ".join(row.text.text for card in cards for row in card.rows)


@pytest.mark.parametrize("line", ["status", "report", "resolve", "evidence", "ask why?"])
async def test_no_number_typed_elsewhere_leads_to_it(api: Api, held: Held, line: str) -> None:
    async with api.services.reading() as unit:
        ids = {name: (await unit.accounts.named(name)) for name in ROLES.values()}
    slack = Place(platform="slack", workspace="main", channel="C1", thread="1.1")
    strangers = [slack, api_place(ids["eve"])]
    for place in strangers:
        assert "no case #1" in await said(api, held, line, place)
    if line == "resolve":
        at = api_place(ids["kim"], await own_case(api, held, "viewer"))
        assert "a viewer reads" in await said(api, held, line, at)
    at = api_place(ids["lee"], await own_case(api, held, "responder"))
    reply = await said(api, held, line, at)
    assert "no case #1" not in reply
    assert "a viewer reads" not in reply


async def own_case(api: Api, held: Held, role: str) -> str:
    """Of one of them alone, in which they ask about dana's."""
    opened = await api.post("/cases", {"title": "Mine"}, headers=held.headers[role])
    return str(opened.json()["case_id"])


def api_place(account: Account | None, case_id: str = "case_of_theirs") -> Place:
    assert account
    return Place(platform=API, workspace="local", channel=account.id, thread=case_id)
