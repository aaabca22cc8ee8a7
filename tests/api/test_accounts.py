"""Signing in as the extension does it, and every way to be somebody one is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest

from api.access_tokens import PURPOSE
from core.accounts.model import AccountRole
from core.context import Rules
from core.workflows.accounts import Registration, make_account, welcome
from tests.api.conftest import PASSWORD, Api, bearer
from tests.fakes.services import SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping


NEW = "a longer and better one"


async def me(api: Api, headers: Mapping[str, str]) -> httpx.Response:
    return await api.client.get("/auth/me", headers=headers)


class TestSigningIn:
    async def test_it_gives_what_the_extension_needs(self, api: Api) -> None:
        known = await api.sign_in()
        assert known["token_type"] == "bearer"  # noqa: S105
        assert known["expires_in"] == 1800
        assert known["refresh_expires_in"] == 7 * 86_400
        assert known["user"]["username"] == "dana"
        assert known["user"]["created_at"].endswith("Z")
        assert known["user"]["roles"] == ["user"]
        answer = await me(api, bearer(known["access_token"]))
        assert (answer.status_code, answer.json()["user_id"]) == (200, known["user"]["user_id"])

    async def test_by_email_in_any_case_as_well(self, api: Api) -> None:
        assert (await api.sign_in(" Dana@Shop.test "))["user"]["username"] == "dana"

    @pytest.mark.parametrize(
        "wish",
        [
            {"username": "dana", "password": "wrong horse battery"},  # pragma: allowlist secret
            {"username": "dana"},
            {"username": "nobody", "password": PASSWORD},
            {"username": "' OR 1=1 --", "password": PASSWORD},
        ],
    )
    async def test_what_is_wrong_is_not_told(self, api: Api, wish: dict[str, str]) -> None:
        answer = await api.post("/auth/login", wish)
        assert answer.status_code == 401
        assert answer.json()["detail"] == "Invalid username or password"

    async def test_a_password_is_in_no_refusal(self, api: Api) -> None:
        answer = await api.post("/auth/login", {"username": ["x"], "password": PASSWORD})
        assert answer.status_code == 422
        assert PASSWORD not in answer.text

    async def test_unknown_fields_and_null_are_ignored(self, api: Api) -> None:
        wish = {"username": "dana", "password": PASSWORD, "display_name": None, "more": 1}
        assert (await api.post("/auth/login", wish)).status_code == 200

    async def test_a_disabled_account_is_out_at_once(self, api: Api) -> None:
        headers = await api.as_somebody()
        async with api.services.unit() as unit:
            dana = await unit.accounts.named("dana")
            assert dana
            await unit.accounts.update(replace(dana, is_disabled=True))
        assert (await me(api, headers)).status_code == 401
        wish = {"username": "dana", "password": PASSWORD}
        assert (await api.post("/auth/login", wish)).status_code == 401

    async def test_guesses_are_limited_by_address(self, api: Api) -> None:
        answers = [await guess(api.client, f"dana{nth}") for nth in range(21)]
        assert [answer.status_code for answer in answers] == [401] * 20 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60

    async def test_addresses_of_one_network_count_as_one(self, api: Api) -> None:
        codes = []
        for nth in range(21):
            async with client_at(api, f"2001:db8:1:2::{nth:x}") as client:
                codes.append((await guess(client, f"dana{nth}")).status_code)
        assert codes == [401] * 20 + [429]
        async with client_at(api, "2001:db8:1:3::1") as client:
            assert (await guess(client, "dana")).status_code == 401

    async def test_guesses_are_limited_by_name_wherever_they_come_from(self, api: Api) -> None:
        answers = []
        for nth in range(11):
            async with client_at(api, f"203.0.113.{nth}") as client:
                answers.append(await guess(client, "dana" if nth % 2 else " DANA "))
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 15 * 60
        assert "this name" in answers[-1].json()["detail"]
        async with client_at(api, "203.0.113.99") as client:
            assert (await guess(client, "root")).status_code == 401

    async def test_who_guesses_shuts_nobody_out_of_where_they_work(self, api: Api) -> None:
        headers = await api.as_somebody()
        async with client_at(api, "203.0.113.7") as client:
            codes = [(await guess(client, "dana")).status_code for _ in range(11)]
        assert codes[-1] == 429
        assert (await me(api, headers)).status_code == 200
        assert (await api.sign_in("dana"))["user"]["username"] == "dana"
        assert (await api.sign_in("dana@shop.test"))["user"]["username"] == "dana"

    async def test_who_holds_a_sign_in_guesses_its_password_no_oftener(self, api: Api) -> None:
        headers = await api.as_somebody()
        wrong = PASSWORD[::-1]
        wish = {"current_password": wrong, "new_password": f"{PASSWORD} 2"}
        async with client_at(api, "203.0.113.7") as client:
            answers = [
                await client.put("/auth/password", json=wish, headers=headers) for _ in range(11)
            ]
        assert [answer.status_code for answer in answers] == [401] * 9 + [429] * 2


def client_at(api: Api, address: str) -> httpx.AsyncClient:
    """A client that calls from there."""
    transport = httpx.ASGITransport(app=api.app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://here/api/v1")


async def guess(client: httpx.AsyncClient, name: str) -> httpx.Response:
    wish = {"username": name, "password": "wrong horse battery"}  # pragma: allowlist secret
    return await client.post("/auth/login", json=wish)


WISH = {"username": "Alex", "email": "", "display_name": "Alex", "password": PASSWORD}


class TestRegistration:
    async def test_somebody_new_is_signed_in_at_once(self, api: Api) -> None:
        answer = await api.post("/auth/register", WISH)
        assert answer.status_code == 201
        known = answer.json()
        assert (known["user"]["username"], known["user"]["email"]) == ("alex", "")
        assert (await me(api, bearer(known["access_token"]))).status_code == 200

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"username": "dana"}, 409),
            ({"email": "DANA@shop.test"}, 409),
            ({"username": "a b"}, 422),
            ({"username": "../x"}, 422),
            ({"username": "x\0"}, 422),
            ({"email": "no-address"}, 422),
            ({"password": "short"}, 422),  # pragma: allowlist secret
            ({"password": "x" * 257}, 422),
        ],
    )
    async def test_what_cannot_be_is_refused(
        self, api: Api, change: dict[str, str], status: int
    ) -> None:
        assert (await api.post("/auth/register", WISH | change)).status_code == status

    async def test_nobody_registers_where_admins_make_accounts(self, api: Api) -> None:
        api.serves(replace(api.services, rules=Rules()))
        answer = await api.post("/auth/register", WISH)
        assert answer.status_code == 403
        config = (await api.client.get("/auth/config")).json()
        assert config["supports_registration"] is False

    async def test_a_long_password_is_compared_whole(self, api: Api) -> None:
        wish = WISH | {"password": "x" * 100}
        assert (await api.post("/auth/register", wish)).status_code == 201
        cut = {"username": "alex", "password": "x" * 99}
        assert (await api.post("/auth/login", cut)).status_code == 401


class TestRefreshing:
    async def renew(self, api: Api, token: str) -> httpx.Response:
        return await api.post("/auth/refresh", {"refresh_token": token})

    async def test_each_is_good_once(self, api: Api) -> None:
        first = (await api.sign_in())["refresh_token"]
        second = (await self.renew(api, first)).json()["refresh_token"]
        third = (await self.renew(api, second)).json()
        assert len({first, second, third["refresh_token"]}) == 3
        assert (await me(api, bearer(third["access_token"]))).status_code == 200

    async def test_a_lost_answer_is_asked_for_again(self, api: Api) -> None:
        first = (await api.sign_in())["refresh_token"]
        await self.renew(api, first)
        api.clock.advance(timedelta(seconds=30).total_seconds())
        again = await self.renew(api, first)
        assert again.status_code == 200
        assert (await self.renew(api, again.json()["refresh_token"])).status_code == 200

    async def test_an_older_one_ends_the_sign_in(self, api: Api) -> None:
        known = await api.sign_in()
        second = (await self.renew(api, known["refresh_token"])).json()
        api.clock.advance(timedelta(minutes=2).total_seconds())
        assert (await self.renew(api, known["refresh_token"])).status_code == 401
        assert (await self.renew(api, second["refresh_token"])).status_code == 401
        assert (await me(api, bearer(second["access_token"]))).status_code == 401

    async def test_an_access_token_ends_after_half_an_hour(self, api: Api) -> None:
        known = await api.sign_in()
        api.clock.advance(timedelta(minutes=31).total_seconds())
        assert (await me(api, bearer(known["access_token"]))).status_code == 401
        assert (await self.renew(api, known["refresh_token"])).status_code == 200

    async def test_a_refresh_token_ends_after_a_week(self, api: Api) -> None:
        known = await api.sign_in()
        api.clock.advance(timedelta(days=7, seconds=1).total_seconds())
        assert (await self.renew(api, known["refresh_token"])).status_code == 401

    async def test_one_kind_is_not_the_other(self, api: Api) -> None:
        known = await api.sign_in()
        assert (await self.renew(api, known["access_token"])).status_code == 401
        assert (await me(api, bearer(known["refresh_token"]))).status_code == 401


class TestForgery:
    def claims(self, token: str) -> dict[str, Any]:
        read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return read

    @pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
    async def test_no_token_but_ours_lets_anybody_in(self, api: Api) -> None:
        token = (await api.sign_in())["access_token"]
        claims, (head, body, mark) = self.claims(token), token.split(".")
        key = hmac.new(SECRET, PURPOSE, hashlib.sha256).digest()
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
        forged = [
            f"{none}.{body}.",
            f"{none}.{body}.{mark}",
            f"{head}.{body}.",
            f"{head}.{body}.{mark[:-2]}AA",
            jwt.encode(claims, "another key of thirty-two characters", algorithm="HS256"),
            jwt.encode(claims, SECRET, algorithm="HS256"),
            jwt.encode(claims, key, algorithm="HS512"),
            jwt.encode(claims | {"iss": "somebody"}, key, algorithm="HS256"),
            jwt.encode(claims | {"exp": "soon"}, key, algorithm="HS256"),
            jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, algorithm="HS256"),
            jwt.encode(claims | {"sid": "signin_of_nobody"}, key, algorithm="HS256"),
            jwt.encode(claims | {"sid": ["x"]}, key, algorithm="HS256"),
            "fm_" + "A" * 43,
            "\xff\xfe",
            "",
        ]
        for text in forged:
            answer = await me(api, {"Authorization": f"Bearer {text}".encode("latin-1")})  # type: ignore[dict-item]
            assert answer.status_code == 401, text
        assert (await me(api, bearer(token))).status_code == 200

    async def test_a_refusal_never_reads_like_an_expired_session(self, api: Api) -> None:
        """The extension would begin another session for ever instead of asking to sign in."""
        for headers in ({}, bearer("x"), {"Authorization": "Basic eDp5"}):
            text = (await me(api, headers)).text.lower()
            assert "session" not in text


class TestSigningOut:
    async def test_it_ends_every_sign_in_and_session(self, api: Api) -> None:
        here, there = await api.as_somebody(), await api.as_somebody()
        session = (await api.post("/sessions", {"client_id": "c"}, headers=here)).json()
        answer = await api.client.post("/auth/logout", headers=here)
        assert answer.json()["all_sessions_ended"] is True
        assert answer.json()["revoked_tokens"] == 2
        for headers in (here, there):
            assert (await me(api, headers)).status_code == 401
        again = await api.as_somebody() | {"X-Session-Id": session["session_id"]}
        assert (await me(api, again)).json()["code"] == "SESSION_EXPIRED"

    async def test_others_stay(self, api: Api) -> None:
        root = await api.as_somebody("root")
        await api.client.post("/auth/logout", headers=await api.as_somebody())
        assert (await me(api, root)).status_code == 200


class TestPasswords:
    async def test_a_new_one_ends_every_sign_in(self, api: Api) -> None:
        headers = await api.as_somebody()
        wish = {"current_password": PASSWORD, "new_password": NEW}
        assert (await api.client.put("/auth/password", json=wish, headers=headers)).is_success
        assert (await me(api, headers)).status_code == 401
        await api.sign_in(password=NEW)

    async def test_the_current_one_is_needed(self, api: Api) -> None:
        headers = await api.as_somebody()
        wish = {"current_password": NEW, "new_password": NEW}
        answer = await api.client.put("/auth/password", json=wish, headers=headers)
        assert answer.status_code == 401
        await api.sign_in()

    async def test_a_forgotten_one_is_set_anew_once(self, api: Api) -> None:
        assert (await api.post("/auth/reset-password", {"username": "dana"})).is_success
        ((address, text),) = api.mail.sent
        assert address == "dana@shop.test"
        code = re.findall(r"The code is (\S+)", text)[0]
        wish = {"code": code, "new_password": NEW}
        assert (await api.post("/auth/reset-password", wish)).is_success
        assert (await api.post("/auth/reset-password", wish)).status_code == 401
        await api.sign_in(password=NEW)

    async def test_a_code_ends_after_an_hour(self, api: Api) -> None:
        await api.post("/auth/reset-password", {"username": "dana"})
        code = re.findall(r"The code is (\S+)", api.mail.sent[0][1])[0]
        api.clock.advance(timedelta(hours=1).total_seconds())
        wish = {"code": code, "new_password": NEW}
        assert (await api.post("/auth/reset-password", wish)).status_code == 401

    async def test_who_has_an_account_is_not_told(self, api: Api) -> None:
        known = await api.post("/auth/reset-password", {"username": "dana"})
        unknown = await api.post("/auth/reset-password", {"username": "nobody"})
        assert known.json() == unknown.json()
        assert len(api.mail.sent) == 1


class TestTokensOfPrograms:
    async def make(self, api: Api, headers: Mapping[str, str], **wish: Any) -> httpx.Response:
        return await api.post("/auth/tokens", {"name": "grafana", **wish}, headers=dict(headers))

    async def test_one_is_shown_once_and_does_what_its_scopes_say(self, api: Api) -> None:
        dana = await api.as_somebody()
        made = (await self.make(api, dana)).json()
        program = bearer(made["token"])
        assert (await me(api, program)).json()["username"] == "dana"
        assert (await self.make(api, program)).status_code == 403
        (listed,) = (await api.client.get("/auth/tokens", headers=dana)).json()
        assert listed["token"] is None
        assert listed["used_at"]

    async def test_a_revoked_one_is_worth_nothing(self, api: Api) -> None:
        dana = await api.as_somebody()
        made = (await self.make(api, dana, scopes=["read", "write"])).json()
        path = f"/auth/tokens/{made['id']}"
        root = await api.as_somebody("root")
        assert (await api.client.delete(path, headers=root)).status_code == 404
        assert (await api.client.delete(path, headers=dana)).status_code == 204
        assert (await me(api, bearer(made["token"]))).status_code == 401

    async def test_it_expires(self, api: Api) -> None:
        made = (await self.make(api, await api.as_somebody(), lasts_days=1)).json()
        api.clock.advance(timedelta(days=1).total_seconds())
        assert (await me(api, bearer(made["token"]))).status_code == 401

    async def test_it_can_do_no_more_than_its_maker(self, api: Api) -> None:
        assert (await self.make(api, await api.as_somebody(), scopes=["admin"])).status_code == 422
        root = await api.as_somebody("root")
        made = await self.make(api, root, scopes=["read", "write"])
        program = bearer(made.json()["token"])
        assert (await self.make(api, program, scopes=["admin"])).status_code == 403

    async def test_it_makes_no_other_that_would_outlive_it(self, api: Api) -> None:
        made = (await self.make(api, await api.as_somebody(), scopes=["read", "write"])).json()
        assert (await self.make(api, bearer(made["token"]), scopes=["read"])).status_code == 403

    @pytest.mark.parametrize("scopes", [["read"], ["read", "write"]])
    async def test_it_signs_nobody_out(self, api: Api, scopes: list[str]) -> None:
        dana = await api.as_somebody()
        made = (await self.make(api, dana, scopes=scopes)).json()
        answer = await api.client.post("/auth/logout", headers=bearer(made["token"]))
        assert answer.status_code == 403
        assert (await me(api, dana)).status_code == 200

    async def test_it_changes_no_password(self, api: Api) -> None:
        made = (await self.make(api, await api.as_somebody(), scopes=["read", "write"])).json()
        wish = {"current_password": PASSWORD, "new_password": NEW}
        program = bearer(made["token"])
        answer = await api.client.put("/auth/password", json=wish, headers=program)
        assert answer.status_code == 401


class TestTheFirstAdmin:
    async def test_there_is_no_welcome_where_there_are_accounts(self, api: Api) -> None:
        assert await welcome(services=api.services) is None

    async def test_whoever_has_the_code_is_admin_once(self, api: Api) -> None:
        fresh = replace(api.services, tenant_id="fresh")
        code, other = await welcome(services=fresh), await welcome(services=fresh)
        api.serves(fresh)
        wish = {"username": "boss", "password": PASSWORD, "code": code}
        assert (await api.post("/auth/welcome", wish | {"code": "x"})).status_code == 401
        answer = await api.post("/auth/welcome", wish)
        assert answer.json()["user"]["roles"] == ["admin"]
        for used in (code, other):
            again = await api.post("/auth/welcome", wish | {"username": "boss2", "code": used})
            assert again.status_code == 401


async def test_everybody_has_a_hundred_calls_a_minute(api: Api) -> None:
    dana, root = await api.as_somebody(), await api.as_somebody("root")
    statuses = [(await me(api, dana)).status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    assert (await me(api, root)).status_code == 200


async def test_an_account_without_a_password_cannot_sign_in_with_any(api: Api) -> None:
    wish = Registration(username="elsewhere", password=None)
    await make_account(wish, role=AccountRole.USER, services=api.services)
    for password in ("", "x", PASSWORD):
        answer = await api.post("/auth/login", {"username": "elsewhere", "password": password})
        assert answer.status_code == 401


async def test_the_page_of_the_first_admin_takes_its_code_to_nobody_else(api: Api) -> None:
    page = await api.client.get("http://here/welcome")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    nonce = re.findall(r"script-src 'nonce-([^']+)'", policy)[0]
    assert page.text.count(f'nonce="{nonce}"') == 2
    assert "default-src 'none'" in policy
    assert "http" not in page.text.replace("http-equiv", "")
    assert page.headers["Cache-Control"] == "no-store"
    again = await api.client.get("http://here/welcome")
    assert again.headers["Content-Security-Policy"] != policy
