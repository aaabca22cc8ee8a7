"""Who is counted where a proxy stands in front: whom it names, if it is known, else itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import ValidationError

from api.rate_limits import PER_ADDRESS
from faultmaven.settings import Settings
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from pathlib import Path

KNOWN, UNKNOWN = "10.0.0.0/8,127.0.0.0/8", "10.0.0.0/8"


def _wrong_for(name: str) -> dict[str, str]:
    """What is tried for one name is counted as well: each has a name of its own."""
    return {"username": name, "password": "not hers at all"}  # pragma: allowlist secret


@pytest.mark.e2e
@pytest.mark.parametrize(("proxies", "turned_away"), [(KNOWN, 401), (UNKNOWN, 429)])
async def test_of_a_proxy_that_is_known_each_caller_has_a_limit_of_their_own(
    tmp_path: Path, proxies: str, turned_away: int
) -> None:
    async with (
        up_in(tmp_path, FAULTMAVEN_TRUSTED_PROXIES=proxies) as up,
        httpx.AsyncClient(base_url=f"{up.url}/api/v1/auth") as client,
    ):
        statuses = [
            await _status(client, "/login", _wrong_for(f"dana-{number}"), f"203.0.113.{number}")
            for number in range(PER_ADDRESS.amount + 2)
        ]
        assert statuses[:2] == [401, 401]
        assert statuses[-1] == turned_away
        # Whoever stays signed in is not kept out by those who try passwords.
        renewed = await _status(client, "/refresh", {"refresh_token": "x" * 40}, "203.0.113.9")
        assert renewed == 401


async def _status(client: httpx.AsyncClient, path: str, body: dict[str, str], who: str) -> int:
    answer = await client.post(path, json=body, headers={"X-Forwarded-For": who})
    return answer.status_code


@pytest.mark.parametrize("proxies", ["10.0.0.300", "proxy.example.com", "10.0.0.0/33"])
def test_what_is_no_network_is_told_so(monkeypatch: pytest.MonkeyPatch, proxies: str) -> None:
    monkeypatch.setenv("FAULTMAVEN_TRUSTED_PROXIES", f"127.0.0.1,{proxies}")
    with pytest.raises(ValidationError, match="entry 2 is no address"):
        Settings()
