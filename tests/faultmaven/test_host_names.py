from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from faultmaven.host_names import OwnNames
from faultmaven.settings import Settings
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from pathlib import Path

LET_IN = (
    *("localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "10.2.3.4:8000", "fe80::1"),
    *("faultmaven", "faultmaven:8000", "incidents.example.com", "incidents.example.com.:443"),
    *("fm.internal.example.com:8000", "listen.example.com"),
)
KEPT_OUT = (
    *("evil.example.com", "evil.example.com:8000", "127.0.0.1.evil.example.com"),
    *("incidents.example.com.evil.com", "xincidents.example.com", "a@evil.com", "[bad.name"),
)


@pytest.fixture
def own() -> OwnNames:
    return OwnNames.of(
        Settings.model_construct(
            host="listen.example.com",
            public_url="https://Incidents.example.com/fm",
            allowed_hosts=("FM.internal.example.com",),
        )
    )


@pytest.mark.parametrize("host", LET_IN)
def test_names_of_ours_and_addresses_are_let_in(own: OwnNames, host: str) -> None:
    assert own.has(host)


@pytest.mark.parametrize("host", KEPT_OUT)
def test_names_that_anybody_may_register_are_not(own: OwnNames, host: str) -> None:
    assert not own.has(host)


@pytest.mark.e2e
async def test_a_page_that_goes_by_another_name_hears_nothing_of_us(tmp_path: Path) -> None:
    async with up_in(tmp_path) as up, httpx.AsyncClient(base_url=up.url) as client:
        evil = {"Host": "evil.example.com"}
        for path in ("/health", "/metrics", "/api/v1/operator/cases", "/api/v1/openapi.json"):
            answer = await client.get(path, headers=evil)
            assert answer.status_code == 400, path
            assert "FAULTMAVEN_ALLOWED_HOSTS" in answer.json()["next_step"]
        assert (await client.get("/health", headers={"Host": "localhost"})).is_success

        secret = evil | {"Authorization": f"Bearer {TOKEN}"}
        delivered = await client.post("/webhooks/alertmanager", content=b"{}", headers=secret)
        assert delivered.status_code == 200, "whoever knows the secret may call us anything"


@pytest.mark.e2e
async def test_without_a_token_the_webhook_wants_a_name_of_ours(tmp_path: Path) -> None:
    settings = {"FAULTMAVEN_ALERTMANAGER_TOKEN": "", "FAULTMAVEN_ALLOWED_HOSTS": "a.example.com"}
    async with up_in(tmp_path, **settings) as up, httpx.AsyncClient() as client:
        statuses = {
            host: (await client.post(up.webhook, json={}, headers={"Host": host})).status_code
            for host in ("evil.example.com", "a.example.com", "127.0.0.1")
        }
    assert statuses == {"evil.example.com": 400, "a.example.com": 200, "127.0.0.1": 200}
