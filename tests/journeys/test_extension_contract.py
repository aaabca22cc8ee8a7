"""The published browser extension against the running program, in the order of a normal run."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.context import CONTEXT
from tests.fakes.openid import CLIENT, SECRET, openid_provider
from tests.journeys.extension import ORIGIN, Extension, new_key
from tests.journeys.extension_runs import (
    POOL_LOG,
    a_normal_run,
    an_alert_looked_into,
    an_oauth_run,
    browser_at,
)
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Up]:
    async with up_in(folder, FAULTMAVEN_REGISTRATION="true") as up:
        yield up


def browser(up: Up, name: str = "") -> AbstractAsyncContextManager[Extension]:
    return browser_at(up.url, name)


async def test_a_normal_run(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up) as panel:
        await a_normal_run(panel)


async def test_oauth(tmp_path: Path) -> None:
    """Authorize, token, me, refresh, revoke."""
    up = Up(tmp_path, settings={"FAULTMAVEN_REGISTRATION": "true"})
    callback = f"{up.url}/api/v1/auth/oidc/callback"
    async with openid_provider(lambda: datetime.now(UTC), redirect_uri=callback) as provider:
        provider.person = {"sub": "42", "preferred_username": "lee"}
        up.settings |= {
            "FAULTMAVEN_PUBLIC_URL": up.url,
            "FAULTMAVEN_OIDC_ISSUER": provider.url,
            "FAULTMAVEN_OIDC_CLIENT_ID": CLIENT,
            "FAULTMAVEN_OIDC_CLIENT_SECRET": SECRET,
        }
        try:
            await up.start()
            async with browser(up, "dana") as panel:
                panel.headers = {"Origin": ORIGIN}
                await an_oauth_run(panel, up.url, provider)
        finally:
            await up.stop()


async def test_an_alert_is_looked_into(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await an_alert_looked_into(panel)


async def test_a_turn_runs_once_however_often_it_is_sent(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        key = new_key()
        first = await panel.open_case(key=key)
        again = await panel.open_case(key=key)
        assert first["case_id"] == again["case_id"]
        other = await panel.call(
            "POST", "/api/v1/cases", json={"title": "x"}, headers={"Idempotency-Key": key}
        )
        assert other.status_code == 422
        sent: dict[str, Any] = {"query": "what is going on?", "files": [("db.log", POOL_LOG)]}
        key = new_key()
        answers = await asyncio.gather(*(panel.turn(key=key, **sent) for _ in range(4)))
        assert {json.dumps(answer, sort_keys=True) for answer in answers} == {
            json.dumps(await panel.turn(key=key, **sent), sort_keys=True)
        }
        refused = await panel.post_turn(key=key, query="something else")
        assert refused.status_code == 422
        assert refused.json()["detail"]
        listed = (await panel.get(f"/api/v1/cases/{panel.case_id}/messages")).json()
        assert [message["role"] for message in listed["messages"]] == ["user", "assistant"]
        files = (await panel.get(f"/api/v1/cases/{panel.case_id}/uploaded-files")).json()
        assert files["total_count"] == 1
        assert len(await up.cases()) == 1


async def test_the_log_of_the_case_names_who_changed_it(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await panel.open_case(title="Checkout", priority="critical")
        await panel.turn(
            query="2026-03-11T09:12:01Z ERROR a\n2026-03-11T09:12:02Z ERROR b\n"
            "2026-03-11T09:12:03Z ERROR c"
        )
        await panel.call("PATCH", f"/api/v1/cases/{panel.case_id}", json={"service": "checkout"})
        await panel.press({"type": "status_transition", "to_state": "closed"})
        async with up.store() as store, store.reading(CONTEXT) as unit:
            events = await unit.cases.events(panel.case_id)
        by = {event.kind.value: event.actor for event in events}
        changed = ("case.opened", "file.received", "case.revised", "person.spoke")
        assert {kind: by[kind] for kind in changed} == dict.fromkeys(changed, "@dana")
        assert [event.actor for event in events if event.data.get("phase") == "closed"] == ["@dana"]


HOSTILE = (
    b"2026-03-11T09:12:01Z ERROR <script>alert(1)</script> failed\n"
    b"2026-03-11T09:12:02Z ERROR ![x](http://evil.example/x.png) [y](javascript:alert(1))\n"
    b"2026-03-11T09:12:03Z ERROR [\xe2\x9c\x85 Yes] [\xe2\x9d\x8c No] **bold** `code` # no\n"
    b"2026-03-11T09:12:04Z ERROR https://evil.example/a?b=c <img src=x onerror=alert(1)>\n"
) * 5


async def test_lines_of_evidence_are_only_read(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await panel.open_case()
        brought = await panel.turn(files=[("<img src=x>.log", HOSTILE)])
        asked = await panel.turn(query="show the errors")
        for answer in (brought["agent_response"], asked["agent_response"]):
            without_code = re.sub(r"(`+).+?\1", "", answer)
            assert re.search(r"(?<!\\)<", without_code) is None, without_code
            assert re.search(r"(?<!\\)\[", without_code) is None, without_code
            assert "http" not in without_code
        assert "script" in asked["agent_response"]


async def test_pasted_text_and_files_are_limited(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await panel.open_case()
        assert (await panel.post_turn()).status_code == 422
        assert (await panel.post_turn(query="   ")).status_code == 422
        long = await panel.post_turn(query="x" * 200_001)
        assert long.status_code == 413
        path = f"/api/v1/cases/{panel.case_id}/turns"
        assert (await panel.call("POST", path, json={"query": "x"})).status_code == 422
        short = await panel.call("POST", "/api/v1/cases", json={}, headers={"Idempotency-Key": "x"})
        assert short.status_code == 422


async def test_a_page_and_pasted_lines_have_names(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await panel.open_case()
        lines = "\n".join(f"2026-03-11T09:12:{n:02} INFO request {n} served" for n in range(30))
        pasted = await panel.turn(pasted_content=lines, input_type="paste")
        page = f"--- Page Content (http://grafana.test/d/1) ---\n{lines}"
        captured = await panel.turn(
            query="what does it show?",
            pasted_content=page,
            input_type="page_capture",
            source_url="http://grafana.test/d/1",
        )
        for answer, start, source in (
            (pasted, "pasted-content-", "paste"),
            (captured, "page-capture-", "page_capture"),
        ):
            (attachment,) = answer["attachments_processed"]
            assert attachment["filename"].startswith(start)
            assert attachment["filename"].endswith(".txt")
            assert attachment["upload_source"] == source


async def test_originals_are_handed_out_in_parts_and_never_shown(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await panel.open_case()
        answer = await panel.turn(files=[('a"\r\nx.html', POOL_LOG)])
        file_id = answer["attachments_processed"][0]["file_id"]
        path = f"/api/v1/evidence/{file_id}/download"
        whole = await panel.get(path)
        assert whole.content == POOL_LOG
        assert whole.headers["content-disposition"].startswith("attachment;")
        assert whole.headers["x-content-type-options"] == "nosniff"
        part = await panel.get(path, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, POOL_LOG[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(POOL_LOG)}"
        last = await panel.get(path, headers={"Range": "bytes=-5"})
        assert last.content == POOL_LOG[-5:]
        beyond = await panel.get(path, headers={"Range": f"bytes={len(POOL_LOG)}-"})
        assert beyond.status_code == 416
        assert (await panel.call("DELETE", f"/api/v1/evidence/{file_id}")).status_code == 204
        assert (await panel.get(path)).status_code == 404
        shown = (await panel.get(f"/api/v1/cases/{panel.case_id}/messages")).json()
        assert "HikariPool" not in json.dumps(shown)


async def test_cards_are_streamed_as_they_change(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up, "dana") as panel:
        await panel.open_case(title="Checkout")
        path = f"/api/v1/cases/{panel.case_id}/events"
        async with panel.client.stream("GET", path, headers=panel.headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            await panel.call("PUT", path.removesuffix("/events"), json={"title": "Checkout 5xx"})
            async with asyncio.timeout(30):
                while "Checkout 5xx" not in (line := await anext(lines)):
                    pass
        assert json.loads(line.removeprefix("data: "))["key"].startswith("case:")
