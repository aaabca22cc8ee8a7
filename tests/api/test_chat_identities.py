"""Codes for chat over the API, and whom an account is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.accounts.link_codes import is_code
from core.conversation.commands.command import Command
from core.places import API, Place
from core.workflows.command_dispatch import dispatch
from tests.api.conftest import bearer
from tests.contracts.samples import an_identity

if TYPE_CHECKING:
    from tests.api.conftest import Api

DIRECT = Place(platform="slack", workspace="main", channel="D024BE91L")


async def say(api: Api, text: str, place: Place = DIRECT, *, by_id: str = "U1") -> str:
    verb, _, argument = text.partition(" ")
    command = Command(verb=verb, argument=argument, by="@ada", place=place, by_id=by_id)
    cards = await dispatch(command, services=api.services)
    return " ".join(row.text.text for card in cards for row in card.rows)


async def meet(api: Api, **fields: str) -> None:
    async with api.services.unit() as unit:
        await unit.people.meet(an_identity(**fields))


async def test_a_code_is_asked_for_said_and_undone(api: Api) -> None:
    await meet(api)
    dana, root = await api.as_somebody(), await api.as_somebody("root")
    made = await api.post("/auth/link", headers=dana)
    assert made.status_code == 201
    code = made.json()["code"]
    assert is_code(code)
    assert made.json()["say"] == f"link {code}"
    assert made.json()["expires_at"] == "2026-01-01T00:10:00Z"
    assert (await api.client.get("/auth/identities", headers=dana)).json() == []
    assert "you are the account dana" in await say(api, f"link {code}")
    (identity,) = (await api.client.get("/auth/identities", headers=dana)).json()
    assert identity == {
        "id": "slack:main:U1",
        "platform": "slack",
        "workspace": "main",
        "name": "Ada „λ“",
        "linked_at": "2026-01-01T00:00:00Z",
    }
    path = f"/auth/identities/{identity['id']}"
    assert (await api.client.get("/auth/identities", headers=root)).json() == []
    assert (await api.client.delete(path, headers=root)).status_code == 404
    assert (await api.client.delete(path, headers=dana)).status_code == 204
    assert (await api.client.delete(path, headers=dana)).status_code == 404
    assert "linked to no account." in await say(api, "unlink")


async def test_an_id_of_any_letters_is_let_go_of(api: Api) -> None:
    place = Place(platform="terminal", workspace="local", channel="incidents")
    dana = await api.as_somebody()
    code = (await api.post("/auth/link", headers=dana)).json()["code"]
    odd = "shop/dana größe:1"
    command = Command(verb="link", argument=code, by=odd, place=place, by_id=odd, is_hidden=True)
    await dispatch(command, services=api.services)
    (identity,) = (await api.client.get("/auth/identities", headers=dana)).json()
    path = f"/auth/identities/{identity['id']}"
    assert (await api.client.delete(path, headers=dana)).status_code == 204


async def test_a_program_makes_no_code(api: Api) -> None:
    dana = await api.as_somebody()
    wish = {"name": "ci", "scopes": ["read", "write"]}
    token = (await api.post("/auth/tokens", wish, headers=dana)).json()["token"]
    refused = await api.post("/auth/link", headers=bearer(token))
    assert refused.status_code == 403
    assert "Sign in" in refused.json()["next_step"]


async def test_nobody_asks_for_codes_without_end(api: Api) -> None:
    dana = await api.as_somebody()
    codes = [(await api.post("/auth/link", headers=dana)).status_code for _ in range(6)]
    assert codes == [201] * 5 + [429]
    assert (await api.post("/auth/link")).status_code == 401


async def test_over_the_api_one_is_the_account_already(api: Api) -> None:
    async with api.services.reading() as unit:
        dana = await unit.accounts.named("dana")
    assert dana
    place = Place(platform=API, workspace="local", channel=dana.id, thread="case_1")
    code = (await api.post("/auth/link", headers=await api.as_somebody())).json()["code"]
    for line in (f"link {code}", "unlink"):
        assert "signed in with an account" in await say(api, line, place, by_id=dana.id)


async def test_a_channel_of_slack_is_not_a_direct_conversation(api: Api) -> None:
    await meet(api)
    for channel, is_taken in (("C024BE91L", False), ("G024BE91L", False), ("D024BE91L", True)):
        dana = await api.as_somebody()
        code = (await api.post("/auth/link", headers=dana)).json()["code"]
        reply = await say(api, f"link {code}", replace(DIRECT, channel=channel))
        assert ("you are the account" in reply) is is_taken, channel
