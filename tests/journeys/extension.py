"""The published browser extension as a client: its headers, its bodies, in its order."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

ORIGIN = "chrome-extension://" + "a" * 32
PASSWORD = "correct horse battery"  # noqa: S105 - of tests  # pragma: allowlist secret
PATIENCE_S = 60.0


@dataclass
class Extension:
    """One browser. case_id: the case that is selected."""

    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})
    case_id: str = ""
    user: dict[str, Any] = field(default_factory=dict)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = {**self.headers, **(headers or {})}
        return await self.client.request(method, path, headers=sent, **more)

    async def register(self, name: str) -> None:
        """As a new user, whose panel is opened."""
        wish = {"username": name, "email": f"{name}@e.test", "display_name": name.title()}
        answer = await self.call(
            "POST", "/api/v1/auth/register", json=wish | {"password": PASSWORD}
        )
        assert answer.status_code == 201, answer.text
        await self._signed_in(answer.json())

    async def sign_in(self, name: str) -> None:
        """As somebody who is known, whose panel is opened."""
        wish = {"username": name, "password": PASSWORD}
        answer = await self.call("POST", "/api/v1/auth/login", json=wish)
        assert answer.status_code == 200, answer.text
        await self._signed_in(answer.json())

    async def _signed_in(self, tokens: dict[str, Any]) -> None:
        self.user = tokens["user"]
        self.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        body = {"client_id": str(uuid.uuid4()), "session_type": "troubleshooting"}
        session = await self.call("POST", "/api/v1/sessions", json=body | {"timeout_minutes": 180})
        assert session.status_code == 201, session.text
        self.headers["X-Session-Id"] = session.json()["session_id"]

    async def open_case(self, *, key: str = "", **wish: Any) -> dict[str, Any]:
        body = {"title": None, "priority": "low"} | wish
        sent = {"Idempotency-Key": key or new_key()}
        answer = await self.call("POST", "/api/v1/cases", json=body, headers=sent)
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        self.case_id = case["case_id"]
        return case

    async def post_turn(
        self, *, key: str = "", case_id: str = "", files: Any = (), **parts: str
    ) -> httpx.Response:
        """Multipart, as a browser sends it. files: pairs of a name and the content."""
        form: list[tuple[str, Any]] = [(name, (None, value)) for name, value in parts.items()]
        form += [("files", (name, content, "text/plain")) for name, content in files]
        return await self.call(
            "POST",
            f"/api/v1/cases/{case_id or self.case_id}/turns",
            files=form,
            headers={"Idempotency-Key": key or new_key()},
        )

    async def turn(self, **parts: Any) -> dict[str, Any]:
        """The answer, polled for where it takes longer."""
        answer = await self.post_turn(**parts)
        if answer.status_code == 202:
            return await self.poll(answer.headers["Location"])
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def poll(self, location: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                body: dict[str, Any] = (await self.get(location)).raise_for_status().json()
                if isinstance(body.get("agent_response"), str) and "turn_number" in body:
                    return body
                assert body == {"status": "running"}
                await asyncio.sleep(0.2)

    async def press(self, intent: dict[str, Any], *, query: str = "…") -> dict[str, Any]:
        """A menu or a button, which sends what it means with a sentence that is not read."""
        return await self.turn(
            query=query, intent_type=intent["type"], intent_data=json.dumps(intent)
        )


def new_key() -> str:
    return uuid.uuid4().hex
