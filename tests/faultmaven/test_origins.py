"""A page of somebody else's opens no case through its visitor's browser, over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from faultmaven.operator_endpoint import read_endpoint
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

ALERT = (Path(__file__).parents[1] / "recordings/alertmanager/single_firing.json").read_bytes()
EVIL, JSON = "https://evil.example.com", "application/json"
SECRET = "a webhook secret of the tests"  # noqa: S105  # pragma: allowlist secret
# What browsers send without asking first, and what they send after.
FROM_PAGES = {
    "a form": {"Origin": EVIL, "Content-Type": "application/x-www-form-urlencoded"},
    "a form with files": {"Origin": EVIL, "Content-Type": "multipart/form-data; boundary=x"},
    "a script": {"Origin": EVIL, "Content-Type": "text/plain;charset=UTF-8"},
    "a blob without a type": {"Origin": EVIL},
    "a sandboxed page": {"Origin": "null", "Content-Type": "text/plain"},
    "a file": {"Origin": "file://", "Content-Type": "text/plain"},
    "another port": {"Origin": "http://127.0.0.1:3000", "Content-Type": "text/plain"},
    "another scheme": {"Origin": "https://127.0.0.1", "Content-Type": JSON},
    "one that says JSON": {"Origin": EVIL, "Content-Type": JSON},
    "no origin, another site": {"Sec-Fetch-Site": "cross-site", "Content-Type": JSON},
    "no origin, another port": {"Sec-Fetch-Site": "same-site", "Content-Type": JSON},
}
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """Its webhook asks for no secret."""
    settings = {
        "FAULTMAVEN_ALERTMANAGER_TOKEN": "",
        "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS": SECRET,
        "FAULTMAVEN_PUBLIC_URL": "https://fm.example.com:443/here",
    }
    async with up_in(tmp_path_factory.mktemp("open"), **settings) as up:
        yield up


async def post(url: str, headers: dict[str, str], body: bytes = ALERT) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(url, content=body, headers=headers)


@pytest.mark.parametrize("page", FROM_PAGES)
async def test_a_page_of_another_origin_opens_no_case(open_up: Up, page: str) -> None:
    for path in ("/webhooks/alertmanager", "/webhooks/alertmanager/", "/webhooks/pagerduty"):
        answer = await post(f"{open_up.url}{path}", FROM_PAGES[page])
        assert answer.status_code == 403, path
        assert answer.json()["next_step"]
    assert await deliveries(open_up) == 0


@pytest.mark.parametrize("page", FROM_PAGES)
async def test_not_even_with_the_token_of_the_operator(open_up: Up, page: str) -> None:
    endpoint = read_endpoint(open_up.folder / "data")
    assert endpoint is not None
    headers = FROM_PAGES[page] | {"Authorization": f"Bearer {endpoint.token}"}
    for path in ("commands", "replay", "jobs/job_1/retry"):
        answer = await post(f"{open_up.url}/api/v1/operator/{path}", headers, b"{}")
        assert answer.status_code == 403, path


@pytest.mark.parametrize("kind", SIMPLE)
async def test_without_a_token_what_is_posted_has_to_be_json(open_up: Up, kind: str) -> None:
    answer = await post(open_up.webhook, {"Content-Type": kind} if kind else {})
    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json()["next_step"]
    assert await deliveries(open_up) == 0


async def test_no_page_is_told_that_it_may(open_up: Up) -> None:
    async with httpx.AsyncClient() as client:
        asks = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
        answer = await client.options(open_up.webhook, headers=asks)
    assert not answer.is_success
    assert "access-control-allow-origin" not in answer.headers  # without it no browser goes on


async def test_a_signed_delivery_passes_whatever_its_type(open_up: Up) -> None:
    signature = hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
    for kind in SIMPLE:
        headers = {"X-PagerDuty-Signature": f"v1={signature}"}
        headers |= {"Content-Type": kind} if kind else {}
        answer = await post(f"{open_up.url}/webhooks/pagerduty", headers, b"{}")
        assert answer.status_code == 202


async def test_what_alertmanager_and_our_own_pages_send_passes(tmp_path: Path) -> None:
    public = {"FAULTMAVEN_PUBLIC_URL": "https://fm.example.com:443/here"}
    async with up_in(tmp_path, FAULTMAVEN_ALERTMANAGER_TOKEN="", **public) as up:
        headers = {"User-Agent": "Alertmanager/0.25.0", "Content-Type": JSON}
        assert (await post(up.webhook, headers)).status_code == 200

        async def is_open() -> bool:
            return len(await up.cases()) == 1

        await until(is_open)
        for origin in (up.url, "https://fm.example.com"):
            headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "Content-Type": JSON}
            assert (await post(up.webhook, headers)).status_code == 200


async def test_with_a_token_the_type_does_not_matter(tmp_path: Path) -> None:
    async with up_in(tmp_path) as up:
        for kind in SIMPLE[:2]:
            headers = {"Content-Type": kind, "Authorization": f"Bearer {TOKEN}"}
            assert (await post(up.webhook, headers)).status_code == 200


async def deliveries(up: Up) -> int:
    async with up.store() as store, store.database.reading() as work:
        query = "SELECT count(*) FROM deliveries WHERE source = 'alertmanager'"
        count: int = (await work.connection.exec_driver_sql(query)).scalar_one()
        return count


EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
FIREFOX = "moz-extension://0f7c9a1e-1111-4222-8333-444455556666"
LOGIN = b'{"username":"dana","password":"wrong"}'  # pragma: allowlist secret


@pytest.mark.parametrize("origin", [EXTENSION, FIREFOX])
async def test_a_browser_extension_may_sign_in_from_its_pages(open_up: Up, origin: str) -> None:
    """Also before its browser has asked the user, when it applies CORS to it."""
    headers = {"Origin": origin, "Content-Type": JSON, "Sec-Fetch-Site": "cross-site"}
    answer = await post(f"{open_up.url}/api/v1/auth/login", headers, LOGIN)
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    async with httpx.AsyncClient() as client:
        asked = await client.options(
            f"{open_up.url}/api/v1/auth/login",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,x-session-id,idempotency-key",
            },
        )
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "origin", [EVIL, "chrome-extension://short", f"{EXTENSION}.evil.example.com", "null"]
)
async def test_other_pages_may_not(open_up: Up, origin: str) -> None:
    headers = {"Origin": origin, "Content-Type": JSON}
    answer = await post(f"{open_up.url}/api/v1/auth/login", headers, LOGIN)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_an_extension_opens_no_case_by_a_webhook(open_up: Up) -> None:
    headers = {"Origin": EXTENSION, "Content-Type": JSON}
    for path in ("/webhooks/alertmanager", "/api/v1/operator/commands"):
        assert (await post(f"{open_up.url}{path}", headers)).status_code == 403
    assert await deliveries(open_up) == 0
