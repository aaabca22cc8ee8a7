"""Accounts as admins see them, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.api.conftest import Api

PASSWORD = "another good one"  # noqa: S105  # pragma: allowlist secret


async def change(api: Api, name: str, **wish: Any) -> httpx.Response:
    """By root."""
    root = await api.as_somebody("root")
    users = (await api.client.get("/users", headers=root)).json()
    (wanted,) = (user for user in users if user["username"] == name)
    path = f"/users/{wanted['user_id']}"
    return await api.client.patch(path, json=wish, headers=root)


async def test_an_admin_makes_accounts_and_lists_them(api: Api) -> None:
    root = await api.as_somebody("root")
    wish = {"username": "alex", "password": PASSWORD, "role": "admin"}
    made = await api.post("/users", wish, headers=root)
    assert (made.status_code, made.json()["roles"]) == (201, ["admin"])
    assert (await api.post("/users", wish, headers=root)).status_code == 409
    users = (await api.client.get("/users", headers=root)).json()
    assert [user["username"] for user in users] == ["alex", "dana", "root"]
    assert "password" not in str(users)


@pytest.mark.parametrize("who", ["dana", "a program of root's", "nobody"])
async def test_nobody_else_does(api: Api, who: str) -> None:
    root = await api.as_somebody("root")
    headers, status = {}, 401
    if who == "dana":
        headers, status = await api.as_somebody(), 403
    if who.startswith("a program"):
        wish = {"name": "p", "scopes": ["read", "write"]}
        token = (await api.post("/auth/tokens", wish, headers=root)).json()["token"]
        headers, status = {"Authorization": f"Bearer {token}"}, 403
    for answer in (
        await api.client.get("/users", headers=headers),
        await api.post("/users", {"username": "x2", "password": PASSWORD}, headers=headers),
        await api.client.patch("/users/x", json={"role": "admin"}, headers=headers),
    ):
        assert answer.status_code == status


async def test_a_disabled_account_is_signed_out_and_may_come_back(api: Api) -> None:
    dana = await api.as_somebody()
    assert (await change(api, "dana", is_disabled=True)).json()["is_disabled"] is True
    assert (await api.client.get("/auth/me", headers=dana)).status_code == 401
    await change(api, "dana", is_disabled=False)
    assert (await api.client.get("/auth/me", headers=dana)).status_code == 401
    await api.sign_in()


async def test_the_last_admin_stays(api: Api) -> None:
    assert (await change(api, "root", is_disabled=True)).status_code == 409
    assert (await change(api, "root", role="user")).status_code == 409
    assert (await change(api, "dana", role="admin")).is_success
    assert (await change(api, "root", role="user")).is_success


async def test_a_role_is_taken_at_the_next_call(api: Api) -> None:
    dana = await api.as_somebody()
    await change(api, "dana", role="admin", display_name=" Dana D. ")
    assert (await api.client.get("/users", headers=dana)).is_success
    known = (await api.client.get("/auth/me", headers=dana)).json()
    assert (known["roles"], known["display_name"]) == (["admin"], "Dana D.")


async def test_a_password_is_set_for_somebody(api: Api) -> None:
    dana = await api.as_somebody()
    assert (await change(api, "dana", password="short")).status_code == 422  # noqa: S106  # pragma: allowlist secret
    await change(api, "dana", password=PASSWORD)
    assert (await api.client.get("/auth/me", headers=dana)).status_code == 401
    await api.sign_in(password=PASSWORD)


async def test_one_that_is_not_there_is_not_found(api: Api) -> None:
    root = await api.as_somebody("root")
    answer = await api.client.patch("/users/user_none", json={}, headers=root)
    assert answer.status_code == 404
