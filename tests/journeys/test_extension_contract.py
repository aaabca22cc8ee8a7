"""The published browser extension against the running program, in the order of a normal run."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.fakes.context import CONTEXT
from tests.journeys.extension import ORIGIN, Extension, new_key
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.journeys.up import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

LOGS = Path(__file__).parents[1] / "recordings" / "signatures"
POOL_LOG = (LOGS / "connection_pool_exhausted" / "positive_hikari.log").read_bytes()
Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ROW = {"case_id", "title", "state", "created_at", "updated_at", "current_turn", "user_id"}


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Up]:
    async with up_in(folder, FAULTMAVEN_REGISTRATION="true") as up:
        yield up


@asynccontextmanager
async def browser(up: Up, name: str = "") -> AsyncIterator[Extension]:
    async with httpx.AsyncClient(base_url=up.url, timeout=60) as client:
        extension = Extension(client)
        if name:
            await extension.register(name)
        yield extension


async def test_a_normal_run(tmp_path: Path) -> None:
    async with running(tmp_path) as up, browser(up) as panel:
        await settings_page(panel)
        await panel_opens(panel)
        await panel.register("dana")
        await signed_in(panel)
        await first_question(panel)
        await evidence_comes(panel)
        await case_is_selected(panel)
        await files_row(panel)
        await case_is_ended(panel)
        answer = await panel.call("POST", "/api/v1/auth/logout")
        assert answer.json()["all_sessions_ended"] is True
        assert (await panel.get("/api/v1/cases")).status_code == 401


async def settings_page(panel: Extension) -> None:
    answer = await panel.get("/v1/meta/capabilities")
    assert answer.status_code == 200
    assert answer.json()["features"]["caseHistory"] is True


async def panel_opens(panel: Extension) -> None:
    body = {"client_id": "b", "session_type": "troubleshooting", "timeout_minutes": 180}
    answer = await panel.call("POST", "/api/v1/sessions", json=body)
    assert answer.status_code == 401
    config = (await panel.get("/api/v1/auth/config")).json()
    assert (config["auth_mode"], config["supports_registration"]) == ("local", True)


async def signed_in(panel: Extension) -> None:
    assert (await panel.get("/api/v1/auth/me")).json()["username"] == "dana"
    answer = await panel.get("/api/v1/cases?limit=100&offset=0")
    assert (answer.json()["cases"], answer.json()["total_count"]) == ([], 0)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"


async def first_question(panel: Extension) -> None:
    wish: dict[str, Any] = {"description": None, "metadata": {"created_via": "browser_extension"}}
    case = await panel.open_case(**wish)
    assert case.keys() >= ROW
    assert (case["state"], case["priority"]) == ("inquiry", "low")
    assert re.fullmatch(r"Case-\d{4}-1", case["title"])
    assert not case["case_id"].startswith("opt_")
    assert all(Z.fullmatch(case[name]) for name in ("created_at", "updated_at"))
    answer = await panel.turn(query="why is checkout slow?")
    assert answer["turn_number"] == 1
    assert answer["agent_response"].strip()
    assert answer["attachments_processed"] == []
    assert answer["case_state"] in ("inquiry", "investigating")
    (row,) = (await panel.get("/api/v1/cases?limit=100&offset=0")).json()["cases"]
    assert (row["case_id"], row["current_turn"]) == (case["case_id"], 1)
    assert (await header(panel))["current_turn"] == 1


async def evidence_comes(panel: Extension) -> None:
    answer = await panel.turn(
        query="Analyze this log", input_type="file", files=[("payments-api.log", POOL_LOG)]
    )
    (attachment,) = answer["attachments_processed"]
    assert attachment["filename"] == "payments-api.log"
    assert attachment["file_size"] == len(POOL_LOG)
    assert (attachment["processing_status"], attachment["source_type"]) == ("completed", "logs")
    assert "Connection pool exhausted" in answer["agent_response"]
    assert answer["case_state"] == "investigating"
    shown = await header(panel)
    assert shown["progress"]["current_stage"] == "diagnosis"
    assert "Connection pool exhausted" in shown["active_hypotheses"][0]["text"]
    assert 0 < shown["active_hypotheses"][0]["likelihood"] < 1
    assert shown["uploaded_files_count"] == 1
    listed = (await panel.get(f"/api/v1/cases/{panel.case_id}/hypotheses")).json()["hypotheses"]
    assert any(line["locus"].startswith("payments-api.log:") for line in listed[0]["supporting"])


async def case_is_selected(panel: Extension) -> None:
    path = f"/api/v1/cases/{panel.case_id}"
    case = (await panel.get(path)).json()
    assert (case["evidence_count"], case["current_stage"]) == (1, "diagnosis")
    whole = (await panel.get(f"{path}/messages?limit=100&offset=0")).json()
    messages = whole["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert [message["turn_number"] for message in messages] == [1, 1, 2, 2]
    assert whole["total_count"] == whole["retrieved_count"] == 4
    assert messages[2]["content"] == "Analyze this log"
    assert all(message["content"].strip() for message in messages)
    second = (await panel.get(f"{path}/messages?limit=2&offset=1")).json()
    assert second["messages"] == messages[1:3]
    assert (second["has_more"], second["next_offset"]) == (True, 3)
    named = await panel.call("POST", f"{path}/title", json={"max_words": 8})
    assert named.headers["x-title-source"] == "fallback"
    assert named.json()["title"].startswith("Connection pool exhausted")
    assert (await header(panel))["title"] == named.json()["title"]
    again = await panel.call("POST", f"{path}/title")
    assert again.headers["x-title-source"] == "existing"
    renamed = await panel.call("PUT", path, json={"title": "Pool"})
    assert renamed.json()["title"] == "Pool"


async def files_row(panel: Extension) -> None:
    path = f"/api/v1/cases/{panel.case_id}/uploaded-files"
    (row,) = (await panel.get(path)).json()["files"]
    assert (row["filename"], row["size_bytes"]) == ("payments-api.log", len(POOL_LOG))
    assert (row["uploaded_at_turn"], row["analysis_status"]) == (2, "completed")
    detail = (await panel.get(f"{path}/{row['file_id']}")).json()
    assert detail["evidence_count"] == len(detail["derived_evidence"]) > 0
    assert any(line["related_hypothesis_ids"] == ["h-1"] for line in detail["derived_evidence"])


async def case_is_ended(panel: Extension) -> None:
    judged = await panel.press(
        {"type": "hypothesis_action", "hypothesis_id": "h-1", "action": "validate"}
    )
    assert (judged["cause_assurance"], judged["case_state"]) == ("confirmed", "investigating")
    intent = {"type": "status_transition", "from_state": "investigating", "to_state": "resolved"}
    ended = await panel.press(intent | {"user_confirmed": True})
    assert ended["case_state"] == "resolved"
    shown = await header(panel)
    assert shown["state"] == "resolved"
    assert shown["root_cause"]["cause_assurance"] == "confirmed"
    assert shown["valid_next_states"] == []
    report = await panel.get(f"/api/v1/cases/{panel.case_id}/report")
    assert report.headers["Content-Type"].startswith("text/markdown")
    assert report.text.startswith("# ")
    paper = await panel.get(f"/api/v1/cases/{panel.case_id}/report?format=pdf")
    assert paper.content.startswith(b"%PDF-")
    answer = await panel.call("DELETE", f"/api/v1/cases/{panel.case_id}")
    assert answer.status_code == 204
    assert (await panel.get("/api/v1/cases")).json()["cases"] == []
    kept = (await panel.get("/api/v1/cases?include_archived=true")).json()["cases"]
    assert [row["state"] for row in kept] == ["resolved"]


async def header(panel: Extension) -> dict[str, Any]:
    answer = await panel.get(f"/api/v1/cases/{panel.case_id}/ui")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


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
