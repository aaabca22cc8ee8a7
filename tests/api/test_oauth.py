"""Tokens by OAuth: what a code is good for, what it is not, and how a refusal looks."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from storage.memory import MemoryStore
from tests.api.conftest import PASSWORD, Api, bearer
from tests.fakes.oauth_extension import CLIENT, REDIRECT, OAuthExtension

if TYPE_CHECKING:
    import httpx

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def extension(api: Api) -> OAuthExtension:
    return OAuthExtension(api.client, "http://here")


async def signed_in(extension: OAuthExtension) -> dict[str, Any]:
    code = await extension.code("dana", PASSWORD)
    answer = await extension.post("token", extension.grant(code))
    assert answer.status_code == 200, answer.text
    known: dict[str, Any] = answer.json()
    return known


async def renew(extension: OAuthExtension, token: str) -> httpx.Response:
    body = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT}
    return await extension.post("token", body)


async def is_in(api: Api, known: dict[str, Any]) -> bool:
    answer = await api.client.get("/auth/me", headers=bearer(known["access_token"]))
    return answer.status_code == 200


def must_be(answer: httpx.Response, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_code_is_tokens_in_one_flat_answer(api: Api, extension: OAuthExtension) -> None:
    known = await signed_in(extension)
    me = (await api.client.get("/auth/me", headers=bearer(known["access_token"]))).json()
    assert (known.pop("user_id"), known.pop("username")) == (me["user_id"], "dana")
    assert all(isinstance(known.pop(name), str) for name in ("access_token", "refresh_token"))
    rest = {"token_type": "Bearer", "expires_in": 1800, "refresh_expires_in": 7 * 86_400}
    assert known == rest


async def test_a_form_is_as_good_and_what_nobody_knows_is_ignored(
    extension: OAuthExtension,
) -> None:
    code = await extension.code("dana", PASSWORD)
    form = urlencode({**extension.grant(code), "audience": "x", "scope": ""})
    answer = await extension.post("token", content=form, headers=FORM)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    body = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
    nulls = body | {"client_id": CLIENT, "code": None, "more": [{"x": 1}]}
    assert (await extension.post("token", nulls)).status_code == 200


OTHER = REDIRECT.replace("abcd", "bbbb")
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"grant_type": None}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "refresh_token"}, "invalid_request"),
    ({"client_id": None}, "invalid_request"),
    ({"client_id": "another"}, "invalid_client"),
    *(({name: ""}, "invalid_request") for name in ("code", "code_verifier", "redirect_uri")),
    *(({"code": value}, "invalid_request") for value in (1, ["x"], "\ud800", "x\n", "x" * 4001)),
    ({"code": "made up"}, "invalid_grant"),
    ({"code_verifier": "x" * 43}, "invalid_grant"),
    ({"redirect_uri": OTHER}, "invalid_grant"),
    ({"redirect_uri": "https://evil.test/"}, "invalid_grant"),
]


async def test_every_refusal_leaves_the_code_good(extension: OAuthExtension) -> None:
    code = await extension.code("dana", PASSWORD)
    for change, error in WRONG:
        answer = await extension.post("token", extension.grant(code) | change)
        must_be(answer, error, 401 if error == "invalid_client" else 400)
        assert code not in answer.text
    assert (await extension.post("token", extension.grant(code))).status_code == 200


GOOD = b'{"token": "x", "client_id": "faultmaven-copilot"}'
TWICE = b'{"token": "x", "token": "y", "client_id": "faultmaven-copilot"}'
BODIES = [
    *(
        (body, JSON)
        for body in (b"", b"{", b"[]", b"1", b"[" * 100_000, b"\xff", TWICE, b" " * 2**21)
    ),
    *((body, FORM) for body in (b"", b"\xff=\xff", b"token=x&token=y", b"&".join([b"a=x"] * 30))),
    *((GOOD, headers) for headers in ({"Content-Type": "text/plain"}, {})),
]


@pytest.mark.parametrize(("body", "headers"), BODIES, ids=range(len(BODIES)))
async def test_a_body_that_is_neither_is_refused_as_the_standard_says(
    extension: OAuthExtension, body: bytes, headers: dict[str, str]
) -> None:
    for path in ("token", "revoke"):
        must_be(await extension.post(path, content=body, headers=headers), "invalid_request")


async def test_a_code_is_good_for_a_minute(api: Api, extension: OAuthExtension) -> None:
    late, early = [await extension.code("dana", PASSWORD) for _ in range(2)]
    api.clock.advance(59)
    assert (await extension.post("token", extension.grant(early))).status_code == 200
    api.clock.advance(1)
    must_be(await extension.post("token", extension.grant(late)), "invalid_grant")


async def test_a_code_that_comes_again_ends_what_was_issued_from_it(
    api: Api, extension: OAuthExtension, caplog: pytest.LogCaptureFixture
) -> None:
    other = await signed_in(extension)
    code = await extension.code("dana", PASSWORD)
    known = (await extension.post("token", extension.grant(code))).json()
    known = (await renew(extension, known["refresh_token"])).json()
    must_be(
        await extension.post("token", extension.grant(code) | {"redirect_uri": OTHER}),
        "invalid_grant",
    )
    assert await is_in(api, known), "whoever does not know the verifier ends nothing"
    api.clock.advance(300)
    with caplog.at_level(logging.DEBUG):
        must_be(await extension.post("token", extension.grant(code)), "invalid_grant")
    assert "came twice" in caplog.text
    assert code not in caplog.text
    assert not await is_in(api, known)
    must_be(await renew(extension, known["refresh_token"]), "invalid_grant")
    assert await is_in(api, other)


async def test_a_code_ends_with_what_let_its_account_in(
    api: Api, extension: OAuthExtension
) -> None:
    code = await extension.code("dana", PASSWORD)
    await api.post("/auth/logout", headers=await api.as_somebody())
    must_be(await extension.post("token", extension.grant(code)), "invalid_grant")
    code, known = await extension.code("dana", PASSWORD), await signed_in(extension)
    async with api.services.unit() as unit:
        dana = await unit.accounts.named("dana")
        assert dana
        await unit.accounts.update(replace(dana, is_disabled=True))
    must_be(await extension.post("token", extension.grant(code)), "invalid_grant")
    must_be(await renew(extension, known["refresh_token"]), "invalid_grant")


async def test_a_refresh_token_is_good_once_as_at_the_other_door(
    api: Api, extension: OAuthExtension
) -> None:
    first = (await signed_in(extension))["refresh_token"]
    second = (await renew(extension, first)).json()["refresh_token"]
    body = {"refresh_token": second}
    third = (await api.post("/auth/refresh", body)).json()  # one and the same family
    assert await is_in(api, third)
    must_be(await renew(extension, first), "invalid_grant")
    assert not await is_in(api, third), "an old one ends them all"
    must_be(await renew(extension, third["access_token"]), "invalid_grant")


async def test_to_revoke_ends_that_sign_in_and_tells_nothing(
    api: Api, extension: OAuthExtension
) -> None:
    kept, old, known, other = [await signed_in(extension) for _ in range(4)]
    await renew(extension, old["refresh_token"])
    for token in (old["refresh_token"], known["refresh_token"], other["access_token"], "made up"):
        body = {"token": token, "token_type_hint": "refresh_token", "client_id": CLIENT}
        for sent in ({"body": body}, {"content": urlencode(body), "headers": FORM}):
            answer = await extension.post("revoke", **sent)
            assert (answer.status_code, answer.json()) == (200, {})
    assert [await is_in(api, each) for each in (old, known, other)] == [False] * 3
    must_be(await renew(extension, known["refresh_token"]), "invalid_grant")
    assert await is_in(api, kept)
    must_be(await extension.post("revoke", {"client_id": CLIENT}), "invalid_request")
    must_be(await extension.post("revoke", {"token": "x", "client_id": "x"}), "invalid_client", 401)


async def test_guesses_are_limited_by_address(extension: OAuthExtension) -> None:
    for path in ("token", "revoke"):
        statuses = [(await extension.post(path, {})).status_code for _ in range(21)]
        assert statuses[-1] == 429


async def test_nothing_of_it_rests_in_clear(
    api: Api, extension: OAuthExtension, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        code = await extension.code("dana", PASSWORD)
        await extension.post("token", extension.grant(code))
    assert isinstance(api.services.store, MemoryStore)
    rows = [vars(token) for token in api.services.store.committed.tokens]
    assert rows
    logged = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    kept = json.dumps([rows, logged], default=str)
    assert not [
        text
        for text in (code, extension.verifier, extension.challenge, extension.state, REDIRECT)
        if text in kept
    ]
