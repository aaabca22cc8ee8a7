"""The page on which somebody signs in for the extension: whom it answers, and what it believes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from core.accounts.model import TokenKind
from tests.api.conftest import PASSWORD, Api
from tests.fakes.oauth_extension import REDIRECT, OAuthExtension, hidden, link_to_form

ROOT = "http://here"
FIREFOX = f"https://{'0123456789abcdef' * 2}01234567.extensions.allizom.org/"


@pytest.fixture
def extension(api: Api) -> OAuthExtension:
    return OAuthExtension(api.client, ROOT)


async def codes(api: Api) -> int:
    async with api.services.reading() as unit:
        dana = await unit.accounts.named("dana")
        assert dana
        return len(await unit.tokens.of_account(dana.id, TokenKind.CODE))


async def test_a_password_leads_back_with_a_code(extension: OAuthExtension) -> None:
    answer = await extension.fill_in(await extension.open(), " Dana@Shop.test ", PASSWORD)
    assert len(extension.code_in(answer)) == 43
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    answer = await extension.fill_in(await extension.open(redirect_uri=FIREFOX), "dana", PASSWORD)
    assert answer.headers["location"].startswith(f"{FIREFOX}?code=")


async def test_the_page_is_nobodys_frame_and_runs_nothing(extension: OAuthExtension) -> None:
    page = await extension.open(state='"><script>alert(1)</script>{proof}')
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    policy = dict(
        part.split(None, 1) for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == f"'self' {REDIRECT.removesuffix('/')}"
    assert "script-src" not in policy
    assert "<script" not in page.text
    assert "organization" not in page.text, "there is no provider"
    answer = await extension.fill_in(page, "dana", PASSWORD)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ['"><script>alert(1)</script>{proof}']


async def test_the_cookie_is_for_this_page_and_for_no_script(api: Api) -> None:
    extension = OAuthExtension(api.client, ROOT)
    for public, secure in (("https://fm.shop.test", True), ("http://localhost:8000", False)):
        api.app.state.guard = replace(api.app.state.guard, public_url=public)
        cookie = (await extension.open()).headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=strict", "Path=/auth/authorize", "Max-Age=600"):
            assert part in cookie
        assert ("Secure" in cookie) is secure


SPOILT = "https http|abcd abcz|//a //aa|// //evil.test\\@|.org/ .org.evil.test/|.chr xchr"
NOWHERE = [
    *(REDIRECT.replace(*change.split(" ", 1)) for change in SPOILT.split("|")),  # type: ignore[arg-type]
    *(REDIRECT + more for more in ("x", "?x=1", "\n")),
    *(FIREFOX.upper(), FIREFOX.replace("//0", "//g"), REDIRECT[:-1], "https://evil.test/", ""),
]


@pytest.mark.parametrize("address", NOWHERE)
async def test_nobody_is_sent_to_where_no_extension_is(
    extension: OAuthExtension, address: str
) -> None:
    page = await extension.open(redirect_uri=address)
    assert (page.status_code, "location" in page.headers) == (400, False)
    assert "no address of the browser extension" in page.text
    assert "<form" not in page.text


async def test_nor_for_another_client(extension: OAuthExtension) -> None:
    twice = [f"{extension.address()}&{name}=x" for name in ("client_id", "redirect_uri")]
    other = [extension.address(client_id=name) for name in ("another", None)]
    for address in (*twice, *other, extension.address(redirect_uri=None)):
        for send in (extension.client.get, extension.client.post):
            page = await send(address)
            assert (page.status_code, "location" in page.headers) == (400, False)


LONG, SHORT, PADDED = "x" * 129, "x" * 42, "x" * 42 + "="
FAULTS = [
    *(("response_type", None), ("response_type", "token")),
    *(("state", value) for value in (None, "", "x" * 257, "x\n")),
    *(("code_challenge", value) for value in (None, SHORT, LONG, PADDED)),
    *(("code_challenge_method", value) for value in (None, "plain")),
]


@pytest.mark.parametrize(("name", "value"), FAULTS)
async def test_other_faults_are_told_to_the_extension(
    extension: OAuthExtension, name: str, value: str | None
) -> None:
    answer = await extension.open(**{name: value})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{REDIRECT}?")
    ended = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert ended.pop("error_description")
    error = "unsupported_response_type" if value == "token" else "invalid_request"
    assert ended == {"error": error} | ({} if name == "state" else {"state": extension.state})
    twice = await extension.client.get(f"{extension.address()}&{name}=x")
    assert "error=invalid_request" in twice.headers["location"]
    assert ("state=" in twice.headers["location"]) is (name != "state")


async def test_a_form_is_taken_from_the_page_in_that_browser_alone(api: Api) -> None:
    victim = OAuthExtension(api.client, ROOT)
    page = await victim.open()
    transport = httpx.ASGITransport(app=api.app)
    async with httpx.AsyncClient(transport=transport) as other:
        attacker = OAuthExtension(other, ROOT)
        for refused in (
            await attacker.fill_in(page, "dana", PASSWORD),  # has no cookie
            await attacker.fill_in(page, "dana", PASSWORD),  # has one of its own by now
            await victim.fill_in(await attacker.open(), "dana", PASSWORD),
            await victim.fill_in(page, "dana", PASSWORD, data={"username": "dana"}),
            await victim.fill_in(page, "dana", PASSWORD, content=b"\xff" + b"&x" * 30, data=None),
        ):
            assert refused.status_code in (400, 403), refused.text
            assert "location" not in refused.headers
    # The proof of one request is none of another: here the attacker's own state.
    form = {"username": "dana", "password": PASSWORD, "proof": hidden(page)}
    changed = await victim.client.post(victim.address(state="of another"), data=form)
    assert changed.status_code == 403
    # Without a cookie anybody could make a proof of what is left.
    api.client.cookies.clear()
    query = urlsplit(link_to_form(page)).query
    form["proof"] = hashlib.sha256(f" {query}".encode()).hexdigest()
    assert (await victim.fill_in(page, "", "", data=form)).status_code == 403
    assert await codes(api) == 0
    assert victim.code_in(await victim.fill_in(changed and await victim.open(), "dana", PASSWORD))


async def test_what_is_wrong_stands_on_the_page(api: Api) -> None:
    extension = OAuthExtension(api.client, ROOT)
    page = await extension.open()
    for name, password in (
        ("dana", "wrong horse"),
        ("nobody", PASSWORD),
        ("", ""),
        ("a\0", PASSWORD),
    ):
        page = await extension.fill_in(page, name, password)
        assert page.status_code == 401
        assert "Invalid username or password" in page.text
        assert not password or password not in page.text
    assert (await extension.fill_in(page, "dana", "x" * 2**20)).status_code == 413
    async with api.services.unit() as unit:
        dana = await unit.accounts.named("dana")
        assert dana
        assert dana.signed_in_at is None
        await unit.accounts.update(replace(dana, is_disabled=True))
    assert (await extension.fill_in(page, "dana", PASSWORD)).status_code == 401
    assert await codes(api) == 0


async def test_guesses_are_limited_by_name(extension: OAuthExtension) -> None:
    page = await extension.open()
    answers = [await extension.fill_in(page, "dana", "guess") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert "passwords were tried for this name" in answers[-1].text


async def test_guesses_are_limited_by_address(extension: OAuthExtension) -> None:
    page = await extension.open()
    answers = [await extension.fill_in(page, f"dana{nth}", "guess") for nth in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].headers["content-type"].startswith("text/html")
