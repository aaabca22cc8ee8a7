"""Whatever is sent to the API gets an answer that its description names, and never a 5xx."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from api.access_tokens import AccessTokens
from api.chat import ApiChat
from api.guard import Guard
from api.rate_limits import RateLimits
from api.routers import ROUTERS
from core.accounts.model import AccountRole
from core.context import Rules
from core.workflows.accounts import Registration, make_account
from faultmaven.application import build_app
from integrations.passwords import BcryptPasswords
from storage.memory import MemoryFiles
from tests.api.conftest import CHEAP, PASSWORD, KeptMail, bearer
from tests.fakes.chat import ReadingHere
from tests.fakes.clock import SetClock
from tests.fakes.services import SECRET, memory_services

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


EXAMPLES = 6  # for each operation; a hundred found no more
WAITS = (
    "turns.WAITS_S",
    "turns.POLLS_S",
    "agent.WAITS_S",
    "agent.STREAMS_S",
    "case_events.LASTS_S",
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class NoLimits(RateLimits):
    """Calls are not counted."""

    async def count(self, item: Any, key: str, *, now: datetime) -> None: ...


@dataclass
class Described:
    """An API with its description, an admin's token, and the id of a case."""

    app: FastAPI
    headers: dict[str, str] = field(default_factory=dict)
    case_id: str = ""

    def post(self, path: str, **body: Any) -> Any:
        client = TestClient(self.app)
        answer = client.post(f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.is_success, answer.text
        return answer.json()


def an_app(folder: Path) -> FastAPI:
    clock = SetClock()
    services = replace(
        memory_services(clock=clock, rules=Rules(registration=True)),
        passwords=BcryptPasswords(cost=CHEAP),
        mail=KeptMail(),
        file_store=MemoryFiles(folder, clock=clock),
        runner=ReadingHere(),
        chats=(ApiChat(),),
    )
    wish = Registration(username="root", email="root@shop.test", password=PASSWORD)
    asyncio.run(make_account(wish, role=AccountRole.ADMIN, services=services))
    guard = Guard(services=services, access_tokens=AccessTokens(SECRET), limits=NoLimits())
    return build_app(*ROUTERS, guard=guard)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Described:
    described = Described(an_app(tmp_path_factory.mktemp("files")))
    signed_in = described.post("/auth/login", username="root", password=PASSWORD)
    described.headers = bearer(signed_in["access_token"])
    scopes = ["read", "write", "admin"]
    token = described.post("/auth/tokens", name="probe", scopes=scopes)["token"]
    described.headers = bearer(token)  # one that signing out does not end
    described.case_id = described.post("/cases", title="Checkout")["case_id"]
    return described


@pytest.fixture(scope="module")
def api_schema(described: Described) -> Any:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", described.app)


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WAITS:
        monkeypatch.setattr(f"api.{name}", 0.0)


def operations() -> list[tuple[str, str]]:
    """Method and path of each."""
    return [
        (method, route.path_format)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in sorted(route.methods or ())
    ]


@pytest.mark.parametrize(("method", "path"), operations())
def test_every_answer_is_described(
    described: Described, api_schema: Any, method: str, path: str
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=api_schema[path][method].as_strategy())
    def probe(case: Any) -> None:
        if "case_id" in case.path_parameters and len(str(case.body)) % 2:
            case.path_parameters["case_id"] = described.case_id
        case.call_and_validate(headers=described.headers, checks=CHECKS)

    probe()
