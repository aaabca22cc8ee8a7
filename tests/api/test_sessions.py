"""Sessions of clients: begun, found again, kept alive, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.api.conftest import Api


async def begin(api: Api, headers: Mapping[str, str], **wish: Any) -> dict[str, Any]:
    given = {"client_id": "browser", "session_type": "troubleshooting", "timeout_minutes": 60}
    answer = await api.post("/sessions", given | wish, headers=dict(headers))
    assert answer.is_success, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def test_a_client_finds_its_live_session_again(api: Api) -> None:
    dana = await api.as_somebody()
    first, again = await begin(api, dana), await begin(api, dana)
    assert (first["session_resumed"], again["session_resumed"]) == (False, True)
    assert first["session_id"] == again["session_id"]
    other = await begin(api, dana, client_id="another")
    theirs = await begin(api, await api.as_somebody("root"))
    assert len({first["session_id"], other["session_id"], theirs["session_id"]}) == 3


async def test_without_a_sign_in_there_is_none(api: Api) -> None:
    answer = await api.post("/sessions", {"client_id": "browser"})
    assert answer.status_code == 401
    assert "session" not in answer.text.lower()


async def test_one_that_is_over_is_told_so_and_the_sign_in_stays(api: Api) -> None:
    dana = await api.as_somebody()
    session = await begin(api, dana)
    mine = dana | {"X-Session-Id": session["session_id"]}
    assert (await api.client.get("/auth/me", headers=mine)).status_code == 200
    async with api.services.unit() as unit:
        known = await unit.sessions.get(session["session_id"])
    assert known.expires_at - known.seen_at == timedelta(minutes=60)
    api.clock.advance(timedelta(minutes=29).total_seconds())
    path = f"/sessions/{session['session_id']}/heartbeat"
    assert (await api.client.post(path, headers=dana)).json()["status"] == "active"
    api.clock.advance(timedelta(minutes=59).total_seconds())
    dana = await api.as_somebody()
    assert (await api.client.post(path, headers=dana)).is_success
    api.clock.advance(timedelta(minutes=61).total_seconds())
    dana = await api.as_somebody()
    answer = await api.client.get("/auth/me", headers=dana | mine | dana)
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_EXPIRED")
    assert (await api.client.get("/auth/me", headers=dana)).status_code == 200
    assert (await begin(api, dana))["session_resumed"] is False


async def test_anothers_session_is_none(api: Api) -> None:
    session = await begin(api, await api.as_somebody())
    root = await api.as_somebody("root")
    path = f"/sessions/{session['session_id']}"
    for answer in (
        await api.client.get(path, headers=root),
        await api.client.patch(path, json={}, headers=root),
        await api.client.delete(path, headers=root),
        await api.client.post(f"{path}/heartbeat", headers=root),
        await api.client.get("/auth/me", headers=root | {"X-Session-Id": session["session_id"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_EXPIRED")


async def test_it_changes_is_cleaned_up_and_ends(api: Api) -> None:
    dana = await api.as_somebody()
    session = await begin(api, dana, metadata={"tab": 1})
    path = f"/sessions/{session['session_id']}"
    wish = {"timeout_minutes": 480, "metadata": {"tab": 2}}
    changed = (await api.client.patch(path, json=wish, headers=dana)).json()
    assert (changed["timeout_minutes"], changed["metadata"]) == (480, {"tab": 2})
    cleaned = (await api.client.post(f"{path}/cleanup", headers=dana)).json()
    assert (cleaned["timeout_minutes"], cleaned["metadata"]) == (480, {})
    (listed,) = (await api.client.get("/sessions", headers=dana)).json()
    assert listed["session_id"] == session["session_id"]
    assert (await api.client.delete(path, headers=dana)).status_code == 204
    assert (await api.client.get(path, headers=dana)).status_code == 401
    (listed,) = (await api.client.get("/sessions", headers=dana)).json()
    assert listed["status"] == "terminated"


@pytest.mark.parametrize("minutes", [59, 481, 0, -1, 10**30])
async def test_it_lasts_from_one_hour_to_eight(api: Api, minutes: int) -> None:
    dana = await api.as_somebody()
    answer = await api.post("/sessions", {"timeout_minutes": minutes}, headers=dana)
    assert answer.status_code == 422


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_what_nests_too_deep_to_be_answered_is_not_kept(api: Api, opening: str) -> None:
    """Once kept it would be in the way of every list of them."""
    dana = await api.as_somebody()
    session = await begin(api, dana)
    closing = "]" if opening == "[" else "}"
    deep = '{"metadata":{"a":' + opening * 900 + "1" + closing * 900 + "}}"
    headers = dana | {"Content-Type": "application/json"}
    for method, path in (("POST", "/sessions"), ("PATCH", f"/sessions/{session['session_id']}")):
        answer = await api.client.request(method, path, content=deep, headers=headers)
        assert answer.status_code == 422, method
    assert (await api.client.get("/sessions", headers=dana)).status_code == 200


async def test_half_a_character_in_it_is_not_kept(api: Api) -> None:
    dana = await api.as_somebody()
    headers = dana | {"Content-Type": "application/json"}
    for metadata in (r'{"a":"\ud800"}', r'{"\udfff":1}', r'{"a":[{"b":"\u0000"}]}'):
        content = '{"metadata":' + metadata + "}"
        answer = await api.client.post("/sessions", content=content, headers=headers)
        assert answer.status_code == 422, metadata
    assert (await api.client.get("/sessions", headers=dana)).json() == []


async def test_what_nests_as_programs_have_it_is_kept(api: Api) -> None:
    metadata = {"tabs": [{"case": {"filter": ["open", None, 1.5]}}]}
    session = await begin(api, await api.as_somebody(), metadata=metadata)
    assert session["metadata"] == metadata
