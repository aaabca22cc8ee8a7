"""Signing in at an OpenID provider that is there, over the wire, and believing no other answer."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from fastapi.routing import APIRoute

from api.authorize import COOKIE as PAGE_COOKIE
from api.provider_sign_in import COOKIE
from api.routers import ROUTERS
from core.accounts.model import AccountRole
from core.errors import SourceUnavailable, Unauthorised
from integrations.oidc import OidcProvider, ProviderAccess
from tests.api.conftest import PASSWORD, Api, bearer
from tests.fakes.oauth_extension import SCOPE, OAuthExtension, link_in
from tests.fakes.openid import CLIENT, SECRET, Lie, OpenIdProvider, SigningKey, openid_provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.integration

PUBLIC = "https://faultmaven.shop.test"
CALLBACK = f"{PUBLIC}/api/v1/auth/oidc/callback"
DANA = {
    "sub": "largest|42",
    "preferred_username": "Dana.Ruiz@shop.test",
    "name": "Dana Ruiz",
    "email": "dana.ruiz@shop.test",
    "email_verified": True,
}


FOR_STRANGERS = {
    *(
        "GET /welcome",
        "GET /auth/authorize",
        "POST /auth/authorize",
        "GET /auth/authorize/provider",
    ),
    *(f"GET /api/v1/auth/{name}" for name in ("config", "oidc/login", "oidc/callback")),
    *(f"POST /api/v1/auth/{name}" for name in ("oidc/token", "oauth/token", "oauth/revoke")),
    *(f"POST /api/v1/auth/{name}" for name in ("login", "register", "welcome", "refresh")),
    "POST /api/v1/auth/reset-password",
}


@dataclass
class Company:
    """The API, whose people sign in at a provider."""

    api: Api
    provider: OpenIdProvider
    outside: httpx.AsyncClient

    async def leave(self) -> str:
        """Where the provider sends the browser back to."""
        sent = await self.api.client.get("/auth/oidc/login")
        assert sent.status_code == 303, sent.text
        at_provider = await self.outside.get(sent.headers["location"])
        assert at_provider.status_code == 302, at_provider.text
        return at_provider.headers["location"]

    async def come_back(self, address: str, accept: str = "application/json") -> httpx.Response:
        assert address.startswith(f"{CALLBACK}?")
        path = address.removeprefix(f"{PUBLIC}/api/v1")
        return await self.api.client.get(path, headers={"Accept": accept})

    async def sign_in(self) -> dict[str, Any]:
        answer = await self.come_back(await self.leave())
        assert answer.status_code == 200, answer.text
        known: dict[str, Any] = answer.json()
        return known

    def rules(self, **changes: Any) -> None:
        services = self.api.app.state.guard.services
        self.api.serves(replace(services, rules=replace(services.rules, **changes)))


@pytest.fixture
async def company(api: Api) -> AsyncIterator[Company]:
    # As behind a proxy with TLS, so that the cookie, which is for it alone, comes back.
    api.client.base_url = httpx.URL(f"{PUBLIC}/api/v1")
    async with (
        openid_provider(api.clock.now, redirect_uri=CALLBACK) as provider,
        httpx.AsyncClient() as outside,
    ):
        provider.person = dict(DANA)
        access = ProviderAccess(issuer=provider.url, client_id=CLIENT, client_secret=SECRET)
        services = replace(api.services, provider=OidcProvider(access, client=outside))
        guard = replace(api.app.state.guard, services=services, public_url=PUBLIC)
        api.app.state.guard = guard
        yield Company(api, provider, outside)


async def test_somebody_new_gets_an_account_and_the_same_tokens(company: Company) -> None:
    known = await company.sign_in()
    assert known.keys() == (await company.api.sign_in()).keys()
    user = known["user"]
    assert (user["username"], user["email"]) == ("dana.ruiz", "dana.ruiz@shop.test")
    assert (user["display_name"], user["roles"]) == ("Dana Ruiz", ["user"])
    me = await company.api.client.get("/auth/me", headers=bearer(known["access_token"]))
    assert me.json()["user_id"] == user["user_id"]
    renewed = await company.api.post("/auth/refresh", {"refresh_token": known["refresh_token"]})
    assert renewed.status_code == 200


async def test_who_comes_again_is_the_same_whatever_they_are_called_now(company: Company) -> None:
    first = await company.sign_in()
    company.provider.person |= {"preferred_username": "root", "email": "root@shop.test"}
    again = await company.sign_in()
    assert again["user"]["user_id"] == first["user"]["user_id"]
    assert again["user"]["username"] == "dana.ruiz"
    company.provider.person["sub"] = "another"
    other = await company.sign_in()
    assert other["user"]["user_id"] != first["user"]["user_id"]


async def test_keys_change_between_two_sign_ins(company: Company) -> None:
    await company.sign_in()
    await company.sign_in()
    assert company.provider.asked.count("/keys") == 1
    for algorithm in ("RS256", "ES256"):
        company.provider.rotates(algorithm)
        await company.sign_in()
    assert company.provider.asked.count("/keys") == 3
    assert company.provider.asked.count("/.well-known/openid-configuration") == 1


async def test_a_provider_that_wants_the_secret_in_the_body_gets_it_there(
    company: Company,
) -> None:
    company.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await company.sign_in()


@pytest.mark.parametrize(
    "odd",
    [{"odd_keys": ["a"]}, {"odd_grant": b"[" * 100_000}, {"odd_grant": b"[]"}],
    ids=lambda odd: next(iter(odd)),
)
async def test_a_provider_whose_answers_are_odd_is_a_503(
    company: Company, odd: dict[str, Any]
) -> None:
    for name, value in odd.items():
        setattr(company.provider, name, value)
    answer = await company.come_back(await company.leave())
    assert answer.status_code == 503, answer.text
    assert "password" in answer.json()["next_step"]


async def test_a_name_steers_no_terminal(company: Company) -> None:
    company.provider.person |= {"name": "Mia\x1b[31m"}
    known = await company.sign_in()
    assert "\x1b" not in known["user"]["display_name"]


@pytest.mark.parametrize("lie", Lie, ids=lambda lie: lie.name)
async def test_a_token_that_is_wrong_in_one_respect_lets_nobody_in(
    company: Company, lie: Lie
) -> None:
    company.provider.lie = lie
    answer = await company.come_back(await company.leave())
    assert answer.status_code == 401, answer.text
    assert "ID token" in answer.json()["detail"]
    assert answer.json()["next_step"]
    assert "access_token" not in answer.text
    async with company.api.services.reading() as unit:
        assert [account.username for account in await unit.accounts.all()] == ["dana", "root"]
    if lie is Lie.UNKNOWN_KID:
        assert company.provider.asked.count("/keys") == 2
    company.provider.lie = None
    await company.sign_in()


async def test_a_code_is_good_once(company: Company) -> None:
    """Also where the state is new: the code was stolen from another sign-in."""
    used = dict(parse_qsl(urlsplit(await company.leave()).query))
    assert (await company.come_back(f"{CALLBACK}?{urlencode(used)}")).status_code == 200
    fresh = dict(parse_qsl(urlsplit(await company.leave()).query))
    replayed = await company.come_back(f"{CALLBACK}?{urlencode({**fresh, 'code': used['code']})}")
    assert replayed.status_code == 401
    assert "was used" in replayed.json()["detail"]


async def test_a_code_of_another_sign_in_fails_by_its_verifier(company: Company) -> None:
    stolen = dict(parse_qsl(urlsplit(await company.leave()).query))
    mine = dict(parse_qsl(urlsplit(await company.leave()).query))
    injected = await company.come_back(f"{CALLBACK}?{urlencode({**mine, 'code': stolen['code']})}")
    assert injected.status_code == 401


async def test_a_state_is_good_once(company: Company) -> None:
    address = await company.leave()
    cookies = dict(company.api.client.cookies)
    assert (await company.come_back(address)).status_code == 200
    company.api.client.cookies.update(cookies)
    asked = list(company.provider.asked)
    again = await company.come_back(address)
    assert (again.status_code, company.provider.asked) == (401, asked)


async def test_a_state_is_good_for_ten_minutes_in_the_browser_that_left(company: Company) -> None:
    address = await company.leave()
    company.api.client.cookies.clear()
    assert (await company.come_back(address)).status_code == 401
    address, late = await company.leave(), await company.leave()
    other = await company.come_back(address)  # of a browser that has left again since
    assert other.status_code == 401
    company.api.clock.advance(600)
    assert (await company.come_back(late)).status_code == 401
    assert "/token" not in company.provider.asked


@pytest.mark.parametrize(
    "change",
    [{"iss": "https://evil.test"}, {"state": "made up"}, {"state": ""}, {"code": ""}],
    ids=str,
)
async def test_an_answer_that_is_not_to_our_question_is_refused(
    company: Company, change: dict[str, str]
) -> None:
    sent = dict(parse_qsl(urlsplit(await company.leave()).query))
    answer = await company.come_back(f"{CALLBACK}?{urlencode({**sent, **change})}")
    assert answer.status_code == 401
    assert "/token" not in company.provider.asked


async def test_the_providers_own_no_is_told_by_its_name_alone(company: Company) -> None:
    sent = dict(parse_qsl(urlsplit(await company.leave()).query))
    del sent["code"]
    for error, detail in (("access_denied", "in: access_denied"), ("<script>", "in: no code")):
        answer = await company.come_back(f"{CALLBACK}?{urlencode({**sent, 'error': error})}")
        assert answer.status_code == 401
        assert answer.json()["detail"].endswith(detail)
        sent = dict(parse_qsl(urlsplit(await company.leave()).query))
        del sent["code"]


async def test_the_cookie_is_for_this_and_for_no_script(company: Company) -> None:
    sent = await company.api.client.get("/auth/oidc/login")
    cookie = sent.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/api/v1/auth/oidc", "Max-Age=600"):
        assert part in cookie
    guard = company.api.app.state.guard
    company.api.app.state.guard = replace(guard, public_url="http://localhost:8000")
    sent = await company.api.client.get("/auth/oidc/login")
    assert "Secure" not in sent.headers["set-cookie"]


async def test_a_browser_is_handed_what_signs_it_in_outside_of_any_address(
    company: Company,
) -> None:
    page = await company.come_back(await company.leave(), "text/html,application/xhtml+xml")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    code = page.text.partition('code = "')[2].partition('"')[0]
    assert len(code) > 40
    cookies = dict(company.api.client.cookies)
    company.api.client.cookies.clear()
    elsewhere = await company.api.post("/auth/oidc/token", {"code": code})
    assert elsewhere.status_code == 401
    company.api.client.cookies.update(cookies)
    known = await company.api.post("/auth/oidc/token", {"code": code})
    assert known.json()["user"]["username"] == "dana.ruiz"
    company.api.client.cookies.update(cookies)
    assert (await company.api.post("/auth/oidc/token", {"code": code})).status_code == 401


async def test_the_page_has_a_minute(company: Company) -> None:
    page = await company.come_back(await company.leave(), "text/html")
    code = page.text.partition('code = "')[2].partition('"')[0]
    company.api.clock.advance(61)
    assert (await company.api.post("/auth/oidc/token", {"code": code})).status_code == 401


async def test_a_browser_is_told_what_failed_on_a_page(company: Company) -> None:
    company.provider.lie = Lie.NO_NONCE
    page = await company.come_back(await company.leave(), "text/html")
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert "`nonce`" in page.text
    assert "Begin again" in page.text


async def test_a_provider_that_is_away_keeps_nobody_from_a_password(company: Company) -> None:
    for accept in ("application/json", "text/html"):
        address = await company.leave()
        company.provider.is_down = True
        answer = await company.come_back(address, accept)
        company.provider.is_down = False
        assert answer.status_code == 503
        assert "Sign in with a password meanwhile" in answer.text
    company.provider.is_down = True
    known = await company.api.sign_in()
    assert known["user"]["username"] == "dana"


async def test_a_provider_that_never_answered_is_a_503_with_what_to_do(company: Company) -> None:
    company.provider.is_down = True
    answer = await company.api.client.get("/auth/oidc/login")
    assert answer.status_code == 503
    assert "password" in answer.json()["next_step"]
    company.provider.is_down = False
    await company.sign_in()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_metadata_that_make_no_sense_send_nobody_anywhere(
    company: Company, metadata: dict[str, Any]
) -> None:
    company.provider.metadata = metadata
    assert (await company.api.client.get("/auth/oidc/login")).status_code == 503


async def test_an_issuer_with_tls_has_no_endpoint_without() -> None:
    issuer = "https://login.shop.test"
    published = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": "http://login.shop.test/token",
        "jwks_uri": f"{issuer}/keys",
    }
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=published))
    async with httpx.AsyncClient(transport=transport) as client:
        access = ProviderAccess(issuer=issuer, client_id=CLIENT, client_secret=SECRET)
        with pytest.raises(SourceUnavailable, match="token_endpoint"):
            await OidcProvider(access, client=client).check()


async def test_a_wrong_secret_is_the_installations_fault(company: Company) -> None:
    access = ProviderAccess(issuer=company.provider.url, client_id=CLIENT, client_secret="x")  # noqa: S106
    wrong = OidcProvider(access, client=company.outside)
    company.api.serves(replace(company.api.app.state.guard.services, provider=wrong))
    answer = await company.come_back(await company.leave())
    assert answer.status_code == 503
    assert "FAULTMAVEN_OIDC_CLIENT_ID" in answer.json()["detail"]
    assert "x" not in repr(access).partition("client_secret")[2]


class TestAccounts:
    async def test_an_email_is_no_proof_of_who_one_is(self, company: Company) -> None:
        company.provider.person |= {"email": "root@shop.test"}
        known = await company.sign_in()
        assert known["user"]["username"] != "root"
        assert (known["user"]["email"], known["user"]["roles"]) == ("", ["user"])

    @pytest.mark.parametrize("verified", [False, None, "true", 1])
    async def test_one_that_is_not_verified_is_none_also_where_an_admin_allowed_it(
        self, company: Company, verified: object
    ) -> None:
        company.rules(joins_by_email=True)
        company.provider.person |= {"email": "root@shop.test", "email_verified": verified}
        known = await company.sign_in()
        assert (known["user"]["email"], known["user"]["roles"]) == ("", ["user"])

    async def test_one_that_is_leads_to_its_account_where_an_admin_allowed_it(
        self, company: Company
    ) -> None:
        company.rules(joins_by_email=True)
        company.provider.person |= {"email": "Dana@shop.test"}
        local = await company.api.sign_in()
        known = await company.sign_in()
        assert known["user"]["user_id"] == local["user"]["user_id"]
        # Who has the address next at the provider is somebody else.
        company.provider.person |= {"sub": "the next one"}
        assert (await company.sign_in())["user"]["user_id"] != local["user"]["user_id"]

    async def test_whoever_had_it_before_is_let_in_no_more(self, company: Company) -> None:
        """Anybody may have registered with that email: nobody asked for a proof."""
        api = company.api
        squatter = await api.sign_in()
        signed_in = bearer(squatter["access_token"])
        body = {"name": "waits", "scopes": ["read"]}
        made = await api.post("/auth/tokens", body, headers=signed_in)
        company.rules(joins_by_email=True)
        company.provider.person |= {"email": "dana@shop.test"}
        victim = await company.sign_in()
        for text in (squatter["access_token"], made.json()["token"]):
            assert (await api.client.get("/auth/me", headers=bearer(text))).status_code == 401
        password = {"username": "dana", "password": PASSWORD}
        assert (await api.post("/auth/login", password)).status_code == 401
        renewed = {"refresh_token": squatter["refresh_token"]}
        assert (await api.post("/auth/refresh", renewed)).status_code == 401
        me = await api.client.get("/auth/me", headers=bearer(victim["access_token"]))
        assert me.json()["user_id"] == squatter["user"]["user_id"]

    async def test_an_endless_answer_is_read_to_its_bound(self, company: Company) -> None:
        away = await company.leave()
        company.provider.odd_grant = b'{"id_token": "' + b"x" * 2**21 + b'"}'
        answer = await company.come_back(away)
        assert answer.status_code == 503
        assert "ReadError" in answer.json()["detail"]

    async def test_it_has_no_password_and_none_is_mailed_to_it(self, company: Company) -> None:
        known = await company.sign_in()
        name = known["user"]["username"]
        for password in ("", PASSWORD):
            body = {"username": name, "password": password}
            assert (await company.api.post("/auth/login", body)).status_code == 401
        asked = await company.api.post("/auth/reset-password", {"username": name})
        assert asked.status_code == 200
        assert company.api.mail.sent == []

    async def test_a_name_that_is_taken_gets_a_number(self, company: Company) -> None:
        company.provider.person = {"sub": "7", "preferred_username": "dana"}
        assert (await company.sign_in())["user"]["username"] == "dana-2"
        company.provider.person = {"sub": "8", "preferred_username": "größe/<x>"}
        assert (await company.sign_in())["user"]["username"] == "gr-e-x"
        company.provider.person = {"sub": "9"}
        assert (await company.sign_in())["user"]["username"] == "user"

    async def test_one_that_is_disabled_stays_outside(self, company: Company) -> None:
        known = await company.sign_in()
        root = await company.api.as_somebody("root")
        path = f"/users/{known['user']['user_id']}"
        await company.api.client.patch(path, json={"is_disabled": True}, headers=root)
        refused = await company.come_back(await company.leave())
        assert refused.status_code == 403

    async def test_the_role_follows_the_group(self, company: Company) -> None:
        company.rules(admin_group="sre")
        company.provider.person |= {"groups": ["sre", "all"]}
        assert (await company.sign_in())["user"]["roles"] == ["admin"]
        company.provider.person |= {"groups": "all"}
        assert (await company.sign_in())["user"]["roles"] == ["user"]

    async def test_the_last_admin_stays_one(self, company: Company) -> None:
        company.rules(admin_group="sre")
        company.provider.person |= {"groups": ["sre"]}
        known = await company.sign_in()
        async with company.api.services.unit() as unit:
            root = await unit.accounts.named("root")
            assert root
            await unit.accounts.update(replace(root, role=AccountRole.USER))
        company.provider.person |= {"groups": []}
        again = await company.sign_in()
        assert again["user"]["user_id"] == known["user"]["user_id"]
        assert again["user"]["roles"] == ["admin"]

    async def test_without_a_group_nobody_is_an_admin(self, company: Company) -> None:
        company.provider.person |= {"groups": ["", "admin"]}
        assert (await company.sign_in())["user"]["roles"] == ["user"]


@pytest.fixture
def extension(company: Company) -> OAuthExtension:
    return OAuthExtension(company.api.client, PUBLIC)


class TestTheExtension:
    """It opens the page, whose link leads through the provider."""

    async def leave(self, company: Company, extension: OAuthExtension) -> str:
        page = await extension.open()
        sent = await company.api.client.get(f"{PUBLIC}{link_in(page)}")
        assert (sent.status_code, sent.headers["cache-control"]) == (303, "no-store")
        return (await company.outside.get(sent.headers["location"])).headers["location"]

    async def test_whoever_has_no_password_here_signs_in_to_it(
        self, company: Company, extension: OAuthExtension
    ) -> None:
        back = await company.come_back(await self.leave(company, extension), "text/html")
        answer = await extension.post("token", extension.grant(extension.code_in(back)))
        assert answer.json()["username"] == "dana.ruiz"
        me = await company.api.client.get("/auth/me", headers=bearer(answer.json()["access_token"]))
        assert me.json()["user_id"] == answer.json()["user_id"]

    async def test_no_link_goes_through_but_that_of_the_page_in_its_browser(
        self, company: Company, extension: OAuthExtension
    ) -> None:
        page = await extension.open()
        link = f"{PUBLIC}{link_in(page)}"
        unproved = link.rpartition("&")[0]
        other = link.replace(extension.state, "of another")
        for address in (unproved, other):
            assert (await company.api.client.get(address)).status_code == 403
        company.api.client.cookies.clear()
        assert (await company.api.client.get(link)).status_code == 403
        assert company.provider.asked == []

    async def test_who_waits_is_what_the_browser_left_with(
        self, company: Company, extension: OAuthExtension
    ) -> None:
        """The request comes back in the cookie: one that is changed leads nowhere."""
        address = await self.leave(company, extension)
        cookie = company.api.client.cookies[COOKIE]
        browser, _, carried = cookie.partition(".")
        query = base64.urlsafe_b64decode(carried + "==").decode()
        changed = query.replace("abcd", "aaaa").encode()
        forged = f"{browser}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}"
        company.api.client.cookies.clear()
        path = address.removeprefix(f"{PUBLIC}/api/v1")
        refused = await company.api.client.get(path, headers={"Cookie": f"{COOKIE}={forged}"})
        assert (refused.status_code, "location" in refused.headers) == (401, False)
        assert link_in(refused).startswith("/auth/authorize?")

    async def test_what_fails_stands_on_a_page_that_leads_back(
        self, company: Company, extension: OAuthExtension
    ) -> None:
        address = await self.leave(company, extension)
        company.provider.lie = Lie.NO_NONCE
        page = await company.come_back(address, "text/html")
        assert (page.status_code, "location" in page.headers) == (401, False)
        again = await company.api.client.get(f"{PUBLIC}{link_in(page)}")
        assert extension.code_in(await extension.fill_in(again, "dana", PASSWORD))

    async def test_a_provider_that_is_away_leaves_the_password(
        self, company: Company, extension: OAuthExtension
    ) -> None:
        company.provider.is_down = True
        link = link_in(await extension.open())
        page = await company.api.client.get(f"{PUBLIC}{link}")
        assert page.status_code == 503
        assert extension.code_in(await extension.fill_in(page, "dana", PASSWORD))

    async def test_cookies_alone_sign_nobody_in(
        self, company: Company, extension: OAuthExtension
    ) -> None:
        """Every cookie that we ever set, at every route, from somebody who has just signed in."""
        await self.leave(company, extension)
        cookies = {cookie.name: str(cookie.value) for cookie in company.api.client.cookies.jar}
        assert cookies.keys() == {COOKIE, PAGE_COOKIE}
        company.api.client.cookies.clear()
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        asked = set()
        for route in (route for router in ROUTERS for route in router.routes):
            assert isinstance(route, APIRoute)
            path = re.sub(r"\{[^}]+\}", "x", route.path)
            for method in route.methods or ():
                if f"{method} {route.path}" in FOR_STRANGERS:
                    asked.add(f"{method} {route.path}")
                    continue
                answer = await company.api.client.request(method, PUBLIC + path, headers=sent)
                assert answer.status_code in (401, 403), (method, path)
        assert asked == FOR_STRANGERS


async def test_what_is_there_is_said_before_anybody_signs_in(company: Company) -> None:
    config = (await company.api.client.get("/auth/config")).json()
    assert config["oidc"]["issuer"] == company.provider.url
    assert config["oidc"]["login_endpoint"] == "/api/v1/auth/oidc/login"
    assert config["auth_mode"] == "oauth", (
        "the extension opens the page, which takes a password, too"
    )
    assert config["oauth"] == {
        "authorize_url": f"{PUBLIC}/auth/authorize",
        "token_url": f"{PUBLIC}/api/v1/auth/oauth/token",
        "client_id": "faultmaven-copilot",
        "scopes": SCOPE.split(),
        "hosted_login_url": None,
    }


async def test_without_a_provider_it_says_so(api: Api) -> None:
    config = (await api.client.get("/auth/config")).json()
    assert (config["auth_mode"], config["oauth"], config["oidc"]) == ("local", None, None)
    answer = await api.client.get("/auth/oidc/login")
    assert answer.status_code == 404
    assert "FAULTMAVEN_OIDC_ISSUER" in answer.json()["next_step"]


async def test_the_provider_is_believed_for_five_minutes_and_our_clocks(company: Company) -> None:
    """A clock that is a minute off is no fraud."""
    clock = company.api.clock.now
    company.provider.now = lambda: clock() - timedelta(minutes=5, seconds=30)
    await company.sign_in()


async def test_a_verifier_of_somebody_else_is_refused_by_the_provider(company: Company) -> None:
    """Of the counterpart: were it to take any, nothing above would prove that ours is sent."""
    sent = dict(parse_qsl(urlsplit(await company.leave()).query))
    provider = company.api.app.state.guard.services.provider
    grant = company.provider.grants[sent["code"]]
    with pytest.raises(Unauthorised):
        await provider.redeem(
            sent["code"],
            nonce=grant.nonce,
            verifier="another" * 7,
            redirect_uri=CALLBACK,
            at=company.api.clock.now(),
        )


def test_the_keys_that_the_counterpart_publishes_hold_nothing_private() -> None:
    for algorithm in ("ES256", "RS256"):
        assert not {"d", "p", "q"} & SigningKey.fresh(algorithm).public.keys()
